import { useTranslation } from "react-i18next";
import { Busy } from "./parts";
import styles from "./skeleton.module.css";
import hidden from "../styles/hidden.module.css";

/** Widths of lines in percent: as people write, not as a machine would. */
const LINES = [62, 34, 78, 48, 55, 26, 70];

/** Where the rooms will be listed. */
export function RoomListSkeleton() {
  const { t } = useTranslation();
  return (
    <div className={styles["rooms"]}>
      <div className={hidden["hidden"]}><Busy>{t("rooms.loading")}</Busy></div>
      {LINES.slice(0, 5).map((width) => <Row key={width} width={width} />)}
    </div>
  );
}

/** Where a conversation will be. */
export function ChatSkeleton() {
  const { t } = useTranslation();
  return (
    <div className={styles["chat"]}>
      <div className={hidden["hidden"]}><Busy>{t("room.opening")}</Busy></div>
      <div className={styles["head"]} aria-hidden="true"><Row width={30} /></div>
      <div className={styles["messages"]} aria-hidden="true">{LINES.map((width) => <Row key={width} width={width} />)}</div>
      <div className={styles["composer"]} aria-hidden="true" />
    </div>
  );
}

function Row({ width }: { width: number }) {
  return (
    <div className={styles["row"]} aria-hidden="true">
      <span className={styles["picture"]} />
      <span className={styles["text"]}>
        <span className={styles["name"]} />
        <span className={styles["line"]} style={{ width: `${width}%` }} />
      </span>
    </div>
  );
}
