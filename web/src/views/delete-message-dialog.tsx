import { useTranslation } from "react-i18next";
import { plainBody } from "../view-models/mentions";
import type { MessageRow } from "../view-models/timeline";
import { useNames } from "../view-models/use-names";
import { Button, Dialog, DialogActs } from "./parts";
import styles from "./delete-message-dialog.module.css";

export function DeleteMessageDialog({ row, onDelete, onClose }: { row: MessageRow; onDelete(): void; onClose(): void }) {
  const { t } = useTranslation();
  const nameOf = useNames();
  return (
    <Dialog title={t("message.delete_title")} onClose={onClose}>
      <blockquote className={styles["quote"]}>{plainBody(row.body, nameOf) || t("message.files", { count: row.attachments.length })}</blockquote>
      <p>{t("message.delete_help")}</p>
      <DialogActs>
        <Button onClick={onClose}>{t("app.cancel")}</Button>
        <Button
          look="danger"
          onClick={() => {
            onClose();
            onDelete();
          }}
        >
          {t("message.delete")}
        </Button>
      </DialogActs>
    </Dialog>
  );
}
