import { useSyncExternalStore } from "react";

/** A device that is touched and most likely has no keyboard but the one on its screen. */
export function useCoarsePointer(): boolean {
  return useMedia(coarse);
}

/** So narrow that the list of rooms and a room do not fit side by side; the style sheets know it, too. */
export function useNarrow(): boolean {
  return useMedia(narrow);
}

const coarse = media("(hover: none) and (pointer: coarse)");
const narrow = media("(max-width: 44rem)");

function media(query: string): MediaQueryList | null {
  return typeof matchMedia === "function" ? matchMedia(query) : null;
}

function useMedia(query: MediaQueryList | null): boolean {
  return useSyncExternalStore(
    (listener) => {
      query?.addEventListener("change", listener);
      return () => query?.removeEventListener("change", listener);
    },
    () => query?.matches ?? false,
  );
}
