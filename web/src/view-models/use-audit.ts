import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import type { AuditFilter } from "../api/admin";
import type { AuditEntry } from "../api/me";
import { keys } from "./keys";
import { saveStream } from "./save-stream";
import { useServices } from "./services";
import { useUser } from "./use-account";

export type { AuditEntry, AuditFilter };

/** What is typed and chosen above the log. Days are those of the browser's calendar. */
export interface AuditFields {
  /** The name of an account. */
  actor: string;
  act: string;
  /** The first day and the last one, `2026-11-23`. */
  from: string;
  to: string;
}

export const NO_FIELDS: AuditFields = { actor: "", act: "", from: "", to: "" };
export const NO_FILTER: AuditFilter = { actor: null, act: null, from: null, to: null };

/** What the fields ask for, apart from who it was. */
export function filterOf({ act, from, to }: AuditFields, actor: string | null): AuditFilter {
  return { actor, act: act === "" ? null : act, from: midnightOf(from, 0), to: midnightOf(to, 1) };
}

/** When a day begins that is so many days after this one. */
function midnightOf(day: string, later: number): number | null {
  const match = /^(\d{4,6})-(\d\d)-(\d\d)$/.exec(day);
  if (match === null) return null;
  const [year, month, date] = match.slice(1).map(Number) as [number, number, number];
  const at = new Date(year, month - 1, date + later).getTime();
  return Number.isNaN(at) || at < 0 ? null : at;
}

/** The audit log, newest first, as far as the filter lets it through. */
export function useAudit(filter: AuditFilter) {
  const { admin } = useServices();
  const user = useUser();
  const query = useInfiniteQuery({
    queryKey: keys.admin(user.id, "audit", JSON.stringify(filter)),
    queryFn: ({ pageParam }) => admin.audit(filter, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.cursor,
    staleTime: 0,
  });
  return { ...query, data: query.data?.pages.flatMap((page) => page.rows) };
}

export function useAuditActs() {
  const { admin, users } = useServices();
  return {
    /** The id of the account with exactly this name. */
    idOf: useCallback(
      async (name: string): Promise<string | null> => {
        const wanted = name.trim().toLowerCase();
        const found = await users.find(wanted);
        return found.find((one) => one.name === wanted)?.id ?? null;
      },
      [users],
    ),
    /** Saves all that the filter lets through, one act a line. */
    save: useCallback(
      (filter: AuditFilter, onProgress: (bytes: number) => void, signal: AbortSignal) => {
        const name = `maru-audit-${new Date().toISOString().slice(0, 10)}.ndjson`;
        return saveStream(name, () => admin.exportAudit(filter, signal), onProgress, signal);
      },
      [admin],
    ),
  };
}
