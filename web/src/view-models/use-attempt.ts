import { useCallback, useRef, useState } from "react";
import { Problem } from "../api/problem";
import { problemText } from "./problem-text";
import { useTranslation } from "react-i18next";
import { useSecondsUntil } from "./use-seconds-until";

export interface Attempt {
  working: boolean;
  problem: string | null;
  /** Seconds until another try is worth it. */
  wait: number;
  run(act: () => Promise<unknown>): void;
  /** What was wrong is being mended. */
  forget(): void;
}

/** One thing at a time that may fail, and that the server may ask to wait with. */
export function useAttempt(): Attempt {
  const { t } = useTranslation();
  const [working, setWorking] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [until, setUntil] = useState<number | null>(null);
  const wait = useSecondsUntil(until);
  const busy = useRef(false);

  const run = useCallback((act: () => Promise<unknown>) => {
    if (busy.current) return;
    busy.current = true;
    setWorking(true);
    setError(null);
    act()
      .catch((failure: unknown) => {
        setError(failure);
        const ms = failure instanceof Problem && failure.status === 429 ? failure.retryAfterMs : null;
        setUntil(ms === null ? null : Date.now() + ms);
      })
      .finally(() => {
        busy.current = false;
        setWorking(false);
      });
  }, []);

  return {
    working,
    problem: error === null ? null : problemText(t, error),
    wait,
    run,
    forget: useCallback(() => setError(null), []),
  };
}
