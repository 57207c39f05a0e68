// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { pathOfLink } from "./room-link";

const ROOM = "0123456789abcdefghjk";
const CODE = `${ROOM}${ROOM}`;

test.each([
  [`https://maru.example/rooms/${ROOM}`, `/rooms/${ROOM}`],
  [`  https://maru.example/rooms/${ROOM}/?at=7 `, `/rooms/${ROOM}?at=7`],
  [`/rooms/${ROOM}`, `/rooms/${ROOM}`],
  [ROOM, `/rooms/${ROOM}`],
  [`https://maru.example/invite/${CODE}`, `/invite/${CODE}`],
  ["https://maru.example/invite/short", null],
  ["https://maru.example/rooms/short", null],
  [`https://maru.example/x/${ROOM}`, null],
  [`${ROOM.slice(1)}u`, null],
  ["hello", null],
  ["", null],
])("%j leads to %j", (text, expected) => {
  expect(pathOfLink(text)).toBe(expected);
});
