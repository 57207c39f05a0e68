import { CornerDownRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useChatScene } from "../view-models/chat-context";
import { previewOf } from "../view-models/mentions";
import { plainName } from "../view-models/names";
import type { MessageRow } from "../view-models/timeline";
import { useNames } from "../view-models/use-names";
import styles from "./quote.module.css";

/** The message that another one answers; a click leads there. */
export function Quote({ row, seq }: { row: MessageRow; seq: number }) {
  const { t } = useTranslation();
  const { blocked, onJump } = useChatScene();
  const nameOf = useNames();
  const { quote } = row;
  const text =
    quote === null
      ? t("message.quote_unknown")
      : quote.redacted_by !== null
        ? t("message.deleted")
        : blocked.has(quote.by)
          ? t("message.blocked")
          : previewOf(quote.body, nameOf) || t("message.files", { count: quote.attachments.length });
  return (
    <button type="button" className={styles["quote"]} onClick={() => onJump(seq)} title={t("message.jump")}>
      <CornerDownRight size={14} aria-hidden="true" />
      {quote === null ? null : <strong>{row.quoteName === null ? t("timeline.someone") : plainName(row.quoteName)}</strong>}
      <span className={styles["text"]}>{text}</span>
    </button>
  );
}
