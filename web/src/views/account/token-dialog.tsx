import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { durationText } from "../../view-models/durations";
import { useAttempt } from "../../view-models/use-attempt";
import { LIVES, SCOPES, TOKEN_NAME_MAX, useTokenActs, type MadeToken, type Scope } from "../../view-models/use-tokens";
import { Alert, Button, Dialog, DialogActs, Field, Segmented } from "../parts";
import { SubmitButton } from "../submit-button";
import styles from "./part.module.css";

interface TokenDialogProps {
  bot: string | null;
  onClose(): void;
  onMade(token: MadeToken): void;
}

const DAY_MS = 86_400_000;
/** In days. */
const YEAR = 365;

export function TokenDialog({ bot, onClose, onMade }: TokenDialogProps) {
  const { t } = useTranslation();
  const { make } = useTokenActs(bot);
  const attempt = useAttempt();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<ReadonlySet<Scope>>(new Set(["read"]));
  const [days, setDays] = useState("30");
  const [errors, setErrors] = useState<{ name?: string; scopes?: string }>({});
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (attempt.wait > 0) return;
    const wrong = {
      ...(name.trim() === "" && { name: t("account.tokens.name_missing") }),
      ...(scopes.size === 0 && { scopes: t("account.tokens.scope_missing") }),
    };
    setErrors(wrong);
    if (Object.keys(wrong).length > 0) return;
    const chosen = SCOPES.filter((scope) => scopes.has(scope));
    attempt.run(async () => onMade(await make({ name: name.trim(), scopes: chosen, expires_in_days: Number(days) })));
  };
  const toggle = (scope: Scope) => {
    setScopes((before) => new Set(SCOPES.filter((one) => before.has(one) !== (one === scope))));
    setErrors({});
  };
  return (
    <Dialog title={t("account.tokens.new")} onClose={onClose}>
      <form className={styles["form"]} onSubmit={submit} noValidate>
        {attempt.problem === null ? null : <Alert>{attempt.problem}</Alert>}
        <Field
          label={t("account.tokens.name")}
          help={t("account.tokens.name_help")}
          error={errors.name}
          autoComplete="off"
          maxLength={TOKEN_NAME_MAX}
          autoFocus
          value={name}
          onChange={(event) => {
            setName(event.target.value);
            setErrors({});
          }}
        />
        <fieldset>
          <legend className={styles["legend"]}>{t("account.tokens.scopes")}</legend>
          <div className={styles["checks"]}>
            {SCOPES.map((scope) => (
              <label key={scope} className={styles["check"]}>
                <input type="checkbox" checked={scopes.has(scope)} onChange={() => toggle(scope)} />
                <span>{t(`account.scope.${scope}`)}</span>
                <small>{t(`account.scope.${scope}_help`)}</small>
              </label>
            ))}
          </div>
        </fieldset>
        {errors.scopes === undefined ? null : <Alert>{errors.scopes}</Alert>}
        <div>
          <p className={styles["legend"]} aria-hidden="true">{t("account.tokens.life")}</p>
          <Segmented
            label={t("account.tokens.life")}
            value={days}
            options={LIVES.map((life) => ({ value: String(life), label: life === YEAR ? t("account.tokens.year") : durationText(t, life * DAY_MS) }))}
            onChoose={setDays}
          />
        </div>
        <DialogActs>
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <SubmitButton attempt={attempt}>{t("account.tokens.make")}</SubmitButton>
        </DialogActs>
      </form>
    </Dialog>
  );
}
