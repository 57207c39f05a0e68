import type { Attachment, Item, Message, Paging, Pending, Reaction } from "../client/seam";
import { amendmentsOf, withAmendments } from "./amending";

export type { Attachment, Reaction };
export type SendState = "sent" | Pending["state"];

export interface MessageRow {
  kind: "message";
  key: string;
  at: number;
  /** Its place in the log, once it has one. */
  seq: number | null;
  /** The first message of a day carries the day's label. */
  day: number | null;
  /** The first message that the reader had not read when the room was opened. */
  fresh: boolean;
  by: string;
  name: string | null;
  body: string;
  editedAt: number | null;
  redactedBy: string | null;
  replyTo: number | null;
  /** The message it answers, if it is here. */
  quote: Message | null;
  quoteName: string | null;
  thread: number | null;
  attachments: readonly Attachment[];
  reactions: readonly Reaction[];
  pinned: boolean;
  replies: number;
  lastReply: number | null;
  /** The first of a group shows who speaks and when; those that follow closely do not. */
  head: boolean;
  own: boolean;
  state: SendState;
  /** A change of it is on its way. */
  amending: boolean;
  nonce: number;
  code: string | null;
  /** When a send that is held back goes out. */
  until: number | null;
}

export interface RosterRow {
  kind: "roster";
  key: string;
  at: number;
  seq: number;
  day: number | null;
  act: "join" | "leave";
  who: readonly { user: string; name: string | null }[];
}

/** Something that happened to the room or to somebody in it. */
export interface SystemRow {
  kind: "system";
  key: string;
  at: number;
  seq: number;
  day: number | null;
  event: SystemEvent;
  by: string;
  name: string | null;
  /** Whom it concerns. */
  user: string | null;
  userName: string | null;
}

/** The beginning of the room, above its first entry. */
export interface StartRow {
  kind: "start";
  key: "start";
  day: null;
}

export type Row = StartRow | MessageRow | RosterRow | SystemRow;

const START: StartRow = { kind: "start", key: "start", day: null };

export interface Reader {
  user: string;
  device: string;
}

export interface TimelineInput {
  items: readonly Item[];
  pending: readonly Pending[];
  older: Paging;
  /** Below the last item lies the present, so what is being sent belongs there. */
  atPresent: boolean;
  /** The first message of the thread that is shown, or none for the room itself. */
  thread: number | null;
  /** What was new to the reader when the room was opened. */
  unread: Unread | null;
  /** A talk between people whom nobody saw come. */
  direct: boolean;
}

/** The entries after one, up to another. */
export interface Unread {
  after: number;
  upto: number;
}

/** Messages of one person that follow one another this closely belong together. */
const GROUP_MS = 5 * 60_000;

/** Where a seq is a multiple of this, a group begins anew: so a long one still says who speaks. */
const GROUP_SEQS = 32;

type RosterEvent = Extract<Item, { t: "join" | "leave" }>;
type SystemEvent = Extract<Item, { t: "moderate" | "settings" }>;
type NameOf = (user: string) => string | null;

/**
 * Turns a snapshot into rows. It remembers two things: rows that did not change, so that they keep
 * their identity and are not rendered again; and where the oldest entry once was, so that nothing
 * about it changes when older ones come, which would move what the reader looks at.
 */
export class Timeline {
  #rows = new Map<string, Row>();
  #breaks = new Set<number>();

  rows(input: TimelineInput, reader: Reader, nameOf: NameOf): Row[] {
    const { items, thread, unread, older } = input;
    const rows: Row[] = older === "none" && thread === null ? [START] : [];
    const amendments = amendmentsOf(input.pending);
    const messages = bySeq(items);
    let before: Item | null = null;
    let first = true;
    let divided = unread === null;
    for (const item of items) {
      // A thread has a place of its own.
      if (item.t === "message" && thread === null && item.thread !== null) continue;
      if (input.direct && item.t === "join") continue;
      if (first) this.#breaks.add(item.seq);
      first = false;
      // Whether the oldest entry on show begins a day is known only at the beginning of the room.
      const begins = before === null ? older === "none" && thread === null : !sameDay(before.at, item.at);
      const day = begins ? item.at : null;
      // A line lies between the first message of a thread and its replies.
      const apart = day !== null || this.#breaks.has(item.seq) || (thread !== null && before?.seq === thread);
      if (item.t === "message") {
        const { message, amending } = withAmendments(item, amendments.get(item.seq));
        const fresh = !divided && unread !== null && item.seq > unread.after && item.seq <= unread.upto && item.by !== reader.user;
        if (fresh) divided = true;
        const head = apart || fresh || before?.t !== "message" || !together(before, item);
        const row = messageRow(message, { day, head, fresh: fresh && before !== null, amending }, reader, nameOf);
        rows.push(withQuote(row, messages, nameOf));
      } else if (item.t === "join" || item.t === "leave") {
        addToRoster(rows, item, day, apart, nameOf);
      } else {
        rows.push(systemRow(item, day, nameOf));
      }
      before = item;
    }
    if (input.atPresent) {
      for (const send of input.pending) {
        if (send.kind !== "send" || send.thread !== thread) continue;
        rows.push(withQuote(pendingRow(send, rows.at(-1), reader, nameOf), messages, nameOf));
      }
    }
    return this.#keep(rows);
  }

  /** Replaces each row by the one shown before, if nothing about it changed. */
  #keep(rows: Row[]): Row[] {
    const kept = new Map<string, Row>();
    const result = rows.map((row) => {
      const known = this.#rows.get(row.key);
      const same = known !== undefined && equal(known, row) ? known : row;
      kept.set(row.key, same);
      return same;
    });
    this.#rows = kept;
    return result;
  }
}

interface Place {
  day: number | null;
  head: boolean;
  fresh: boolean;
  amending: boolean;
}

function messageRow(item: Message, place: Place, reader: Reader, nameOf: NameOf): MessageRow {
  const own = item.by === reader.user;
  return {
    kind: "message",
    // A send keeps its key when it lands, so that its row stays and only stops being dim.
    key: own && item.device === reader.device ? `n${item.nonce}` : `s${item.seq}`,
    at: item.at,
    seq: item.seq,
    ...place,
    by: item.by,
    name: nameOf(item.by),
    body: item.body,
    editedAt: item.edited_at,
    redactedBy: item.redacted_by,
    replyTo: item.reply_to,
    quote: null,
    quoteName: null,
    thread: item.thread,
    attachments: item.attachments,
    reactions: item.reactions,
    pinned: item.pinned,
    replies: item.replies,
    lastReply: item.last_reply,
    own,
    state: "sent",
    nonce: item.nonce,
    code: null,
    until: null,
  };
}

function pendingRow(send: Pending, last: Row | undefined, reader: Reader, nameOf: NameOf): MessageRow {
  const continues = last?.kind === "message" && last.own && send.at - last.at < GROUP_MS && last.seq !== (send.thread ?? undefined);
  const lastAt = last === undefined || last.kind === "start" ? 0 : last.at;
  const day = send.at > lastAt && !sameDay(lastAt, send.at) && send.thread === null ? send.at : null;
  return {
    kind: "message",
    key: `n${send.nonce}`,
    at: send.at,
    seq: null,
    day,
    head: !continues || day !== null,
    fresh: false,
    amending: false,
    by: reader.user,
    name: nameOf(reader.user),
    body: send.body,
    editedAt: null,
    redactedBy: null,
    replyTo: send.replyTo,
    quote: null,
    quoteName: null,
    thread: send.thread,
    attachments: send.attachments,
    reactions: NO_REACTIONS,
    pinned: false,
    replies: 0,
    lastReply: null,
    own: true,
    state: send.state,
    nonce: send.nonce,
    code: send.code,
    until: send.until,
  };
}

const NO_REACTIONS: readonly Reaction[] = [];

function withQuote(row: MessageRow, messages: ReadonlyMap<number, Message>, nameOf: NameOf): MessageRow {
  const quote = row.replyTo === null ? undefined : messages.get(row.replyTo);
  return quote === undefined ? row : { ...row, quote, quoteName: nameOf(quote.by) };
}

function systemRow(event: SystemEvent, day: number | null, nameOf: NameOf): SystemRow {
  const user = event.t === "moderate" ? event.user : null;
  return {
    kind: "system",
    key: `s${event.seq}`,
    at: event.at,
    seq: event.seq,
    day,
    event,
    by: event.by,
    name: nameOf(event.by),
    user,
    userName: user === null ? null : nameOf(user),
  };
}

function addToRoster(rows: Row[], item: RosterEvent, day: number | null, apart: boolean, nameOf: NameOf): void {
  const name = item.t === "join" ? item.name : nameOf(item.by);
  const one = { user: item.by, name };
  const last = rows.at(-1);
  if (!apart && last?.kind === "roster" && last.act === item.t) {
    rows[rows.length - 1] = { ...last, seq: item.seq, who: [...last.who.filter((who) => who.user !== item.by), one] };
  } else {
    rows.push({ kind: "roster", key: `s${item.seq}`, at: item.at, seq: item.seq, day, act: item.t, who: [one] });
  }
}

function bySeq(items: readonly Item[]): ReadonlyMap<number, Message> {
  return new Map(items.flatMap((item) => (item.t === "message" ? [[item.seq, item] as const] : [])));
}

function together(before: Message, item: Message): boolean {
  return before.by === item.by && item.at - before.at < GROUP_MS && item.seq % GROUP_SEQS !== 0 && item.reply_to === null;
}

/** Every zone's days begin at a whole quarter of an hour, so most neighbours are told apart without their dates. */
const QUARTER_MS = 900_000;

function sameDay(a: number, b: number): boolean {
  return Math.floor(a / QUARTER_MS) === Math.floor(b / QUARTER_MS) || new Date(a).toDateString() === new Date(b).toDateString();
}

function equal(a: Row, b: Row): boolean {
  if (a.kind === "roster" && b.kind === "roster") {
    return (
      a.day === b.day &&
      a.act === b.act &&
      a.seq === b.seq &&
      a.who.length === b.who.length &&
      a.who.every((who, index) => who.user === b.who[index]?.user && who.name === b.who[index]?.name)
    );
  }
  const [one, other] = [a as unknown as Record<string, unknown>, b as unknown as Record<string, unknown>];
  return Object.keys(one).every((field) => Object.is(one[field], other[field]));
}

/** Messages of others below the row that was the last one seen; none, if that is not here. */
export function messagesAfter(rows: readonly Row[], key: string): number {
  const seen = rows.findIndex((row) => row.key === key);
  return seen < 0 ? 0 : rows.slice(seen + 1).filter((row) => row.kind === "message" && !row.own).length;
}

/** The place in the log of a row, if it has one. */
export function seqOf(row: Row | undefined): number | null {
  return row === undefined || row.kind === "start" ? null : row.seq;
}
