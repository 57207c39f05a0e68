/**
 * How many have read a message, its author not counted: the readers of the lowest step at or above
 * its seq (RC2). It is never too high.
 */
export function readersOf(receipts: readonly (readonly [number, number])[], seq: number): number {
  let lowest: readonly [number, number] | null = null;
  for (const step of receipts) {
    if (step[0] >= seq && (lowest === null || step[0] < lowest[0])) lowest = step;
  }
  return lowest === null ? 0 : Math.max(0, lowest[1] - 1);
}
