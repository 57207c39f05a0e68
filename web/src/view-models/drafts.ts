/** Unfinished messages, per user and room, on this device. */
const PREFIX = "maru.draft.";

export function readDraft(user: string, room: string): string {
  try {
    return localStorage.getItem(`${PREFIX}${user}.${room}`) ?? "";
  } catch {
    return "";
  }
}

export function writeDraft(user: string, room: string, body: string): void {
  try {
    if (body === "") localStorage.removeItem(`${PREFIX}${user}.${room}`);
    else localStorage.setItem(`${PREFIX}${user}.${room}`, body);
  } catch {
    // Without storage a draft lives as long as its composer.
  }
}

export function forgetDrafts(user: string): void {
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(`${PREFIX}${user}.`)) localStorage.removeItem(key);
    }
  } catch {
    // There is no storage, so there are no drafts.
  }
}
