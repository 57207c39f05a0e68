import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { Identity, Provider } from "../api/providers";
import { keys } from "./keys";
import { noteBeenHere } from "./preferences";
import { useServices } from "./services";
import { useUser } from "./use-account";

export type { Identity, Provider };

/** What the server takes to come back to; anywhere else is the first page. */
const PLAIN = /^\/[\w/-]*(\?[!-[\]-~]*)?$/;
const RETURN_TO_MAX = 512;

/** The page to come back to. */
export function here({ pathname, search }: { pathname: string; search: string }): string {
  const whole = pathname + search;
  return PLAIN.test(whole) && !pathname.includes("//") && whole.length <= RETURN_TO_MAX ? whole : "/";
}

/** Whom people can sign in with; nobody, as long as that is not known. */
export function useProviders() {
  const { providers, account } = useServices();
  const list = useQuery({ queryKey: keys.providers, queryFn: () => providers.list() });
  return {
    providers: list.data ?? [],
    /** Leaves this page for the provider's. */
    signIn: (provider: Provider) => {
      account.expectSignIn();
      noteBeenHere();
      location.assign(providers.start(provider.id, here(location)));
    },
  };
}

/** How the own account can be entered, and what can be changed about that. */
export function useWaysIn() {
  const { providers } = useServices();
  const user = useUser();
  const queries = useQueryClient();
  const list = useQuery({ queryKey: keys.providers, queryFn: () => providers.list() });
  const ways = useQuery({ queryKey: keys.ways(user.id), queryFn: () => providers.ways(), staleTime: 0 });
  const identities = ways.data?.identities ?? [];
  return {
    ways,
    identities,
    addable: ways.data === undefined ? [] : (list.data ?? []).filter(({ id }) => identities.every(({ provider }) => provider !== id)),
    add: async (provider: Provider) => location.assign(await providers.link(provider.id, here(location))),
    remove: async (provider: string) => {
      await providers.unlink(provider);
      await queries.invalidateQueries({ queryKey: keys.ways(user.id) });
    },
  };
}
