import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useLocation } from "wouter";
import type { NewRoom, Room, RoomSettings } from "../api/rooms";
import { keys } from "./keys";
import { useServices } from "./services";
import { useUser } from "./use-account";

export type { NewRoom, RoomSettings };

/** The server's limits, told before it is asked. */
export const ROOM_NAME_MAX = 80;
export const TOPIC_MAX = 250;
export const DIRECT_MAX = 8;

export interface RoomActs {
  create(room: NewRoom): Promise<Room>;
  join(room: string): Promise<void>;
  change(room: string, settings: RoomSettings): Promise<void>;
  /** As `leave`. */
  remove(room: string): Promise<void>;
  /** Goes to the list of rooms before the room is forgotten: on show, it would be asked for again, and is gone. */
  leave(room: string): Promise<void>;
}

/** What a person does to rooms as a whole, and what to forget or ask for again then. */
export function useRoomActs(): RoomActs {
  const { rooms, sessions } = useServices();
  const user = useUser();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  return useMemo(() => {
    const refresh = () => queries.invalidateQueries({ queryKey: keys.mine(user.id) });
    const hold = (room: Room) => {
      queries.setQueryData(keys.room(user.id, room.id), room);
      return refresh();
    };
    const forget = async (room: string) => {
      navigate("/");
      await refresh();
      sessions.close(room, user.id);
      queries.removeQueries({ queryKey: keys.room(user.id, room) });
    };
    return {
      create: async (fields) => {
        const room = await rooms.create(fields);
        await hold(room);
        return room;
      },
      join: async (room) => {
        const joined = await rooms.join(room);
        sessions.close(room, user.id);
        await hold(joined);
      },
      change: async (room, settings) => {
        await hold(await rooms.change(room, settings));
      },
      remove: async (room) => {
        await rooms.remove(room);
        await forget(room);
      },
      leave: async (room) => {
        await rooms.leave(room);
        await forget(room);
      },
    };
  }, [rooms, sessions, user.id, queries, navigate]);
}
