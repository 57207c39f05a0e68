import type { Item, Pending, RoomSnapshot } from "../client/seam";

export type SendState = "sent" | Pending["state"];

export interface MessageRow {
  kind: "message";
  key: string;
  at: number;
  /** Its place in the log, once it has one. */
  seq: number | null;
  /** The first message of a day carries the day's label. */
  day: number | null;
  by: string;
  name: string | null;
  body: string;
  /** The first of a group shows who speaks and when; those that follow closely do not. */
  head: boolean;
  own: boolean;
  state: SendState;
  nonce: number;
  code: string | null;
}

export interface RosterRow {
  kind: "roster";
  key: string;
  at: number;
  day: number | null;
  act: "join" | "leave";
  who: readonly { user: string; name: string | null }[];
}

export interface GapRow {
  kind: "gap";
  key: string;
  day: null;
  count: number;
}

/** The beginning of the room, above its first entry. */
export interface StartRow {
  kind: "start";
  key: "start";
  day: null;
}

export type Row = StartRow | MessageRow | RosterRow | GapRow;

const START: StartRow = { kind: "start", key: "start", day: null };

export interface Reader {
  user: string;
  device: string;
}

/** Messages of one person that follow one another this closely belong together. */
const GROUP_MS = 5 * 60_000;

/** Where a seq is a multiple of this, a group begins anew: so a long one still says who speaks. */
const GROUP_SEQS = 32;

type Event = Exclude<Item, { t: "gap" }>;
type Message = Extract<Item, { t: "message" }>;

/**
 * Turns a snapshot into rows. It remembers two things: rows that did not change, so that they keep
 * their identity and are not rendered again; and where the oldest entry once was, so that nothing
 * about it changes when older ones come, which would move what the reader looks at.
 */
export class Timeline {
  #rows = new Map<string, Row>();
  #breaks = new Set<number>();

  rows(snapshot: Pick<RoomSnapshot, "items" | "pending" | "older">, reader: Reader, nameOf: (user: string) => string | null): Row[] {
    const rows: Row[] = snapshot.older === "none" ? [START] : [];
    let before: Event | null = null;
    let fresh = true;
    for (const item of snapshot.items) {
      if (item.t === "gap") {
        rows.push({ kind: "gap", key: `gap${item.to}`, day: null, count: item.to - item.from + 1 });
        fresh = true;
        continue;
      }
      if (fresh) this.#breaks.add(item.seq);
      fresh = false;
      // Whether the oldest entry on show begins a day is known only at the beginning of the room.
      const begins = before === null ? snapshot.older === "none" : !sameDay(before.at, item.at);
      const day = begins ? item.at : null;
      const apart = day !== null || this.#breaks.has(item.seq);
      if (item.t === "message") {
        const head = apart || before?.t !== "message" || !together(before, item);
        rows.push(messageRow(item, day, head, reader, nameOf));
      } else {
        addToRoster(rows, item, day, apart, nameOf);
      }
      before = item;
    }
    for (const send of snapshot.pending) {
      const last = rows.at(-1);
      rows.push(pendingRow(send, last, reader, nameOf));
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

function messageRow(item: Message, day: number | null, head: boolean, reader: Reader, nameOf: (user: string) => string | null): MessageRow {
  const own = item.by === reader.user;
  return {
    kind: "message",
    // A send keeps its key when it lands, so that its row stays and only stops being dim.
    key: own && item.device === reader.device ? `n${item.nonce}` : `s${item.seq}`,
    at: item.at,
    seq: item.seq,
    day,
    by: item.by,
    name: nameOf(item.by),
    body: item.body,
    head,
    own,
    state: "sent",
    nonce: item.nonce,
    code: null,
  };
}

function pendingRow(send: Pending, last: Row | undefined, reader: Reader, nameOf: (user: string) => string | null): MessageRow {
  const continues = last?.kind === "message" && last.own && send.at - last.at < GROUP_MS;
  const lastAt = last === undefined || last.kind === "start" ? 0 : last.kind === "gap" ? send.at : last.at;
  const day = send.at > lastAt && !sameDay(lastAt, send.at) ? send.at : null;
  return {
    kind: "message",
    key: `n${send.nonce}`,
    at: send.at,
    seq: null,
    day,
    by: reader.user,
    name: nameOf(reader.user),
    body: send.body,
    head: !continues || day !== null,
    own: true,
    state: send.state,
    nonce: send.nonce,
    code: send.code,
  };
}

function addToRoster(rows: Row[], item: Exclude<Event, Message>, day: number | null, apart: boolean, nameOf: (user: string) => string | null): void {
  const name = item.t === "join" ? item.name : nameOf(item.by);
  const one = { user: item.by, name };
  const last = rows.at(-1);
  if (!apart && last?.kind === "roster" && last.act === item.t) {
    rows[rows.length - 1] = { ...last, who: [...last.who.filter((who) => who.user !== item.by), one] };
  } else {
    rows.push({ kind: "roster", key: `s${item.seq}`, at: item.at, day, act: item.t, who: [one] });
  }
}

function together(before: Message, item: Message): boolean {
  return before.by === item.by && item.at - before.at < GROUP_MS && item.seq % GROUP_SEQS !== 0;
}

function sameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}

function equal(a: Row, b: Row): boolean {
  if (a.kind === "message" && b.kind === "message") {
    return (
      a.day === b.day &&
      a.head === b.head &&
      a.name === b.name &&
      a.state === b.state &&
      a.code === b.code &&
      a.at === b.at &&
      a.seq === b.seq &&
      a.body === b.body
    );
  }
  if (a.kind === "roster" && b.kind === "roster") {
    return (
      a.day === b.day &&
      a.act === b.act &&
      a.who.length === b.who.length &&
      a.who.every((who, index) => who.user === b.who[index]?.user && who.name === b.who[index]?.name)
    );
  }
  return a.kind === b.kind && (a.kind !== "gap" || b.kind !== "gap" || a.count === b.count);
}

/** Messages of others below the row that was the last one seen. */
export function messagesAfter(rows: readonly Row[], key: string): number {
  const seen = rows.findIndex((row) => row.key === key);
  return rows.slice(seen + 1).filter((row) => row.kind === "message" && !row.own).length;
}
