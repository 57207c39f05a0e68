import { plainName } from "./names";
import type { NameOf } from "./use-names";

/** What a room is called: a direct one after the others in it. */
export function roomTitle(
  room: { name: string; kind: string; people?: readonly string[] | undefined },
  you: string,
  nameOf: NameOf,
): string {
  if (room.kind !== "direct") return plainName(room.name);
  const others = (room.people ?? []).filter((user) => user !== you);
  const names = (others.length === 0 ? [you] : others).map((user) => plainName(nameOf(user) ?? "…"));
  return names.join(", ");
}

/** Whose picture stands for a room: that of the other one, if two talk among themselves. */
export function faceOf(room: { id: string; kind: string; people?: readonly string[] | undefined }, you: string): { of: "person" | "room"; id: string } {
  const others = (room.people ?? []).filter((user) => user !== you);
  const one = others.length === 0 ? you : others[0];
  return room.kind === "direct" && others.length <= 1 && one !== undefined ? { of: "person", id: one } : { of: "room", id: room.id };
}
