import { useId } from "react";
import { useTranslation } from "react-i18next";
import { momentOf, rangeOf, type LiveFigures, type Steps } from "../../view-models/live";
import { momentsFor } from "../../view-models/moments";
import styles from "./live-figures.module.css";
import { Plot, type Look } from "./plot";

interface LiveLine {
  look: Look;
  /** What it is called, where there are several. */
  name?: string;
  values: Steps;
}

interface LiveCardProps {
  live: LiveFigures;
  label: string;
  lines: readonly LiveLine[];
  format(value: number): string;
  /** What is shown while no moment is chosen: a step, or something else than the step says. */
  now: { step: number; text?: string; note?: string };
  chosen: number | null;
  onChoose(step: number | null): void;
}

/** One figure: what it is now, or was at the chosen moment, above its plot. */
export function LiveCard({ live, label, lines, format, now, chosen, onChoose }: LiveCardProps) {
  const { t, i18n } = useTranslation();
  const id = useId();
  const { time, second } = momentsFor(i18n.language);
  const last = live.steps.connections.length - 1;
  const step = chosen ?? now.step;
  const written = (value: number | null | undefined) => (typeof value === "number" ? format(value) : "–");
  const values = lines.map(({ name, look, values: steps }) => ({ name, look, text: chosen === null && now.text !== undefined ? now.text : written(steps[step]) }));
  const at = second(momentOf(live, step));
  const note = chosen === null && step === last ? (now.note ?? "") : at;
  const said = values.map(({ name, text }) => (name === undefined ? text : `${name} ${text}`)).join(", ");
  const summary = lines.map(({ name, values: steps }) => {
    const range = rangeOf(steps);
    const text = range === null ? t("admin.live.no_range") : t("admin.live.range", { least: format(range.least), most: format(range.most) });
    return name === undefined ? text : `${name}: ${text}`;
  });
  return (
    <li className={styles["card"]}>
      <div className={styles["head"]}>
        <h4 id={id} className={styles["label"]}>{label}</h4>
        <p className={styles["note"]}>{note}</p>
      </div>
      <p className={styles["values"]}>
        {values.map(({ name, look, text }) => (
          <span key={look} className={styles["value"]} data-many={lines.length > 1}>
            {name === undefined ? null : (
              <span className={styles["name"]}>
                <svg className={styles["swatch"]} viewBox="0 0 18 4" aria-hidden="true">
                  <path data-look={look} d="M1 2H17" />
                </svg>
                {name}{" "}
              </span>
            )}
            {text}
          </span>
        ))}
      </p>
      <Plot
        labelledBy={id}
        summary={summary.join(" ")}
        lines={lines}
        format={format}
        ends={[time(live.steps.from), time(momentOf(live, last))]}
        chosen={chosen}
        text={`${at}: ${said}`}
        onChoose={onChoose}
      />
    </li>
  );
}
