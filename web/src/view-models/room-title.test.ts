import { expect, test } from "vitest";
import { faceOf } from "./room-title";

const direct = (...people: string[]) => faceOf({ id: "room", kind: "direct", people }, "me");

test("two who talk among themselves have the other's face, and more have the room's", () => {
  expect(direct("me", "ada")).toEqual({ of: "person", id: "ada" });
  expect(direct("me")).toEqual({ of: "person", id: "me" });
  expect(direct("me", "ada", "bob")).toEqual({ of: "room", id: "room" });
  expect(faceOf({ id: "room", kind: "public" }, "me")).toEqual({ of: "room", id: "room" });
});
