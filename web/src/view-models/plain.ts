const MARKS = /[*_~`[\]<>\\]|https?:|www\.|@/i;
const LINE_MARKS = /^ {0,3}(?:[-+*]|\d{1,9}[.)])\s/m;
const REORDERING = /[\u202a-\u202e\u2066-\u2069]/;

/** Nothing in this body means anything but itself, so it needs no Markdown. */
export function isPlain(body: string): boolean {
  return !MARKS.test(body) && !LINE_MARKS.test(body) && !REORDERING.test(body);
}
