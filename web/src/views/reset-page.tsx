import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { judgePassword, PASSWORD_CHARS_MIN } from "../view-models/password-rules";
import { noteBeenHere } from "../view-models/preferences";
import { useAttempt } from "../view-models/use-attempt";
import { useLinkToken, useRecovery } from "../view-models/use-recovery";
import { AuthCard } from "./auth-card";
import styles from "./auth-page.module.css";
import { Alert, Button } from "./parts";
import { NewPasswordField } from "./password-field";
import { SubmitButton } from "./submit-button";

/** Where a link that resets a password leads. */
export function ResetPage() {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const token = useLinkToken();
  const [done, setDone] = useState(false);
  const enter = () => {
    noteBeenHere();
    navigate("/", { replace: true });
  };
  if (token === null || done) {
    return (
      <AuthCard title={t(done ? "auth.reset_done" : "auth.link_wrong")} text={t(done ? "auth.reset_done_help" : "auth.link_wrong_help")}>
        <div className={styles["form"]}>
          <Button look="primary" onClick={enter}>{t("auth.sign_in")}</Button>
        </div>
      </AuthCard>
    );
  }
  return (
    <AuthCard title={t("auth.reset_title")} text={t("auth.reset_help")}>
      <ResetForm key={token} token={token} onDone={() => setDone(true)} />
    </AuthCard>
  );
}

function ResetForm({ token, onDone }: { token: string; onDone(): void }) {
  const { t } = useTranslation();
  const { resetPassword } = useRecovery();
  const attempt = useAttempt();
  const [password, setPassword] = useState("");
  const [error, setError] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (attempt.wait > 0) return;
    const { weakness } = judgePassword(password);
    setError(weakness === null ? null : t(`auth.password_${weakness}`, { count: PASSWORD_CHARS_MIN }));
    if (weakness !== null) return;
    attempt.run(async () => {
      await resetPassword(token, password);
      onDone();
    });
  };
  return (
    <form className={styles["form"]} onSubmit={submit} noValidate>
      {attempt.problem === null ? null : <Alert>{attempt.problem}</Alert>}
      <NewPasswordField
        label={t("auth.new_password")}
        names={[]}
        name="password"
        autoFocus
        value={password}
        error={error}
        onChange={(event) => {
          setPassword(event.target.value);
          setError(null);
        }}
      />
      <SubmitButton attempt={attempt}>{t("auth.reset_set")}</SubmitButton>
    </form>
  );
}
