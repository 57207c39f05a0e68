import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { judgePassword, PASSWORD_CHARS_MIN } from "../../view-models/password-rules";
import { useUser } from "../../view-models/use-account";
import { useAttempt } from "../../view-models/use-attempt";
import { useCredentials } from "../../view-models/use-credentials";
import { Alert, Button, Dialog, DialogActs } from "../parts";
import { NewPasswordField, PasswordField } from "../password-field";
import { SubmitButton } from "../submit-button";
import { Part } from "./part";
import styles from "./part.module.css";

export function PasswordPart({ hasPassword }: { hasPassword: boolean }) {
  const { t } = useTranslation();
  const [state, setState] = useState<"idle" | "asking" | "done">("idle");
  return (
    <Part
      title={t("auth.password")}
      help={t(hasPassword ? "account.password.help" : "account.password.help_none")}
      act={<Button onClick={() => setState("asking")}>{t(hasPassword ? "account.password.change" : "account.password.set")}</Button>}
    >
      {state === "done" ? <p role="status" className={styles["done"]}>{t("account.password.done")}</p> : null}
      {state === "asking" ? <PasswordDialog hasPassword={hasPassword} onClose={() => setState("idle")} onDone={() => setState("done")} /> : null}
    </Part>
  );
}

interface PasswordDialogProps {
  hasPassword: boolean;
  onClose(): void;
  onDone(): void;
}

function PasswordDialog({ hasPassword, onClose, onDone }: PasswordDialogProps) {
  const { t } = useTranslation();
  const user = useUser();
  const { setPassword } = useCredentials();
  const attempt = useAttempt();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [errors, setErrors] = useState<{ current?: string; next?: string }>({});
  const names = [user.name, user.display_name];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (attempt.wait > 0) return;
    const { weakness } = judgePassword(next, names);
    const wrong = {
      ...(hasPassword && current === "" && { current: t("auth.password_missing") }),
      ...(weakness !== null && { next: t(`auth.password_${weakness}`, { count: PASSWORD_CHARS_MIN }) }),
    };
    setErrors(wrong);
    if (Object.keys(wrong).length > 0) return;
    attempt.run(async () => {
      await setPassword(hasPassword ? current : null, next);
      onDone();
    });
  };
  return (
    <Dialog title={t(hasPassword ? "account.password.change" : "account.password.set")} onClose={onClose}>
      <form className={styles["form"]} onSubmit={submit} noValidate>
        {attempt.problem === null ? null : <Alert>{attempt.problem}</Alert>}
        {/* Password managers want to know whose password this is. */}
        <input type="text" name="username" autoComplete="username" value={user.name} readOnly hidden />
        {hasPassword ? (
          <PasswordField
            label={t("account.password.current")}
            name="current"
            autoComplete="current-password"
            autoFocus
            value={current}
            error={errors.current}
            onChange={(event) => {
              setCurrent(event.target.value);
              setErrors({});
            }}
          />
        ) : null}
        <NewPasswordField
          label={t("auth.new_password")}
          name="new"
          names={names}
          value={next}
          error={errors.next}
          onChange={(event) => {
            setNext(event.target.value);
            setErrors({});
          }}
        />
        <p className={styles["soft"]}>{t("account.password.ends")}</p>
        <DialogActs>
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <SubmitButton attempt={attempt}>{t("app.save")}</SubmitButton>
        </DialogActs>
      </form>
    </Dialog>
  );
}
