import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import type { Ended } from "../view-models/connection";
import { useTitle } from "../view-models/use-inbox";
import styles from "./ended-notice.module.css";
import { Button, Notice } from "./parts";

interface EndedNoticeProps {
  ended: Ended;
  onReconnect(): void;
  onRecheck(): void;
}

/** Takes the composer's place when the connection is over for good: why, and what to do. */
export function EndedNotice({ ended, onReconnect, onRecheck }: EndedNoticeProps) {
  const { t } = useTranslation();
  const act = ended.why === "update" ? () => location.reload() : ended.why === "left" ? onRecheck : onReconnect;
  const kind = ended.why === "kicked" || ended.why === "banned" || ended.why === "room_deleted" ? "other" : ended.why;
  return (
    <section className={styles["notice"]} role="alert">
      <div>
        <h2 className={styles["title"]}>{t(`ended.${kind}`)}</h2>
        <p className={styles["help"]}>{t(`ended.${kind}_help`, { code: ended.code })}</p>
      </div>
      <Button look="primary" onClick={act}>
        {t(`ended.${kind}_act`)}
      </Button>
    </section>
  );
}

/** Instead of a room that somebody is not in any more. */
export function EndedScreen({ ended, room, onRecheck }: { ended: Ended; room: string; onRecheck(): void }) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  useTitle(room);
  const why = ended.why === "kicked" || ended.why === "banned" || ended.why === "room_deleted" ? ended.why : "left";
  return (
    <div className={styles["screen"]} role="alert" data-ended={why}>
      <Notice title={t(`ended.${why}`, { room })} text={t(`ended.${why}_help`)}>
        {why === "kicked" || why === "left" ? <Button onClick={onRecheck}>{t("ended.left_act")}</Button> : null}
        <Button look="primary" onClick={() => navigate("/")}>{t("app.back_to_rooms")}</Button>
      </Notice>
    </div>
  );
}
