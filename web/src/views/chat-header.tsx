import { Archive, ArrowLeft, Hash, Lock, Megaphone, Pin, Search, Users } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { plainName } from "../view-models/names";
import { faceOf } from "../view-models/room-title";
import { useUser } from "../view-models/use-account";
import type { ChatModel } from "../view-models/use-chat";
import styles from "./chat-header.module.css";
import { Avatar, IconButton } from "./parts";
import { RoomMenu } from "./room-menu";
import { ShareButton } from "./share-button";

/** What lies beside the conversation. */
export type Panel = "members" | "thread" | "pins" | "search";

interface ChatHeaderProps {
  chat: ChatModel;
  panel: Panel | null;
  onPanel(panel: Panel | null): void;
}

const KINDS = { public: Hash, private: Lock, announcement: Megaphone, direct: null };

export function ChatHeader({ chat, panel, onPanel }: ChatHeaderProps) {
  const { t } = useTranslation();
  const { room, members, online, pins, connection } = chat;
  const user = useUser();
  const Kind = KINDS[room.kind];
  const isPair = room.kind === "direct" && members === 2;
  const toggle = (one: Panel) => onPanel(panel === one ? null : one);
  return (
    <header className={styles["header"]}>
      <Link href="/" className={styles["back"]} aria-label={t("app.back_to_rooms")}>
        <ArrowLeft size={22} aria-hidden="true" />
      </Link>
      <Avatar {...faceOf(room, user.id)} name={room.name} />
      <div className={styles["text"]}>
        <h1 className={styles["name"]}>
          {plainName(room.name)}
          {Kind === null || room.kind === "public" ? null : <Kind size={15} aria-label={t(`kind.${room.kind}`)} />}
          {room.archived ? <Archive size={15} aria-label={t("rooms.archived")} /> : null}
        </h1>
        <p className={styles["sub"]}>
          {isPair ? null : <span className={styles["members"]}>{t("room.members", { count: members })}</span>}
          {connection.kind !== "fine" ? null : isPair && online < 2 ? <span>{t("room.away")}</span> : (
            <span className={styles["online"]}>{isPair ? t("room.here") : t("room.online", { count: online })}</span>
          )}
          {room.topic ? <span className={styles["topic"]} title={room.topic}>{plainName(room.topic)}</span> : null}
        </p>
      </div>
      {room.kind === "public" || room.kind === "announcement" ? <ShareButton room={room.id} compact /> : null}
      <IconButton label={t("search.room")} aria-expanded={panel === "search"} onClick={() => toggle("search")}>
        <Search size={20} aria-hidden="true" />
      </IconButton>
      {pins.length > 0 ? (
        <IconButton label={t("pins.show", { count: pins.length })} aria-expanded={panel === "pins"} className={styles["roomy"]} onClick={() => toggle("pins")}>
          <Pin size={20} aria-hidden="true" />
        </IconButton>
      ) : null}
      <IconButton
        label={panel === "members" ? t("room.members_hide") : t("room.members_show")}
        aria-expanded={panel === "members"}
        className={styles["roomy"]}
        onClick={() => toggle("members")}
      >
        <Users size={20} aria-hidden="true" />
      </IconButton>
      <RoomMenu chat={chat} onPanel={onPanel} />
    </header>
  );
}
