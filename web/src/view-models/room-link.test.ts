// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { roomOfLink } from "./room-link";

const ROOM = "0123456789abcdefghjk";

test.each([
  [`https://maru.example/r/${ROOM}`, ROOM],
  [`  https://maru.example/r/${ROOM}/?from=mail `, ROOM],
  [`/r/${ROOM}`, ROOM],
  [ROOM, ROOM],
  ["https://maru.example/r/short", null],
  [`https://maru.example/x/${ROOM}`, null],
  [`${ROOM.slice(1)}u`, null],
  ["hello", null],
  ["", null],
])("%j leads to %j", (text, expected) => {
  expect(roomOfLink(text)).toBe(expected);
});
