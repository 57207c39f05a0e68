import { useCallback, useSyncExternalStore } from "react";
import { forgetKeys } from "./drafts";
import { useUser } from "./use-account";

/** The last reply that was seen in each thread, on this device. */
const PREFIX = "maru.thread.";

const listeners = new Set<() => void>();

export function useThreadSeen(room: string, root: number): { seen: number | null; see(seq: number): void } {
  const user = useUser();
  const key = `${PREFIX}${user.id}.${room}.${root}`;
  const seen = useSyncExternalStore(subscribe, () => read(key));
  const see = useCallback(
    (seq: number) => {
      if ((read(key) ?? 0) >= seq) return;
      try {
        localStorage.setItem(key, String(seq));
      } catch {
        // Without storage every thread stays as it was at first.
      }
      for (const listener of listeners) listener();
    },
    [key],
  );
  return { seen, see };
}

export function forgetThreads(user: string): void {
  forgetKeys(`${PREFIX}${user}.`);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function read(key: string): number | null {
  try {
    const stored = localStorage.getItem(key);
    return stored === null ? null : Number(stored);
  } catch {
    return null;
  }
}
