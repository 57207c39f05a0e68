import { plainName } from "./names";
import { withoutMarks } from "./plain";
import type { NameOf } from "./use-names";

/** How a body mentions somebody (MN1). */
export const MENTION = /<@(here|room|[0-9a-hjkmnp-tv-z]{20})>/g;

/** Somebody who can be mentioned. */
export type Mention = { target: string; name: string };

/** What is being written: mentions are readable, and become what the room reads when they are sent. */
export interface Written {
  text: string;
  /** What stands for whom, such as `@Ada` for her id. */
  mentions: ReadonlyMap<string, string>;
}

export const NOTHING: Written = { text: "", mentions: new Map() };

/** The body to send. */
export function toBody({ text, mentions }: Written): string {
  const names = [...mentions.keys()].toSorted((a, b) => b.length - a.length);
  if (names.length === 0) return text;
  // Korean writes its particles right behind a name; Latin letters would make it another name.
  const pattern = new RegExp(`(?:${names.map((name) => escape(name)).join("|")})(?![A-Za-z0-9_])`, "g");
  return text.replace(pattern, (name) => `<@${mentions.get(name) ?? ""}>`);
}

/** A body as it is edited. */
export function fromBody(body: string, nameOf: NameOf): Written {
  let mentions: ReadonlyMap<string, string> = new Map();
  const text = body.replace(MENTION, (whole, target: string) => {
    const name = target === "here" || target === "room" ? target : nameOf(target);
    if (name === null) return whole;
    const added = withMention(mentions, { target, name });
    mentions = added.mentions;
    return added.label;
  });
  return { text, mentions };
}

/** Adds somebody; two people of one name get two labels. */
export function withMention(mentions: ReadonlyMap<string, string>, { target, name }: Mention): { label: string; mentions: ReadonlyMap<string, string> } {
  const plain = `@${plainName(name)}`;
  for (let count = 1; ; count += 1) {
    const label = count === 1 ? plain : `${plain}·${count}`;
    const known = mentions.get(label);
    if (known === target) return { label, mentions };
    if (known === undefined) return { label, mentions: new Map([...mentions, [label, target]]) };
  }
}

export function mentionsUser(body: string, user: string): boolean {
  return body.includes("<@") && [...body.matchAll(MENTION)].some(([, target]) => target === user || target === "here" || target === "room");
}

/** A body as text, with the names of whom it mentions. */
export function plainBody(body: string, nameOf: NameOf): string {
  return body.replace(MENTION, (_, target: string) => `@${target === "here" || target === "room" ? target : plainName(nameOf(target) ?? "…")}`);
}

/** A body as one line without marks, for a preview. */
export function previewOf(body: string, nameOf: NameOf): string {
  return withoutMarks(plainBody(body, nameOf));
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
