import { PinOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useChatScene } from "../view-models/chat-context";
import { plainBody } from "../view-models/mentions";
import { useProblemText } from "../view-models/problem-text";
import type { ChatModel } from "../view-models/use-chat";
import { usePins } from "../view-models/use-message-details";
import { useNames } from "../view-models/use-names";
import { FoundMessage } from "./found-message";
import styles from "./list-panel.module.css";
import { Busy, Button, IconButton } from "./parts";
import { SidePanel } from "./side-panel";

/** The pinned messages of a room, the newest first. */
export function PinsPanel({ chat, onClose }: { chat: ChatModel; onClose(): void }) {
  const { t } = useTranslation();
  const { onJump } = useChatScene();
  const sentence = useProblemText();
  const nameOf = useNames();
  const { room, pins, acts, rights } = chat;
  const { data, error, refetch } = usePins(room.id, pins);
  return (
    <SidePanel title={t("pins.title")} aside={pins.length > 0 ? pins.length : null} onClose={onClose}>
      <div className={styles["body"]}>
        {error ? (
          <div role="alert" className={styles["state"]}>
            <p>{sentence(error)}</p>
            <Button onClick={() => void refetch()}>{t("app.try_again")}</Button>
          </div>
        ) : null}
        {data === undefined && !error ? <Busy>{t("app.loading")}</Busy> : null}
        {data?.length === 0 ? <p className={styles["state"]}>{t("pins.empty")}</p> : null}
        <ul className={styles["list"]}>
          {data?.map((message) => (
            <li key={message.seq} className={styles["withAct"]}>
              <FoundMessage by={message.by} at={message.at} onOpen={() => onJump(message.seq)}>
                {plainBody(message.body, nameOf) || t("message.files", { count: message.attachments.length })}
              </FoundMessage>
              {rights.pin ? (
                <IconButton label={t("message.unpin")} onClick={() => acts.pin(message.seq, false)}>
                  <PinOff size={16} aria-hidden="true" />
                </IconButton>
              ) : null}
            </li>
          ))}
        </ul>
      </div>
    </SidePanel>
  );
}
