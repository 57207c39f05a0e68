import { useSyncExternalStore } from "react";

/** The beginning of the present day; it changes at midnight. */
export function useToday(): number {
  return useSyncExternalStore(subscribe, today);
}

function today(): number {
  return new Date().setHours(0, 0, 0, 0);
}

function subscribe(listener: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const wait = () => {
    const midnight = new Date().setHours(24, 0, 0, 0);
    timer = setTimeout(() => {
      listener();
      wait();
    }, midnight - Date.now());
  };
  wait();
  return () => clearTimeout(timer);
}
