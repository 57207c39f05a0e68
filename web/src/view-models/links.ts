import { LinkifyIt } from "linkify-it";

export type Piece = { text: string; href: string | null };

/** Only what names its scheme: a bare `readme.md` is no link. */
const linkify = new LinkifyIt({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
for (const schema of ["mailto:", "ftp:", "//"]) linkify.add(schema, null);

/** Korean writes its particles right behind a word: `https://maru.example에서` ends at `example`. */
const PARTICLE = /^(https?:\/\/[^/?#\s]*?[a-z0-9])([\uac00-\ud7a3]+)$/iu;

/** Splits a body into text and links; the pieces together are the body. */
export function pieces(body: string): Piece[] {
  const result: Piece[] = [];
  let end = 0;
  for (const match of linkify.match(body) ?? []) {
    const text = PARTICLE.exec(match.raw)?.[1] ?? match.raw;
    const href = safeHref(text);
    if (href === null) continue;
    if (match.index > end) result.push({ text: body.slice(end, match.index), href: null });
    result.push({ text, href });
    end = match.index + text.length;
  }
  if (end < body.length) result.push({ text: body.slice(end), href: null });
  return result;
}

function safeHref(text: string): string | null {
  const url = URL.parse(text);
  return url !== null && (url.protocol === "http:" || url.protocol === "https:") ? url.href : null;
}
