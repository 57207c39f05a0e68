import { useTranslation } from "react-i18next";
import { plainName } from "../view-models/names";
import type { RoomFacts } from "../view-models/use-room-page";
import { ShareButton } from "./share-button";
import styles from "./beginning.module.css";

/** Stands above a room's first entry, or above the first that did not expire. */
export function Beginning({ room, expired, empty }: { room: RoomFacts; expired: boolean; empty: boolean }) {
  const { t } = useTranslation();
  if (expired) return <p className={styles["beginning"]}>{t("timeline.expired")}</p>;
  const open = room.kind === "public" || room.kind === "announcement";
  return (
    <div className={styles["beginning"]}>
      <p className={styles["title"]}>{t(room.kind === "direct" ? "timeline.beginning_direct" : "timeline.beginning", { room: plainName(room.name) })}</p>
      {empty ? <p>{t(open ? "timeline.empty" : "timeline.empty_closed")}</p> : null}
      {empty && open ? <ShareButton room={room.id} /> : null}
    </div>
  );
}
