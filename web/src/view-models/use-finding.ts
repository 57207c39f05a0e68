import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useDeferredValue } from "react";
import type { Hit, HitPage } from "../api/messages";
import { keys } from "./keys";
import { asServerReads } from "./operators";
import { useServices } from "./services";
import { useUser } from "./use-account";

export type { Hit };

/** Public rooms by a part of their name. */
export function useBrowse(q: string) {
  const { rooms } = useServices();
  const user = useUser();
  const wanted = useDeferredValue(q.trim());
  const query = useInfiniteQuery({
    queryKey: keys.browse(user.id, wanted),
    queryFn: ({ pageParam }) => rooms.browse(wanted, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.cursor,
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
  return { ...query, rooms: query.data?.pages.flatMap((page) => page.rooms) ?? [] };
}

/** People of Maru by a part of their name. */
export function useFindPeople(q: string) {
  const { users } = useServices();
  const user = useUser();
  const wanted = q.trim();
  const query = useQuery({
    queryKey: keys.people(user.id, wanted),
    queryFn: () => users.find(wanted),
    enabled: wanted !== "",
    placeholderData: keepPreviousData,
  });
  return { ...query, people: (query.data ?? []).filter((one) => one.id !== user.id) };
}

/** Questions for one page, while nothing is found and everybody answers. */
const QUESTIONS_MAX = 10;

/** The next page that has a hit: for one question, a room looks through a part of its log only. */
export async function hitsFrom(cursor: string | null, signal: AbortSignal, ask: (cursor: string | null) => Promise<HitPage>): Promise<HitPage> {
  let page = await ask(cursor);
  for (let asked = 1; asked < QUESTIONS_MAX; asked += 1) {
    const isEmpty = page.hits.length === 0 && page.cursor !== null;
    if (!isEmpty || (page.unavailable ?? []).length > 0 || signal.aborted) break;
    page = await ask(page.cursor);
  }
  return page;
}

/** Messages of one room, or of all, that hold what was asked for. */
export function useSearch(room: string | null, q: string) {
  const { messages, users } = useServices();
  const user = useUser();
  const query = useInfiniteQuery({
    queryKey: keys.search(user.id, room, q),
    queryFn: async ({ pageParam, signal }) => {
      const asked = await asServerReads(q, (name) => users.find(name));
      return hitsFrom(pageParam, signal, (cursor) => messages.search(room, asked, cursor));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.cursor,
    enabled: q !== "",
    staleTime: 0,
  });
  const pages = query.data?.pages ?? [];
  return {
    ...query,
    hits: pages.flatMap((page) => page.hits),
    unavailable: new Set(pages.flatMap((page) => page.unavailable ?? [])).size,
  };
}
