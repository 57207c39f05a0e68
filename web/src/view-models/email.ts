const EMAIL_CHARS_MAX = 254;

/** Something before an `@`, and a name with a dot behind it; the link that is sent there proves the rest. */
export function looksLikeEmail(text: string): boolean {
  return text.length <= EMAIL_CHARS_MAX && /^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(text);
}
