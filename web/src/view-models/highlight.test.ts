import { expect, test } from "vitest";
import { highlighted } from "./highlight";

const show = (body: string, ranges: [number, number][]) => highlighted(body, ranges).map(({ text, found }) => (found ? `[${text}]` : text)).join("");

test("what was found is marked, in UTF-16 units", () => {
  expect(show("주간회의록 공유", [[2, 4]])).toBe("주간[회의]록 공유");
  expect(show("🎉🎉 party", [[5, 10]])).toBe("🎉🎉 [party]");
});

test("ranges that touch, overlap or lie outside do no harm", () => {
  expect(show("abcdef", [[3, 5], [0, 2], [1, 4], [4, 99], [5, 5]])).toBe("[ab][cd][e]f");
});

test("the pieces of a short body are the body", () => {
  expect(show("nothing", [])).toBe("nothing");
});

test("a long body begins near what was found", () => {
  const body = `${"word ".repeat(100)}here`;
  const text = highlighted(body, [[500, 504]]).map((piece) => piece.text).join("");
  expect(text.startsWith("…word")).toBe(true);
  expect(text.length).toBeLessThan(80);
  expect(text.endsWith("here")).toBe(true);
});
