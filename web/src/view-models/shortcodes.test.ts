import { expect, test } from "vitest";
import { matching } from "./shortcodes";

const CODES = [
  { emoji: "😄", code: "smile" },
  { emoji: "😏", code: "smirk" },
  { emoji: "🥳", code: "축하" },
  { emoji: "🥳", code: "생일축하" },
  { emoji: "🎉", code: "파티축하" },
];

test("the best come first, and each emoji once", () => {
  expect(matching(CODES, "smi").map(({ code }) => code)).toEqual(["smile", "smirk"]);
  expect(matching(CODES, "축하").map(({ emoji, code }) => emoji + code)).toEqual(["🥳축하", "🎉파티축하"]);
  expect(matching(CODES, "없음")).toEqual([]);
});
