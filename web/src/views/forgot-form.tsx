import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useAttempt } from "../view-models/use-attempt";
import { useRecovery } from "../view-models/use-recovery";
import styles from "./auth-page.module.css";
import { Alert, Button, Field } from "./parts";
import { SubmitButton } from "./submit-button";

/** Asks for a link that sets a new password. The answer does not tell whether there is an account. */
export function ForgotForm({ name, onBack }: { name: string; onBack(): void }) {
  const { t } = useTranslation();
  const { askForReset } = useRecovery();
  const attempt = useAttempt();
  const [value, setValue] = useState(name);
  const [missing, setMissing] = useState(false);
  const [asked, setAsked] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (attempt.wait > 0) return;
    setMissing(value.trim() === "");
    if (value.trim() === "") return;
    attempt.run(async () => {
      await askForReset(value.trim());
      setAsked(true);
    });
  };
  if (asked) {
    return (
      <div className={styles["form"]}>
        <p role="status">{t("auth.forgot_sent")}</p>
        <p className={styles["soft"]}>{t("auth.forgot_sent_help")}</p>
        <Button onClick={onBack}>{t("auth.back_to_sign_in")}</Button>
      </div>
    );
  }
  return (
    <form className={styles["form"]} onSubmit={submit} noValidate>
      {attempt.problem === null ? null : <Alert>{attempt.problem}</Alert>}
      <Field
        label={t("auth.name_or_email")}
        error={missing ? t("auth.name_or_email_missing") : null}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        autoFocus
        value={value}
        onChange={(event) => setValue(event.target.value)}
      />
      <SubmitButton attempt={attempt}>{t("auth.forgot_send")}</SubmitButton>
      <Button onClick={onBack}>{t("auth.back_to_sign_in")}</Button>
    </form>
  );
}
