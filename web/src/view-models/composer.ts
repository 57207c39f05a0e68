/** What a key does in the composer. */
export type KeyAct = "send" | "none";

export interface Key {
  key: string;
  keyCode: number;
  shiftKey: boolean;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  isComposing: boolean;
}

/** The key code that browsers report for a key the input method has taken. */
const TAKEN_BY_IME = 229;

/**
 * Enter sends, unless the input method is composing: that Enter accepts a syllable or a word.
 * Safari ends the composition before it reports the key, hence the key code.
 * Where there is no real keyboard, Enter is a new line and the button sends.
 */
export function keyAct(key: Key, touch: boolean): KeyAct {
  if (key.key !== "Enter" || key.isComposing || key.keyCode === TAKEN_BY_IME) return "none";
  if (key.ctrlKey || key.metaKey) return "send";
  return key.shiftKey || key.altKey || touch ? "none" : "send";
}

export type Room =
  | { state: "plenty" }
  | { state: "near"; characters: number }
  | { state: "over"; characters: number };

/** The share of the limit from which on the composer counts. */
const NEAR = 0.9;

const encoder = new TextEncoder();

/** How much more fits. The limit is in bytes; people count characters like those they wrote. */
export function roomLeft(body: string, bytesMax: number): Room {
  if (body.length * 3 < bytesMax * NEAR) return { state: "plenty" };
  const bytes = encoder.encode(body).length;
  if (bytes < bytesMax * NEAR) return { state: "plenty" };
  const perCharacter = bytes / Math.max([...body].length, 1);
  if (bytes <= bytesMax) return { state: "near", characters: Math.floor((bytesMax - bytes) / perCharacter) };
  return { state: "over", characters: Math.ceil((bytes - bytesMax) / perCharacter) };
}

export function isBlank(body: string): boolean {
  return body.trim() === "";
}
