import { useTranslation } from "react-i18next";
import { overviewOf, type LiveFigures } from "../../view-models/live";
import { momentsFor } from "../../view-models/moments";
import { numbersFor } from "../../view-models/numbers";
import styles from "./live-figures.module.css";

const COLUMNS = ["connections_most", "messages_count", "deliveries_count", "p99_most", "errors_count"] as const;

/** The last hour in a few rows, for whoever rather reads. */
export function LiveTable({ live }: { live: LiveFigures }) {
  const { t, i18n } = useTranslation();
  const { time } = momentsFor(i18n.language);
  const { count, ms } = numbersFor(i18n.language);
  return (
    // What is wider than a phone is scrolled, with the keyboard, too.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div role="group" className={styles["scroll"]} aria-label={t("admin.live.as_table")} tabIndex={0}>
      <table className={styles["table"]}>
        <thead>
          <tr>
            <th scope="col">{t("admin.live.from")}</th>
            {COLUMNS.map((column) => <th key={column} scope="col">{t(`admin.live.${column}`)}</th>)}
          </tr>
        </thead>
        <tbody>
          {overviewOf(live).map((row) => (
            <tr key={row.from}>
              <th scope="row">{time(row.from)}</th>
              <td>{row.connections === null ? "–" : count(row.connections)}</td>
              <td>{count(row.messages)}</td>
              <td>{count(row.deliveries)}</td>
              <td>{row.p99_ms === null ? "–" : ms(row.p99_ms)}</td>
              <td>{count(row.errors)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
