import { KeyRound, Plus } from "lucide-react";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { agoText } from "../../view-models/ago";
import { momentsFor } from "../../view-models/moments";
import { plainName } from "../../view-models/names";
import { useAttempt } from "../../view-models/use-attempt";
import { PASSKEY_NAME_MAX, suggestedName, usePasskeyActs, usePasskeys, type Passkey } from "../../view-models/use-passkeys";
import { Alert, Button, Dialog, DialogActs, Field } from "../parts";
import { SubmitButton } from "../submit-button";
import { ConfirmDialog } from "./confirm-dialog";
import { Loaded, Part, RecordItem, Records } from "./part";
import styles from "./part.module.css";

export function PasskeysPart() {
  const { t, i18n } = useTranslation();
  const passkeys = usePasskeys();
  const { available, remove } = usePasskeyActs();
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Passkey | null>(null);
  const linesOf = ({ created_at, used_at }: Passkey) => [
    t("account.made_at", { date: momentsFor(i18n.language).date(created_at) }),
    used_at === null ? t("account.never_used") : t("account.used", { ago: agoText(i18n.language, used_at) }),
  ];
  return (
    <Part
      title={t("account.passkeys.title")}
      help={t(available ? "account.passkeys.help" : "account.passkeys.unknown")}
      act={
        available ? (
          <Button onClick={() => setAdding(true)}>
            <Plus size={17} aria-hidden="true" />
            {t("account.passkeys.add")}
          </Button>
        ) : null
      }
    >
      <Loaded of={passkeys}>
        {(data) => (
          <Records of={data} empty={t("account.passkeys.empty")}>
            {(passkey) => (
              <RecordItem
                key={passkey.id}
                icon={<KeyRound size={18} />}
                title={plainName(passkey.name)}
                lines={[linesOf(passkey).join(" · ")]}
                acts={
                  <Button look="danger" aria-label={t("settings.remove_way", { name: plainName(passkey.name) })} onClick={() => setRemoving(passkey)}>
                    {t("settings.remove")}
                  </Button>
                }
              />
            )}
          </Records>
        )}
      </Loaded>
      {adding ? <AddDialog onClose={() => setAdding(false)} /> : null}
      {removing === null ? null : (
        <ConfirmDialog
          title={t("account.passkeys.remove_title", { name: plainName(removing.name) })}
          help={t("account.passkeys.remove_help")}
          act={t("settings.remove")}
          onAct={() => remove(removing.id)}
          onClose={() => setRemoving(null)}
        />
      )}
    </Part>
  );
}

function AddDialog({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const { add } = usePasskeyActs();
  const attempt = useAttempt();
  const [name, setName] = useState(() => suggestedName(navigator.userAgent));
  const isMissing = name.trim() === "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isMissing || attempt.wait > 0) return;
    attempt.run(async () => {
      if (await add(name.trim())) onClose();
    });
  };
  return (
    <Dialog title={t("account.passkeys.add")} onClose={onClose}>
      <form className={styles["form"]} onSubmit={submit} noValidate>
        <p className={styles["soft"]}>{t("account.passkeys.add_help")}</p>
        {attempt.problem === null ? null : <Alert>{attempt.problem}</Alert>}
        <Field
          label={t("account.passkeys.name")}
          help={t("account.passkeys.name_help")}
          autoComplete="off"
          maxLength={PASSKEY_NAME_MAX}
          autoFocus
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <DialogActs>
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <SubmitButton attempt={attempt} disabled={isMissing}>{t("account.passkeys.go")}</SubmitButton>
        </DialogActs>
      </form>
    </Dialog>
  );
}
