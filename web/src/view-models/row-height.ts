import type { Row } from "./timeline";

/** Pixels of the widest row; the numbers here follow the style sheets of rows. */
export const WIDTH_MAX = 896;
const LINE_PX = 23;
const ASIDE_PX = 88;
const LATIN_PX = 7.6;
const WIDE_PX = 14;
const PICTURE_PX = 280;
const FILE_PX = 70;
const CHIPS_PX = 34;

const WIDE = /[\u1100-\u11ff\u3000-\u9fff\uac00-\ud7a3\uff00-\uffef]/;

/**
 * A first guess of a row's height, in pixels. The real one is measured once the row is on show; the
 * better the guess, the less the scroll bar moves then.
 */
export function estimateHeight(row: Row | undefined, width: number): number {
  if (row === undefined) return LINE_PX;
  if (row.kind === "start") return 66;
  const day = row.day === null ? 0 : 42;
  if (row.kind === "roster" || row.kind === "system") return 30 + day;
  const perLine = Math.max(8, (Math.min(width, WIDTH_MAX) - ASIDE_PX) / (WIDE.test(row.body) ? WIDE_PX : LATIN_PX));
  const lines = row.redactedBy !== null ? 1 : row.body === "" ? 0 : row.body.split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / perLine)), 0);
  const files = row.attachments.reduce((sum, file) => sum + (file.height === null ? FILE_PX : Math.min(PICTURE_PX, file.height) + 8), 0);
  const extra = (row.reactions.length > 0 ? CHIPS_PX : 0) + (row.replies > 0 ? CHIPS_PX : 0) + (row.replyTo === null ? 0 : 24) + (row.fresh ? 28 : 0);
  return (row.head ? 31 : 2) + lines * LINE_PX + files + extra + day;
}

/**
 * First guesses that stay what they were. A virtualizer keeps no measure that equals its guess, so
 * a later guess for a row whose height did not change would be taken for its height.
 */
export class Guesses {
  #heights = new Map<string, number>();

  /** `width` is only asked for when there is no guess yet: the page may have to be laid out to know. */
  height(row: Row | undefined, width: () => number): number {
    if (row === undefined) return estimateHeight(row, WIDTH_MAX);
    const known = this.#heights.get(row.key);
    if (known !== undefined) return known;
    const height = estimateHeight(row, width());
    this.#heights.set(row.key, height);
    return height;
  }
}
