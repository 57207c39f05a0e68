import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { keys } from "./keys";
import { useServices } from "./services";
import { useAccount, useUser } from "./use-account";

/** What proves who the user is, and the end of it all. */
export function useCredentials() {
  const { me, security } = useServices();
  const user = useUser();
  const { signOutBy } = useAccount();
  const queries = useQueryClient();
  return useMemo(
    () => ({
      /** `current` is `null` for an account that has no password yet. */
      setPassword: async (current: string | null, next: string) => {
        await security.setPassword(current, next);
        await Promise.all([
          queries.invalidateQueries({ queryKey: keys.ways(user.id) }),
          queries.invalidateQueries({ queryKey: keys.signIns(user.id) }),
        ]);
      },
      deleteAccount: (password: string | null, erase: boolean) =>
        signOutBy(() => me.delete(password === null ? { erase } : { password, erase })),
    }),
    [me, security, queries, user.id, signOutBy],
  );
}
