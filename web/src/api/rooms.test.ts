import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RecentRooms, type JoinedRoom } from "./rooms";

const listed: JoinedRoom = { id: "old", name: "Old", kind: "public", topic: "", role: "member", joined_at: 1 };
const entered = { id: "new", name: "New", kind: "public", topic: "", members: 1, online: 0, role: "owner" };
const ids = (rooms: JoinedRoom[]) => rooms.map((room) => room.id);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("a room is listed as soon as it was entered, and once", () => {
  const recent = new RecentRooms();
  recent.entered(entered);
  expect(ids(recent.applyTo([listed]))).toEqual(["old", "new"]);
  expect(ids(recent.applyTo([listed, { ...listed, id: "new" }]))).toEqual(["old", "new"]);
});

test("a room is gone as soon as it was left", () => {
  const recent = new RecentRooms();
  recent.left("old");
  expect(ids(recent.applyTo([listed]))).toEqual([]);
});

test("after a while the server's list stands", () => {
  const recent = new RecentRooms();
  recent.entered(entered);
  recent.left("old");
  vi.advanceTimersByTime(61_000);
  expect(ids(recent.applyTo([listed]))).toEqual(["old"]);
});
