import { useTranslation } from "react-i18next";
import type { Ended } from "../view-models/connection";
import styles from "./ended-notice.module.css";
import { Button } from "./parts";

interface EndedNoticeProps {
  ended: Ended;
  onReconnect(): void;
  onRecheck(): void;
}

/** Takes the composer's place when the connection is over for good: why, and what to do. */
export function EndedNotice({ ended, onReconnect, onRecheck }: EndedNoticeProps) {
  const { t } = useTranslation();
  const act = { superseded: onReconnect, left: onRecheck, protocol: () => location.reload(), other: onReconnect }[ended.why];
  return (
    <section className={styles["notice"]} role="alert">
      <div>
        <h2 className={styles["title"]}>{t(`ended.${ended.why}`)}</h2>
        <p className={styles["help"]}>{t(`ended.${ended.why}_help`, { code: ended.code })}</p>
      </div>
      <Button look="primary" onClick={act}>
        {t(`ended.${ended.why}_act`)}
      </Button>
    </section>
  );
}
