import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { Invite } from "../api/invites";
import { Problem } from "../api/problem";
import { keys } from "./keys";
import { useServices } from "./services";
import { useUser } from "./use-account";

export type { Invite };

const HOUR_MS = 3_600_000;

/** How long an invite lasts, in milliseconds. */
export const LASTS = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS, month: 30 * 24 * HOUR_MS } as const;
/** How often an invite can be used; zero is as often as the room allows. */
export const USES = [1, 10, 100, 0] as const;

/** The open invites of a room, and what can be done with them. */
export function useInvites(room: string) {
  const { invites } = useServices();
  const user = useUser();
  const queries = useQueryClient();
  const query = useQuery({ queryKey: keys.invites(user.id, room), queryFn: () => invites.list(room), staleTime: 0 });
  const refresh = () => queries.invalidateQueries({ queryKey: keys.invites(user.id, room) });
  return {
    status: query.data ? ("ready" as const) : query.isError ? ("failed" as const) : ("loading" as const),
    error: query.error,
    invites: query.data ?? [],
    retry: () => void query.refetch(),
    create: async (lastsMs: number, uses: number) => {
      const invite = await invites.create(room, { expires_in_ms: lastsMs, ...(uses > 0 && { uses }) });
      await refresh();
      return invite;
    },
    revoke: async (code: string) => {
      await invites.revoke(room, code);
      await refresh();
    },
  };
}

/** What an invite leads to, and taking it. */
export function useInvite(code: string) {
  const { invites, sessions } = useServices();
  const user = useUser();
  const queries = useQueryClient();
  const query = useQuery({ queryKey: keys.invite(user.id, code), queryFn: () => invites.preview(code), staleTime: 0 });
  return {
    preview: query.data ?? null,
    error: query.error,
    /** It has expired, was used up, or never was: nothing brings it back. */
    isSpent: query.error instanceof Problem && query.error.status === 404,
    retry: () => void query.refetch(),
    accept: async () => {
      const room = await invites.accept(code);
      sessions.close(room.id, user.id);
      queries.setQueryData(keys.room(user.id, room.id), room);
      await queries.invalidateQueries({ queryKey: keys.mine(user.id) });
      return room.id;
    },
  };
}
