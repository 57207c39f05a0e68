import { useSyncExternalStore } from "react";

const query = typeof matchMedia === "function" ? matchMedia("(hover: none) and (pointer: coarse)") : null;

/** A device that is touched and most likely has no keyboard but the one on its screen. */
export function useCoarsePointer(): boolean {
  return useSyncExternalStore(
    (listener) => {
      query?.addEventListener("change", listener);
      return () => query?.removeEventListener("change", listener);
    },
    () => query?.matches ?? false,
  );
}
