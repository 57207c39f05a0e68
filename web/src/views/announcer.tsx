import { useTranslation } from "react-i18next";
import { plainName } from "../view-models/names";
import type { Announcements } from "../view-models/use-announcements";
import hidden from "../styles/hidden.module.css";

/** Reads new messages to those who listen. The timeline itself is silent: it also shows old ones. */
export function Announcer({ news }: { news: Announcements }) {
  const { t } = useTranslation();
  return (
    <div className={hidden["hidden"]} aria-live="polite" data-announcer="">
      {news.count > news.latest.length
        ? t("timeline.new", { count: news.count })
        : news.latest.map((row) => (
            <p key={row.key}>
              {t("timeline.said", { name: row.name === null ? t("timeline.someone") : plainName(row.name), body: row.body })}
            </p>
          ))}
    </div>
  );
}
