import { useEffect } from "react";
import { hasUnkeptDrafts } from "./drafts";
import { useStorageFailed } from "./storage";

/** Whether nothing is kept; then the browser asks before a page with something unsent is closed. */
export function useUnkept(): boolean {
  const isFailed = useStorageFailed();
  useEffect(() => {
    if (!isFailed) return;
    const ask = (event: BeforeUnloadEvent) => {
      if (hasUnkeptDrafts()) event.preventDefault();
    };
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isFailed]);
  return isFailed;
}
