import type { Item, RoomSnapshot } from "./seam";

/** Entries of a room that are kept for a time without a connection. */
const ITEMS_MAX = 120;

/** What was last seen of a room. */
export interface KeptRoom {
  room: NonNullable<RoomSnapshot["room"]>;
  you: NonNullable<RoomSnapshot["you"]>;
  members: number;
  items: readonly Item[];
  read: number;
  head: number;
  pins: readonly number[];
}

/** What to keep of a snapshot; nothing, if it does not show the present. */
export function keptOf(snapshot: RoomSnapshot): KeptRoom | null {
  const { phase, atPresent, room, you, members, items, read, head, pins } = snapshot;
  if (phase !== "live" || !atPresent || room === null || you === null) return null;
  return { room, you, members, items: items.slice(-ITEMS_MAX), read, head, pins };
}

/** Reads what a page kept; `null` for anything else. */
export function parseKept(value: unknown): KeptRoom | null {
  if (typeof value !== "object" || value === null) return null;
  const kept = value as Partial<KeptRoom>;
  const whole = Array.isArray(kept.items) && Array.isArray(kept.pins) && typeof kept.room === "object" && typeof kept.you === "object";
  return whole ? (value as KeptRoom) : null;
}

/** A snapshot of a room that has not told anything yet, with what was last seen of it. */
export function withKept(snapshot: RoomSnapshot, kept: KeptRoom): RoomSnapshot {
  return { ...snapshot, ...kept, older: "idle" };
}
