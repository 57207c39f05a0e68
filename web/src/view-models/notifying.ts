import { useCallback, useSyncExternalStore } from "react";
import { forgetKeys } from "./drafts";
import type { ListedRoom } from "./use-inbox";
import { useUser } from "./use-account";

/** What somebody wants to be told of a room: the server knows `none`, this device the others. */
export type Level = "all" | "mentions" | "none";

/** Rooms of which only mentions are told, on this device. */
const PREFIX = "maru.notify.";

const listeners = new Set<() => void>();

export function levelOf(user: string, room: Pick<ListedRoom, "room" | "muted">): Level {
  if (room.muted) return "none";
  try {
    return localStorage.getItem(`${PREFIX}${user}.${room.room}`) === "mentions" ? "mentions" : "all";
  } catch {
    return "all";
  }
}

export function setMentionsOnly(user: string, room: string, on: boolean): void {
  try {
    if (on) localStorage.setItem(`${PREFIX}${user}.${room}`, "mentions");
    else localStorage.removeItem(`${PREFIX}${user}.${room}`);
  } catch {
    // Without storage every room tells everything.
  }
  for (const listener of listeners) listener();
}

export function forgetLevels(user: string): void {
  forgetKeys(`${PREFIX}${user}.`);
}

/** The levels of rooms; the answer is another function when one changed. */
export function useLevels(): (room: Pick<ListedRoom, "room" | "muted">) => Level {
  const user = useUser();
  useSyncExternalStore(subscribe, fingerprint);
  return useCallback((room: Pick<ListedRoom, "room" | "muted">) => levelOf(user.id, room), [user.id]);
}

/** What to tell of the rooms as they are now, of which the person saw what they were before. */
export function newsOf<R extends Pick<ListedRoom, "room" | "unread" | "mentions" | "muted">>(
  before: ReadonlyMap<string, Pick<R, "unread" | "mentions">>,
  rooms: readonly R[],
  levelFor: (room: R) => Level,
): { room: R; mention: boolean }[] {
  return rooms.flatMap((room): { room: R; mention: boolean }[] => {
    const known = before.get(room.room) ?? { unread: 0, mentions: 0 };
    const level = levelFor(room);
    if (level === "none") return [];
    if (room.mentions > known.mentions) return [{ room, mention: true }];
    return level === "all" && room.unread > known.unread ? [{ room, mention: false }] : [];
  });
}

/** Whether the browser lets Maru tell something outside its page. */
export type Permission = "unsupported" | "default" | "granted" | "denied";

export function usePermission(): [Permission, () => void] {
  const permission = useSyncExternalStore(subscribeToPermission, heldPermission);
  const ask = useCallback(() => {
    if (readPermission() !== "default") return;
    Notification.requestPermission().then(
      () => listeners.forEach((listener) => listener()),
      () => {},
    );
  }, []);
  return [permission, ask];
}

/** What was read last: a browser asks another of its processes, which takes long enough to be noticed in a busy room. */
let held: Permission | undefined;

function heldPermission(): Permission {
  held ??= readPermission();
  return held;
}

function readPermission(): Permission {
  return typeof Notification === "undefined" ? "unsupported" : Notification.permission;
}

function subscribeToPermission(listener: () => void): () => void {
  const read = () => {
    held = readPermission();
    listener();
  };
  const unsubscribe = subscribe(read);
  // It may be changed in the browser's own settings.
  window.addEventListener("focus", read);
  read();
  return () => {
    unsubscribe();
    window.removeEventListener("focus", read);
  };
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  // Another tab may have chosen.
  window.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", listener);
  };
}

/** Changes whenever a level does. */
function fingerprint(): string {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).toSorted().join(" ");
  } catch {
    return "";
  }
}
