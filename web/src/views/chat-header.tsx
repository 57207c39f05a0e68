import { ArrowLeft, Users } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { plainName } from "../view-models/names";
import type { RoomFacts } from "../view-models/use-room-page";
import styles from "./chat-header.module.css";
import { Avatar, IconButton } from "./parts";
import { ShareButton } from "./share-button";

interface ChatHeaderProps {
  room: RoomFacts;
  /** Out of the room, its counts are of the past. */
  inside: boolean;
  members: number;
  online: number;
  details: boolean;
  onDetails(shown: boolean): void;
}

export function ChatHeader({ room, inside, members, online, details, onDetails }: ChatHeaderProps) {
  const { t } = useTranslation();
  return (
    <header className={styles["header"]}>
      <Link href="/" className={styles["back"]} aria-label={t("app.back_to_rooms")}>
        <ArrowLeft size={22} aria-hidden="true" />
      </Link>
      <Avatar of="room" id={room.id} name={room.name} />
      <div className={styles["text"]}>
        <h1 className={styles["name"]}>{plainName(room.name)}</h1>
        <p className={styles["sub"]}>
          {inside ? (
            <>
              <span className={styles["members"]}>{t("room.members", { count: members })}</span>
              <span className={styles["online"]}>{t("room.online", { count: online })}</span>
            </>
          ) : null}
          {room.topic ? <span className={styles["topic"]}>{plainName(room.topic)}</span> : null}
        </p>
      </div>
      <ShareButton room={room.id} compact />
      <IconButton
        label={details ? t("room.members_hide") : t("room.members_show")}
        aria-expanded={details}
        onClick={() => onDetails(!details)}
      >
        <Users size={20} aria-hidden="true" />
      </IconButton>
    </header>
  );
}
