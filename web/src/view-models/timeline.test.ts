import { message as bare } from "../../dev/fake-data";
import type { Item, Message, Pending } from "../client/seam";
import { describe, expect, test } from "vitest";
import { messagesAfter, Timeline, type MessageRow, type Row } from "./timeline";

const MINUTE = 60_000;
const NOON = new Date(2026, 10, 22, 12).getTime();
const READER = { user: "me", device: "here" };

function message(seq: number, by: string, at: number, change: Partial<Message> = {}): Message {
  return bare(seq, by, at, `body ${seq}`, { device: "there", ...change });
}

function join(seq: number, by: string, at: number): Item {
  return { t: "join", seq, at, by, name: `Name of ${by}`, role: "member" };
}

function pending(nonce: number, at: number, change: Partial<Pending> = {}): Pending {
  const send: Pending = {
    nonce,
    kind: "send",
    target: null,
    body: "soon",
    replyTo: null,
    thread: null,
    attachments: [],
    emoji: null,
    on: null,
    at,
    state: "pending",
    code: null,
    retryAfterMs: null,
    until: null,
  };
  return { ...send, ...change };
}

const ROOM = { pending: [], atPresent: true, thread: null, unread: null, direct: false };

function nameOf(user: string): string {
  return `Name of ${user}`;
}

/** The rows below the beginning of the room. */
function show(items: Item[], sends: Pending[] = [], timeline = new Timeline()): Row[] {
  const [start, ...rows] = timeline.rows({ ...ROOM, items, pending: sends, older: "none" }, READER, nameOf);
  expect(start?.kind).toBe("start");
  return rows;
}

function messages(rows: Row[]): MessageRow[] {
  return rows.filter((row) => row.kind === "message");
}

function heads(rows: Row[]): boolean[] {
  return messages(rows).map((row) => row.head);
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
    const later = { ...ROOM, items: [message(5, "ada", NOON)] };
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

describe("sends", () => {
  test("a send keeps its row when it lands", () => {
    const timeline = new Timeline();
    const waiting = show([message(1, "ada", NOON)], [pending(7, NOON)], timeline);
    const landed = message(2, "me", NOON + 5, { device: "here", nonce: 7, body: "soon" });
    const sent = show([message(1, "ada", NOON), landed], [], timeline);
    expect(sent.at(-1)?.key).toBe(waiting.at(-1)?.key);
    expect(messages(waiting).at(-1)?.state).toBe("pending");
    expect(messages(sent).at(-1)?.state).toBe("sent");
  });

  test("the same nonce of another device of the same person is another row", () => {
    const elsewhere = message(2, "me", NOON, { nonce: 7 });
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
  expect(messagesAfter(rows, "elsewhere")).toBe(0);
});

describe("threads", () => {
  const items = [message(1, "ada", NOON, { replies: 1 }), message(2, "bob", NOON, { thread: 1 }), message(3, "eve", NOON)];

  test("replies are in their thread, not in the room", () => {
    expect(messages(show(items)).map((row) => row.seq)).toEqual([1, 3]);
  });

  test("a thread shows its first message, its replies, and what is being sent to it", () => {
    const input = { ...ROOM, items: items.slice(0, 2), older: "none", thread: 1, pending: [pending(1, NOON, { thread: 1 }), pending(2, NOON)] } as const;
    const rows = new Timeline().rows(input, READER, nameOf);
    expect(rows.map((row) => row.key)).toEqual(["s1", "s2", "n1"]);
  });

  test("below the line that divides them, a reply says whose it is, also the own that is being sent", () => {
    const root = message(1, "me", NOON, { replies: 1 });
    const input = { ...ROOM, older: "none", thread: 1 } as const;
    expect(heads(new Timeline().rows({ ...input, items: [root, message(2, "me", NOON, { thread: 1 })] }, READER, nameOf))).toEqual([true, true]);
    expect(heads(new Timeline().rows({ ...input, items: [root], pending: [pending(1, NOON, { thread: 1 })] }, READER, nameOf))).toEqual([true, true]);
  });
});

test("nobody comes into a talk between people", () => {
  const items = [join(1, "ada", NOON), join(2, "me", NOON), message(3, "ada", NOON)];
  const rows = new Timeline().rows({ ...ROOM, direct: true, items, older: "none" }, READER, nameOf);
  expect(rows.map((row) => row.key)).toEqual(["start", "s3"]);
});

describe("what is new", () => {
  const items = [message(1, "ada", NOON), message(2, "me", NOON), message(3, "bob", NOON), message(4, "bob", NOON)];
  const fresh = (unread: { after: number; upto: number } | null) =>
    messages(new Timeline().rows({ ...ROOM, items, older: "none", unread }, READER, nameOf)).filter((row) => row.fresh).map((row) => row.seq);

  test("begins at the first message of others that was not read", () => {
    expect(fresh({ after: 1, upto: 4 })).toEqual([3]);
    expect(fresh({ after: 3, upto: 4 })).toEqual([4]);
  });

  test("is nothing if all was read, or nothing is known", () => {
    expect(fresh({ after: 4, upto: 4 })).toEqual([]);
    expect(fresh(null)).toEqual([]);
  });

  test("is nothing that came after the room was opened", () => {
    expect(fresh({ after: 1, upto: 2 })).toEqual([]);
  });
});

describe("amendments on their way", () => {
  const items = [message(1, "me", NOON, { reactions: [{ emoji: "👍", count: 2, mine: true }] })];
  const amended = (change: Partial<Pending>) => messages(show(items, [pending(9, NOON, { target: 1, body: "", ...change })]))[0];

  test("show at once", () => {
    expect(amended({ kind: "edit", body: "better" })).toMatchObject({ body: "better", amending: true });
    expect(amended({ kind: "redact" })).toMatchObject({ body: "", redactedBy: "me", reactions: [] });
    expect(amended({ kind: "pin", on: true })).toMatchObject({ pinned: true });
    expect(amended({ kind: "react", emoji: "👍", on: false })?.reactions).toEqual([{ emoji: "👍", count: 1, mine: false }]);
    expect(amended({ kind: "react", emoji: "🎉", on: true })?.reactions).toHaveLength(2);
  });

  test("do not show once they were refused, and are no rows", () => {
    expect(amended({ kind: "edit", body: "better", state: "refused" })).toMatchObject({ body: "body 1", amending: false });
    expect(show(items, [pending(9, NOON, { kind: "edit", target: 1 })])).toHaveLength(1);
  });
});

test("an answer shows what it answers, if that is here", () => {
  const rows = messages(show([message(1, "ada", NOON), message(2, "bob", NOON, { reply_to: 1 }), message(3, "bob", NOON, { reply_to: 99 })]));
  expect(rows[1]?.quote?.body).toBe("body 1");
  expect(rows[1]?.quoteName).toBe("Name of ada");
  expect(rows[2]?.quote).toBeNull();
});

test("away from the present nothing is being sent below the last row", () => {
  const rows = new Timeline().rows({ ...ROOM, items: [message(1, "ada", NOON)], pending: [pending(1, NOON)], older: "none", atPresent: false }, READER, nameOf);
  expect(rows.map((row) => row.key)).toEqual(["start", "s1"]);
});

test("what happened to people and to the room has a line", () => {
  const mute: Item = { t: "moderate", seq: 1, at: NOON, by: "ada", user: "bob", act: "mute", role: null, until: NOON };
  const settings: Item = { t: "settings", seq: 2, at: NOON, by: "ada", name: "New", topic: null, slow_ms: null, archived: null };
  expect(show([mute, settings])).toMatchObject([
    { kind: "system", name: "Name of ada", userName: "Name of bob" },
    { kind: "system", name: "Name of ada", userName: null },
  ]);
});
