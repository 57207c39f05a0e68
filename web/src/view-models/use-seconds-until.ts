import { useCallback, useSyncExternalStore } from "react";

const TICK_MS = 250;

/** Whole seconds until a time, counting down; zero without one and after it. */
export function useSecondsUntil(at: number | null): number {
  const subscribe = useCallback(
    (listener: () => void) => {
      if (at === null) return () => {};
      const timer = setInterval(listener, TICK_MS);
      return () => clearInterval(timer);
    },
    [at],
  );
  return useSyncExternalStore(subscribe, () => (at === null ? 0 : Math.max(0, Math.ceil((at - Date.now()) / 1_000))));
}
