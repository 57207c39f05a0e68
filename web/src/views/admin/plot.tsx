import { useId, type KeyboardEvent, type PointerEvent } from "react";
import { lineOf, PLOT_HEIGHT, stepByKey, topOf, type Steps } from "../../view-models/live";
import styles from "./plot.module.css";

/** How lines of one plot differ, also for whoever sees no colours. */
export type Look = "plain" | "dashed" | "thin";

interface PlotProps {
  /** The id of what says what is plotted. */
  labelledBy: string;
  /** What the plot shows, in a sentence. */
  summary: string;
  lines: readonly { look: Look; values: Steps }[];
  /** How values are written on the axis. */
  format(value: number): string;
  /** What is written below the ends. */
  ends: readonly [string, string];
  /** The chosen step, if one is. */
  chosen: number | null;
  /** What the chosen step says, or else the last one. */
  text: string;
  onChoose(step: number | null): void;
}

/** A small plot of the last hour. The pointer or the arrow keys choose a moment of it. */
export function Plot({ labelledBy, summary, lines, format, ends, chosen, text, onChoose }: PlotProps) {
  const description = useId();
  const top = topOf(lines.map(({ values }) => values));
  const last = (lines[0]?.values.length ?? 1) - 1;
  const onKeyDown = (event: KeyboardEvent) => {
    const step = stepByKey(event.key, chosen ?? last, last);
    if (step === undefined) return;
    event.preventDefault();
    onChoose(step);
  };
  const point = (event: PointerEvent<HTMLElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    if (width > 0) onChoose(Math.min(Math.max(Math.round(((event.clientX - left) / width) * last), 0), last));
  };
  return (
    <>
      <div
        role="slider"
        tabIndex={0}
        className={styles["plot"]}
        aria-labelledby={labelledBy}
        aria-describedby={description}
        aria-orientation="horizontal"
        aria-valuemin={0}
        aria-valuemax={last}
        aria-valuenow={chosen ?? last}
        aria-valuetext={text}
        onKeyDown={onKeyDown}
        onBlur={() => onChoose(null)}
        onPointerDown={point}
        onPointerMove={point}
        // What a finger chose stays until it taps somewhere else.
        onPointerLeave={(event) => event.pointerType === "mouse" && onChoose(null)}
      >
        <span className={styles["top"]} aria-hidden="true">{format(top)}</span>
        <svg className={styles["picture"]} viewBox={`0 0 ${last} ${PLOT_HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          {lines.length === 1 ? lines.map(({ look, values }) => <Ground key={look} values={values} top={top} />) : null}
          {lines.map(({ look, values }) => (
            <path key={look} className={styles["line"]} data-look={look} d={lineOf(values, top)} />
          ))}
          {chosen === null ? null : <path className={styles["moment"]} d={`M${chosen} 0V${PLOT_HEIGHT}`} />}
          {chosen === null ? null : lines.map(({ look, values }) => <path key={look} className={styles["dot"]} data-look={look} d={lineOf(onlyAt(values, chosen), top)} />)}
        </svg>
      </div>
      <p className={styles["ends"]} aria-hidden="true">
        <span>{ends[0]}</span>
        <span>{ends[1]}</span>
      </p>
      <p id={description} className={styles["hidden"]}>{summary}</p>
    </>
  );
}

/** What lies below a line: where the line is, and nowhere else. */
function Ground({ values, top }: { values: Steps; top: number }) {
  const known = values.map((value) => value ?? 0);
  return <path className={styles["ground"]} d={`${lineOf(known, top)}V${PLOT_HEIGHT}H0Z`} />;
}

function onlyAt(values: Steps, step: number): Steps {
  return values.map((value, index) => (index === step ? value : null));
}
