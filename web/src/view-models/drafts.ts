/** Unfinished messages, per user and place (a room, or a thread in it), on this device. */
const PREFIX = "maru.draft.";

/** Where a draft belongs. */
export function draftPlace(room: string, thread: number | null): string {
  return thread === null ? room : `${room}.${thread}`;
}

export function readDraft(user: string, place: string): string {
  try {
    return localStorage.getItem(`${PREFIX}${user}.${place}`) ?? "";
  } catch {
    return "";
  }
}

export function writeDraft(user: string, place: string, body: string): void {
  try {
    if (body === "") localStorage.removeItem(`${PREFIX}${user}.${place}`);
    else localStorage.setItem(`${PREFIX}${user}.${place}`, body);
  } catch {
    // Without storage a draft lives as long as its composer.
  }
}

export function forgetDrafts(user: string): void {
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
