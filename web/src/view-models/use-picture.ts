import { createContext, useCallback, useContext, useSyncExternalStore } from "react";
import type { Pictures } from "../api/pictures";

/** Pictures are shown in many places, also in those that need nothing else. */
export const PicturesContext = createContext<Pictures | null>(null);

const never = () => () => {};

/** The address of somebody's picture; `null` without one, or as long as it is not there. */
export function usePicture(user: string | null): string | null {
  const pictures = useContext(PicturesContext);
  const read = useCallback(() => (user === null ? null : (pictures?.urlOf(user) ?? null)), [pictures, user]);
  return useSyncExternalStore(pictures?.subscribe ?? never, read);
}
