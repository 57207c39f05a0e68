import { Ban, Crown, LogOut, Mic, MicOff, UserCheck, UserCog, UserX } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useDone } from "../view-models/done";
import { durationText } from "../view-models/durations";
import { isAhead } from "../view-models/moments";
import { plainName } from "../view-models/names";
import { mayActOn, rolesToGive } from "../view-models/rights";
import { useAct } from "../view-models/use-act";
import { useBlocked, useBlocking } from "../view-models/use-blocks";
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

/** What the user may do about a member: hear nothing of them; for moderators, roles, mutes, and the door. */
export function MemberMenu({ anchor, member, chat, onClose }: MemberMenuProps) {
  const { t } = useTranslation();
  const moderation = useModeration(chat.room.id);
  const { block, unblock } = useBlocking();
  const blocked = useBlocked();
  const { run, problem } = useAct();
  const [asking, setAsking] = useState<Asking | null>(null);
  const [failed, setFailed] = useState(false);
  const done = useDone();
  const name = plainName(member.name);
  const moderates = chat.rights.moderate && mayActOn(chat.role, member.role);
  const muted = isAhead(member.muted_until);
  const now = (act: () => Promise<unknown>) => () => {
    setFailed(true);
    run(act);
  };

  /** Says what was done, with the way back if there is one. */
  const tell = async (act: Promise<unknown>, what: "role" | "kick" | "ban" | "mute" | "unmute" | "owner" | "block" | "unblock", undo?: () => Promise<unknown>) => {
    await act;
    done({ text: t(`done.${what}`, { name }), ...(undo !== undefined && { undo }) });
  };

  const roles: MenuItem[] = [
    ...rolesToGive(chat.role).map((role) => ({
      label: t("people.make", { role: t(`role.${role}`) }),
      icon: UserCog,
      checked: member.role === role,
      act: member.role === role ? () => {} : now(() => tell(moderation.setRole(member.user, role), "role", () => moderation.setRole(member.user, member.role))),
    })),
    ...(chat.rights.own ? [{ label: t("people.make_owner"), icon: Crown, act: () => setAsking({ act: "owner" }) }] : []),
  ];
  const mutes: MenuItem[] = muted
    ? [{ label: t("people.unmute"), icon: Mic, act: now(() => tell(moderation.mute(member.user, 0, ""), "unmute")) }]
    : Object.entries(MUTES).map(([length, ms]) => ({
        label: t(`people.mute_${length as keyof typeof MUTES}`),
        icon: MicOff,
        act: () => setAsking({ act: "mute", ms }),
      }));
  const doors: MenuItem[] = [
    { label: t("people.kick"), icon: LogOut, danger: true, act: () => setAsking({ act: "kick" }) },
    { label: t("people.ban"), icon: Ban, danger: true, act: () => setAsking({ act: "ban" }) },
  ];

  const blocks: MenuItem[] = blocked.has(member.user)
    ? [{ label: t("people.unblock"), icon: UserCheck, act: now(() => tell(unblock(member.user), "unblock")) }]
    : [{ label: t("people.block"), icon: UserX, act: now(() => tell(block(member.user), "block", () => unblock(member.user))) }];

  const perform = async (reason: string) => {
    switch (asking?.act) {
      case "kick":
        return tell(moderation.kick(member.user, reason), "kick", () => moderation.readmit(member.user, member.role));
      case "ban":
        return tell(moderation.ban(member.user, reason), "ban", () => moderation.unban(member.user));
      case "mute":
        return tell(moderation.mute(member.user, asking.ms, reason), "mute", () => moderation.mute(member.user, 0, ""));
      case "owner":
        return tell(moderation.setRole(member.user, "owner"), "owner");
      case undefined:
        return undefined;
    }
  };
  return (
    <>
      {anchor === null ? null : <Menu anchor={anchor} label={t("people.act", { name })} groups={moderates ? [roles, mutes, doors, blocks] : [blocks]} onClose={onClose} />}
      {asking === null ? null : <ActDialog act={asking.act} name={name} time={asking.act === "mute" ? durationText(t, asking.ms) : undefined} onAct={perform} onClose={() => setAsking(null)} />}
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
