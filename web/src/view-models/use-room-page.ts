import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { Problem } from "../api/problem";
import type { Role, Room, RoomKind } from "../api/rooms";
import { keys } from "./keys";
import { roomTitle } from "./room-title";
import { useServices } from "./services";
import { useUser } from "./use-account";
import { useInbox } from "./use-inbox";
import { useNames } from "./use-names";

/** What is known of a room without its log. */
export interface RoomFacts {
  id: string;
  /** What it is called; a direct room, after the others in it. */
  name: string;
  kind: RoomKind;
  topic: string;
  slowMs: number;
  archived: boolean;
  role: Role | null;
  /** The members of a direct room. */
  people: readonly string[];
}

export type RoomPage =
  | { show: "loading" }
  | { show: "not_found" }
  | { show: "forbidden"; banned: boolean }
  | { show: "failed"; error: unknown; retry(): void }
  | { show: "preview"; room: Room; joining: boolean; error: unknown; join(): void }
  | { show: "chat"; room: RoomFacts };

/** Decides what a room's address shows: the chat to a member, an invitation to everybody else. */
export function useRoomPage(id: string): RoomPage {
  const { rooms, sessions } = useServices();
  const user = useUser();
  const queries = useQueryClient();
  const nameOf = useNames();
  const inbox = useInbox();
  const room = useQuery({ queryKey: keys.room(user.id, id), queryFn: () => rooms.get(id) });
  const listed = inbox.rooms.find((one) => one.room === id);

  const joining = useMutation({
    mutationFn: () => rooms.join(id),
    onSuccess: async (joined) => {
      sessions.close(id, user.id);
      queries.setQueryData(keys.room(user.id, id), joined);
      await queries.invalidateQueries({ queryKey: keys.mine(user.id) });
    },
  });
  const { mutate } = joining;
  const join = useCallback(() => mutate(), [mutate]);

  if (room.error instanceof Problem && room.error.status === 404) return { show: "not_found" };
  if (room.error instanceof Problem && room.error.status === 403) {
    return { show: "forbidden", banned: room.error.code === "banned" };
  }
  if (room.data !== undefined && room.data.role === null) {
    return { show: "preview", room: room.data, joining: joining.isPending, error: joining.error, join };
  }
  if (room.data !== undefined) {
    const { name, kind, topic, slow_ms: slowMs, archived, role, people = [] } = room.data;
    return { show: "chat", room: { id, name: roomTitle({ name, kind, people }, user.id, nameOf), kind, topic, slowMs, archived, role, people } };
  }
  // The list, or what was kept of it, knows enough to open a room without its summary.
  if (listed === undefined) return room.isError ? { show: "failed", error: room.error, retry: () => void room.refetch() } : { show: "loading" };
  const { title, kind, topic, archived, role, people = [] } = listed;
  return { show: "chat", room: { id, name: title, kind, topic, slowMs: 0, archived, role, people } };
}
