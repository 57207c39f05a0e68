/** Ids are twenty characters of Crockford's base 32 in lower case. */
const ROOM = /^[0-9a-hjkmnp-tv-z]{20}$/;
/** An invite is the id of its room, followed by its own. */
const CODE = /^[0-9a-hjkmnp-tv-z]{40}$/;

export function roomPath(room: string, at: number | null = null): string {
  return `/rooms/${room}${at === null ? "" : `?at=${at}`}`;
}

export function roomLink(room: string, at: number | null = null): string {
  return new URL(roomPath(room, at), location.href).href;
}

export function inviteLink(code: string): string {
  return new URL(`/invite/${code}`, location.href).href;
}

/** Where a pasted link, or a bare id of a room, leads within Maru. */
export function pathOfLink(text: string): string | null {
  const trimmed = text.trim();
  if (ROOM.test(trimmed)) return roomPath(trimmed);
  const url = URL.parse(trimmed, location.href);
  const [, kind, id = ""] = /^\/(rooms|invite)\/([^/]+)\/?$/.exec(url?.pathname ?? "") ?? [];
  if (kind === "rooms" && ROOM.test(id)) return roomPath(id) + (url?.search ?? "");
  return kind === "invite" && CODE.test(id) ? `/invite/${id}` : null;
}
