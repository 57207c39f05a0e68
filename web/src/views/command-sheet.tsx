import { useTranslation } from "react-i18next";
import type { CommandName } from "../view-models/commands";
import { Dialog } from "./parts";
import styles from "./command-sheet.module.css";

/** What can be asked for in the composer. */
export function CommandSheet({ names, onClose }: { names: readonly CommandName[]; onClose(): void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t("command.title")} onClose={onClose}>
      <dl className={styles["list"]}>
        {names.map((name) => (
          <div key={name}>
            <dt>{t(`command.${name}_usage`)}</dt>
            <dd>{t(`command.${name}_help`)}</dd>
          </div>
        ))}
      </dl>
      <p className={styles["note"]}>{t("command.escape")}</p>
    </Dialog>
  );
}
