import { Mail } from "lucide-react";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { looksLikeEmail } from "../../view-models/email";
import { useAttempt } from "../../view-models/use-attempt";
import { useMe, useProfile } from "../../view-models/use-me";
import { Alert, Button, Dialog, DialogActs, Field } from "../parts";
import { PasswordField } from "../password-field";
import { SubmitButton } from "../submit-button";
import { Loaded, Part, RecordItem, Records } from "./part";
import styles from "./part.module.css";

export function EmailPart({ hasPassword }: { hasPassword: boolean }) {
  const { t } = useTranslation();
  const me = useMe();
  const [asking, setAsking] = useState(false);
  const [sentTo, setSentTo] = useState<string | null>(null);
  const hasEmail = me.data !== undefined && me.data.email !== null;
  return (
    <Part
      title={t("account.email.title")}
      help={t("account.email.help")}
      act={<Button onClick={() => setAsking(true)}>{t(hasEmail ? "account.email.change" : "account.email.add")}</Button>}
    >
      {sentTo === null ? null : <p role="status" className={styles["done"]}>{t("account.email.sent", { email: sentTo })}</p>}
      <Loaded of={me}>
        {({ email }) => (
          <Records of={email === null ? [] : [email]} empty={t("account.email.empty")}>
            {({ address, verified }) => (
              <RecordItem
                key={address}
                icon={<Mail size={18} />}
                title={address}
                mark={verified ? t("account.email.verified") : undefined}
                lines={[verified ? null : t("account.email.unverified")]}
              />
            )}
          </Records>
        )}
      </Loaded>
      {asking ? (
        <EmailDialog
          hasPassword={hasPassword}
          onClose={() => setAsking(false)}
          onSent={(email) => {
            setSentTo(email);
            setAsking(false);
          }}
        />
      ) : null}
    </Part>
  );
}

interface EmailDialogProps {
  hasPassword: boolean;
  onClose(): void;
  onSent(email: string): void;
}

function EmailDialog({ hasPassword, onClose, onSent }: EmailDialogProps) {
  const { t } = useTranslation();
  const { setEmail } = useProfile();
  const attempt = useAttempt();
  const [address, setAddress] = useState("");
  const [password, setPassword] = useState("");
  const [errors, setErrors] = useState<{ address?: string; password?: string }>({});
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (attempt.wait > 0) return;
    const wanted = address.trim();
    const wrong = {
      ...(!looksLikeEmail(wanted) && { address: t("account.email.wrong") }),
      ...(hasPassword && password === "" && { password: t("auth.password_missing") }),
    };
    setErrors(wrong);
    if (Object.keys(wrong).length > 0) return;
    attempt.run(async () => {
      await setEmail(wanted, hasPassword ? password : null);
      onSent(wanted);
    });
  };
  return (
    <Dialog title={t("account.email.title")} onClose={onClose}>
      <form className={styles["form"]} onSubmit={submit} noValidate>
        {attempt.problem === null ? null : <Alert>{attempt.problem}</Alert>}
        <Field
          label={t("account.email.address")}
          help={t("account.email.address_help")}
          error={errors.address}
          type="email"
          name="email"
          autoComplete="email"
          autoFocus
          value={address}
          onChange={(event) => {
            setAddress(event.target.value);
            setErrors({});
          }}
        />
        {hasPassword ? (
          <PasswordField
            label={t("account.password.current")}
            name="current"
            autoComplete="current-password"
            value={password}
            error={errors.password}
            onChange={(event) => {
              setPassword(event.target.value);
              setErrors({});
            }}
          />
        ) : null}
        <DialogActs>
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <SubmitButton attempt={attempt}>{t("account.email.send")}</SubmitButton>
        </DialogActs>
      </form>
    </Dialog>
  );
}
