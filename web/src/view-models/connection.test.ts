import { expect, test } from "vitest";
import { connectionOf, endedOf } from "./connection";

const base = { retryAt: null, behind: 0 };

test("a live room needs no banner, not even when the browser says it is offline", () => {
  expect(connectionOf({ ...base, phase: "live" }, false)).toEqual({ kind: "fine" });
});

test("catching up says how far behind", () => {
  expect(connectionOf({ ...base, phase: "resuming", behind: 12 }, true)).toEqual({ kind: "catching_up", behind: 12 });
});

test("waiting counts down, unless there is no network at all", () => {
  expect(connectionOf({ ...base, phase: "waiting", retryAt: 9 }, true)).toEqual({ kind: "waiting", retryAt: 9 });
  expect(connectionOf({ ...base, phase: "waiting", retryAt: 9 }, false)).toEqual({ kind: "offline" });
});

test.each([
  ["superseded", "superseded"],
  ["left", "left"],
  ["kicked", "kicked"],
  ["banned", "banned"],
  ["room_deleted", "room_deleted"],
  ["too_many_sessions", "too_many_sessions"],
  ["malformed", "update"],
  ["out_of_turn", "update"],
  ["too_long", "update"],
  ["something_new", "other"],
])("an end by %s is shown as %s", (ended, why) => {
  expect(endedOf({ phase: "ended", ended })).toEqual({ why, code: ended });
});

test("only an end is an end", () => {
  expect(endedOf({ phase: "live", ended: null })).toBeNull();
});
