import { localeOf } from "../i18n";

export interface Moments {
  /** 14:05 */
  time(at: number): string;
  /** 14:05:09 */
  second(at: number): string;
  /** Sunday, 22 November 2026 at 14:05:09 */
  full(at: number): string;
  /** 14:05, with the day if it is another one than that of `now`. */
  soon(at: number, now?: number): string;
  /** 22 Nov 2026 */
  date(at: number): string;
  /** Sunday, 22 November; with the year if it is another one. */
  day(at: number, now: number): { special: "today" | "yesterday" } | { special: null; text: string };
}

const DAY_MS = 86_400_000;
const known = new Map<string, Moments>();

export function momentsFor(language: string): Moments {
  let moments = known.get(language);
  if (moments === undefined) {
    moments = createMoments(localeOf(language));
    known.set(language, moments);
  }
  return moments;
}

/** Whether a time is still to come. */
export function isAhead(at: number | null): at is number {
  return at !== null && at > Date.now();
}

function createMoments(locale: string): Moments {
  const time = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
  const second = new Intl.DateTimeFormat(locale, { timeStyle: "medium" });
  const full = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "medium" });
  const day = new Intl.DateTimeFormat(locale, { weekday: "long", month: "long", day: "numeric" });
  const year = new Intl.DateTimeFormat(locale, { weekday: "long", year: "numeric", month: "long", day: "numeric" });
  const dated = new Intl.DateTimeFormat(locale, { month: "short", day: "numeric", hour: "numeric", minute: "2-digit" });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
  return {
    soon: (at, now = Date.now()) => (midnight(at) === midnight(now) ? time : dated).format(at),
    date: (at) => date.format(at),
    time: (at) => time.format(at),
    second: (at) => second.format(at),
    full: (at) => full.format(at),
    day: (at, now) => {
      const age = Math.round((midnight(now) - midnight(at)) / DAY_MS);
      if (age === 0) return { special: "today" };
      if (age === 1) return { special: "yesterday" };
      const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
      return { special: null, text: (sameYear ? day : year).format(at) };
    },
  };
}

function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}
