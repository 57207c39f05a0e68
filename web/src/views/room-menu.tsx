import { Ban, Bell, BellOff, Ellipsis, LogOut, Pin, ScrollText, Settings, UserPlus, Users } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChatModel } from "../view-models/use-chat";
import { useInbox } from "../view-models/use-inbox";
import { BansDialog } from "./bans-dialog";
import type { Panel } from "./chat-header";
import { InvitesDialog } from "./invites-dialog";
import { LeaveDialog } from "./leave-dialog";
import { Menu, type MenuItem } from "./menu";
import { ModerationDialog } from "./moderation-dialog";
import { NotifyDialog } from "./notify-dialog";
import { IconButton } from "./parts";
import { RoomSettingsDialog } from "./room-settings-dialog";

type Asking = "invites" | "settings" | "bans" | "log" | "leave" | "notify";

/** Everything about the room that is not the conversation; only what the role allows. */
export function RoomMenu({ chat, onPanel }: { chat: ChatModel; onPanel(panel: Panel): void }) {
  const { t } = useTranslation();
  const { room, rights } = chat;
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const [asking, setAsking] = useState<Asking | null>(null);
  const muted = useInbox().rooms.find((one) => one.room === room.id)?.muted ?? false;
  const ask = (what: Asking) => () => setAsking(what);

  const show: MenuItem[] = [
    ...(rights.invite ? [{ label: t("invites.title"), icon: UserPlus, act: ask("invites") }] : []),
    { label: t("room.members_show"), icon: Users, act: () => onPanel("members") },
    { label: t("pins.title"), icon: Pin, act: () => onPanel("pins") },
    { label: t("notify.of_room"), icon: muted ? BellOff : Bell, act: ask("notify") },
  ];
  const order: MenuItem[] = [
    ...(rights.change ? [{ label: t("manage.title"), icon: Settings, act: ask("settings") }] : []),
    ...(rights.moderate ? [{ label: t("bans.title"), icon: Ban, act: ask("bans") }, { label: t("log.title"), icon: ScrollText, act: ask("log") }] : []),
  ];
  const out: MenuItem[] = rights.leave ? [{ label: t("room.leave"), icon: LogOut, danger: true, act: ask("leave") }] : [];
  const close = () => setAsking(null);
  return (
    <>
      <IconButton label={t("room.menu")} aria-haspopup="menu" aria-expanded={anchor !== null} onClick={(event) => setAnchor(event.currentTarget)}>
        <Ellipsis size={20} aria-hidden="true" />
      </IconButton>
      {anchor === null ? null : <Menu anchor={anchor} label={t("room.menu")} groups={[show, order, out]} onClose={() => setAnchor(null)} />}
      {asking === "invites" ? <InvitesDialog room={room} onClose={close} /> : null}
      {asking === "settings" ? <RoomSettingsDialog room={room} owner={rights.own} onClose={close} /> : null}
      {asking === "bans" ? <BansDialog room={room.id} onClose={close} /> : null}
      {asking === "log" ? <ModerationDialog room={room.id} onClose={close} /> : null}
      {asking === "notify" ? <NotifyDialog room={room.id} onClose={close} /> : null}
      {asking === "leave" ? <LeaveDialog room={room} onClose={close} /> : null}
    </>
  );
}
