import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { refusalText } from "../view-models/problem-text";
import type { ChatModel } from "../view-models/use-chat";
import { IconButton } from "./parts";
import styles from "./refused-toasts.module.css";

/** Changes of messages that the room refused: what, and why. They stay until they were read. */
export function RefusedToasts({ chat }: { chat: ChatModel }) {
  const { t } = useTranslation();
  const { refused, jumpFailed, acts } = chat;
  return (
    <div className={styles["place"]} role="status">
      {jumpFailed ? <p className={styles["toast"]}>{t("timeline.jump_failed")}</p> : null}
      {refused.map((send) => (
        <div key={send.nonce} className={styles["toast"]} data-toast="">
          <p>
            <strong>{t(`refused.${send.kind === "send" ? "edit" : send.kind}`)}</strong> {refusalText(t, send.code)}
          </p>
          <IconButton label={t("app.close")} onClick={() => acts.discard(send.nonce)}>
            <X size={16} aria-hidden="true" />
          </IconButton>
        </div>
      ))}
    </div>
  );
}
