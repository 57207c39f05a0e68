/** Ids are twenty characters of Crockford's base 32 in lower case. */
const ROOM = /^[0-9a-hjkmnp-tv-z]{20}$/;

export function roomLink(room: string): string {
  return new URL(`/r/${room}`, location.href).href;
}

/** The room that a pasted link, or a bare id, leads to. */
export function roomOfLink(text: string): string | null {
  const trimmed = text.trim();
  if (ROOM.test(trimmed)) return trimmed;
  const path = URL.parse(trimmed, location.href)?.pathname ?? "";
  const room = /^\/r\/([^/]+)\/?$/.exec(path)?.[1];
  return room !== undefined && ROOM.test(room) ? room : null;
}
