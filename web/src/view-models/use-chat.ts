import { useQueryClient } from "@tanstack/react-query";
import type { RoomSnapshot } from "../client/seam";
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { Room } from "../api/rooms";
import type { RoomSession } from "../client/room-session";
import { connectionOf, endedOf, type Connection, type Ended } from "./connection";
import { useServices } from "./services";
import { Timeline, type Row } from "./timeline";
import { useUser } from "./use-account";
import { useOnline } from "./use-online";
import { usePeople, type PeopleModel } from "./use-people";
import { roomKeys } from "./use-rooms";

export interface Typing {
  who: readonly string[];
  /** People who are typing besides those named. */
  more: number;
}

export interface ChatModel {
  connection: Connection;
  ended: Ended | null;
  rows: readonly Row[];
  older: RoomSnapshot["older"];
  members: number;
  online: number;
  bodyBytesMax: number;
  /** So much waits to be sent that nothing more is taken. */
  outboxFull: boolean;
  typing: Typing;
  people: PeopleModel;
  send(body: string): void;
  retry(nonce: number): void;
  discard(nonce: number): void;
  setTyping(on: boolean): void;
  loadOlder(): void;
  reconnect(): void;
  /** Looks again at what the room is to the user, for example after being removed from it. */
  recheck(): void;
}

export type Chat = { status: "opening" } | { status: "failed"; retry(): void } | { status: "open"; chat: ChatModel };

const NOTHING: RoomSnapshot["items"] = [];

/** A room that the user is a member of. */
export function useChat(room: string): Chat {
  const { sessions } = useServices();
  const user = useUser();
  const session = useMemo(() => sessions.get(room, user.id), [sessions, room, user.id]);
  const state = useSyncExternalStore(session.subscribe, session.getState);
  const snapshot = state.status === "open" ? state.snapshot : null;
  const device = state.status === "open" ? state.device : "";

  const people = usePeople(room, snapshot?.items ?? NOTHING);
  const rows = useRows(snapshot, device, people);
  const online = useOnline();
  const recheck = useRecheck(room, session);
  useEffect(() => {
    if (state.status === "barred") recheck();
  }, [state.status, recheck]);

  if (state.status === "failed") return { status: "failed", retry: session.restart };
  if (snapshot === null) return { status: "opening" };
  return {
    status: "open",
    chat: {
      connection: connectionOf(snapshot, online),
      ended: endedOf(snapshot),
      rows,
      older: snapshot.older,
      members: snapshot.members,
      online: snapshot.online,
      bodyBytesMax: snapshot.bodyBytesMax,
      outboxFull: snapshot.outboxFull,
      typing: typingOf(snapshot, user.id, people),
      people,
      send: session.send,
      retry: session.retry,
      discard: session.discard,
      setTyping: session.typing,
      loadOlder: session.loadOlder,
      reconnect: session.reconnect,
      recheck,
    },
  };
}

function useRows(snapshot: RoomSnapshot | null, device: string, people: PeopleModel): readonly Row[] {
  const user = useUser();
  const [timeline] = useState(() => new Timeline());
  const items = snapshot?.items;
  const older = snapshot?.older;
  const pending = snapshot?.pending;
  const { nameOf } = people;
  return useMemo(
    () => (items && pending && older ? timeline.rows({ items, pending, older }, { user: user.id, device }, nameOf) : []),
    [timeline, items, pending, older, user.id, device, nameOf],
  );
}

function useRecheck(room: string, session: RoomSession): () => void {
  const user = useUser();
  const queries = useQueryClient();
  return useCallback(() => {
    const one = roomKeys.one(user.id, room);
    void queries.invalidateQueries({ queryKey: roomKeys.mine(user.id) });
    void queries.invalidateQueries({ queryKey: one }).then(() => {
      // Still a member: whatever barred the session has passed.
      const isMember = queries.getQueryState(one)?.status === "success" && queries.getQueryData<Room>(one)?.role !== null;
      if (isMember && session.watched && session.over) session.restart();
    });
  }, [room, session, user.id, queries]);
}

function typingOf(snapshot: RoomSnapshot, you: string, people: PeopleModel): Typing {
  const others = snapshot.typing.who.filter((user) => user !== you);
  const named = others.map((user) => people.nameOf(user)).filter((name) => name !== null);
  return { who: named, more: snapshot.typing.more + others.length - named.length };
}
