import { useMemo, useSyncExternalStore } from "react";
import { useServices } from "./services";
import { useUser } from "./use-account";

export type NameOf = (user: string) => string | null;

/** What people are called; the answer is another function when somebody's name became known. */
export function useNames(): NameOf {
  const { names } = useServices();
  const user = useUser();
  const version = useSyncExternalStore(names.subscribe, names.getVersion);
  return useMemo(
    () => (id: string) => (id === user.id ? user.display_name : names.nameOf(id)),
    // oxlint-disable-next-line react/exhaustive-deps -- the version stands for what the book holds
    [names, user, version],
  );
}
