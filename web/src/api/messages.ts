import type { Attachment, Page } from "../client/seam";
import type { Account } from "./account";
import { at, query } from "./http";

/** Entries of a history page; a page of the protocol holds at most 200. */
const PAGE_ENTRIES = 100;

export interface Readers {
  readers: number;
  members: number;
  /** Some of them. */
  users: string[];
}

export interface ReactionUsers {
  emoji: string;
  count: number;
  /** Some of them. */
  users: string[];
}

export interface Hit {
  /** Only of a search across rooms. */
  room?: string;
  seq: number;
  at: number;
  by: string;
  body: string;
  edited: boolean;
  thread: number | null;
  attachments: Attachment[];
  /** Where the words are, as `[start, end]` in UTF-16 units of `body`. */
  ranges: [number, number][];
}

export interface HitPage {
  hits: Hit[];
  cursor: string | null;
  /** Rooms that did not answer. */
  unavailable?: string[];
}

/** What was said in rooms, as far as the machines do not hold it. */
export class MessagesApi {
  readonly #account: Account;

  constructor(account: Account) {
    this.#account = account;
  }

  /** A page of lines and what amends them, as `user` may keep it, and whether a thread has older ones. */
  async page(user: string, room: string, page: Page): Promise<{ text: string; more: boolean }> {
    if (page.t === "thread") {
      const search = query({ before: page.before, limit: PAGE_ENTRIES });
      const response = await this.#account.request(`${at(room)}/threads/${page.seq}${search}`);
      return { text: await response.text(), more: response.headers.get("maru-more") === "true" };
    }
    // The lines of a revision never change, so the browser keeps them, for this user alone; what
    // amends them does.
    const search = query({ [page.t]: page.seq, limit: PAGE_ENTRIES, revision: page.revision, for: user });
    const lines = await this.#text(`${at(room)}/log${search}`);
    const seqs = seqsOf(lines);
    const [from, to] = [seqs.at(0), seqs.at(-1)];
    if (from === undefined || to === undefined) return { text: lines, more: false };
    const amendments = await this.#text(`${at(room)}/amendments${query({ from, to })}`);
    return { text: `${lines}${lines.endsWith("\n") ? "" : "\n"}${amendments}`, more: false };
  }

  /** The lines of the pinned messages, and what amends them. */
  pins(room: string): Promise<string> {
    return this.#text(`${at(room)}/pins`);
  }

  /** The line of a message and of each of its edits. */
  edits(room: string, seq: number): Promise<string> {
    return this.#text(`${message(room, seq)}/edits`);
  }

  async readers(room: string, seq: number): Promise<Readers> {
    const response = await this.#account.request(`${message(room, seq)}/readers`);
    return response.json();
  }

  async reactions(room: string, seq: number): Promise<ReactionUsers[]> {
    const response = await this.#account.request(`${message(room, seq)}/reactions`);
    const { reactions }: { reactions: ReactionUsers[] } = await response.json();
    return reactions;
  }

  /** Searches one room, or all rooms of the user. */
  async search(room: string | null, q: string, cursor: string | null): Promise<HitPage> {
    const response = await this.#account.request(`${room === null ? "" : at(room)}/search${query({ q, cursor })}`);
    return response.json();
  }

  async #text(path: string): Promise<string> {
    return (await this.#account.request(path)).text();
  }
}

function message(room: string, seq: number): string {
  return `${at(room)}/messages/${seq}`;
}

function seqsOf(lines: string): number[] {
  const seqs: number[] = [];
  for (const line of lines.split("\n")) {
    if (line === "") continue;
    const { seq }: { seq?: unknown } = JSON.parse(line);
    if (typeof seq === "number") seqs.push(seq);
  }
  return seqs;
}
