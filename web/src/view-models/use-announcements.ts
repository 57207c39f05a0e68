import { useEffect, useRef, useState } from "react";
import type { MessageRow, Row } from "./timeline";

/** Messages that are read out one by one; of more, only the number is. */
const NAMED_MAX = 3;
/** A busy room is told of at most this often. */
const PAUSE_MS = 2_000;

export interface Announcements {
  /** For a screen reader. */
  latest: readonly MessageRow[];
  count: number;
  /** Arrived since the page was last looked at. */
  unseen: number;
}

/** What others said since the last announcement, for the live region and the page's title. */
export function useAnnouncements(rows: readonly Row[], live: boolean): Announcements {
  const [state, setState] = useState<Announcements>({ latest: [], count: 0, unseen: 0 });
  const newest = useRef<number | null>(null);
  const waiting = useRef<MessageRow[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const last = useRef(0);

  useEffect(() => {
    if (!live) return;
    const since = newest.current;
    newest.current = newestSeq(rows) ?? since ?? 0;
    // What was there at first is history, not news.
    if (since === null) return;
    waiting.current.push(...spokenSince(rows, since));
    if (waiting.current.length === 0) return;
    timer.current ??= setTimeout(
      () => {
        const fresh = waiting.current;
        waiting.current = [];
        timer.current = undefined;
        last.current = Date.now();
        setState((before) => ({
          latest: fresh.slice(-NAMED_MAX),
          count: fresh.length,
          unseen: document.visibilityState === "visible" ? 0 : before.unseen + fresh.length,
        }));
      },
      Math.max(0, last.current + PAUSE_MS - Date.now()),
    );
  }, [rows, live]);

  useEffect(() => {
    const look = () => {
      if (document.visibilityState === "visible") setState((before) => ({ ...before, unseen: 0 }));
    };
    document.addEventListener("visibilitychange", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      clearTimeout(timer.current);
    };
  }, []);

  // What was erased meanwhile is not read out, nor left where it was.
  return { ...state, latest: state.latest.filter((row) => isSaid(rows, row.seq)) };
}

function isSaid(rows: readonly Row[], seq: number | null): boolean {
  return rows.findLast((row) => row.kind === "message" && row.seq === seq && row.redactedBy === null) !== undefined;
}

function newestSeq(rows: readonly Row[]): number | null {
  const last = rows.findLast((row) => row.kind === "message" && row.seq !== null);
  return last?.kind === "message" ? last.seq : null;
}

/** Messages of others, newest last. */
function spokenSince(rows: readonly Row[], since: number): MessageRow[] {
  const fresh: MessageRow[] = [];
  for (const row of rows.toReversed()) {
    if (row.kind !== "message" || row.seq === null) continue;
    if (row.seq <= since) break;
    if (!row.own) fresh.unshift(row);
  }
  return fresh;
}
