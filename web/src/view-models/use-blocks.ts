import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { keys } from "./keys";
import { useServices } from "./services";
import { useUser } from "./use-account";

/** The people from whom the user wants to hear nothing. */
export function useBlocks() {
  const { blocks } = useServices();
  const user = useUser();
  return useQuery({ queryKey: keys.blocks(user.id), queryFn: () => blocks.list() });
}

const NOBODY: ReadonlySet<string> = new Set();

/** Whose words are hidden. */
export function useBlocked(): ReadonlySet<string> {
  const { data } = useBlocks();
  return useMemo(() => (data === undefined ? NOBODY : new Set(data.map(({ id }) => id))), [data]);
}

export function useBlocking() {
  const { blocks } = useServices();
  const user = useUser();
  const queries = useQueryClient();
  return useMemo(() => {
    const then = async (act: Promise<void>) => {
      await act;
      await queries.invalidateQueries({ queryKey: keys.blocks(user.id) });
    };
    return {
      block: (id: string) => then(blocks.block(id)),
      unblock: (id: string) => then(blocks.unblock(id)),
    };
  }, [blocks, queries, user.id]);
}
