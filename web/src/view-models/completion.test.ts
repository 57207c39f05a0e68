import { expect, test } from "vitest";
import { complete, wantedAt } from "./completion";

test.each([
  ["hi @ad", { kind: "mention", query: "ad", start: 3, end: 6 }],
  ["@", { kind: "mention", query: "", start: 0, end: 1 }],
  ["안녕 @하늘", { kind: "mention", query: "하늘", start: 3, end: 6 }],
  ["mail me@example", null],
  ["ok :smi", { kind: "emoji", query: "smi", start: 3, end: 7 }],
  ["축하해요 :케", { kind: "emoji", query: "케", start: 5, end: 7 }],
  ["at 10:30", null],
  ["오전 10:삼십", null],
  [":)", null],
  ["nothing", null],
])("%j wants %j", (text, expected) => {
  expect(wantedAt(text, text.length)).toEqual(expected);
});

test("what was wanted is replaced, with a space behind it", () => {
  const wanted = wantedAt("hi @ad", 6)!;
  expect(complete("hi @ad", wanted, "@Ada")).toEqual({ text: "hi @Ada ", caret: 8 });
  expect(complete("hi @ad there", wanted, "@Ada")).toEqual({ text: "hi @Ada there", caret: 8 });
});
