import type { RoomSnapshot } from "./seam";

/** What a room has for a user who does not look at it. */
export interface Standing {
  unread: number;
  mentions: number;
}

/** From this count on, nothing is counted further, as the server does. */
const UNREAD_MAX = 100;

/**
 * What is new in a room that this page is connected to. The server tells a user's inbox only of
 * rooms where the user has no connection: of those that have one, the page itself must know.
 * `null` where it does not, because the room is not heard at present or older entries are on show.
 */
export function standingOf(snapshot: RoomSnapshot, user: string, mentions: (body: string) => boolean): Standing | null {
  const { phase, atPresent, items, read } = snapshot;
  if (phase !== "live" || !atPresent) return null;
  const standing = { unread: 0, mentions: 0 };
  for (let last = items.length - 1; last >= 0; last -= 1) {
    const item = items[last];
    if (item === undefined || item.seq <= read || standing.unread >= UNREAD_MAX) break;
    if (item.t !== "message" || item.by === user || item.redacted_by !== null) continue;
    standing.unread += 1;
    if (mentions(item.body)) standing.mentions += 1;
  }
  return standing;
}
