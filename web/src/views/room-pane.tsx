import { ArrowLeft } from "lucide-react";
import { useEffect, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { plainName } from "../view-models/names";
import { useProblemText } from "../view-models/problem-text";
import { useRoomPage, type RoomPage } from "../view-models/use-room-page";
import { ChatPane } from "./chat-pane";
import { Alert, Avatar, Busy, Button, Notice } from "./parts";
import styles from "./room-pane.module.css";

/** What a room's address shows. */
export function RoomPane({ room }: { room: string }) {
  const { t } = useTranslation();
  const page = useRoomPage(room);
  const sentence = useProblemText();
  switch (page.show) {
    case "loading":
      return <Outside><Busy>{t("room.opening")}</Busy></Outside>;
    case "not_found":
      return <Outside><Notice title={t("room.not_found")} text={t("room.not_found_help")} /></Outside>;
    case "forbidden":
      return <Outside><Notice title={t("room.forbidden")} text={t("room.forbidden_help")} /></Outside>;
    case "failed":
      return (
        <Outside>
          <Notice title={t("room.unavailable")} text={sentence(page.error)}>
            <Button look="primary" onClick={page.retry}>{t("app.try_again")}</Button>
          </Notice>
        </Outside>
      );
    case "preview":
      return <Preview page={page} />;
    case "chat":
      return <ChatPane room={page.room} />;
  }
}

function Preview({ page }: { page: Extract<RoomPage, { show: "preview" }> }) {
  const { t } = useTranslation();
  const sentence = useProblemText();
  const { room } = page;
  const name = plainName(room.name);
  useEffect(() => {
    document.title = `${name} · ${t("app.name")}`;
  }, [name, t]);
  return (
    <Outside>
      <div className={styles["preview"]}>
        <Avatar of="room" id={room.id} name={room.name} size="large" />
        <p className={styles["invited"]}>{t("room.invitation")}</p>
        <h1 className={styles["name"]}>{name}</h1>
        {room.topic ? <p className={styles["topic"]}>{plainName(room.topic)}</p> : null}
        <p className={styles["counts"]}>
          <span>{t("room.members", { count: room.members })}</span>
          <span className={styles["online"]}>{t("room.online", { count: room.online })}</span>
        </p>
        {page.error ? <Alert>{sentence(page.error)}</Alert> : null}
        <Button look="primary" aria-disabled={page.joining} onClick={() => page.joining || page.join()}>
          {page.joining ? t("room.joining") : t("room.join")}
        </Button>
      </div>
    </Outside>
  );
}

/** The frame of everything but the chat; on a phone it needs a way back. */
function Outside({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className={styles["outside"]}>
      <Link href="/" className={styles["back"]}>
        <ArrowLeft size={20} aria-hidden="true" />
        {t("app.back_to_rooms")}
      </Link>
      <div className={styles["middle"]}>{children}</div>
    </div>
  );
}
