import { useEffect, useMemo, useRef, useState } from "react";
import type { MessageRow, Row } from "./timeline";

/** Messages that are read out one by one; of more, only the number is. */
export const NAMED_MAX = 3;
/** A busy room is told of at most this often. */
const PAUSE_MS = 2_000;

export interface Announcements {
  /** For a screen reader. */
  latest: readonly MessageRow[];
  count: number;
}

/** What others said since the last announcement, for the live region. */
export function useAnnouncements(rows: readonly Row[], live: boolean): Announcements {
  const [state, setState] = useState<Announcements>({ latest: [], count: 0 });
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
        setState({ latest: fresh.slice(-NAMED_MAX), count: fresh.length });
      },
      Math.max(0, last.current + PAUSE_MS - Date.now()),
    );
  }, [rows, live]);

  useEffect(() => () => clearTimeout(timer.current), []);

  return useMemo(() => ({ ...state, latest: state.latest.filter((row) => !isGone(rows, row)) }), [state, rows]);
}

/** What was erased is not read out any more, nor kept. */
function isGone(rows: readonly Row[], { key }: MessageRow): boolean {
  return rows.some((row) => row.key === key && row.kind === "message" && row.redactedBy !== null);
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
