import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { durationText } from "../view-models/durations";
import { momentsFor } from "../view-models/moments";
import { plainName } from "../view-models/names";
import type { SystemRow } from "../view-models/timeline";
import styles from "./row.module.css";

/** What happened to the room, or to somebody in it. */
export function SystemLine({ row }: { row: SystemRow }) {
  const { t, i18n } = useTranslation();
  const moments = momentsFor(i18n.language);
  const texts = sentences(t, i18n.language, row);
  return (
    <p className={styles["system"]} title={moments.full(row.at)}>
      {texts.join(" ")}
    </p>
  );
}

function sentences(t: TFunction, language: string, row: SystemRow): string[] {
  const by = row.name === null ? t("timeline.someone") : plainName(row.name);
  const { event } = row;
  if (event.t === "settings") {
    return [
      ...(event.name === null ? [] : [t("event.name", { by, name: plainName(event.name) })]),
      ...(event.topic === null ? [] : [event.topic === "" ? t("event.topic_none", { by }) : t("event.topic", { by, topic: plainName(event.topic) })]),
      ...(event.slow_ms === null ? [] : [event.slow_ms === 0 ? t("event.slow_off", { by }) : t("event.slow", { by, time: durationText(t, event.slow_ms) })]),
      ...(event.archived === null ? [] : [t(event.archived ? "event.archived" : "event.unarchived", { by })]),
    ];
  }
  const user = row.userName === null ? t("timeline.someone") : plainName(row.userName);
  switch (event.act) {
    case "role":
      return [t("event.role", { by, user, role: t(`role.${event.role as "member"}`) })];
    case "mute":
      return [t("event.mute", { by, user, time: momentsFor(language).soon(event.until ?? event.at, event.at) })];
    case "kick":
    case "ban":
    case "unban":
    case "unmute":
      return [t(`event.${event.act}`, { by, user })];
    default:
      return [];
  }
}
