import type { FormEvent, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useAttempt } from "../../view-models/use-attempt";
import { Alert, Button, Dialog, DialogActs } from "../parts";
import { SubmitButton } from "../submit-button";
import styles from "./part.module.css";

interface ConfirmDialogProps {
  title: string;
  help: string;
  /** What the button does. */
  act: string;
  onAct(): Promise<unknown>;
  onClose(): void;
  children?: ReactNode;
  disabled?: boolean;
}

/** Asks before something is done that cannot be taken back at once. */
export function ConfirmDialog({ title, help, act, onAct, onClose, children, disabled = false }: ConfirmDialogProps) {
  const { t } = useTranslation();
  const attempt = useAttempt();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (disabled || attempt.wait > 0) return;
    attempt.run(async () => {
      await onAct();
      onClose();
    });
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form className={styles["form"]} onSubmit={submit} noValidate>
        <p className={styles["soft"]}>{help}</p>
        {attempt.problem === null ? null : <Alert>{attempt.problem}</Alert>}
        {children}
        <DialogActs>
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <SubmitButton attempt={attempt} look="danger" disabled={disabled}>{act}</SubmitButton>
        </DialogActs>
      </form>
    </Dialog>
  );
}
