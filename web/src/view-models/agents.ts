/** What somebody uses Maru with, as its own name for itself tells. */
export interface Agent {
  kind: "computer" | "phone" | "tablet" | "program";
  /** `Firefox`; `null` if nothing is known. */
  program: string | null;
  /** `macOS`; `null` if nothing is known. */
  system: string | null;
}

/** The first that matches counts: many a browser also says that it is another one. */
const PROGRAMS: readonly [RegExp, string][] = [
  [/\bKAKAOTALK\b/i, "KakaoTalk"],
  [/\bNAVER\(/, "NAVER"],
  [/\bEdg(e|A|iOS)?\//, "Edge"],
  [/\b(OPR|Opera|OPT)\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\bWhale\//, "Whale"],
  [/\bVivaldi\//, "Vivaldi"],
  [/\bYaBrowser\//, "Yandex"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/\b(Chrome|CriOS|Chromium|HeadlessChrome)\//, "Chrome"],
  [/\bVersion\/.*\bSafari\//, "Safari"],
];

const SYSTEMS: readonly [RegExp, string, Agent["kind"]][] = [
  [/\biPhone\b/, "iOS", "phone"],
  [/\biPad\b/, "iPadOS", "tablet"],
  [/\bAndroid\b.*\bMobile\b/, "Android", "phone"],
  [/\bAndroid\b/, "Android", "tablet"],
  [/\bCrOS\b/, "ChromeOS", "computer"],
  [/\bWindows\b/, "Windows", "computer"],
  [/\b(Macintosh|Mac OS X)\b/, "macOS", "computer"],
  [/\bLinux\b/, "Linux", "computer"],
];

/** `curl/8.5.0` and the like: a product that does not claim to be a browser. */
const PRODUCT = /^([\w.-]{1,32})\//;

export function readAgent(agent: string | null): Agent {
  const text = agent ?? "";
  const browser = PROGRAMS.find(([pattern]) => pattern.test(text))?.[1] ?? null;
  const [, system, kind] = SYSTEMS.find(([pattern]) => pattern.test(text)) ?? [];
  if (browser !== null) return { kind: kind ?? "computer", program: browser, system: system ?? null };
  const product = PRODUCT.exec(text)?.[1] ?? null;
  return { kind: "program", program: product === "Mozilla" ? null : product, system: system ?? null };
}
