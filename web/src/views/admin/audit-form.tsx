import { useEffect, useId, useRef, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useAttempt } from "../../view-models/use-attempt";
import { filterOf, NO_FIELDS, useAuditActs, type AuditFields, type AuditFilter } from "../../view-models/use-audit";
import part from "../account/part.module.css";
import { actText, AUDIT_ACTS } from "../account/words";
import { Alert, Button, Field } from "../parts";
import { SubmitButton } from "../submit-button";
import styles from "./figures.module.css";

interface AuditFormProps {
  /** The name to begin with; empty for none. */
  actor: string;
  onFilter(filter: AuditFilter): void;
}

export function AuditForm({ actor, onFilter }: AuditFormProps) {
  const { t } = useTranslation();
  const { idOf } = useAuditActs();
  const attempt = useAttempt();
  const [fields, setFields] = useState<AuditFields>({ ...NO_FIELDS, actor });
  const [unknown, setUnknown] = useState(false);
  const select = useId();
  const apply = (wanted: AuditFields) =>
    attempt.run(async () => {
      const id = wanted.actor.trim() === "" ? null : await idOf(wanted.actor);
      const isUnknown = wanted.actor.trim() !== "" && id === null;
      setUnknown(isUnknown);
      if (!isUnknown) onFilter(filterOf(wanted, id));
    });
  const first = useRef(actor !== "");
  useEffect(() => {
    if (!first.current) return;
    first.current = false;
    apply(fields);
  });
  const set = (field: keyof AuditFields) => (event: { target: { value: string } }) => {
    const { value } = event.target;
    setFields((before) => ({ ...before, [field]: value }));
    setUnknown(false);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    apply(fields);
  };
  return (
    <form className={part["form"]} onSubmit={submit} noValidate>
      {attempt.problem === null ? null : <Alert>{attempt.problem}</Alert>}
      <div className={styles["filters"]}>
        <Field
          label={t("admin.audit.actor")}
          error={unknown ? t("admin.audit.actor_unknown") : null}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={fields.actor}
          onChange={set("actor")}
        />
        <div className={styles["select"]}>
          <label htmlFor={select}>{t("admin.audit.act")}</label>
          <select id={select} value={fields.act} onChange={set("act")}>
            <option value="">{t("admin.audit.any_act")}</option>
            {AUDIT_ACTS.map((act) => (
              <option key={act} value={act}>{actText(t, act)}</option>
            ))}
          </select>
        </div>
        <Field label={t("admin.audit.from")} type="date" value={fields.from} onChange={set("from")} />
        <Field label={t("admin.audit.to")} type="date" value={fields.to} onChange={set("to")} />
      </div>
      <div className={part["row"]}>
        <SubmitButton attempt={attempt}>{t("admin.audit.show")}</SubmitButton>
        <Button
          onClick={() => {
            setFields(NO_FIELDS);
            apply(NO_FIELDS);
          }}
        >
          {t("admin.audit.reset")}
        </Button>
      </div>
    </form>
  );
}
