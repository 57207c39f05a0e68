/** The first consonants of Korean syllables, in the order of Unicode. */
const INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
const SYLLABLE = 0xac00;
const SYLLABLES = 11_172;
const PER_INITIAL = 588;

/**
 * How well a name answers what somebody typed of it: higher is better, `null` is not at all.
 * Korean names are found by the first consonants of their syllables, too: ㅎㅇ finds 회의.
 */
export function rankOf(query: string, name: string): number | null {
  const [wanted, given] = [folded(query), folded(name)];
  if (wanted === "") return 0;
  if (given.startsWith(wanted)) return 4;
  const at = given.indexOf(wanted);
  if (at > 0) return /[\p{L}\p{N}]/u.test(given.charAt(at - 1)) ? 2 : 3;
  if (isInitials(wanted) && initialsOf(given).includes(wanted)) return 2;
  return isSubsequence(wanted, given) ? 1 : null;
}

function folded(text: string): string {
  return text.normalize("NFC").toLocaleLowerCase().trim();
}

function isInitials(text: string): boolean {
  return [...text].every((character) => INITIALS.includes(character));
}

function initialsOf(text: string): string {
  return [...text].map((character) => {
    const index = (character.codePointAt(0) ?? 0) - SYLLABLE;
    return index >= 0 && index < SYLLABLES ? INITIALS.charAt(Math.floor(index / PER_INITIAL)) : character;
  }).join("");
}

/** Every character of `wanted` is in `given`, in this order. */
function isSubsequence(wanted: string, given: string): boolean {
  let from = 0;
  for (const character of wanted) {
    if (/\s/.test(character)) continue;
    const at = given.indexOf(character, from);
    if (at < 0) return false;
    from = at + character.length;
  }
  return true;
}
