import { Archive, AtSign, BellOff, Compass, Keyboard, Lock, Megaphone, MessageCircle, Plus, Search, TextSearch } from "lucide-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { plainName } from "../view-models/names";
import { useLevels } from "../view-models/notifying";
import { roomPath } from "../view-models/room-link";
import { faceOf } from "../view-models/room-title";
import { keyName } from "../view-models/shortcuts";
import { useUser } from "../view-models/use-account";
import { useInbox, type ListedRoom } from "../view-models/use-inbox";
import { useLooking } from "../view-models/use-reading";
import { useUnkept } from "../view-models/use-unkept";
import { DirectDialog } from "./direct-dialog";
import { Menu } from "./menu";
import { NewRoomDialog } from "./new-room-dialog";
import { OpenLink } from "./open-link";
import { Avatar, Button, IconButton, Logo } from "./parts";
import { RoomListSkeleton } from "./skeleton";
import type { Place } from "./shell";
import styles from "./sidebar.module.css";

interface SidebarProps {
  room: string | null;
  place: Place;
  /** What makes it wider. */
  edge: ReactNode;
  onSwitch(): void;
  onHelp(): void;
}

export function Sidebar({ room, place, edge, onSwitch, onHelp }: SidebarProps) {
  const { t } = useTranslation();
  const [menu, setMenu] = useState<HTMLElement | null>(null);
  const [making, setMaking] = useState<"room" | "direct" | null>(null);
  const unkept = useUnkept();
  const stop = () => setMaking(null);
  return (
    <nav className={styles["sidebar"]} aria-label={t("rooms.yours")}>
      <header className={styles["head"]}>
        <Link href="/" className={styles["brand"]}>
          <Logo />
          {t("app.name")}
        </Link>
        <Link href="/search" className={styles["icon"]} aria-label={t("search.all_title")} title={t("search.all_title")} aria-current={place === "search" ? "page" : undefined}>
          <TextSearch size={19} aria-hidden="true" />
        </Link>
        <Link href="/browse" className={styles["icon"]} aria-label={t("browse.title")} title={t("browse.title")} aria-current={place === "browse" ? "page" : undefined}>
          <Compass size={20} aria-hidden="true" />
        </Link>
        <IconButton label={t("rooms.start")} aria-haspopup="menu" aria-expanded={menu !== null} onClick={(event) => setMenu(event.currentTarget)}>
          <Plus size={20} aria-hidden="true" />
        </IconButton>
      </header>
      <button type="button" className={styles["find"]} aria-haspopup="dialog" aria-keyshortcuts="Control+K Meta+K" onClick={onSwitch}>
        <Search size={16} aria-hidden="true" />
        <span>{t("switcher.open")}</span>
        <kbd aria-hidden="true">{`${keyName("mod")} K`}</kbd>
      </button>
      <RoomList room={room} onCreate={() => setMaking("room")} />
      <div>
        {unkept ? <p className={styles["unkept"]} role="status">{t("app.unkept")}</p> : null}
        <Me current={place === "settings"} onHelp={onHelp} />
      </div>
      {menu === null ? null : (
        <Menu
          anchor={menu}
          label={t("rooms.start")}
          groups={[
            [
              { label: t("rooms.new"), icon: Plus, act: () => setMaking("room") },
              { label: t("direct.title"), icon: MessageCircle, act: () => setMaking("direct") },
            ],
          ]}
          onClose={() => setMenu(null)}
        />
      )}
      {edge}
      {making === "room" ? <NewRoomDialog onClose={stop} /> : null}
      {making === "direct" ? <DirectDialog onClose={stop} /> : null}
    </nav>
  );
}

function RoomList({ room, onCreate }: { room: string | null; onCreate(): void }) {
  const { t } = useTranslation();
  const { status, rooms, retry } = useInbox();
  const looking = useLooking();
  if (status === "loading") return <RoomListSkeleton />;
  if (status === "failed") {
    return (
      <div className={styles["state"]} role="alert">
        <p>{t("rooms.failed")}</p>
        <Button onClick={retry}>{t("app.try_again")}</Button>
      </div>
    );
  }
  if (rooms.length === 0) {
    return (
      <div className={styles["state"]}>
        <p className={styles["stateTitle"]}>{t("rooms.empty")}</p>
        <p>{t("rooms.empty_help")}</p>
        <div className={styles["onlyPhone"]}>
          <Button look="primary" onClick={onCreate}>
            <Plus size={18} aria-hidden="true" />
            {t("rooms.new")}
          </Button>
          <OpenLink />
        </div>
      </div>
    );
  }
  return (
    <ul className={styles["list"]}>
      {rooms.map((one) => (
        // The room that is looked at counts as read.
        <RoomLink key={one.room} room={one} current={one.room === room} seen={one.room === room && looking} />
      ))}
    </ul>
  );
}

/** From this count on, the server counts no further. */
const UNREAD_MAX = 100;

function RoomLink({ room, current, seen }: { room: ListedRoom; current: boolean; seen: boolean }) {
  const { t } = useTranslation();
  const user = useUser();
  const level = useLevels()(room);
  const unread = seen ? 0 : room.unread;
  const mentions = seen ? 0 : room.mentions;
  const count = unread >= UNREAD_MAX ? `${UNREAD_MAX - 1}+` : String(unread);
  return (
    <li>
      <Link
        href={roomPath(room.room)}
        className={styles["room"]}
        aria-current={current ? "page" : undefined}
        data-unread={mentions > 0 || (unread > 0 && level === "all")}
        data-muted={room.muted}
      >
        <Avatar {...faceOf({ ...room, id: room.room }, user.id)} name={room.title} size="small" />
        <span className={styles["roomText"]}>
          <span className={styles["roomName"]}>{room.title}</span>
          {room.topic ? <span className={styles["roomTopic"]}>{plainName(room.topic)}</span> : null}
        </span>
        <span className={styles["marks"]}>
          {room.archived ? <Archive size={14} aria-label={t("rooms.archived")} /> : null}
          {room.kind === "private" ? <Lock size={13} aria-label={t("kind.private")} /> : null}
          {room.kind === "announcement" ? <Megaphone size={14} aria-label={t("kind.announcement")} /> : null}
          {level === "mentions" ? <AtSign size={14} aria-label={t("notify.level_mentions")} /> : null}
          {room.muted ? <BellOff size={14} aria-label={t("rooms.muted")} /> : null}
          {mentions > 0 ? <span className={styles["mentions"]} aria-label={t("rooms.mentions", { count: mentions })}>{`@${mentions}`}</span> : null}
          {unread > 0 ? <span className={styles["unread"]} aria-label={t("rooms.unread", { count: unread })}>{count}</span> : null}
        </span>
      </Link>
    </li>
  );
}

function Me({ current, onHelp }: { current: boolean; onHelp(): void }) {
  const { t } = useTranslation();
  const user = useUser();
  const name = plainName(user.display_name);
  return (
    <footer className={styles["foot"]}>
      <Link href="/settings" className={styles["me"]} aria-current={current ? "page" : undefined}>
        <Avatar of="person" id={user.id} name={name} size="small" />
        <span className={styles["roomText"]}>
          <span className={styles["roomName"]}>{name}</span>
          <span className={styles["roomTopic"]}>{t("settings.title")}</span>
        </span>
      </Link>
      <IconButton label={t("shortcuts.title")} className={styles["keys"]} aria-haspopup="dialog" onClick={onHelp}>
        <Keyboard size={19} aria-hidden="true" />
      </IconButton>
    </footer>
  );
}
