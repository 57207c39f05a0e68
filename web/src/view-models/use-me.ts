import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import type { Me } from "../api/me";
import { keys } from "./keys";
import { useServices } from "./services";
import { squarePicture } from "./square-picture";
import { useUser } from "./use-account";

export type { Me };

/** The own account, with what nobody else is shown. */
export function useMe() {
  const { me, pictures } = useServices();
  const user = useUser();
  const ask = useCallback(async () => {
    const mine = await me.get();
    pictures.learn([mine]);
    return mine;
  }, [me, pictures]);
  return useQuery({ queryKey: keys.me(user.id), queryFn: ask });
}

/** What the user does to the own profile. */
export function useProfile() {
  const { account, me } = useServices();
  const user = useUser();
  const queries = useQueryClient();
  const reload = useCallback(() => queries.refetchQueries({ queryKey: keys.me(user.id) }), [queries, user.id]);
  return {
    rename: useCallback(
      async (displayName: string) => {
        await me.rename(displayName);
        account.renamed(displayName);
        await reload();
      },
      [account, me, reload],
    ),
    setPicture: useCallback(
      async (file: Blob) => {
        await me.setAvatar(await squarePicture(file));
        await reload();
      },
      [me, reload],
    ),
    removePicture: useCallback(async () => {
      await me.removeAvatar();
      await reload();
    }, [me, reload]),
    setEmail: useCallback(
      async (email: string, password: string | null) => {
        await me.setEmail(email, password);
        await reload();
      },
      [me, reload],
    ),
  };
}
