import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import {
  checkSignIn,
  checkSignUp,
  DISPLAY_NAME_MAX,
  newAccount,
  ownNames,
  type AuthFields,
  type FieldError,
  type FieldErrors,
} from "../view-models/auth-form";
import { PASSWORD_CHARS_MIN } from "../view-models/password-rules";
import { hasBeenHere, noteBeenHere } from "../view-models/preferences";
import { forgetSignInError, signInError } from "../view-models/sign-in-error";
import { useAccount } from "../view-models/use-account";
import { useAttempt } from "../view-models/use-attempt";
import { usePasskeySignIn } from "../view-models/use-passkey-sign-in";
import styles from "./auth-page.module.css";
import { OtherWays } from "./other-ways";
import { Alert, Button, Field, Segmented } from "./parts";
import { NewPasswordField, PasswordField } from "./password-field";
import { SubmitButton } from "./submit-button";

type Method = "sign_in" | "sign_up";

const EMPTY: AuthFields = { name: "", displayName: "", password: "" };

/** The counts that the sentences about fields mention. */
const COUNTS = { password_too_short: PASSWORD_CHARS_MIN, display_name_long: DISPLAY_NAME_MAX };

/** Every way in: a name and a password, a passkey, somebody else who vouches. */
export function AuthForm({ onForgot }: { onForgot(name: string): void }) {
  const { t } = useTranslation();
  const { signIn, signUp } = useAccount();
  const attempt = useAttempt();
  const passkey = usePasskeySignIn(attempt.run);
  const [method, setMethod] = useState<Method>(hasBeenHere() ? "sign_in" : "sign_up");
  const [fields, setFields] = useState(EMPTY);
  const [errors, setErrors] = useState<FieldErrors>({});
  const [cameBack, setCameBack] = useState(signInError);
  const signingUp = method === "sign_up";
  const problem = attempt.problem ?? (cameBack === null ? null : t(`auth.error_${cameBack}`));

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (attempt.wait > 0) return;
    const wrong = signingUp ? checkSignUp(fields) : checkSignIn(fields);
    setErrors(wrong);
    setCameBack(null);
    attempt.forget();
    if (Object.keys(wrong).length > 0) return;
    attempt.run(async () => {
      await (signingUp ? signUp(newAccount(fields)) : signIn(fields.name.trim(), fields.password));
      noteBeenHere();
      forgetSignInError();
    });
  };
  const set = (field: keyof AuthFields) => (event: { target: { value: string } }) => {
    const { value } = event.target;
    setFields((before) => ({ ...before, [field]: value }));
    setErrors((before) => without(before, field));
  };
  const say = (error: FieldError | undefined) =>
    error === undefined ? null : t(`auth.${error}`, { count: error in COUNTS ? COUNTS[error as keyof typeof COUNTS] : 0 });
  const password = { name: "password", value: fields.password, onChange: set("password"), error: say(errors.password) };

  return (
    <>
      <form className={styles["form"]} onSubmit={submit} noValidate>
        <Segmented
          label={t("auth.method")}
          value={method}
          options={[
            { value: "sign_up", label: t("auth.sign_up") },
            { value: "sign_in", label: t("auth.sign_in") },
          ]}
          onChoose={(next) => {
            setMethod(next);
            setErrors({});
            setCameBack(null);
            attempt.forget();
          }}
        />
        {problem === null ? null : <Alert>{problem}</Alert>}
        <Field
          label={t("auth.name")}
          help={signingUp ? t("auth.name_help") : undefined}
          error={say(errors.name)}
          name="username"
          autoComplete={signingUp ? "username" : "username webauthn"}
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          value={fields.name}
          onFocus={signingUp ? undefined : passkey.offer}
          onChange={set("name")}
        />
        {signingUp ? (
          <>
            <Field
              label={t("auth.display_name")}
              help={t("auth.display_name_help")}
              error={say(errors.displayName)}
              name="nickname"
              autoComplete="nickname"
              value={fields.displayName}
              onChange={set("displayName")}
            />
            <NewPasswordField label={t("auth.password")} names={ownNames(fields)} {...password} />
          </>
        ) : (
          <div className={styles["withLink"]}>
            <PasswordField label={t("auth.password")} autoComplete="current-password" {...password} />
            <Button look="link" onClick={() => onForgot(fields.name.trim())}>
              {t("auth.forgot")}
            </Button>
          </div>
        )}
        <SubmitButton attempt={attempt}>{signingUp ? t("auth.sign_up") : t("auth.sign_in")}</SubmitButton>
      </form>
      <OtherWays onPasskey={passkey.available ? () => attempt.run(passkey.signIn) : null} />
    </>
  );
}

function without(errors: FieldErrors, field: keyof AuthFields): FieldErrors {
  const others = { ...errors };
  delete others[field];
  return others;
}
