export interface Piece {
  text: string;
  start: number;
  found: boolean;
}

/** Around the first word that was found, this much is shown before it. */
const BEFORE = 60;

/** A body in pieces, those in `ranges` being what was found; a long one begins near the first. */
export function highlighted(body: string, ranges: readonly (readonly [number, number])[]): Piece[] {
  const sorted = ranges.filter(([start, end]) => start < end && end <= body.length).toSorted((a, b) => a[0] - b[0]);
  const first = sorted[0]?.[0] ?? 0;
  const pieces: Piece[] = [];
  let at = first > BEFORE * 2 ? wordAt(body, first - BEFORE) : 0;
  if (at > 0) pieces.push({ text: "…", start: -1, found: false });
  for (const [start, end] of sorted) {
    if (end <= at) continue;
    if (start > at) pieces.push({ text: body.slice(at, start), start: at, found: false });
    pieces.push({ text: body.slice(Math.max(start, at), end), start: Math.max(start, at), found: true });
    at = end;
  }
  if (at < body.length) pieces.push({ text: body.slice(at), start: at, found: false });
  return pieces;
}

/** The beginning of the first word at or after a place, which is never within a character. */
function wordAt(body: string, at: number): number {
  const space = body.slice(at, at + BEFORE).search(/\s/);
  if (space >= 0) return at + space + 1;
  return /[\udc00-\udfff]/.test(body.charAt(at)) ? at + 1 : at;
}
