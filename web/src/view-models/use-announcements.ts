import { useEffect, useRef, useState } from "react";
import type { MessageRow, Row } from "./timeline";

/** Messages that are read out one by one; of more, only the number is. */
const NAMED_MAX = 3;

export interface Announcements {
  /** For a screen reader. */
  latest: readonly MessageRow[];
  count: number;
  /** Arrived since the page was last looked at. */
  unseen: number;
}

/** Unsent messages that may stand below the newest one that was sent. */
const SENDS_MAX = 500;

function seqOf(row: Row): number {
  return row.kind === "message" ? (row.seq ?? 0) : 0;
}

function newer(rows: readonly Row[], since: number): MessageRow[] {
  return rows.slice(rows.findLastIndex((row) => row.kind === "message" && row.seq !== null && row.seq <= since) + 1).filter((row) => row.kind === "message").filter((row) => row.seq !== null && !row.own);
}

/** What arrived from others since the last rendering, for the live region and the page's title. */
export function useAnnouncements(rows: readonly Row[], live: boolean): Announcements {
  const newest = useRef<number | null>(null);
  const [state, setState] = useState<Announcements>({ latest: [], count: 0, unseen: 0 });

  useEffect(() => {
    if (!live) return;
    const since = newest.current;
    newest.current = Math.max(since ?? 0, ...rows.slice(-1 - SENDS_MAX).map(seqOf));
    if (since === null) return;
    const fresh = newer(rows, since);
    if (fresh.length === 0) return;
    setState((before) => ({
      latest: fresh.slice(-NAMED_MAX),
      count: fresh.length,
      unseen: document.visibilityState === "visible" ? 0 : before.unseen + fresh.length,
    }));
  }, [rows, live]);

  useEffect(() => {
    const look = () => {
      if (document.visibilityState === "visible") setState((before) => ({ ...before, unseen: 0 }));
    };
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);

  return state;
}
