import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useAct } from "../view-models/use-act";
import { useModeration } from "../view-models/use-moderation";
import styles from "./new-room-dialog.module.css";
import { Alert, Button, Dialog, DialogActs, Field } from "./parts";

/** Adds somebody whose account's name the moderator knows. */
export function AddMemberDialog({ room, onClose }: { room: string; onClose(): void }) {
  const { t } = useTranslation();
  const { add } = useModeration(room);
  const { run, working, problem } = useAct();
  const [name, setName] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === "") return;
    run(async () => {
      await add(name.trim());
      onClose();
    });
  };
  return (
    <Dialog title={t("people.add")} onClose={onClose}>
      <form className={styles["form"]} onSubmit={submit}>
        {problem === null ? null : <Alert>{problem}</Alert>}
        <Field label={t("auth.name")} help={t("people.add_help")} autoComplete="off" autoCapitalize="none" spellCheck={false} autoFocus value={name} onChange={(event) => setName(event.target.value)} />
        <DialogActs>
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button look="primary" type="submit" aria-disabled={working}>{t("people.add")}</Button>
        </DialogActs>
      </form>
    </Dialog>
  );
}
