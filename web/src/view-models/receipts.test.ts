import { expect, test } from "vitest";
import { readersOf } from "./receipts";

test("rc2: the lowest step at or above a message tells its readers, without its author", () => {
  const steps = [[9, 2], [7, 5], [3, 8]] as const;
  expect(readersOf(steps, 9)).toBe(1);
  expect(readersOf(steps, 8)).toBe(1);
  expect(readersOf(steps, 7)).toBe(4);
  expect(readersOf(steps, 4)).toBe(4);
  expect(readersOf(steps, 1)).toBe(7);
});

test("rc2: above every step nobody has read", () => {
  expect(readersOf([[9, 2]], 10)).toBe(0);
  expect(readersOf([], 1)).toBe(0);
});
