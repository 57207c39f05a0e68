import { useEffect, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import {
  checkSignIn,
  checkSignUp,
  DISPLAY_NAME_MAX,
  newAccount,
  PASSWORD_MIN,
  type AuthFields,
  type FieldError,
  type FieldErrors,
} from "../view-models/auth-form";
import { hasBeenHere, noteBeenHere } from "../view-models/preferences";
import { forgetSignInError, signInError } from "../view-models/sign-in-error";
import { useProblemText } from "../view-models/problem-text";
import { useAccount } from "../view-models/use-account";
import styles from "./auth-page.module.css";
import { LanguageChoice } from "./settings-dialog";
import { Alert, Button, Field, Logo, Segmented } from "./parts";
import { ProviderButtons } from "./provider-buttons";

type Method = "sign_in" | "sign_up";

const EMPTY: AuthFields = { name: "", displayName: "", password: "" };

/** The counts that the sentences about fields mention. */
const COUNTS = { password_invalid: PASSWORD_MIN, display_name_long: DISPLAY_NAME_MAX };

export function AuthPage({ invited, expired }: { invited: boolean; expired: boolean }) {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = t("app.name");
  }, [t]);
  return (
    <main className={styles["page"]}>
      <div className={styles["floor"]} aria-hidden="true" />
      <div className={styles["card"]}>
        <header className={styles["head"]}>
          <Logo size={52} />
          <h1 className={styles["title"]}>{invited ? t("auth.invited") : t("auth.welcome")}</h1>
          <p className={styles["tagline"]}>{expired ? t("auth.expired") : invited ? t("auth.invited_help") : t("app.tagline")}</p>
        </header>
        <AuthForm />
        <ProviderButtons />
      </div>
      <footer className={styles["foot"]}>
        <LanguageChoice />
      </footer>
    </main>
  );
}

function without(errors: FieldErrors, field: keyof AuthFields): FieldErrors {
  const others = { ...errors };
  delete others[field];
  return others;
}

function AuthForm() {
  const { t } = useTranslation();
  const { signIn, signUp } = useAccount();
  const sentence = useProblemText();
  const [method, setMethod] = useState<Method>(hasBeenHere() ? "sign_in" : "sign_up");
  const [fields, setFields] = useState(EMPTY);
  const [errors, setErrors] = useState<FieldErrors>({});
  const [problem, setProblem] = useState<string | null>(() => {
    const error = signInError();
    return error === null ? null : t(`auth.error_${error}`);
  });
  const [working, setWorking] = useState(false);
  const [shown, setShown] = useState(false);
  const signingUp = method === "sign_up";

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (working) return;
    const wrong = signingUp ? checkSignUp(fields) : checkSignIn(fields);
    setErrors(wrong);
    setProblem(null);
    if (Object.keys(wrong).length > 0) return;
    setWorking(true);
    try {
      await (signingUp ? signUp(newAccount(fields)) : signIn(fields.name.trim(), fields.password));
      noteBeenHere();
      forgetSignInError();
    } catch (error) {
      setProblem(sentence(error));
      setWorking(false);
    }
  };

  const set = (field: keyof AuthFields) => (event: { target: { value: string } }) => {
    const { value } = event.target;
    setFields((before) => ({ ...before, [field]: value }));
    setErrors((before) => without(before, field));
  };
  const say = (error: FieldError | undefined) =>
    error === undefined ? null : t(`auth.${error}`, { count: error in COUNTS ? COUNTS[error as keyof typeof COUNTS] : 0 });

  return (
    <form className={styles["form"]} onSubmit={(event) => void submit(event)} noValidate>
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
          setProblem(null);
        }}
      />
      {problem === null ? null : <Alert>{problem}</Alert>}
      <Field
        label={t("auth.name")}
        help={signingUp ? t("auth.name_help") : undefined}
        error={say(errors.name)}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        value={fields.name}
        onChange={set("name")}
      />
      {signingUp ? (
        <Field
          label={t("auth.display_name")}
          help={t("auth.display_name_help")}
          error={say(errors.displayName)}
          name="nickname"
          autoComplete="nickname"
          value={fields.displayName}
          onChange={set("displayName")}
        />
      ) : null}
      <Field
        label={t("auth.password")}
        help={signingUp ? t("auth.password_help", { count: PASSWORD_MIN }) : undefined}
        error={say(errors.password)}
        aside={
          <Button look="link" onClick={() => setShown(!shown)}>
            {shown ? t("auth.hide_password") : t("auth.show_password")}
          </Button>
        }
        name="password"
        type={shown ? "text" : "password"}
        autoComplete={signingUp ? "new-password" : "current-password"}
        value={fields.password}
        onChange={set("password")}
      />
      <Button look="primary" type="submit" aria-disabled={working}>
        {working ? t("auth.working") : signingUp ? t("auth.sign_up") : t("auth.sign_in")}
      </Button>
    </form>
  );
}
