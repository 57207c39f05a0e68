import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { Role, Room } from "../api/rooms";
import type { RoomSession, SendParts } from "../client/room-session";
import type { Item, Named, Pending, RoomSnapshot } from "../client/seam";
import { connectionOf, endedOf, isOut, type Connection, type Ended } from "./connection";
import { keys } from "./keys";
import { closedFor, rightsOf, type Closed, type Rights } from "./rights";
import { useServices } from "./services";
import { Timeline, type Row, type Unread } from "./timeline";
import { useUser } from "./use-account";
import { useInbox } from "./use-inbox";
import { useNames, type NameOf } from "./use-names";
import { useOnline } from "./use-online";
import type { RoomFacts } from "./use-room-page";

export interface Typing {
  who: readonly string[];
  /** People who are typing besides those named. */
  more: number;
}

export interface ThreadModel {
  root: number;
  rows: readonly Row[];
  older: RoomSnapshot["older"];
  failed: boolean;
}

/** What a person does in a room. The same object as long as the room is. */
export interface ChatActs {
  send(body: string, parts?: SendParts): void;
  edit(target: number, body: string): void;
  redact(target: number): void;
  react(target: number, emoji: string, on: boolean): void;
  pin(target: number, on: boolean): void;
  retry(nonce: number): void;
  discard(nonce: number): void;
  typing(on: boolean): void;
  read(seq: number): void;
  loadOlder(): void;
  loadNewer(): void;
  jump(seq: number): void;
  present(): void;
  openThread(root: number): void;
  closeThread(): void;
  loadOlderInThread(): void;
  reconnect(): void;
}

/** What limits a message, before the room is asked. */
export interface MessageLimits {
  bodyBytes: number;
  attachments: number;
  attachmentBytes: number;
}

export interface ChatModel {
  room: RoomFacts;
  role: Role;
  rights: Rights;
  connection: Connection;
  ended: Ended | null;
  rows: readonly Row[];
  thread: ThreadModel | null;
  older: RoomSnapshot["older"];
  /** The log begins later than it did, because what was older expired. */
  expired: boolean;
  newer: RoomSnapshot["newer"];
  atPresent: boolean;
  jumpedTo: number | null;
  jumpFailed: boolean;
  members: number;
  online: number;
  limits: MessageLimits;
  /** So much waits to be sent that nothing more is taken. */
  outboxFull: boolean;
  /** Why nobody writes here just now. */
  closed: Closed | null;
  /** Milliseconds between two messages of the user; zero for none. */
  slowMs: number;
  /** When slow mode lets the user write again; `null` if it does. */
  slowUntil: number | null;
  typing: Typing;
  /** The last entry that the user has read, and the last one that there is. */
  read: number;
  head: number;
  receipts: RoomSnapshot["receipts"];
  pins: readonly number[];
  /** Changes of messages that the room refused. */
  refused: readonly Pending[];
  /** The newest message of the user that can be edited. */
  lastOwn: number | null;
  acts: ChatActs;
  /** Looks again at what the room is to the user, for example after being removed from it. */
  recheck(): void;
}

export type Chat = { status: "opening" } | { status: "failed"; retry(): void } | { status: "open"; chat: ChatModel };

/** Used until the room has told its own. */
const LIMITS: MessageLimits = { bodyBytes: 16 * 1024, attachments: 10, attachmentBytes: 100 * 1024 * 1024 };
const NO_ITEMS: readonly Item[] = [];
const NO_SENDS: readonly Pending[] = [];
const NO_NAMES: readonly Named[] = [];

/** A room that the user is a member of. */
export function useChat(facts: RoomFacts): Chat {
  const { sessions } = useServices();
  const user = useUser();
  const { id } = facts;
  const session = useMemo(() => sessions.get(id, user.id), [sessions, id, user.id]);
  const state = useSyncExternalStore(session.subscribe, session.getState);
  const snapshot = state.status === "open" ? state.snapshot : null;
  const device = state.status === "open" ? state.device : "";

  const nameOf = useNames();
  const { names } = useServices();
  const items = snapshot?.items ?? NO_ITEMS;
  useEffect(() => names.guess(namesIn(items)), [names, items]);
  const named = snapshot?.named ?? NO_NAMES;
  useEffect(() => names.learn(named), [names, named]);
  const stale = state.status === "open" && state.stale;
  const { rows, thread } = useRows(snapshot, facts.kind === "direct", stale, device, nameOf);
  const online = useOnline();
  const recheck = useRecheck(id, session);
  useEffect(() => {
    if (state.status === "barred") recheck();
  }, [state.status, recheck]);
  const ended = snapshot === null ? null : endedOf(snapshot);
  useReadmission(id, ended !== null && isOut(ended), recheck);
  const refused = useMemo(() => (snapshot?.pending ?? NO_SENDS).filter((send) => send.kind !== "send" && send.state === "refused"), [snapshot?.pending]);

  if (state.status === "failed") return { status: "failed", retry: session.restart };
  if (snapshot === null) return { status: "opening" };
  const room = currentFacts(facts, snapshot);
  const role = (snapshot.you?.role ?? facts.role ?? "guest");
  const rights = rightsOf(room.kind, role);
  const slowMs = rights.moderate ? 0 : room.slowMs;
  return {
    status: "open",
    chat: {
      room,
      role,
      rights,
      connection: connectionOf(snapshot, online),
      ended,
      rows,
      thread,
      older: snapshot.older,
      newer: snapshot.newer,
      atPresent: snapshot.atPresent,
      jumpedTo: snapshot.jumpedTo,
      expired: snapshot.first > 0,
      jumpFailed: snapshot.jumpFailed,
      members: snapshot.members,
      online: snapshot.online,
      limits: limitsOf(snapshot),
      outboxFull: snapshot.outboxFull,
      closed: snapshot.you === null ? null : closedFor(room, { role, mutedUntil: snapshot.you.muted_until }),
      slowMs,
      slowUntil: slowMs === 0 ? null : slowUntil(snapshot, user.id, slowMs),
      typing: typingOf(snapshot, user.id, nameOf),
      read: snapshot.read,
      head: snapshot.head,
      receipts: snapshot.receipts,
      pins: snapshot.pins,
      refused,
      lastOwn: lastOwn(items, user.id),
      acts: session,
      recheck,
    },
  };
}

function useRows(snapshot: RoomSnapshot | null, direct: boolean, stale: boolean, device: string, nameOf: NameOf): { rows: readonly Row[]; thread: ThreadModel | null } {
  const user = useUser();
  const [timeline] = useState(() => new Timeline());
  const unread = useUnreadAtOpening(stale ? null : snapshot);
  const { items, older, pending, atPresent } = snapshot ?? {};
  const rows = useMemo(
    () =>
      items && pending && older && atPresent !== undefined
        ? timeline.rows({ items, pending, older, atPresent, thread: null, unread, direct }, { user: user.id, device }, nameOf)
        : [],
    [timeline, items, pending, older, atPresent, unread, direct, user.id, device, nameOf],
  );

  const open = snapshot?.thread ?? null;
  const root = open?.root ?? null;
  // oxlint-disable-next-line react/exhaustive-deps -- another thread has other rows
  const threadTimeline = useMemo(() => new Timeline(), [root]);
  const thread = useMemo(
    () =>
      open && pending
        ? {
            root: open.root,
            older: open.older,
            failed: open.failed,
            rows: threadTimeline.rows(
              { items: open.items, pending, older: open.older, atPresent: true, thread: open.root, unread: null, direct: false },
              { user: user.id, device },
              nameOf,
            ),
          }
        : null,
    [threadTimeline, open, pending, user.id, device, nameOf],
  );
  return { rows, thread };
}

/** What was not read when the room was opened; there the new messages begin. */
function useUnreadAtOpening(snapshot: RoomSnapshot | null): Unread | null {
  const [unread, setUnread] = useState<Unread | null>(null);
  if (unread === null && snapshot !== null && snapshot.you !== null) {
    const opened = { after: snapshot.read, upto: snapshot.head };
    setUnread(opened);
    return opened;
  }
  return unread;
}

function useRecheck(room: string, session: RoomSession): () => void {
  const user = useUser();
  const queries = useQueryClient();
  return useCallback(() => {
    const one = keys.room(user.id, room);
    void queries.invalidateQueries({ queryKey: keys.mine(user.id) });
    void queries.invalidateQueries({ queryKey: one }).then(() => {
      // Still a member: whatever barred the session has passed.
      const isMember = queries.getQueryState(one)?.status === "success" && queries.getQueryData<Room>(one)?.role !== null;
      if (isMember && session.watched && session.over) session.restart();
    });
  }, [room, session, user.id, queries]);
}

/** Somebody who was put out may be let in again: then the list of their rooms has this one again. */
function useReadmission(room: string, out: boolean, recheck: () => void): void {
  const isListed = useInbox().rooms.some((one) => one.room === room);
  // It may have happened while the person was elsewhere.
  const gone = useRef(true);
  useEffect(() => {
    if (!out) gone.current = false;
    else if (!isListed) gone.current = true;
    else if (gone.current) {
      gone.current = false;
      recheck();
    }
  }, [out, isListed, recheck]);
}

/** The room as its session tells it, once it does. */
function currentFacts(facts: RoomFacts, { room, you }: RoomSnapshot): RoomFacts {
  if (room === null) return facts;
  const { kind } = room;
  return {
    ...facts,
    name: kind === "direct" ? facts.name : room.name,
    kind,
    topic: room.topic,
    slowMs: room.slow_ms,
    archived: room.archived,
    role: you?.role ?? facts.role,
  };
}

function limitsOf({ limits }: RoomSnapshot): MessageLimits {
  if (limits === null) return LIMITS;
  return { bodyBytes: limits.body_bytes_max, attachments: limits.attachments_max, attachmentBytes: limits.attachment_bytes_max };
}

function typingOf(snapshot: RoomSnapshot, you: string, nameOf: NameOf): Typing {
  const others = snapshot.typing.who.filter((user) => user !== you);
  const named = others.map((user) => nameOf(user)).filter((name) => name !== null);
  return { who: named, more: snapshot.typing.more + others.length - named.length };
}

/** The end of the pause after what the user sent last, as far as this page knows; the room decides. */
function slowUntil({ items, pending, thread }: RoomSnapshot, user: string, slowMs: number): number | null {
  const last = [items, thread?.items ?? NO_ITEMS].map((some) => some.findLast((item) => item.t === "message" && item.by === user)?.at ?? 0);
  const sent = pending.filter((send) => send.kind === "send" && send.state !== "refused").map((send) => send.at);
  const at = Math.max(...last, ...sent);
  return at === 0 ? null : at + slowMs;
}

function lastOwn(items: readonly Item[], user: string): number | null {
  const last = items.findLast((item) => item.t === "message" && item.by === user && item.redacted_by === null && item.thread === null);
  return last?.t === "message" ? last.seq : null;
}

function namesIn(items: readonly Item[]): { user: string; name: string }[] {
  return items.flatMap((item) => (item.t === "join" ? [{ user: item.by, name: item.name }] : []));
}
