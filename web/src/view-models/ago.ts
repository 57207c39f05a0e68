import { localeOf } from "../i18n";

const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000_000],
  ["month", 2_592_000_000],
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

const known = new Map<string, Intl.RelativeTimeFormat>();

/** `3 days ago`, `in 2 months`; what is less than a minute away is now. */
export function agoText(language: string, at: number, now = Date.now()): string {
  const format = formatOf(language);
  const distance = at - now;
  for (const [unit, ms] of UNITS) {
    if (Math.abs(distance) >= ms) return format.format(Math.trunc(distance / ms), unit);
  }
  return format.format(0, "second");
}

function formatOf(language: string): Intl.RelativeTimeFormat {
  let format = known.get(language);
  if (format === undefined) {
    format = new Intl.RelativeTimeFormat(localeOf(language), { numeric: "auto" });
    known.set(language, format);
  }
  return format;
}

/** The name of a country by its code, if that is one. */
export function countryName(language: string, code: string | null): string | null {
  if (code === null || !/^[A-Z]{2}$/.test(code)) return null;
  return new Intl.DisplayNames(localeOf(language), { type: "region" }).of(code) ?? null;
}
