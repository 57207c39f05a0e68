import { forgetKeys } from "./drafts";

/** Where a reader is in the log: at a message, so many pixels below its upper edge. */
export interface Place {
  seq: number;
  below: number;
}

/** Under which the places of this tab are kept; a reader at the present has none. */
const PREFIX = "maru.place.";

export function readPlace(user: string, room: string): Place | null {
  try {
    const [seq, below] = (sessionStorage.getItem(`${PREFIX}${user}.${room}`) ?? "").split("/").map(Number);
    return seq !== undefined && below !== undefined && seq > 0 && Number.isFinite(below) ? { seq, below } : null;
  } catch {
    return null;
  }
}

export function writePlace(user: string, room: string, place: Place | null): void {
  const key = `${PREFIX}${user}.${room}`;
  try {
    if (place === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, `${place.seq}/${Math.round(place.below)}`);
  } catch {
    // Without storage a room opens at its present.
  }
}

export function forgetPlaces(user: string): void {
  forgetKeys(`${PREFIX}${user}.`, () => sessionStorage);
}
