import type { Message, Pending, Reaction } from "../client/seam";

/** A message as it will be once what is under way has landed. */
export interface Shown {
  message: Message;
  /** Something about it is not confirmed yet. */
  amending: boolean;
}

/** The amendments that are on their way, by the message that they change. */
export function amendmentsOf(pending: readonly Pending[]): ReadonlyMap<number, readonly Pending[]> {
  const byTarget = new Map<number, Pending[]>();
  for (const send of pending) {
    if (send.kind === "send" || send.target === null || (send.state !== "pending" && send.state !== "held")) continue;
    byTarget.set(send.target, [...(byTarget.get(send.target) ?? []), send]);
  }
  return byTarget;
}

/** Shows at once what the reader did; a refusal takes it back. */
export function withAmendments(message: Message, amendments: readonly Pending[] | undefined): Shown {
  if (amendments === undefined) return { message, amending: false };
  return { message: amendments.reduce(amend, message), amending: true };
}

function amend(message: Message, send: Pending): Message {
  switch (send.kind) {
    case "send":
      return message;
    case "edit":
      return { ...message, body: send.body, edited_at: send.at };
    case "redact":
      return { ...message, body: "", attachments: [], reactions: [], pinned: false, redacted_by: message.by };
    case "react":
      return { ...message, reactions: reacted(message.reactions, send.emoji ?? "", send.on === true) };
    case "pin":
      return { ...message, pinned: send.on === true };
  }
}

function reacted(reactions: readonly Reaction[], emoji: string, on: boolean): Reaction[] {
  const known = reactions.find((reaction) => reaction.emoji === emoji);
  if (known === undefined) return on ? [...reactions, { emoji, count: 1, mine: true }] : [...reactions];
  if (known.mine === on) return [...reactions];
  const count = known.count + (on ? 1 : -1);
  return reactions.flatMap((reaction) => (reaction !== known ? [reaction] : count === 0 ? [] : [{ emoji, count, mine: on }]));
}
