/** An emoji and what it is called between colons. */
export interface Shortcode {
  emoji: string;
  code: string;
}

const SHOWN_MAX = 8;

let loading: Promise<readonly Shortcode[]> | null = null;

/** Every shortcode; the list is fetched when somebody first writes a colon. */
export function loadShortcodes(): Promise<readonly Shortcode[]> {
  loading ??= import("emojibase-data/en/shortcodes/github.json").then(
    ({ default: codes }) =>
      Object.entries(codes as Record<string, string | string[]>).flatMap(([hexes, names]) =>
        [names].flat().map((code) => ({ emoji: emojiOf(hexes), code })),
      ),
    (error: unknown) => {
      loading = null;
      throw error;
    },
  );
  return loading;
}

/** Those that begin with the query, then those that hold it; the shortest first. */
export function matching(codes: readonly Shortcode[], query: string): Shortcode[] {
  const rank = ({ code }: Shortcode) => (code.startsWith(query) ? 0 : 1_000) + code.length;
  return codes
    .filter(({ code }) => code.includes(query))
    .toSorted((a, b) => rank(a) - rank(b))
    .slice(0, SHOWN_MAX);
}

function emojiOf(hexes: string): string {
  const text = String.fromCodePoint(...hexes.split("-").map((hex) => Number.parseInt(hex, 16)));
  // What has a text form of its own, such as a heart, is asked for as a picture.
  return /^\p{Emoji}$/u.test(text) && !/\p{Emoji_Presentation}/u.test(text) ? `${text}\ufe0f` : text;
}
