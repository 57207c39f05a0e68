import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { plainName } from "../view-models/names";
import { useAnnouncements } from "../view-models/use-announcements";
import { useChat, type ChatModel } from "../view-models/use-chat";
import type { RoomFacts } from "../view-models/use-room-page";
import { Announcer } from "./announcer";
import { ChatHeader } from "./chat-header";
import styles from "./chat-pane.module.css";
import { Composer, type ComposerHandle } from "./composer";
import { ConnectionBanner } from "./connection-banner";
import { DetailsPanel } from "./details-panel";
import { EndedNotice } from "./ended-notice";
import { Busy, Button, Notice } from "./parts";
import { Timeline } from "./timeline";
import { TypingLine } from "./typing-line";

export function ChatPane({ room }: { room: RoomFacts }) {
  const { t } = useTranslation();
  const state = useChat(room.id);
  switch (state.status) {
    case "opening":
      return <div className={styles["waiting"]}><Busy>{t("room.opening")}</Busy></div>;
    case "failed":
      return (
        <div className={styles["waiting"]}>
          <Notice title={t("room.failed")} text={t("room.failed_help")}>
            <Button look="primary" onClick={state.retry}>{t("app.try_again")}</Button>
          </Notice>
        </div>
      );
    case "open":
      return <OpenChat room={room} chat={state.chat} />;
  }
}

function OpenChat({ room, chat }: { room: RoomFacts; chat: ChatModel }) {
  const { t } = useTranslation();
  const [details, setDetails] = useState(false);
  const composer = useRef<ComposerHandle>(null);
  const name = plainName(room.name);
  const news = useAnnouncements(chat.rows, chat.connection.kind === "fine" && chat.ended === null);

  useEffect(() => {
    document.title = `${news.unseen > 0 ? `(${news.unseen}) ` : ""}${name} · ${t("app.name")}`;
  }, [name, news.unseen, t]);

  const edit = (nonce: number, body: string) => {
    chat.discard(nonce);
    composer.current?.insert(body);
  };

  return (
    <div className={styles["chat"]} data-details={details}>
      <div className={styles["column"]}>
        <ChatHeader room={room} inside={chat.ended?.why !== "left"} members={chat.members} online={chat.online} details={details} onDetails={setDetails} />
        <div className={styles["stage"]}>
          <Timeline room={room} chat={chat} onEdit={edit} />
          <ConnectionBanner connection={chat.connection} onRetry={chat.reconnect} />
        </div>
        {chat.ended === null ? (
          <div className={styles["foot"]}>
            <TypingLine typing={chat.typing} />
            <Composer
              ref={composer}
              room={room}
              bodyBytesMax={chat.bodyBytesMax}
              full={chat.outboxFull}
              onSend={chat.send}
              onTyping={chat.setTyping}
            />
          </div>
        ) : (
          <EndedNotice ended={chat.ended} onReconnect={chat.reconnect} onRecheck={chat.recheck} />
        )}
        <Announcer news={news} />
      </div>
      {details ? <DetailsPanel room={room} chat={chat} onClose={() => setDetails(false)} /> : null}
    </div>
  );
}
