import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useSyncExternalStore } from "react";
import type { AccountState, NewAccount, User } from "../api/account";
import { forgetDrafts } from "./drafts";
import { forgetLevels } from "./notifying";
import { forgetPlaces } from "./places";
import { useServices } from "./services";
import { forgetThreads } from "./threads-seen";

export type { AccountState, NewAccount, User };

export interface AccountModel {
  state: AccountState;
  signUp(account: NewAccount): Promise<void>;
  signIn(name: string, password: string): Promise<void>;
  signOut(): Promise<void>;
  /** Does something that also ends this sign-in. */
  signOutBy(act: () => Promise<void>): Promise<void>;
}

export function useAccount(): AccountModel {
  const { account, saved } = useServices();
  const queries = useQueryClient();
  const state = useSyncExternalStore(account.subscribe, account.getState);

  const leave = useCallback(
    async (act: () => Promise<void>) => {
      const before = account.getState();
      await act();
      queries.clear();
      if (before.status !== "signed_in") return;
      // A shared computer keeps nothing of somebody who signed out.
      forgetDrafts(before.user.id);
      forgetThreads(before.user.id);
      forgetPlaces(before.user.id);
      forgetLevels(before.user.id);
      await saved.forgetUser(before.user.id);
    },
    [account, saved, queries],
  );

  return {
    state,
    signUp: useCallback((fields: NewAccount) => account.signUp(fields), [account]),
    signIn: useCallback((name: string, password: string) => account.signIn(name, password), [account]),
    signOut: useCallback(() => leave(() => account.signOut()), [leave, account]),
    signOutBy: useCallback((act: () => Promise<void>) => leave(() => account.leave(act)), [leave, account]),
  };
}

/** The signed-in user; only what is shown to one may ask. */
export function useUser(): User {
  const { state } = useAccount();
  if (state.status !== "signed_in") throw new Error("nobody is signed in");
  return state.user;
}
