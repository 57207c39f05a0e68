import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { JoinedRoom, Room } from "../api/rooms";
import { useServices } from "./services";
import { useUser } from "./use-account";

export type { JoinedRoom, Room };

/** The server's limits, told before it is asked. */
export const ROOM_NAME_MAX = 80;

export const roomKeys = {
  mine: (user: string) => ["rooms", user] as const,
  one: (user: string, room: string) => ["room", user, room] as const,
  members: (user: string, room: string) => ["members", user, room] as const,
};

export interface RoomsModel {
  status: "loading" | "failed" | "ready";
  error: unknown;
  rooms: readonly JoinedRoom[];
  retry(): void;
}

export function useRooms(): RoomsModel {
  const { rooms } = useServices();
  const user = useUser();
  const query = useQuery({
    queryKey: roomKeys.mine(user.id),
    queryFn: () => rooms.mine(),
    select: newestFirst,
  });
  return {
    status: query.data ? "ready" : query.isError ? "failed" : "loading",
    error: query.error,
    rooms: query.data ?? [],
    retry: () => void query.refetch(),
  };
}

export function useCreateRoom(): { create(name: string, topic: string): Promise<Room> } {
  const { rooms } = useServices();
  const user = useUser();
  const queries = useQueryClient();
  const mutation = useMutation({
    mutationFn: (fields: { name: string; topic: string }) => rooms.create(fields.name, fields.topic),
    onSuccess: (room) => {
      queries.setQueryData(roomKeys.one(user.id, room.id), room);
      return queries.invalidateQueries({ queryKey: roomKeys.mine(user.id) });
    },
  });
  return { create: (name, topic) => mutation.mutateAsync({ name: name.trim(), topic: topic.trim() }) };
}

function newestFirst(rooms: JoinedRoom[]): JoinedRoom[] {
  return rooms.toSorted((a, b) => b.joined_at - a.joined_at);
}
