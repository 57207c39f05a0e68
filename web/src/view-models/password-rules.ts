/** The server's limits (PW1), told before it is asked. */
export const PASSWORD_CHARS_MIN = 15;
export const PASSWORD_BYTES_MAX = 256;

/** From here on more makes little difference to anybody who guesses. */
const STRONG_CHARS = 24;
const GOOD_CHARS = 18;
/** Fewer different characters than this are a pattern, however long it is. */
const DISTINCT_CHARS_MIN = 6;

const WEAKNESSES = ["too_short", "too_long", "common", "personal"] as const;
export type Weakness = (typeof WEAKNESSES)[number];

/** Zero is for what cannot be taken, three for what nobody guesses. */
export type Strength = 0 | 1 | 2 | 3;

export interface Judgement {
  weakness: Weakness | null;
  /** Characters that are still missing. */
  missing: number;
  strength: Strength;
}

/** What can be said of a new password without asking the server, which also knows common ones. */
export function judgePassword(password: string, names: readonly string[] = []): Judgement {
  const plain = password.normalize("NFKC");
  const chars = [...plain];
  const missing = Math.max(0, PASSWORD_CHARS_MIN - chars.length);
  const weakness = weaknessOf(plain, missing, names);
  return { weakness, missing, strength: weakness === null ? strengthOf(chars) : 0 };
}

/** Why the server refused a password, if it said so. */
export function readWeakness(detail: string | null): Weakness | null {
  return WEAKNESSES.find((weakness) => weakness === detail) ?? null;
}

function weaknessOf(plain: string, missing: number, names: readonly string[]): Weakness | null {
  if (missing > 0) return "too_short";
  if (new TextEncoder().encode(plain).length > PASSWORD_BYTES_MAX) return "too_long";
  return names.some((name) => isMadeOf(plain, name)) ? "personal" : null;
}

/** Nothing but the name, digits and punctuation. */
function isMadeOf(plain: string, name: string): boolean {
  const core = name.normalize("NFKC").toLowerCase();
  if (core.length < 3 || !plain.toLowerCase().includes(core)) return false;
  return !/\p{L}/u.test(plain.toLowerCase().replaceAll(core, ""));
}

function strengthOf(chars: readonly string[]): Strength {
  const distinct = new Set(chars).size;
  if (distinct < DISTINCT_CHARS_MIN) return 1;
  const effective = Math.min(chars.length, distinct * 2);
  if (effective >= STRONG_CHARS) return 3;
  return effective >= GOOD_CHARS ? 2 : 1;
}
