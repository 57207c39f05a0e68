import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef } from "react";
import type { Member } from "../api/members";
import { keys } from "./keys";
import { useServices } from "./services";
import { useUser } from "./use-account";

export type { Member };

/** How old the list of members may be when it is shown. */
const FRESH_MS = 5_000;
/** Who came or went is asked for at most this often while the list is on show. */
const SETTLE_MS = 1_500;

const NOBODY: readonly Member[] = [];

export interface PeopleModel {
  members: readonly Member[];
  status: "loading" | "failed" | "ready";
  more: boolean;
  loadMore(): void;
  retry(): void;
  /** The room's counts changed, so the list may be out of date. */
  refresh(): void;
}

/** The members of a room whose names have `q` in them, page by page. */
export function usePeople(room: string, q: string, enabled = true): PeopleModel {
  const { members: api, names } = useServices();
  const user = useUser();
  const query = useInfiniteQuery({
    queryKey: keys.members(user.id, room, q),
    queryFn: async ({ pageParam }) => {
      const page = await api.list(room, q, pageParam);
      names.learn(page.members);
      return page;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.cursor,
    staleTime: FRESH_MS,
    placeholderData: keepPreviousData,
    enabled,
  });
  const { data, hasNextPage, isError, fetchNextPage, refetch } = query;
  const members = useMemo(() => (data ? byPresence(data.pages.flatMap((page) => page.members)) : NOBODY), [data]);

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
