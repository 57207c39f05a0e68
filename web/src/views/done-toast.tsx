import { X } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { Done } from "../view-models/done";
import { useAct } from "../view-models/use-act";
import styles from "./done-toast.module.css";
import { Button, IconButton } from "./parts";

/** How long it stays, unless somebody is about to take it back. */
const STAY_MS = 10_000;

/** What was done just now, and the way to take it back. */
export function DoneToast({ done, onClose }: { done: Done; onClose(): void }) {
  const { t } = useTranslation();
  const { run, working, problem } = useAct();
  const { undo } = done;
  useEffect(() => {
    if (working || problem !== null) return;
    const timer = setTimeout(onClose, STAY_MS);
    return () => clearTimeout(timer);
  }, [working, problem, onClose]);
  const takeBack = (act: () => Promise<unknown>) =>
    run(async () => {
      await act();
      onClose();
    });
  return (
    <div className={styles["toast"]} role="status" data-done="">
      <p>{problem ?? done.text}</p>
      {undo === undefined ? null : <Button look="link" aria-disabled={working} onClick={() => takeBack(undo)}>{t("app.undo")}</Button>}
      <IconButton label={t("app.close")} onClick={onClose}>
        <X size={16} aria-hidden="true" />
      </IconButton>
    </div>
  );
}
