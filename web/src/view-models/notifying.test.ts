// @vitest-environment happy-dom
import { beforeEach, describe, expect, test } from "vitest";
import { levelOf, newsOf, setMentionsOnly, type Level } from "./notifying";

const room = (id: string, unread: number, mentions = 0, muted = false) => ({ room: id, unread, mentions, muted });
const told = (before: ReturnType<typeof room>[], now: ReturnType<typeof room>[], level: Level) =>
  newsOf(new Map(before.map((one) => [one.room, one])), now, () => level).map((one) => [one.room.room, one.mention]);

beforeEach(() => localStorage.clear());

describe("what is told", () => {
  test("is what is new", () => {
    expect(told([room("a", 1), room("b", 2)], [room("a", 2), room("b", 2)], "all")).toEqual([["a", false]]);
    expect(told([], [room("a", 1)], "all")).toEqual([["a", false]]);
    expect(told([room("a", 5)], [room("a", 0)], "all")).toEqual([]);
  });

  test("is only mentions where so wished, and nothing of a muted room", () => {
    expect(told([room("a", 0)], [room("a", 3)], "mentions")).toEqual([]);
    expect(told([room("a", 3)], [room("a", 4, 1)], "mentions")).toEqual([["a", true]]);
    expect(told([room("a", 3)], [room("a", 4, 1)], "none")).toEqual([]);
  });
});

test("a level is kept on this device, and muting comes before it", () => {
  expect(levelOf("me", room("a", 0))).toBe("all");
  setMentionsOnly("me", "a", true);
  expect(levelOf("me", room("a", 0))).toBe("mentions");
  expect(levelOf("you", room("a", 0))).toBe("all");
  expect(levelOf("me", room("a", 0, 0, true))).toBe("none");
  setMentionsOnly("me", "a", false);
  expect(levelOf("me", room("a", 0))).toBe("all");
});
