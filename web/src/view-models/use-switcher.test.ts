import { expect, test } from "vitest";
import { bestRooms } from "./use-switcher";

const room = (title: string, change: object = {}) => ({ room: title, title, unread: 0, mentions: 0, muted: false, ...change });
const rooms = [room("Book club"), room("주간 회의", { unread: 3 }), room("Bookkeeping", { mentions: 1 }), room("Noise", { unread: 9, muted: true })];
const titles = (query: string, here: string | null = null) => bestRooms(rooms, query, here).map(({ title }) => title);

test("without a query, rooms where something waits come first, and the own one is left out", () => {
  expect(titles("")).toEqual(["Bookkeeping", "주간 회의", "Book club", "Noise"]);
  expect(titles("", "Book club")).not.toContain("Book club");
});

test("a query finds what answers to it, best first", () => {
  expect(titles("book")).toEqual(["Bookkeeping", "Book club"]);
  expect(titles("ㅎㅇ")).toEqual(["주간 회의"]);
  expect(titles("nothing like it")).toEqual([]);
});
