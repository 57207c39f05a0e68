import type { Item, Pending } from "../client/seam";
import { describe, expect, test } from "vitest";
import { messagesAfter, Timeline, type MessageRow, type Row } from "./timeline";

const MINUTE = 60_000;
const NOON = new Date(2026, 10, 22, 12).getTime();
const READER = { user: "me", device: "here" };

function message(seq: number, by: string, at: number, body = `body ${seq}`): Item {
  return { t: "message", seq, at, by, device: "there", nonce: seq, body };
}

function join(seq: number, by: string, at: number): Item {
  return { t: "join", seq, at, by, name: `Name of ${by}`, role: "member" };
}

function pending(nonce: number, at: number): Pending {
  return { nonce, body: "soon", at, state: "pending", code: null, retryAfterMs: null };
}

function nameOf(user: string): string {
  return `Name of ${user}`;
}

/** The rows below the beginning of the room. */
function show(items: Item[], sends: Pending[] = [], timeline = new Timeline()): Row[] {
  const [start, ...rows] = timeline.rows({ items, pending: sends, older: "none" }, READER, nameOf);
  expect(start?.kind).toBe("start");
  return rows;
}

function messages(rows: Row[]): MessageRow[] {
  return rows.filter((row) => row.kind === "message");
}

describe("groups", () => {
  test("messages of one person within five minutes have one head", () => {
    const rows = show([message(1, "ada", NOON), message(2, "ada", NOON + MINUTE), message(3, "ada", NOON + 7 * MINUTE)]);
    expect(messages(rows).map((row) => row.head)).toEqual([true, false, true]);
  });

  test("a long group says again who speaks, at places that do not depend on what is loaded", () => {
    const all = Array.from({ length: 70 }, (_, index) => message(index + 1, "ada", NOON));
    expect(messages(show(all)).filter((row) => row.head).map((row) => row.seq)).toEqual([1, 32, 64]);
  });

  test("another person, and a line about the roster, begin a new group", () => {
    const rows = show([message(1, "ada", NOON), message(2, "bob", NOON), join(3, "eve", NOON), message(4, "bob", NOON)]);
    expect(messages(rows).map((row) => row.head)).toEqual([true, true, true]);
  });

  test("a group does not grow upwards when older entries come", () => {
    const timeline = new Timeline();
    const later = [message(5, "ada", NOON), message(6, "ada", NOON)];
    const before = show(later, [], timeline);
    const after = show([message(4, "ada", NOON), ...later], [], timeline);
    expect(after.slice(1).map((row) => row.key)).toEqual(before.map((row) => row.key));
    expect(messages(after).map((row) => row.head)).toEqual([true, true, false]);
  });
});

describe("days", () => {
  test("the first entry of a day carries the day", () => {
    const midnight = new Date(2026, 10, 23).getTime();
    const rows = show([message(1, "ada", NOON), message(2, "ada", midnight - 1), message(3, "ada", midnight)]);
    expect(rows.map((row) => row.day)).toEqual([NOON, null, midnight]);
  });

  test("the oldest entry carries its day only at the beginning of the room", () => {
    const timeline = new Timeline();
    const later = { items: [message(5, "ada", NOON)], pending: [] };
    expect(timeline.rows({ ...later, older: "idle" }, READER, nameOf)[0]?.day).toBeNull();
    expect(timeline.rows({ ...later, older: "none" }, READER, nameOf)[1]?.day).toBe(NOON);
  });

  test("a send on a clock that lags does not go back a day", () => {
    const rows = show([message(1, "ada", NOON)], [pending(1, NOON - 86_400_000)]);
    expect(rows.at(-1)?.day).toBeNull();
  });
});

describe("the roster", () => {
  test("people who join one after another share a line, and each is on it once", () => {
    const rows = show([join(1, "ada", NOON), join(2, "bob", NOON), join(3, "ada", NOON)]);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ kind: "roster", act: "join", who: [{ user: "bob" }, { user: "ada" }] });
  });

  test("joining and leaving are two lines", () => {
    const rows = show([join(1, "ada", NOON), { t: "leave", seq: 2, at: NOON, by: "ada" }]);
    expect(rows.map((row) => row.kind === "roster" && row.act)).toEqual(["join", "leave"]);
  });
});

describe("gaps", () => {
  test("a gap says how many entries are not here", () => {
    const rows = show([message(1, "ada", NOON), { t: "gap", from: 2, to: 41 }, message(42, "ada", NOON)]);
    expect(rows[1]).toMatchObject({ kind: "gap", count: 40 });
    expect(messages(rows).map((row) => row.head)).toEqual([true, true]);
  });
});

describe("sends", () => {
  test("a send keeps its row when it lands", () => {
    const timeline = new Timeline();
    const waiting = show([message(1, "ada", NOON)], [pending(7, NOON)], timeline);
    const landed: Item = { t: "message", seq: 2, at: NOON + 5, by: "me", device: "here", nonce: 7, body: "soon" };
    const sent = show([message(1, "ada", NOON), landed], [], timeline);
    expect(sent.at(-1)?.key).toBe(waiting.at(-1)?.key);
    expect(messages(waiting).at(-1)?.state).toBe("pending");
    expect(messages(sent).at(-1)?.state).toBe("sent");
  });

  test("the same nonce of another device of the same person is another row", () => {
    const elsewhere: Item = { t: "message", seq: 2, at: NOON, by: "me", device: "there", nonce: 7, body: "hi" };
    const keys = show([elsewhere], [pending(7, NOON)]).map((row) => row.key);
    expect(new Set(keys).size).toBe(2);
  });

  test("sends continue the group of what the reader said just before", () => {
    const rows = show([message(1, "me", NOON)], [pending(7, NOON + MINUTE), pending(8, NOON + MINUTE)]);
    expect(messages(rows).map((row) => row.head)).toEqual([true, false, false]);
  });
});

test("rows that did not change keep their identity", () => {
  const timeline = new Timeline();
  const items = [message(1, "ada", NOON), join(2, "bob", NOON)];
  const before = show(items, [], timeline);
  const after = show([...items, message(3, "ada", NOON)], [], timeline);
  expect(after[0]).toBe(before[0]);
  expect(after[1]).toBe(before[1]);
});

test("what came since counts messages of others", () => {
  const rows = show([message(1, "ada", NOON), message(2, "me", NOON), message(3, "bob", NOON), join(4, "eve", NOON)]);
  expect(messagesAfter(rows, rows[0]!.key)).toBe(1);
});
