import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { plainName } from "../view-models/names";
import { useUser } from "../view-models/use-account";
import { useRooms, type JoinedRoom } from "../view-models/use-rooms";
import { NewRoomDialog } from "./new-room-dialog";
import { OpenLink } from "./open-link";
import { Avatar, Busy, Button, IconButton, Logo } from "./parts";
import { SettingsDialog } from "./settings-dialog";
import styles from "./sidebar.module.css";

export function Sidebar({ room }: { room: string | null }) {
  const { t } = useTranslation();
  const [creating, setCreating] = useState(false);
  return (
    <nav className={styles["sidebar"]} aria-label={t("rooms.yours")}>
      <header className={styles["head"]}>
        <Link href="/" className={styles["brand"]}>
          <Logo />
          {t("app.name")}
        </Link>
        <IconButton label={t("rooms.new")} onClick={() => setCreating(true)}>
          <Plus size={20} aria-hidden="true" />
        </IconButton>
      </header>
      <RoomList room={room} onCreate={() => setCreating(true)} />
      <Me />
      {creating ? <NewRoomDialog onClose={() => setCreating(false)} /> : null}
    </nav>
  );
}

function RoomList({ room, onCreate }: { room: string | null; onCreate(): void }) {
  const { t } = useTranslation();
  const { status, rooms, retry } = useRooms();
  if (status === "loading") return <div className={styles["state"]}><Busy>{t("rooms.loading")}</Busy></div>;
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
      {rooms.map((joined) => (
        <RoomLink key={joined.id} room={joined} current={joined.id === room} />
      ))}
    </ul>
  );
}

function RoomLink({ room, current }: { room: JoinedRoom; current: boolean }) {
  return (
    <li>
      <Link href={`/r/${room.id}`} className={styles["room"]} aria-current={current ? "page" : undefined}>
        <Avatar of="room" id={room.id} name={room.name} size="small" />
        <span className={styles["roomText"]}>
          <span className={styles["roomName"]}>{plainName(room.name)}</span>
          {room.topic ? <span className={styles["roomTopic"]}>{plainName(room.topic)}</span> : null}
        </span>
      </Link>
    </li>
  );
}

function Me() {
  const { t } = useTranslation();
  const user = useUser();
  const [open, setOpen] = useState(false);
  const name = plainName(user.display_name);
  return (
    <footer className={styles["foot"]}>
      <button type="button" className={styles["me"]} aria-haspopup="dialog" onClick={() => setOpen(true)}>
        <Avatar of="person" id={user.id} name={name} size="small" />
        <span className={styles["roomText"]}>
          <span className={styles["roomName"]}>{name}</span>
          <span className={styles["roomTopic"]}>{t("settings.title")}</span>
        </span>
      </button>
      {open ? <SettingsDialog onClose={() => setOpen(false)} /> : null}
    </footer>
  );
}
