import { useEffect, useSyncExternalStore } from "react";

/** Whether somebody looks at this page: it is in sight and has the focus. */
export function useLooking(): boolean {
  return useSyncExternalStore(subscribe, looking);
}

/** Tells the room how far the person has read, while the page is looked at. */
export function useReading(lastVisible: number | null, read: number, tell: (seq: number) => void): void {
  const isLooking = useLooking();
  useEffect(() => {
    if (isLooking && lastVisible !== null && lastVisible > read) tell(lastVisible);
  }, [isLooking, lastVisible, read, tell]);
}

function looking(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}

function subscribe(listener: () => void): () => void {
  const events = ["focus", "blur"] as const;
  for (const event of events) window.addEventListener(event, listener);
  document.addEventListener("visibilitychange", listener);
  return () => {
    for (const event of events) window.removeEventListener(event, listener);
    document.removeEventListener("visibilitychange", listener);
  };
}
