import { useInfiniteQuery } from "@tanstack/react-query";
import type { Item } from "../client/seam";
import { useCallback, useEffect, useMemo, useRef } from "react";
import type { Member } from "../api/rooms";
import { useServices } from "./services";
import { useUser } from "./use-account";
import { useNames } from "./use-names";
import { roomKeys } from "./use-rooms";

export type { Member };

/** How old the list of members may be when it is shown. */
const FRESH_MS = 5_000;
/** Who came or went is asked for at most this often while the list is on show. */
const SETTLE_MS = 1_500;

const NOBODY: readonly Member[] = [];

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

/** The people of a room: its members, page by page, and the names of whoever said something. */
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
  const { data, hasNextPage, isError, fetchNextPage, refetch } = query;

  const members = useMemo(() => (data ? byPresence(data.pages.flatMap((page) => page.members)) : null), [data]);
  const nameOf = useNames(items, members);

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
    members: members ?? NOBODY,
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
