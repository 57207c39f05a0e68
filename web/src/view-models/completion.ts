/** What is being completed in the composer: a mention, an emoji by its shortcode, or a command. */
export interface Wanted {
  kind: "mention" | "emoji" | "command";
  query: string;
  /** Where it stands in the text. */
  start: number;
  end: number;
}

const MENTION = /(?:^|[\s([{"'“‘])@([\p{L}\p{N}._-]{0,32})$/u;
/** Shortcodes, or a Korean word, of which one syllable is enough. */
const EMOJI = /(?:^|[\s([{"'“‘]):([a-z0-9_+-]{2,32}|[\uac00-\ud7a3]{1,16})$/;

const COMMAND = /^\/([a-z]{0,16})$/i;

/** What stands before the caret and can be completed. */
export function wantedAt(text: string, caret: number): Wanted | null {
  const before = text.slice(0, caret);
  for (const [kind, pattern] of [["command", COMMAND], ["mention", MENTION], ["emoji", EMOJI]] as const) {
    const query = pattern.exec(before)?.[1];
    if (query !== undefined) return { kind, query, start: caret - query.length - 1, end: caret };
  }
  return null;
}

/** The text with what was wanted replaced, and the caret behind it. */
export function complete(text: string, wanted: Wanted, label: string): { text: string; caret: number } {
  const after = text.slice(wanted.end);
  const space = /^\s/.test(after) ? "" : " ";
  return { text: text.slice(0, wanted.start) + label + space + after, caret: wanted.start + label.length + 1 };
}
