/** What narrows a search, as it is written. */
export const OPERATORS = ["from:", "after:", "before:", "has:file"] as const;

export type Operator = (typeof OPERATORS)[number];

/** What can stand where the caret is in a search. */
export type Hint = { kind: "operator"; operator: Operator } | { kind: "people"; query: string } | { kind: "dates"; operator: "after:" | "before:" };

export interface Begun {
  hints: readonly Hint[];
  /** The word that a hint replaces. */
  start: number;
  end: number;
}

/** What the word before the caret can become; nothing within a phrase, or in the middle of a word. */
export function begunAt(text: string, caret: number): Begun | null {
  const before = text.slice(0, caret);
  if ((before.match(/"/g)?.length ?? 0) % 2 === 1 || /^\S/.test(text.slice(caret))) return null;
  const word = /\S*$/.exec(before)?.[0] ?? "";
  const lower = word.toLowerCase();
  const place = { start: caret - word.length, end: caret };
  if (lower.startsWith("from:")) return { ...place, hints: [{ kind: "people", query: word.slice("from:".length) }] };
  for (const operator of ["after:", "before:"] as const) {
    if (lower === operator) return { ...place, hints: [{ kind: "dates", operator }] };
  }
  const hints = OPERATORS.filter((operator) => operator.startsWith(lower) && operator !== lower && !(word === "" && text.includes(operator)));
  return hints.length === 0 ? null : { ...place, hints: hints.map((operator) => ({ kind: "operator", operator })) };
}

/** The text with the word replaced, and the caret behind it. */
export function placed(text: string, { start, end }: Begun, word: string): { text: string; caret: number } {
  const space = word.endsWith(":") || /^\s/.test(text.slice(end)) ? "" : " ";
  return { text: text.slice(0, start) + word + space + text.slice(end), caret: start + word.length + space.length };
}

/** Days that people search from, as they are written: today, a week ago, and so on. */
export const AGES = { today: 0, week: 7, month: 30, year: 365 } as const;
export type Age = keyof typeof AGES;

/** A day of this browser's calendar, as people write it in a search. */
export function dayOf(age: Age, now: number): string {
  const day = new Date(now);
  day.setDate(day.getDate() - AGES[age]);
  const [month, date] = [day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, "0"));
  return `${day.getFullYear()}-${month}-${date}`;
}

/** A phrase, which stays as it is, or a day to search from or until. */
const DAY = /"[^"]*"|(?<=^|\s)(after|before):(\d{4})-(\d{2})-(\d{2})(?=\s|$)/gi;

/** Each day as the time at which it begins here: of a bare day, the server takes that of UTC. */
export function withTimes(query: string): string {
  return query.replace(DAY, (whole, operator: string | undefined, ...[year, month, date]: string[]) => {
    if (operator === undefined) return whole;
    const day = new Date(Number(year), Number(month) - 1, Number(date));
    // What is no day, such as the 30th of February, the server refuses.
    if (day.getMonth() !== Number(month) - 1 || day.getDate() !== Number(date)) return whole;
    return `${operator.toLowerCase()}:${day.toISOString().slice(0, "YYYY-MM-DDTHH:MM".length)}Z`;
  });
}

/** A phrase, which stays as it is, or whom the words are from, by the name that they sign in with. */
const FROM = /"[^"]*"|(?<=^|\s)from:@?([a-z0-9._-]{3,32})(?=\s|$)/gi;

/** The server's limit. */
export const QUERY_MAX = 200;

/** The query as the server reads it, which knows neither names to sign in with nor time zones. */
export async function asServerReads(query: string, find: (name: string) => Promise<readonly { id: string; name: string }[]>): Promise<string> {
  const timed = withTimes(query);
  return withIds(timed.length > QUERY_MAX ? query : timed, find);
}

/**
 * The server knows people by their ids and by what others see of them, and two may look alike, so
 * those who are named by what they sign in with are named by their ids.
 */
export async function withIds(query: string, find: (name: string) => Promise<readonly { id: string; name: string }[]>): Promise<string> {
  const names = [...query.matchAll(FROM)].flatMap(([, name]) => (name === undefined ? [] : [name.toLowerCase()]));
  const ids = new Map<string, string>();
  for (const name of new Set(names)) {
    const one = (await find(name)).find((found) => found.name === name);
    if (one !== undefined) ids.set(name, one.id);
  }
  const known = query.replace(FROM, (whole, name: string | undefined) => {
    const id = ids.get(name?.toLowerCase() ?? "");
    return id === undefined ? whole : `from:${id}`;
  });
  return known.length > QUERY_MAX ? query : known;
}
