import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { useServices } from "./services";

/** What can be done about a lost password, and about an address, without being signed in. */
export function useRecovery() {
  const { account, security } = useServices();
  const queries = useQueryClient();
  return {
    askForReset: useCallback((nameOrEmail: string) => security.askForReset(nameOrEmail), [security]),
    resetPassword: useCallback(
      async (token: string, next: string) => {
        const act = () => security.resetPassword(token, next);
        // Every sign-in ends with it, also the one of this browser.
        await (account.getState().status === "signed_in" ? account.leave(act) : act());
      },
      [account, security],
    ),
    verifyEmail: useCallback(
      async (token: string) => {
        await security.verifyEmail(token);
        await queries.invalidateQueries({ queryKey: ["me"] });
      },
      [security, queries],
    ),
  };
}

/** The token that a link brought. The address forgets it, so that nobody reads it there or in the history. */
export function useLinkToken(): string | null {
  const [token, setToken] = useState(() => readLinkToken(location.hash));
  useEffect(() => {
    // Another link may be opened while the page of the last one is still there.
    const take = () => {
      const brought = readLinkToken(location.hash);
      if (brought === null) return;
      setToken(brought);
      history.replaceState(history.state, "", location.pathname);
    };
    take();
    window.addEventListener("hashchange", take);
    return () => window.removeEventListener("hashchange", take);
  }, []);
  return token;
}

export function readLinkToken(hash: string): string | null {
  const token = new URLSearchParams(hash.replace(/^#/, "")).get("token");
  return token === null || token === "" ? null : token;
}
