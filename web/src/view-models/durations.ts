import type { TFunction } from "i18next";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time in its largest whole unit. */
export function durationText(t: TFunction, ms: number): string {
  if (ms >= DAY && ms % DAY === 0) return t("time.days", { count: ms / DAY });
  if (ms >= HOUR && ms % HOUR === 0) return t("time.hours", { count: ms / HOUR });
  if (ms >= MINUTE && ms % MINUTE === 0) return t("time.minutes", { count: ms / MINUTE });
  return t("time.seconds", { count: Math.ceil(ms / SECOND) });
}

/** How long to wait, in whole seconds or, from two minutes on, in whole minutes. */
export function waitText(t: TFunction, seconds: number): string {
  return seconds < 120 ? t("time.seconds", { count: seconds }) : t("time.minutes", { count: Math.ceil(seconds / 60) });
}
