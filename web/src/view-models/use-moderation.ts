import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Act, Ban } from "../api/members";
import type { Role } from "../api/rooms";
import { keys } from "./keys";
import { useServices } from "./services";
import { useUser } from "./use-account";

export type { Act, Ban };

/** The server's limit, told before it is asked. */
export const REASON_MAX = 200;

/** How long a member can be muted with one choice, in milliseconds. */
export const MUTES = { ten_minutes: 600_000, hour: 3_600_000, day: 86_400_000 } as const;

export interface Moderation {
  add(name: string): Promise<void>;
  setRole(user: string, role: Role): Promise<void>;
  /** Zero ends a mute. */
  mute(user: string, ms: number, reason: string): Promise<void>;
  kick(user: string, reason: string): Promise<void>;
  /** Lets somebody in again who was just put out, as what they were. */
  readmit(user: string, role: Role): Promise<void>;
  ban(user: string, reason: string): Promise<void>;
  unban(user: string): Promise<void>;
}

/** What a moderator does to members of a room. */
export function useModeration(room: string): Moderation {
  const { members, users } = useServices();
  const user = useUser();
  const queries = useQueryClient();
  return useMemo(() => {
    const readmit = async (target: string, role: Role) => {
      const [profile] = await users.profiles([target]);
      if (profile === undefined) return;
      await members.add(room, profile.name);
      if (role !== "member") await members.change(room, target, { role }, "");
    };
    const then = async (act: Promise<unknown>) => {
      await act;
      // Whatever was asked for about the people of the room is asked for again.
      for (const about of ["members", "bans", "acts"]) void queries.invalidateQueries({ queryKey: [about, user.id, room] });
    };
    return {
      add: (name) => then(members.add(room, name)),
      setRole: (target, role) => then(members.change(room, target, { role }, "")),
      mute: (target, ms, reason) => then(members.change(room, target, { mute_ms: ms }, reason)),
      kick: (target, reason) => then(members.remove(room, target, false, reason)),
      readmit: (target, role) => then(readmit(target, role)),
      ban: (target, reason) => then(members.remove(room, target, true, reason)),
      unban: (target) => then(members.unban(room, target)),
    };
  }, [members, users, room, user.id, queries]);
}

export function useBans(room: string) {
  const { members } = useServices();
  const user = useUser();
  return useQuery({ queryKey: keys.bans(user.id, room), queryFn: () => members.bans(room), staleTime: 0 });
}

/** What moderators did, newest first. */
export function useActs(room: string) {
  const { members } = useServices();
  const user = useUser();
  const query = useInfiniteQuery({
    queryKey: keys.acts(user.id, room),
    queryFn: ({ pageParam }) => members.acts(room, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.cursor,
    staleTime: 0,
  });
  return { ...query, acts: query.data?.pages.flatMap((page) => page.acts) ?? [] };
}
