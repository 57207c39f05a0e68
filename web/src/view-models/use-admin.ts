import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useDeferredValue, useMemo } from "react";
import type { AdminRoom, AdminUser, ArchiveRun, ArchiveState, Figures, LiveFigures } from "../api/admin";
import { keys } from "./keys";
import { useServices } from "./services";
import { useUser } from "./use-account";

export type { AdminRoom, AdminUser, ArchiveRun, ArchiveState, Figures, LiveFigures };

/** How often figures are asked for anew while they are looked at. */
const FIGURES_MS = 30_000;

/** How often live figures are: as often as there is a new step of them. */
const LIVE_MS = 10_000;

/** Accounts by a part of a name. */
export function useAdminUsers(q: string) {
  const { admin } = useServices();
  const user = useUser();
  const wanted = useDeferredValue(q.trim());
  const query = useInfiniteQuery({
    queryKey: keys.admin(user.id, "users", wanted),
    queryFn: ({ pageParam }) => admin.users(wanted, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.cursor,
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
  return { ...query, data: query.data?.pages.flatMap((page) => page.users) };
}

/** What an administrator does to the account of another. */
export function useAdminActs() {
  const { admin } = useServices();
  const user = useUser();
  const queries = useQueryClient();
  return useMemo(() => {
    const then = async (act: Promise<void>) => {
      await act;
      await queries.invalidateQueries({ queryKey: keys.admin(user.id) });
    };
    return {
      disable: (id: string, disabled: boolean) => then(admin.changeUser(id, { disabled })),
      makeAdmin: (id: string, isAdmin: boolean) => then(admin.changeUser(id, { admin: isAdmin })),
      signOut: (id: string) => then(admin.signOutUser(id)),
    };
  }, [admin, queries, user.id]);
}

/** Rooms by a part of their name. */
export function useAdminRooms(q: string) {
  const { admin } = useServices();
  const user = useUser();
  const wanted = useDeferredValue(q.trim());
  const query = useInfiniteQuery({
    queryKey: keys.admin(user.id, "rooms", wanted),
    queryFn: ({ pageParam }) => admin.rooms(wanted, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.cursor,
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
  return { ...query, data: query.data?.pages.flatMap((page) => page.rooms) };
}

export function useArchiveState() {
  const { admin } = useServices();
  const user = useUser();
  return useQuery({ queryKey: keys.admin(user.id, "archive"), queryFn: () => admin.archive(), refetchInterval: FIGURES_MS });
}

export function useFigures() {
  const { admin } = useServices();
  const user = useUser();
  return useQuery({ queryKey: keys.admin(user.id, "figures"), queryFn: () => admin.figures(), refetchInterval: FIGURES_MS });
}

/** What goes on now; nothing is asked for while nobody looks at the page. */
export function useLive() {
  const { admin } = useServices();
  const user = useUser();
  return useQuery({ queryKey: keys.admin(user.id, "live"), queryFn: () => admin.live(), refetchInterval: LIVE_MS, staleTime: LIVE_MS / 2 });
}

/** How the archive does: whether anybody must look after it. */
export type ArchiveHealth = "never" | "working" | "idle" | "behind" | "failed" | "damaged";

/** What became of a run, by its exit code. */
export type Outcome = "done" | "failed" | "misused" | "leased" | "damaged" | "other";

const OUTCOMES: Readonly<Record<number, Outcome>> = { 0: "done", 1: "failed", 2: "misused", 3: "leased", 42: "damaged" };

export function outcomeOf({ exit }: Pick<ArchiveRun, "exit">): Outcome {
  return OUTCOMES[exit] ?? "other";
}

/** From then on, what waits should have been archived. */
const PATIENCE_MS = 3_600_000;

export function archiveHealth(state: Pick<ArchiveState, "ever" | "leases" | "oldest_dirty_since" | "runs">, now: number): ArchiveHealth {
  const last = state.runs?.[0];
  if (!state.ever && last === undefined) return "never";
  const outcome = last === undefined ? "done" : outcomeOf(last);
  if (outcome === "damaged") return "damaged";
  const isLate = state.oldest_dirty_since !== null && now - state.oldest_dirty_since > PATIENCE_MS;
  if (isLate) return "behind";
  // That another job holds the lease is how it should be.
  if (outcome !== "done" && outcome !== "leased") return "failed";
  return state.leases.length > 0 ? "working" : "idle";
}
