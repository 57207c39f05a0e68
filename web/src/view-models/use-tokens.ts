import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { SCOPES, type Bot, type MadeToken, type NewBot, type NewToken, type Scope, type Token } from "../api/tokens";
import { keys } from "./keys";
import { useServices } from "./services";
import { useUser } from "./use-account";

export { SCOPES, type Bot, type MadeToken, type Scope, type Token };

/** The lives that a token can be given with one choice, in days. */
export const LIVES = [7, 30, 90, 365] as const;
export const TOKEN_NAME_MAX = 64;

/** Tokens of the user, or of a bot. */
export function useTokens(bot: string | null) {
  const { tokens } = useServices();
  const user = useUser();
  return useQuery({ queryKey: keys.tokens(user.id, bot), queryFn: () => tokens.list(bot), staleTime: 0 });
}

export function useTokenActs(bot: string | null) {
  const { tokens } = useServices();
  const user = useUser();
  const queries = useQueryClient();
  return useMemo(() => {
    const reload = () => queries.invalidateQueries({ queryKey: keys.tokens(user.id, bot) });
    return {
      make: async (token: NewToken) => {
        const made = await tokens.make(bot, token);
        void reload();
        return made;
      },
      revoke: async (id: string) => {
        await tokens.revoke(bot, id);
        await reload();
      },
    };
  }, [tokens, queries, user.id, bot]);
}

export function useBots() {
  const { tokens } = useServices();
  const user = useUser();
  return useQuery({ queryKey: keys.bots(user.id), queryFn: () => tokens.bots(), staleTime: 0 });
}

export function useBotActs() {
  const { tokens } = useServices();
  const user = useUser();
  const queries = useQueryClient();
  return useMemo(() => {
    const then = async (act: Promise<void>) => {
      await act;
      await queries.invalidateQueries({ queryKey: keys.bots(user.id) });
    };
    return {
      make: (bot: NewBot) => then(tokens.makeBot(bot)),
      rename: (bot: string, displayName: string) => then(tokens.renameBot(bot, displayName)),
      remove: (bot: string) => then(tokens.removeBot(bot)),
    };
  }, [tokens, queries, user.id]);
}
