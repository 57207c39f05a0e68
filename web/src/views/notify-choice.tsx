import { useTranslation } from "react-i18next";
import { usePermission } from "../view-models/notifying";
import styles from "./notify-dialog.module.css";
import { Button } from "./parts";

/** Whether Maru may tell something outside its page; the browser asks only after a click here. */
export function NotifyChoice() {
  const { t } = useTranslation();
  const [permission, ask] = usePermission();
  return (
    <div className={styles["choice"]}>
      <p className={styles["sub"]} role="status">{t(`notify.${permission}`)}</p>
      {permission === "default" ? <Button onClick={ask}>{t("notify.ask")}</Button> : null}
    </div>
  );
}
