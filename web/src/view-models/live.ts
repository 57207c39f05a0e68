import type { LiveFigures, Steps } from "../api/admin";

export type { LiveFigures, Steps };

/** How many steps one row of the overview is. */
const ROW_STEPS = 30;

/** How many steps at the end rooms have yet to tell of: they do so every ten seconds (rule LF5). */
const UNTOLD_STEPS = 2;

/** How high the box is that `lineOf` draws into; it is as wide as there are steps. */
export const PLOT_HEIGHT = 100;

const present = (values: Steps): number[] => values.filter((value) => value !== null);
const sum = (values: Steps): number => present(values).reduce((total, value) => total + value, 0);
const most = (values: Steps): number | null => present(values).reduce<number | null>((top, value) => Math.max(top ?? value, value), null);

/** Counts of each step as counts of each second. */
export function perSecond(counts: Steps, stepMs: number): Steps {
  return counts.map((count) => (count === null ? null : (count * 1_000) / stepMs));
}

/** The last step of which there is something to tell, at `step` or before; `step` itself if there is none. */
export function lastKnown(lines: readonly Steps[], step: number): number {
  for (let known = step; known >= 0; known -= 1) {
    if (lines.some((values) => typeof values[known] === "number")) return known;
  }
  return step;
}

/** The last step of which rooms have told everything. */
export function lastTold({ steps: { connections } }: LiveFigures): number {
  return Math.max(connections.length - 1 - UNTOLD_STEPS, 0);
}

/** The least and the most, if there is anything. */
export function rangeOf(values: Steps): { least: number; most: number } | null {
  const numbers = present(values);
  const top = most(numbers);
  return top === null ? null : { least: numbers.reduce((low, value) => Math.min(low, value)), most: top };
}

/** Where an axis that begins at nothing ends: a round number that no value is above. */
export function topOf(lines: readonly Steps[]): number {
  const highest = most(lines.map((values) => most(values))) ?? 0;
  if (highest <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(highest));
  const round = [1, 2, 5, 10].find((one) => one * power >= highest) ?? 10;
  return round * power;
}

const rounded = (value: number): number => Math.round(value * 100) / 100;

/** A line through the values as the path of an SVG, with gaps where there are none. */
export function lineOf(values: Steps, top: number): string {
  let isDrawing = false;
  const parts: string[] = [];
  for (const [step, value] of values.entries()) {
    if (value !== null) {
      const y = rounded(PLOT_HEIGHT - (PLOT_HEIGHT * value) / top);
      // A value between two gaps is a dot: a line of no length has round ends.
      parts.push(isDrawing ? `L${step} ${y}` : `M${step} ${y}h0`);
    }
    isDrawing = value !== null;
  }
  return parts.join("");
}

/** The step of a moment; the nearest one, if it is not of this hour. */
export function stepOf({ steps: { from, connections }, step_ms }: LiveFigures, moment: number): number {
  return Math.min(Math.max(Math.round((moment - from) / step_ms), 0), connections.length - 1);
}

export function momentOf({ steps: { from }, step_ms }: LiveFigures, step: number): number {
  return from + step * step_ms;
}

/** Whether nothing at all went on in the last hour. */
export function isQuiet({ steps: { connections, messages, errors } }: LiveFigures): boolean {
  return [connections, messages, errors].every((values) => sum(values) === 0);
}

/** Some minutes of the last hour. */
export interface LiveRow {
  from: number;
  /** The most there were at once. */
  connections: number | null;
  messages: number;
  deliveries: number;
  /** The worst of the steps. */
  p99_ms: number | null;
  errors: number;
}

/** The last hour in a few rows, for a table; the newest first. */
export function overviewOf(live: LiveFigures): LiveRow[] {
  const { connections, messages, deliveries, p99_ms, errors } = live.steps;
  const rows: LiveRow[] = [];
  for (let step = 0; step < connections.length; step += ROW_STEPS) {
    const part = (values: Steps) => values.slice(step, step + ROW_STEPS);
    rows.unshift({
      from: momentOf(live, step),
      connections: most(part(connections)),
      messages: sum(part(messages)),
      deliveries: sum(part(deliveries)),
      p99_ms: most(part(p99_ms)),
      errors: sum(part(errors)),
    });
  }
  return rows;
}

/** The errors of the last hour, the most frequent first. */
export function errorsOf({ errors }: LiveFigures): { code: string; count: number }[] {
  const counted = Object.entries(errors).map(([code, count]) => ({ code, count }));
  return counted.filter(({ count }) => count > 0).toSorted((a, b) => b.count - a.count || a.code.localeCompare(b.code));
}

/** Which step a key leads to from `step`; `null` for the present, `undefined` for a key that does nothing. */
export function stepByKey(key: string, step: number, last: number): number | null | undefined {
  const within = (wanted: number) => Math.min(Math.max(wanted, 0), last);
  switch (key) {
    case "ArrowLeft":
    case "ArrowDown":
      return within(step - 1);
    case "ArrowRight":
    case "ArrowUp":
      return within(step + 1);
    case "PageDown":
      return within(step - ROW_STEPS);
    case "PageUp":
      return within(step + ROW_STEPS);
    case "Home":
      return 0;
    case "End":
      return last;
    case "Escape":
      return null;
    default:
      return undefined;
  }
}
