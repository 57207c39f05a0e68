import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Dialog, DialogActs } from "../parts";
import styles from "./part.module.css";

/** Shows a secret for the only time. */
export function SecretDialog({ secret, onClose }: { secret: string; onClose(): void }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const copy = () =>
    void navigator.clipboard.writeText(secret).then(
      () => setCopied(true),
      // It can be selected and copied by hand.
      () => setCopied(false),
    );
  return (
    <Dialog title={t("account.tokens.secret_title")} onClose={onClose}>
      <p className={styles["soft"]}>{t("account.tokens.secret_help")}</p>
      <code className={styles["secret"]}>{secret}</code>
      <p role="status" className={styles["soft"]}>{copied ? t("account.tokens.copied") : ""}</p>
      <DialogActs>
        <Button look={copied ? "quiet" : "primary"} onClick={copy}>
          {copied ? <Check size={17} aria-hidden="true" /> : <Copy size={17} aria-hidden="true" />}
          {t("account.tokens.copy")}
        </Button>
        <Button look={copied ? "primary" : "quiet"} onClick={onClose}>{t("account.tokens.kept")}</Button>
      </DialogActs>
    </Dialog>
  );
}
