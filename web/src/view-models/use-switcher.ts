import { useDeferredValue, useMemo } from "react";
import { rankOf } from "./matching";
import { plainName } from "./names";
import { useFindPeople } from "./use-finding";
import { useInbox, type ListedRoom } from "./use-inbox";

/** Somewhere to go. */
export type Destination =
  | { kind: "room"; key: string; room: ListedRoom }
  | { kind: "person"; key: string; user: string; name: string; handle: string }
  | { kind: "search"; key: string; query: string }
  | { kind: "browse"; key: string };

const ROOMS_MAX = 8;
const PEOPLE_MAX = 4;

/** Where somebody can go who typed `query`: rooms, people, and a search for it. */
export function useSwitcher(query: string, here: string | null): { destinations: readonly Destination[]; looking: boolean } {
  const { rooms } = useInbox();
  const wanted = query.trim();
  const { people, isFetching } = useFindPeople(useDeferredValue(wanted));
  const destinations = useMemo((): Destination[] => {
    const found: Destination[] = bestRooms(rooms, wanted, here).map((room) => ({ kind: "room", key: room.room, room }));
    if (wanted === "") return found;
    for (const { id, display_name, name } of people.slice(0, PEOPLE_MAX)) {
      found.push({ kind: "person", key: id, user: id, name: plainName(display_name), handle: name });
    }
    return [...found, { kind: "search", key: "search", query: wanted }, { kind: "browse", key: "browse" }];
  }, [rooms, people, wanted, here]);
  return { destinations, looking: isFetching && wanted !== "" };
}

/** Rooms whose name answers best; without a query, those where something waits come first. */
export function bestRooms<R extends Pick<ListedRoom, "room" | "title" | "unread" | "mentions" | "muted">>(rooms: readonly R[], query: string, here: string | null): R[] {
  const ranked = rooms.flatMap((room, index) => {
    const rank = rankOf(query, room.title);
    return rank === null || (query === "" && room.room === here) ? [] : [{ room, rank, index }];
  });
  const waiting = ({ mentions, unread, muted }: R) => (mentions > 0 ? 2 : unread > 0 && !muted ? 1 : 0);
  return ranked
    .toSorted((a, b) => b.rank - a.rank || waiting(b.room) - waiting(a.room) || a.index - b.index)
    .slice(0, ROOMS_MAX)
    .map(({ room }) => room);
}
