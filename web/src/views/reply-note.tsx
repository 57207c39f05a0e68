import { Reply, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { previewOf } from "../view-models/mentions";
import { plainName } from "../view-models/names";
import { useNames } from "../view-models/use-names";
import { IconButton } from "./parts";
import styles from "./reply-note.module.css";

/** The message that is being answered. */
export interface ReplyTo {
  seq: number;
  by: string;
  body: string;
}

export function ReplyNote({ reply, onCancel }: { reply: ReplyTo; onCancel(): void }) {
  const { t } = useTranslation();
  const nameOf = useNames();
  return (
    <div className={styles["note"]}>
      <Reply size={15} aria-hidden="true" />
      <span className={styles["text"]}>
        <strong>{t("composer.replying", { name: plainName(nameOf(reply.by) ?? t("timeline.someone")) })}</strong> {previewOf(reply.body, nameOf)}
      </span>
      <IconButton label={t("composer.reply_cancel")} onClick={onCancel}>
        <X size={16} aria-hidden="true" />
      </IconButton>
    </div>
  );
}
