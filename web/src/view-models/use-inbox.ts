import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import type { InboxRoom } from "../api/rooms";
import type { RoomSession } from "../client/room-session";
import type { RoomSnapshot } from "../client/seam";
import { standingOf, type Standing } from "../client/standing";
import { keys } from "./keys";
import { mentionsUser } from "./mentions";
import { roomTitle } from "./room-title";
import { useServices } from "./services";
import { useUser } from "./use-account";
import { useNames } from "./use-names";
import { useLooking } from "./use-reading";

/** One room in the list, with the name it goes by. */
export interface ListedRoom extends InboxRoom {
  title: string;
}

export interface InboxModel {
  status: "loading" | "failed" | "ready";
  rooms: readonly ListedRoom[];
  /** Rooms with something unread that the user wants to be told of. */
  unread: number;
  mentions: number;
  retry(): void;
}

/** The user's rooms, as the inbox tells them; before it does, as they are listed over HTTP. */
export function useInbox(): InboxModel {
  const { inbox, rooms } = useServices();
  const user = useUser();
  const nameOf = useNames();
  const snapshot = useSyncExternalStore(inbox.subscribe, inbox.getSnapshot);
  const told = snapshot !== null && (snapshot.phase === "live" || snapshot.rooms.length > 0) ? snapshot.rooms : null;
  const query = useQuery({ queryKey: keys.mine(user.id), queryFn: () => rooms.mine(), enabled: told === null });
  const standings = useStandings();
  const listed = told ?? query.data ?? null;
  const list = useMemo(() => listed?.map((room) => ({ ...room, ...standings.get(room.room) })) ?? null, [listed, standings]);

  return useMemo(() => {
    const named = (list ?? []).map((room) => Object.assign({ title: roomTitle(room, user.id, nameOf) }, room));
    return {
      status: list !== null ? "ready" : query.isError ? "failed" : "loading",
      rooms: named,
      unread: named.filter((room) => room.unread > 0 && !room.muted).length,
      mentions: named.reduce((sum, room) => sum + room.mentions, 0),
      retry: () => void query.refetch(),
    } as const;
  }, [list, user.id, nameOf, query]);
}

const NONE: ReadonlyMap<string, Standing> = new Map();

/**
 * What is new in the rooms that this page is connected to. Of the one that is looked at, only that
 * nothing is: what is new there is about to be read, and of a mention the inbox hears later than
 * this page.
 */
function useStandings(): ReadonlyMap<string, Standing> {
  const { sessions } = useServices();
  const { id } = useUser();
  const isLooking = useLooking();
  const last = useRef(NONE);
  const read = useCallback(() => {
    const now = standingsOf(sessions.of(id), id, isLooking);
    if (!sameStandings(last.current, now)) last.current = now;
    return last.current;
  }, [sessions, id, isLooking]);
  return useSyncExternalStore(sessions.subscribe, read);
}

function standingsOf(sessions: readonly RoomSession[], user: string, isLooking: boolean): Map<string, Standing> {
  const standings = new Map<string, Standing>();
  for (const session of sessions) {
    const state = session.getState();
    if (state.status !== "open" || state.stale) continue;
    const standing = standingIn(state.snapshot, user);
    const isBeingRead = session.watched && isLooking && standing !== null && standing.unread > 0;
    if (standing !== null && !isBeingRead) standings.set(session.room, standing);
  }
  return standings;
}

/** Each snapshot is counted once, however many views ask. */
const counted = new WeakMap<RoomSnapshot, Standing | null>();

function standingIn(snapshot: RoomSnapshot, user: string): Standing | null {
  const known = counted.get(snapshot);
  if (known !== undefined) return known;
  const standing = standingOf(snapshot, user, (body) => mentionsUser(body, user));
  counted.set(snapshot, standing);
  return standing;
}

function sameStandings(before: ReadonlyMap<string, Standing>, now: ReadonlyMap<string, Standing>): boolean {
  if (before.size !== now.size) return false;
  return [...now].every(([room, { unread, mentions }]) => {
    const known = before.get(room);
    return known?.unread === unread && known.mentions === mentions;
  });
}

/** Whether the list is what the server says now. */
export function useInboxIsLive(): boolean {
  const { inbox } = useServices();
  return useSyncExternalStore(inbox.subscribe, () => inbox.getSnapshot()?.phase === "live");
}

/** The room before or after `here` in the list, round its end; of those with something unread only, if so wished. */
export function neighbour(
  rooms: readonly Pick<ListedRoom, "room" | "unread" | "mentions" | "muted">[],
  here: string | null,
  step: 1 | -1,
  unread: boolean,
): string | null {
  const count = rooms.length;
  const from = rooms.findIndex((one) => one.room === here);
  const start = from < 0 && step < 0 ? count : from;
  for (let away = 1; away <= count; away += 1) {
    const one = rooms[(start + step * away + count * 2) % count];
    if (one === undefined || one.room === here) continue;
    if (!unread || one.mentions > 0 || (one.unread > 0 && !one.muted)) return one.room;
  }
  return null;
}

/** The page's title: what waits for the user, and where the user is. */
export function useTitle(place: string | null, here: string | null = null): void {
  const { t } = useTranslation();
  const { rooms } = useInbox();
  const isLooking = useLooking();
  const others = rooms.filter((room) => room.room !== here || !isLooking);
  const mentions = others.reduce((sum, room) => sum + room.mentions, 0);
  const unread = others.filter((room) => room.unread > 0 && !room.muted).length;
  useEffect(() => {
    const waiting = mentions > 0 ? `(${mentions}) ` : unread > 0 ? "• " : "";
    document.title = `${waiting}${place === null ? "" : `${place} · `}${t("app.name")}`;
  }, [place, mentions, unread, t]);
}

export function useMuteRoom(): (room: string, muted: boolean) => Promise<void> {
  const { rooms } = useServices();
  const user = useUser();
  const queries = useQueryClient();
  const { mutateAsync } = useMutation({
    mutationFn: ({ room, muted }: { room: string; muted: boolean }) => rooms.mute(room, muted),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.mine(user.id) }),
  });
  return (room, muted) => mutateAsync({ room, muted });
}
