import { useCallback, useEffect, useRef } from "react";
import type { PasskeyAnswer } from "../api/account";
import { noteBeenHere } from "./preferences";
import { answerWithPasskey, knowsPasskeys, offersPasskeys } from "./passkeys";
import { useServices } from "./services";

/** A challenge is good for five minutes; an older offer is made anew. */
const FRESH_MS = 240_000;

export interface PasskeySignIn {
  available: boolean;
  /** Asks for a passkey. Resolves once somebody is signed in, or changed their mind. */
  signIn(): Promise<void>;
  /** Lets the browser offer passkeys where a name is filled in. */
  offer(): void;
}

/** `attempt` carries out a sign-in that the browser offered by itself. */
export function usePasskeySignIn(attempt: (act: () => Promise<void>) => void): PasskeySignIn {
  const { account, security } = useServices();
  const asking = useRef<AbortController | null>(null);
  const offered = useRef(0);
  useEffect(() => () => asking.current?.abort(), []);

  const ask = useCallback(
    async (mediation: CredentialMediationRequirement): Promise<PasskeyAnswer | null> => {
      asking.current?.abort();
      const life = new AbortController();
      asking.current = life;
      const options = await security.passkeyChallenge();
      if (life.signal.aborted) return null;
      return answerWithPasskey(options, mediation, life.signal);
    },
    [security],
  );
  const enter = useCallback(
    async (credential: PasskeyAnswer) => {
      await account.signInWithPasskey(credential);
      noteBeenHere();
    },
    [account],
  );

  const offer = useCallback(async () => {
    if (offered.current + FRESH_MS > Date.now()) return;
    offered.current = Date.now();
    if (!(await offersPasskeys())) return;
    // Nobody asked for it, so nobody misses it if it fails.
    const credential = await ask("conditional").catch(() => null);
    if (credential !== null) attempt(() => enter(credential));
  }, [ask, enter, attempt]);

  return {
    available: knowsPasskeys(),
    signIn: useCallback(async () => {
      offered.current = 0;
      const credential = await ask("optional");
      if (credential !== null) await enter(credential);
    }, [ask, enter]),
    offer: useCallback(() => void offer(), [offer]),
  };
}
