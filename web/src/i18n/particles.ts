import type { PostProcessorModule } from "i18next";

const HANGUL = 0xac00;
const SYLLABLES = 11_172;
const FINALS = 28;
const FINAL_L = 8;

/** How a word ends: in a vowel, in ㄹ, or in another consonant; `null` where only a reader knows. */
type End = "vowel" | "l" | "consonant";

const PAIR = /([\p{L}\p{N}])(['"’”)\]]*)(을\(를\)|이\(가\)|은\(는\)|과\(와\)|\(으\)로)/gu;

/**
 * Korean particles follow the sound before them. A text names both, as in "{{name}}을(를)"; where
 * the sound is known, the one that is right stays.
 */
export function withParticles(text: string): string {
  return text.replace(PAIR, (whole, last: string, close: string, pair: string) => {
    const end = endOf(last);
    if (end === null) return whole;
    if (pair === "(으)로") return `${last}${close}${end === "consonant" ? "으로" : "로"}`;
    return last + close + (end === "vowel" ? pair.charAt(2) : pair.charAt(0));
  });
}

export const particles: PostProcessorModule = {
  type: "postProcessor",
  name: "particles",
  process: withParticles,
};

function endOf(last: string): End | null {
  const syllable = (last.codePointAt(0) ?? 0) - HANGUL;
  if (syllable >= 0 && syllable < SYLLABLES) {
    const final = syllable % FINALS;
    return final === 0 ? "vowel" : final === FINAL_L ? "l" : "consonant";
  }
  // Digits are read in Chinese numbers: 일, 이, 삼.
  if (/[2459]/.test(last)) return "vowel";
  if (/[178l]/i.test(last)) return "l";
  if (/[036mn]/i.test(last)) return "consonant";
  return /[aiouy]/i.test(last) ? "vowel" : null;
}
