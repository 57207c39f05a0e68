import { afterEach, describe, expect, test } from "vitest";
import { asServerReads, begunAt, dayOf, placed, QUERY_MAX, withIds, withTimes } from "./operators";

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

const zone = process.env["TZ"];

function isIn(name: string): void {
  process.env["TZ"] = name;
}

describe("days", () => {
  afterEach(() => {
    process.env["TZ"] = zone ?? "UTC";
  });

  test("are those of the browser's calendar", () => {
    isIn("Asia/Seoul");
    expect(dayOf("week", Date.UTC(2026, 0, 3, 23))).toBe("2025-12-28");
    expect(dayOf("month", Date.UTC(2026, 2, 31, 1))).toBe("2026-03-01");
  });

  test("begin when they begin here", () => {
    isIn("Asia/Seoul");
    expect(withTimes("from:kim before:2026-11-20")).toBe("from:kim before:2026-11-19T15:00Z");
    expect(withTimes("AFTER:2026-01-01 tea")).toBe("after:2025-12-31T15:00Z tea");
    isIn("America/New_York");
    expect(withTimes("after:2026-07-01 before:2026-12-01")).toBe("after:2026-07-01T04:00Z before:2026-12-01T05:00Z");
  });

  test.each(["before:2026-02-30", "before:2026-13-01", "before:soon", '"before:2026-11-20"', "wherebefore:2026-11-20", "before:2026-11-20T10:00Z"])(
    "what is none stays as it is: %s",
    (query) => expect(withTimes(query)).toBe(query),
  );

  test("stay bare where a time would make the query too long", async () => {
    isIn("Asia/Seoul");
    const query = `before:2026-11-20 ${"a".repeat(QUERY_MAX - 18)}`;
    expect(await asServerReads(query, find)).toBe(query);
    expect(await asServerReads("from:ada before:2026-11-20", find)).toBe("from:id-of-ada before:2026-11-19T15:00Z");
  });
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
