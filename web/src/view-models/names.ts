/** Controls that reorder or hide text; a name must not reach beyond itself. */
const CONTROLS = /[\p{Cc}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/gu;

const HANGUL_NAME = /^[\uac00-\ud7a3]{2,4}$/u;
const HANGUL = /^[\uac00-\ud7a3]{1,2}/u;

/** A name as it may be shown beside other text. */
export function plainName(name: string): string {
  return name.replace(CONTROLS, "").trim();
}

/** One or two letters for an avatar. A Korean name is known by its given name, not its family's. */
export function initials(name: string): string {
  const plain = plainName(name);
  if (HANGUL_NAME.test(plain)) return plain.slice(-2);
  const hangul = HANGUL.exec(plain)?.[0];
  if (hangul !== undefined) return hangul;
  const words = plain.split(/[\s._-]+/u).filter((word) => word !== "");
  const letters = words.slice(0, 2).map((word) => graphemes(word, 1));
  return letters.join("").toLocaleUpperCase() || "?";
}

/** The same person has the same hue everywhere. */
export function hueOf(user: string, hues: number): number {
  let hash = 0;
  for (const char of user) hash = (Math.imul(hash, 31) + (char.codePointAt(0) ?? 0)) | 0;
  return Math.abs(hash) % hues;
}

/** Made once: it takes longer than what it is asked. */
const SEGMENTER = new Intl.Segmenter();

function graphemes(text: string, count: number): string {
  const segments = SEGMENTER.segment(text)[Symbol.iterator]();
  let result = "";
  for (let taken = 0; taken < count; taken += 1) result += segments.next().value?.segment ?? "";
  return result;
}
