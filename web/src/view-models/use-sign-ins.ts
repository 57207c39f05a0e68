import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import type { SignIn } from "../api/security";
import { keys } from "./keys";
import { useServices } from "./services";
import { useAccount, useUser } from "./use-account";

export type { SignIn };

/** Where the account is signed in: this device first, then whatever was used last. */
export function useSignIns() {
  const { security } = useServices();
  const user = useUser();
  const query = useQuery({ queryKey: keys.signIns(user.id), queryFn: () => security.signIns(), staleTime: 0 });
  const signIns = useMemo(() => query.data?.toSorted(byUse), [query.data]);
  return { ...query, data: signIns };
}

export function byUse(a: SignIn, b: SignIn): number {
  return Number(b.current) - Number(a.current) || b.seen_at - a.seen_at;
}

/** The ways to end sign-ins. */
export function useSigningOut() {
  const { security } = useServices();
  const user = useUser();
  const { signOutBy } = useAccount();
  const queries = useQueryClient();
  return useMemo(() => {
    const then = async (act: Promise<void>) => {
      await act;
      await queries.invalidateQueries({ queryKey: keys.signIns(user.id) });
    };
    return {
      one: (id: string) => then(security.endSignIn(id)),
      others: () => then(security.endOtherSignIns()),
      everywhere: () => signOutBy(() => security.endAllSignIns()),
    };
  }, [security, queries, user.id, signOutBy]);
}
