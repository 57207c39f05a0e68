import { expect, test } from "vitest";
import type { Item, RoomSnapshot } from "./seam";
import { standingOf } from "./standing";

function said(seq: number, by: string, body = "hello", redacted_by: string | null = null): Item {
  return { t: "message", seq, by, body, redacted_by } as Item;
}

function standing(change: Partial<RoomSnapshot>) {
  const snapshot = { phase: "live", atPresent: true, items: [], read: 0, ...change } as unknown as RoomSnapshot;
  return standingOf(snapshot, "me", (body) => body.includes("@me"));
}

test("what others said after what was read is new, and mentions are counted apart", () => {
  const items = [said(1, "ada", "@me"), said(2, "me"), said(3, "ada"), said(4, "bob", "@me look"), said(5, "bob", "", "bob")];
  expect(standing({ items, read: 1 })).toEqual({ unread: 2, mentions: 1 });
  expect(standing({ items, read: 4 })).toEqual({ unread: 0, mentions: 0 });
});

test("a long absence is not counted to its end", () => {
  const items = Array.from({ length: 300 }, (_, index) => said(index + 1, "ada", "@me"));
  expect(standing({ items })).toEqual({ unread: 100, mentions: 100 });
});

test("a room that is not heard, or is shown as it was, does not know", () => {
  expect(standing({ phase: "waiting" })).toBeNull();
  expect(standing({ atPresent: false })).toBeNull();
});
