import { describe, expect, test } from "vitest";
import { byName } from "./use-operators";
import { begunAt, dayOf, placed } from "./operators";

const operators = (text: string, caret = text.length) => begunAt(text, caret)?.hints.map((hint) => (hint.kind === "operator" ? hint.operator : hint.kind)) ?? [];

describe("a search can go on with", () => {
  test.each([
    ["", ["from:", "after:", "before:", "has:file"]],
    ["tea fr", ["from:"]],
    ["tea FROM:da", ["people"]],
    ["after:", ["dates"]],
    ["after:2026", []],
    ["has:file ", ["from:", "after:", "before:"]],
    ["tea", []],
    ['"two fr', []],
  ])("%j: %j", (text, hints) => expect(operators(text)).toEqual(hints));

  test("nothing in the middle of a word", () => expect(operators("from", 2)).toEqual([]));
});

test("a choice replaces the word that was begun", () => {
  expect(placed("tea fr", begunAt("tea fr", 6)!, "from:")).toEqual({ text: "tea from:", caret: 9 });
  expect(placed("from:a tea", begunAt("from:a tea", 6)!, "from:ada")).toEqual({ text: "from:ada tea", caret: 8 });
  expect(placed("ha", begunAt("ha", 2)!, "has:file")).toEqual({ text: "has:file ", caret: 9 });
});

test("days are those of the server", () => {
  expect(dayOf("week", Date.UTC(2026, 0, 3, 23))).toBe("2025-12-27");
});

test("a name of several words is quoted", () => {
  expect(byName("밥")).toBe("from:밥");
  expect(byName('Ada "L" Lovelace')).toBe('from:"Ada L Lovelace"');
});
