import { localeOf } from "../i18n";

export interface Numbers {
  /** 12,842 */
  count(value: number): string;
  /** 0.3; 1.2; 120 */
  rate(value: number): string;
  /** 20 ms; 1.2 sec */
  ms(value: number): string;
}

const known = new Map<string, Numbers>();

export function numbersFor(language: string): Numbers {
  let numbers = known.get(language);
  if (numbers === undefined) {
    numbers = createNumbers(localeOf(language));
    known.set(language, numbers);
  }
  return numbers;
}

function createNumbers(locale: string): Numbers {
  const count = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const rate = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const ms = new Intl.NumberFormat(locale, { style: "unit", unit: "millisecond", maximumFractionDigits: 0 });
  const s = new Intl.NumberFormat(locale, { style: "unit", unit: "second", maximumFractionDigits: 1 });
  return {
    count: (value) => count.format(value),
    rate: (value) => (value < 100 ? rate : count).format(value),
    ms: (value) => (value < 1_000 ? ms.format(value) : s.format(value / 1_000)),
  };
}
