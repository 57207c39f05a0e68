import { describe, expect, test } from "vitest";
import { begunAt, dayOf, placed, QUERY_MAX, withIds } from "./operators";

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

function find(name: string) {
  return Promise.resolve([{ id: "id-of-adam", name: "adam" }, { id: "id-of-ada", name: "ada" }].filter((one) => one.name.includes(name)));
}

describe("people who are named by what they sign in with", () => {
  test.each([
    ["from:ada tea", "from:id-of-ada tea"],
    ["tea FROM:@Ada", "tea from:id-of-ada"],
    ["from:ada from:adam", "from:id-of-ada from:id-of-adam"],
    ["from:ad tea", "from:ad tea"],
    ["from:김하늘 tea", "from:김하늘 tea"],
    ['from:"Ada Lovelace" tea', 'from:"Ada Lovelace" tea'],
    ['"from:ada" tea', '"from:ada" tea'],
    ["wherefrom:ada", "wherefrom:ada"],
  ])("%s is %s", async (query, asked) => expect(await withIds(query, find)).toBe(asked));

  test("are left as they are where an id would make the query too long", async () => {
    const query = `from:ada ${"a".repeat(QUERY_MAX - 9)}`;
    expect(await withIds(query, find)).toBe(query);
  });
});
