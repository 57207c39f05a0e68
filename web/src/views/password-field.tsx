import { useId, useState, type ComponentProps } from "react";
import { useTranslation } from "react-i18next";
import { judgePassword, PASSWORD_CHARS_MIN } from "../view-models/password-rules";
import { Button, Field } from "./parts";
import styles from "./password-field.module.css";

type PasswordFieldProps = Omit<ComponentProps<typeof Field>, "type" | "aside" | "value"> & { value: string };

/** A password, which can be looked at before it is sent. */
export function PasswordField(props: PasswordFieldProps) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  return (
    <Field
      {...props}
      type={shown ? "text" : "password"}
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      aside={
        <Button look="link" aria-pressed={shown} onClick={() => setShown(!shown)}>
          {shown ? t("auth.hide_password") : t("auth.show_password")}
        </Button>
      }
    />
  );
}

/** A new password, and what there is to say of it while it is written. */
export function NewPasswordField({ names, ...props }: PasswordFieldProps & { names: readonly string[] }) {
  const { t } = useTranslation();
  const hint = useId();
  const { weakness, missing, strength } = judgePassword(props.value, names);
  const isEmpty = props.value === "";
  const text =
    weakness === null
      ? t(`auth.strength_${strength === 3 ? "strong" : strength === 2 ? "good" : "fair"}`)
      : weakness === "too_short"
        ? t("auth.password_missing_chars", { count: missing })
        : t(`auth.password_${weakness}`);
  return (
    <div className={styles["new"]}>
      <PasswordField {...props} autoComplete="new-password" help={isEmpty ? t("auth.password_help", { count: PASSWORD_CHARS_MIN }) : undefined} aria-describedby={hint} />
      <div className={styles["hint"]} hidden={isEmpty || Boolean(props.error)}>
        <span className={styles["meter"]} data-strength={strength} aria-hidden="true">
          <span />
          <span />
          <span />
        </span>
        <span id={hint} aria-live="polite">{isEmpty ? "" : text}</span>
      </div>
    </div>
  );
}
