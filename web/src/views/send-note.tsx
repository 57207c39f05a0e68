import { useTranslation } from "react-i18next";
import { useChatScene } from "../view-models/chat-context";
import { mayRetry, refusalText } from "../view-models/problem-text";
import type { MessageRow } from "../view-models/timeline";
import { useSecondsUntil } from "../view-models/use-seconds-until";
import { Button } from "./parts";
import styles from "./send-note.module.css";

/** How it is with a message that is not in the room yet, and what can be done. */
export function SendNote({ row }: { row: MessageRow }) {
  const { t } = useTranslation();
  const { acts, connected, onRewrite } = useChatScene();
  const seconds = useSecondsUntil(row.state === "held" ? row.until : null);
  switch (row.state) {
    case "sent":
      return null;
    case "pending":
      return <p className={styles["pending"]} data-waiting={!connected}>{connected ? t("send.pending") : t("send.waiting")}</p>;
    case "held":
      return <p className={styles["held"]} role="status">{seconds > 0 ? t("send.held", { count: seconds }) : t("send.pending")}</p>;
    case "refused":
      return (
        <div className={styles["trouble"]} role="alert">
          <p>
            <strong>{t("send.refused")}</strong> {refusalText(t, row.code)}
          </p>
          {mayRetry(row.code) ? <Button look="link" onClick={() => acts.retry(row.nonce)}>{t("send.retry")}</Button> : null}
          <Button look="link" onClick={() => onRewrite(row.nonce, row.body)}>{t("send.edit")}</Button>
          <Button look="link" onClick={() => acts.discard(row.nonce)}>{t("send.discard")}</Button>
        </div>
      );
    case "unconfirmed":
      return (
        <div className={styles["doubt"]} role="alert">
          <p>{t("send.unconfirmed")}</p>
          <Button look="link" onClick={() => acts.retry(row.nonce)}>{t("send.again")}</Button>
          <Button look="link" onClick={() => acts.discard(row.nonce)}>{t("send.discard")}</Button>
        </div>
      );
  }
}
