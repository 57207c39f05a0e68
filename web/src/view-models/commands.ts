import type { Rights } from "./rights";
import { MUTES } from "./use-moderation";

/** What can be asked for in the composer, in the order in which it is offered. */
export const COMMANDS = {
  me: null,
  topic: "change",
  invite: "invite",
  mute: null,
  unmute: null,
  kick: "moderate",
  ban: "moderate",
  search: null,
  leave: "leave",
  help: null,
} as const satisfies Record<string, keyof Rights | null>;

export type CommandName = keyof typeof COMMANDS;

/** The commands that somebody with these rights may give. */
export function commandsFor(rights: Rights): readonly CommandName[] {
  return names().filter((name) => {
    const needed = COMMANDS[name];
    return needed === null || rights[needed];
  });
}

export interface Given {
  /** As it was written: it may be none that there is. */
  name: string;
  rest: string;
}

/** The command in a body. Two slashes begin a text with one; `/usr/bin` is no command. */
export function givenIn(body: string): Given | null {
  const [, name, rest = ""] = /^\/([a-z]+)(?:\s+([\s\S]*))?$/i.exec(body.trim()) ?? [];
  return name === undefined ? null : { name: name.toLowerCase(), rest: rest.trim() };
}

export function isCommand(name: string): name is CommandName {
  return (names() as readonly string[]).includes(name);
}

/** What is sent of a body that is no command. */
export function withoutEscape(body: string): string {
  return body.startsWith("//") && givenIn(body.slice(1)) !== null ? body.slice(1) : body;
}

/** Somebody who is mentioned first, and what follows. */
export function personIn(rest: string): { user: string; rest: string } | null {
  const [, user, after = ""] = /^<@([0-9a-hjkmnp-tv-z]{20})>\s*([\s\S]*)$/.exec(rest) ?? [];
  return user === undefined ? null : { user, rest: after };
}

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A length of time at the beginning of a text, such as `30m`, and what follows; else ten minutes. */
export function lengthIn(text: string): { ms: number; rest: string } {
  const [, count, unit, rest = ""] = /^(\d{1,4})([mhd])(?:\s+([\s\S]*))?$/i.exec(text) ?? [];
  if (count === undefined || unit === undefined) return { ms: MUTES.ten_minutes, rest: text };
  return { ms: Math.max(1, Number(count)) * UNITS[unit.toLowerCase() as keyof typeof UNITS], rest };
}

/** What somebody does, as a message: in italics, by whichever mark the text does not hold. */
export function deed(text: string): string {
  const line = text.replace(/\s*\n\s*/g, " ");
  return line.includes("*") ? `_${line}_` : `*${line}*`;
}

function names(): CommandName[] {
  return Object.keys(COMMANDS) as CommandName[];
}
