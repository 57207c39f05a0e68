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
