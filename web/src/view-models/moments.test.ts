import { expect, test } from "vitest";
import { momentsFor } from "./moments";

const NOW = new Date(2026, 0, 1, 0, 5).getTime();
const day = (at: Date) => momentsFor("en").day(at.getTime(), NOW);

test("days are told by the calendar, not by hours", () => {
  expect(day(new Date(2026, 0, 1, 0, 1))).toEqual({ special: "today" });
  expect(day(new Date(2025, 11, 31, 23, 59))).toEqual({ special: "yesterday" });
  expect(day(new Date(2025, 11, 30, 23, 59))).toMatchObject({ special: null, text: expect.stringContaining("2025") });
});

test("Korean dates are Korean", () => {
  expect(momentsFor("ko").full(new Date(2026, 10, 22, 14, 5, 9).getTime())).toContain("2026년 11월 22일");
});
