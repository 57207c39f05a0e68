import { Ban, Crown, LogOut, Mic, MicOff, UserCog } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { isAhead } from "../view-models/moments";
import { plainName } from "../view-models/names";
import { rolesToGive } from "../view-models/rights";
import { useAct } from "../view-models/use-act";
import type { ChatModel } from "../view-models/use-chat";
import { MUTES, useModeration } from "../view-models/use-moderation";
import type { Member } from "../view-models/use-people";
import { Menu, type MenuItem } from "./menu";
import { ActDialog } from "./act-dialog";
import { Alert, Button, Dialog, DialogActs } from "./parts";

type Asking = { act: "kick" | "ban" | "owner" } | { act: "mute"; ms: number };

interface MemberMenuProps {
  anchor: HTMLElement | null;
  member: Member;
  chat: ChatModel;
  onClose(): void;
}

/** What the user may do with a member: roles, mutes, and the door. */
export function MemberMenu({ anchor, member, chat, onClose }: MemberMenuProps) {
  const { t } = useTranslation();
  const moderation = useModeration(chat.room.id);
  const { run, problem } = useAct();
  const [asking, setAsking] = useState<Asking | null>(null);
  const [failed, setFailed] = useState(false);
  const name = plainName(member.name);
  const muted = isAhead(member.muted_until);
  const now = (act: () => Promise<unknown>) => () => {
    setFailed(true);
    run(act);
  };

  const roles: MenuItem[] = [
    ...rolesToGive(chat.role).map((role) => ({
      label: t("people.make", { role: t(`role.${role}`) }),
      icon: UserCog,
      checked: member.role === role,
      act: member.role === role ? () => {} : now(() => moderation.setRole(member.user, role)),
    })),
    ...(chat.rights.own ? [{ label: t("people.make_owner"), icon: Crown, act: () => setAsking({ act: "owner" }) }] : []),
  ];
  const mutes: MenuItem[] = muted
    ? [{ label: t("people.unmute"), icon: Mic, act: now(() => moderation.mute(member.user, 0, "")) }]
    : Object.entries(MUTES).map(([length, ms]) => ({
        label: t(`people.mute_${length as keyof typeof MUTES}`),
        icon: MicOff,
        act: () => setAsking({ act: "mute", ms }),
      }));
  const doors: MenuItem[] = [
    { label: t("people.kick"), icon: LogOut, danger: true, act: () => setAsking({ act: "kick" }) },
    { label: t("people.ban"), icon: Ban, danger: true, act: () => setAsking({ act: "ban" }) },
  ];

  const perform = async (reason: string) => {
    switch (asking?.act) {
      case "kick":
        return moderation.kick(member.user, reason);
      case "ban":
        return moderation.ban(member.user, reason);
      case "mute":
        return moderation.mute(member.user, asking.ms, reason);
      case "owner":
        return moderation.setRole(member.user, "owner");
      case undefined:
        return undefined;
    }
  };
  return (
    <>
      {anchor === null ? null : <Menu anchor={anchor} label={t("people.act", { name })} groups={[roles, mutes, doors]} onClose={onClose} />}
      {asking === null ? null : <ActDialog act={asking.act} name={name} onAct={perform} onClose={() => setAsking(null)} />}
      {failed && problem !== null ? (
        <Dialog title={name} onClose={() => setFailed(false)}>
          <Alert>{problem}</Alert>
          <DialogActs>
            <Button onClick={() => setFailed(false)}>{t("app.close")}</Button>
          </DialogActs>
        </Dialog>
      ) : null}
    </>
  );
}
