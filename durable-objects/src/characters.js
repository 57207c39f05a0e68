// What the platform knows of Unicode's characters. Called only from `characters.rs`.

const MARK = /^\p{M}/u;

export const nfkc = (text) => text.normalize("NFKC");

export const isMark = (char) => MARK.test(char);
