import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { plainName } from "../view-models/names";
import { useProblemText } from "../view-models/problem-text";
import { useTitle } from "../view-models/use-inbox";
import { useRoomPage, type RoomPage } from "../view-models/use-room-page";
import { ChatPane } from "./chat-pane";
import { Outside } from "./outside";
import { Alert, Avatar, Button, Notice } from "./parts";
import styles from "./room-pane.module.css";
import { ChatSkeleton } from "./skeleton";

/** What a room's address shows. */
export function RoomPane({ room }: { room: string }) {
  const { t } = useTranslation();
  const page = useRoomPage(room);
  const sentence = useProblemText();
  switch (page.show) {
    case "loading":
      return <ChatSkeleton />;
    case "not_found":
      return <Outside><Notice title={t("room.not_found")} text={t("room.not_found_help")}><WaysOn /></Notice></Outside>;
    case "forbidden":
      return (
        <Outside>
          <Notice title={t(page.banned ? "room.banned" : "room.forbidden")} text={t(page.banned ? "room.banned_help" : "room.forbidden_help")}>
            <WaysOn />
          </Notice>
        </Outside>
      );
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

/** Where to go from a room that does not open. */
function WaysOn() {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  return (
    <>
      <Button onClick={() => navigate("/browse")}>{t("browse.title")}</Button>
      <Button look="primary" onClick={() => navigate("/")}>{t("app.back_to_rooms")}</Button>
    </>
  );
}

function Preview({ page }: { page: Extract<RoomPage, { show: "preview" }> }) {
  const { t } = useTranslation();
  const sentence = useProblemText();
  const { room } = page;
  const name = plainName(room.name);
  useTitle(name);
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
        {room.kind === "private" || room.kind === "direct" ? (
          <p className={styles["topic"]}>{t("room.needs_invite")}</p>
        ) : (
          <Button look="primary" aria-disabled={page.joining} onClick={() => page.joining || page.join()}>
            {page.joining ? t("room.joining") : t("room.join")}
          </Button>
        )}
      </div>
    </Outside>
  );
}
