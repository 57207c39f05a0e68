/** An emoji and what it is called between colons. */
export interface Shortcode {
  emoji: string;
  code: string;
  /** What it is called, where many answer to the same code. */
  name?: string;
}

const SHOWN_MAX = 8;

const loading = new Map<string, Promise<readonly Shortcode[]>>();

/** Every shortcode, and in Korean every word; they are fetched when somebody first writes a colon. */
export function loadShortcodes(language: string): Promise<readonly Shortcode[]> {
  const known = loading.get(language);
  if (known !== undefined) return known;
  const all = Promise.all([loadCodes(), language === "ko" ? loadWords(language) : []]).then((lists) => lists.flat());
  loading.set(language, all);
  all.catch(() => loading.delete(language));
  return all;
}

/** Those that begin with the query, then those that hold it; the shortest first, and each emoji once. */
export function matching(codes: readonly Shortcode[], query: string): Shortcode[] {
  const rank = ({ code }: Shortcode) => (code.startsWith(query) ? 0 : 1_000) + code.length;
  const best = codes.filter(({ code }) => code.includes(query)).toSorted((a, b) => rank(a) - rank(b));
  const shown = new Map<string, Shortcode>();
  for (const one of best) {
    if (!shown.has(one.emoji)) shown.set(one.emoji, one);
    if (shown.size === SHOWN_MAX) break;
  }
  return [...shown.values()];
}

async function loadCodes(): Promise<Shortcode[]> {
  const { default: codes } = await import("emojibase-data/en/shortcodes/github.json");
  return Object.entries(codes as Record<string, string | string[]>).flatMap(([hexes, names]) => [names].flat().map((code) => ({ emoji: emojiOf(hexes), code })));
}

interface Named {
  hexcode: string;
  label: string;
  tags?: string[];
}

/** What the picker searches; a word stands between colons, so it has no spaces. */
async function loadWords(language: string): Promise<Shortcode[]> {
  const answer = await fetch(`/emoji/${language}/data.json`);
  if (!answer.ok) throw new Error(`no emoji: ${answer.status}`);
  const named: Named[] = await answer.json();
  return named.flatMap(({ hexcode, label, tags = [] }) => [label, ...tags].filter((word) => !/\s/.test(word)).map((code) => ({ emoji: emojiOf(hexcode), code, name: label })));
}

function emojiOf(hexes: string): string {
  const text = String.fromCodePoint(...hexes.split("-").map((hex) => Number.parseInt(hex, 16)));
  // What has a text form of its own, such as a heart, is asked for as a picture.
  return /^\p{Emoji}$/u.test(text) && !/\p{Emoji_Presentation}/u.test(text) ? `${text}\ufe0f` : text;
}
