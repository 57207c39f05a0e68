import type { Ref } from "react";
import type { MessageRow } from "../view-models/timeline";
import type { ChatModel } from "../view-models/use-chat";
import type { Commands } from "../view-models/use-commands";
import { useSecondsUntil } from "../view-models/use-seconds-until";
import styles from "./chat-pane.module.css";
import { ClosedNotice } from "./closed-notice";
import { Composer, type ComposerHandle } from "./composer";
import { EndedNotice } from "./ended-notice";
import { TypingLine } from "./typing-line";

interface ChatFootProps {
  ref: Ref<ComposerHandle>;
  chat: ChatModel;
  replyTo: MessageRow | null;
  commands: Commands;
  onReplied(): void;
  onEditLast(): void;
}

/** Where one writes; or why one does not. */
export function ChatFoot({ ref, chat, replyTo, commands, onReplied, onEditLast }: ChatFootProps) {
  const { acts, ended, room, rights } = chat;
  // A mute ends by itself.
  const muted = useSecondsUntil(chat.closed?.why === "muted" ? chat.closed.until : null);
  const closed = chat.closed?.why === "muted" && muted === 0 ? null : chat.closed;
  if (ended !== null) return <EndedNotice ended={ended} onReconnect={acts.reconnect} onRecheck={chat.recheck} />;
  return (
    <div className={styles["foot"]}>
      <TypingLine typing={chat.typing} />
      {closed === null ? (
        <Composer
          ref={ref}
          room={room}
          limits={chat.limits}
          full={chat.outboxFull}
          slowMs={chat.slowMs}
          slowUntil={chat.slowUntil}
          commands={commands}
          mentionsAll={rights.mentionAll}
          replyTo={replyTo?.seq == null ? null : { seq: replyTo.seq, by: replyTo.by, body: replyTo.body }}
          onCancelReply={onReplied}
          onSend={(body, attachments) => {
            if (!chat.atPresent) acts.present();
            acts.send(body, { replyTo: replyTo?.seq ?? undefined, ...(attachments.length > 0 && { attachments }) });
            onReplied();
          }}
          onTyping={acts.typing}
          onEditLast={onEditLast}
        />
      ) : (
        <ClosedNotice closed={closed} />
      )}
    </div>
  );
}
