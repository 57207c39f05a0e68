import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Passkey } from "../api/security";
import { readAgent } from "./agents";
import { keys } from "./keys";
import { knowsPasskeys, makePasskey } from "./passkeys";
import { useServices } from "./services";
import { useUser } from "./use-account";

export type { Passkey };

export const PASSKEY_NAME_MAX = 64;

export function usePasskeys() {
  const { security } = useServices();
  const user = useUser();
  return useQuery({ queryKey: keys.passkeys(user.id), queryFn: () => security.passkeys(), staleTime: 0 });
}

export function usePasskeyActs() {
  const { security } = useServices();
  const user = useUser();
  const queries = useQueryClient();
  return useMemo(() => {
    const reload = () => queries.invalidateQueries({ queryKey: keys.passkeys(user.id) });
    return {
      available: knowsPasskeys(),
      /** Answers whether one was made; the person may change their mind. */
      add: async (name: string): Promise<boolean> => {
        const credential = await makePasskey(await security.passkeyOptions());
        if (credential === null) return false;
        await security.addPasskey(name, credential);
        await reload();
        return true;
      },
      remove: async (id: string) => {
        await security.removePasskey(id);
        await reload();
      },
    };
  }, [security, queries, user.id]);
}

/** A name to begin with: what this device is. */
export function suggestedName(agent: string): string {
  const { program, system } = readAgent(agent);
  return [program, system].filter((part) => part !== null).join(" · ");
}
