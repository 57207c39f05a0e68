import { useInfiniteQuery } from "@tanstack/react-query";
import type { AuditEntry } from "../api/me";
import { keys } from "./keys";
import { useServices } from "./services";
import { useUser } from "./use-account";

export type { AuditEntry };

/** What was done with the own account, newest first. */
export function useOwnAudit() {
  const { me } = useServices();
  const user = useUser();
  const query = useInfiniteQuery({
    queryKey: keys.myAudit(user.id),
    queryFn: ({ pageParam }) => me.audit(pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.cursor,
    staleTime: 0,
  });
  return { ...query, data: query.data?.pages.flatMap((page) => page.rows) };
}
