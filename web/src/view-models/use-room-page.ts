import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { Problem } from "../api/problem";
import type { JoinedRoom, Room } from "../api/rooms";
import { useServices } from "./services";
import { useUser } from "./use-account";
import { roomKeys } from "./use-rooms";

/** What is known of a room without its log. */
export interface RoomFacts {
  id: string;
  name: string;
  topic: string;
  role: string | null;
}

export type RoomPage =
  | { show: "loading" }
  | { show: "not_found" }
  | { show: "forbidden" }
  | { show: "failed"; error: unknown; retry(): void }
  | { show: "preview"; room: Room; joining: boolean; error: unknown; join(): void }
  | { show: "chat"; room: RoomFacts };

/** Decides what a room's address shows: the chat to a member, an invitation to everybody else. */
export function useRoomPage(id: string): RoomPage {
  const { rooms, sessions } = useServices();
  const user = useUser();
  const queries = useQueryClient();
  const room = useQuery({ queryKey: roomKeys.one(user.id, id), queryFn: () => rooms.get(id) });
  const mine = queries.getQueryData<JoinedRoom[]>(roomKeys.mine(user.id))?.find((joined) => joined.id === id);

  const joining = useMutation({
    mutationFn: () => rooms.join(id),
    onSuccess: async () => {
      sessions.close(id, user.id);
      await Promise.all([
        queries.invalidateQueries({ queryKey: roomKeys.one(user.id, id) }),
        queries.invalidateQueries({ queryKey: roomKeys.mine(user.id) }),
      ]);
    },
  });
  const { mutate } = joining;
  const join = useCallback(() => mutate(), [mutate]);

  const facts: RoomFacts | undefined = room.data ?? mine;
  if (room.error instanceof Problem && room.error.status === 404) return { show: "not_found" };
  if (room.error instanceof Problem && room.error.status === 403) return { show: "forbidden" };
  if (facts === undefined) {
    return room.isError ? { show: "failed", error: room.error, retry: () => void room.refetch() } : { show: "loading" };
  }
  if (facts.role !== null) return { show: "chat", room: facts };
  if (room.data === undefined) return { show: "loading" };
  return { show: "preview", room: room.data, joining: joining.isPending, error: joining.error, join };
}

/** Leaving, and what to forget then. */
export function useLeaveRoom(id: string): { leave(): Promise<void> } {
  const { rooms, sessions } = useServices();
  const user = useUser();
  const queries = useQueryClient();
  const leave = useCallback(async () => {
    await rooms.leave(id);
    sessions.close(id, user.id);
    queries.removeQueries({ queryKey: roomKeys.one(user.id, id) });
    queries.setQueryData<JoinedRoom[]>(roomKeys.mine(user.id), (known) => known?.filter((room) => room.id !== id));
    await queries.invalidateQueries({ queryKey: roomKeys.mine(user.id) });
  }, [rooms, sessions, user.id, queries, id]);
  return { leave };
}
