import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useAct } from "../view-models/use-act";
import { REASON_MAX } from "../view-models/use-moderation";
import styles from "./new-room-dialog.module.css";
import { Alert, Button, Dialog, DialogActs, Field } from "./parts";

interface ActDialogProps {
  act: "kick" | "ban" | "mute" | "owner";
  name: string;
  /** How long it holds, where it ends by itself. */
  time?: string | undefined;
  onAct(reason: string): Promise<unknown>;
  onClose(): void;
}

/** Asks before something is done to somebody, and for the reason, which the log keeps. */
export function ActDialog({ act, name, time = "", onAct, onClose }: ActDialogProps) {
  const { t } = useTranslation();
  const { run, working, problem } = useAct();
  const [reason, setReason] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    run(async () => {
      await onAct(reason.trim());
      onClose();
    });
  };
  return (
    <Dialog title={t(`people.${act}_title`, { name })} onClose={onClose}>
      <form className={styles["form"]} onSubmit={submit}>
        <p className={styles["help"]}>{t(`people.${act}_help`, { time })}</p>
        {problem === null ? null : <Alert>{problem}</Alert>}
        {act === "owner" ? null : (
          <Field label={t("people.reason")} help={t("people.reason_help")} maxLength={REASON_MAX} autoComplete="off" autoFocus value={reason} onChange={(event) => setReason(event.target.value)} />
        )}
        <DialogActs>
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button look="danger" type="submit" aria-disabled={working}>{t(act === "owner" ? "people.make_owner" : act === "mute" ? "people.mute" : `people.${act}`)}</Button>
        </DialogActs>
      </form>
    </Dialog>
  );
}
