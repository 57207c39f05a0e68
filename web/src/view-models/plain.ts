const MARKS = /[*_~`[\]<>\\]|https?:|www\.|@/i;
const LINE_MARKS = /^ {0,3}(?:[-+*]|\d{1,9}[.)])\s/m;
const REORDERING = /[\u202a-\u202e\u2066-\u2069]/;

/** Nothing in this body means anything but itself, so it needs no Markdown. */
export function isPlain(body: string): boolean {
  return !MARKS.test(body) && !LINE_MARKS.test(body) && !REORDERING.test(body);
}

/** Marks at the beginning of a line: of a fence, a quote, a list. */
const FENCES = /^ {0,3}(?:```|~~~)[^\n]*$/gm;
const LINES = /^ {0,3}(?:>|[-+*]|\d{1,9}[.)])[ \t]+/gm;
/** What stands between marks of emphasis or code; an underscore within a word is none. */
const SPANS = [/(\*\*|\*|~~|`)(?=\S)([^\n]*?\S)\1/g, /(?<![\p{L}\p{N}_])(__?)(?=\S)([^\n]*?\S)\1(?![\p{L}\p{N}_])/gu];

/** A text as one line without its marks, for where it is only hinted at. */
export function withoutMarks(text: string): string {
  let plain = text.replace(FENCES, "").replace(LINES, "");
  // Marks may lie within marks.
  for (const span of [...SPANS, ...SPANS]) plain = plain.replace(span, "$2");
  return plain.replace(/\s+/g, " ").trim();
}
