import { noteStorageFailure } from "./storage";

/** Unfinished messages, per user and place (a room, or a thread in it), on this device. */
const PREFIX = "maru.draft.";

/** Where a draft belongs. */
export function draftPlace(room: string, thread: number | null): string {
  return thread === null ? room : `${room}.${thread}`;
}

/** Drafts that the browser did not keep: they live as long as the page. */
const unkept = new Map<string, string>();

export function readDraft(user: string, place: string): string {
  const key = `${PREFIX}${user}.${place}`;
  try {
    return unkept.get(key) ?? localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

export function writeDraft(user: string, place: string, body: string): void {
  const key = `${PREFIX}${user}.${place}`;
  unkept.delete(key);
  try {
    if (body === "") localStorage.removeItem(key);
    else localStorage.setItem(key, body);
  } catch {
    if (body !== "") unkept.set(key, body);
    noteStorageFailure();
  }
}

/** Whether something that was written would be gone with the page. */
export function hasUnkeptDrafts(): boolean {
  return unkept.size > 0;
}

export function forgetDrafts(user: string): void {
  for (const key of unkept.keys()) if (key.startsWith(`${PREFIX}${user}.`)) unkept.delete(key);
  forgetKeys(`${PREFIX}${user}.`);
}

/** Removes whatever is kept under keys that begin so. */
export function forgetKeys(prefix: string, open: () => Storage = () => localStorage): void {
  try {
    const storage = open();
    for (const key of Object.keys(storage)) {
      if (key.startsWith(prefix)) storage.removeItem(key);
    }
  } catch {
    // There is no storage, so there is nothing to forget.
  }
}
