import { useInfiniteQuery } from "@tanstack/react-query";
import type { Item } from "../client/seam";
import { useCallback, useEffect, useMemo, useRef } from "react";
import type { Member } from "../api/rooms";
import { useServices } from "./services";
import { useUser } from "./use-account";
import { roomKeys } from "./use-rooms";

export type { Member };

/** How old the list of members may be when it is shown. */
const FRESH_MS = 5_000;
/** Who came or went is asked for at most this often while the list is on show. */
const SETTLE_MS = 1_500;

export interface PeopleModel {
  nameOf(user: string): string | null;
  members: readonly Member[];
  status: "loading" | "failed" | "ready";
  more: boolean;
  loadMore(): void;
  retry(): void;
  /** The room's counts changed, so the list may be out of date. */
  refresh(): void;
}

/**
 * Names of people: from the entries in which they joined, and from the list of members. Somebody
 * who is in neither makes the list be asked for once more.
 */
export function usePeople(room: string, items: readonly Item[]): PeopleModel {
  const { rooms } = useServices();
  const user = useUser();
  const query = useInfiniteQuery({
    queryKey: roomKeys.members(user.id, room),
    queryFn: ({ pageParam }) => rooms.members(room, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.cursor,
    staleTime: FRESH_MS,
  });
  const { data, hasNextPage, isFetching, isError, fetchNextPage, refetch } = query;

  const members = useMemo(() => byPresence(data?.pages.flatMap((page) => page.members) ?? []), [data]);
  const names = useMemo(() => {
    const known = new Map<string, string>();
    for (const item of items) if (item.t === "join") known.set(item.by, item.name);
    for (const member of members) known.set(member.user, member.name);
    return known;
  }, [items, members]);

  const nameOf = useCallback(
    (id: string) => (id === user.id ? user.display_name : (names.get(id) ?? null)),
    [user, names],
  );

  const asked = useRef(new Set<string>());
  useEffect(() => {
    if (isFetching || isError || data === undefined) return;
    const unknown = items.some((item) => item.t !== "gap" && nameOf(item.by) === null && !asked.current.has(item.by));
    if (!unknown) return;
    if (hasNextPage) {
      void fetchNextPage();
      return;
    }
    for (const item of items) if (item.t !== "gap" && nameOf(item.by) === null) asked.current.add(item.by);
    void refetch();
  }, [items, nameOf, data, hasNextPage, isFetching, isError, fetchNextPage, refetch]);

  const next = useRef<ReturnType<typeof setTimeout>>(undefined);
  const refresh = useCallback(() => {
    // Many may come at once: the list is asked for after the last of them, but not too often.
    next.current ??= setTimeout(() => {
      next.current = undefined;
      void refetch();
    }, SETTLE_MS);
  }, [refetch]);
  useEffect(() => () => clearTimeout(next.current), []);

  return {
    nameOf,
    members,
    status: data ? "ready" : isError ? "failed" : "loading",
    more: hasNextPage,
    loadMore: useCallback(() => void fetchNextPage(), [fetchNextPage]),
    retry: useCallback(() => void refetch(), [refetch]),
    refresh,
  };
}

function byPresence(members: Member[]): Member[] {
  return members.toSorted((a, b) => Number(b.online) - Number(a.online) || a.name.localeCompare(b.name));
}
