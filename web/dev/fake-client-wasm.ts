// A stand-in for `client-wasm` when only looks are worked on: `npm run dev:fake`. Not shipped.
// `?state=` chooses what the room is in: live, offline, waiting, catching, superseded, empty,
// troubles, muted, archived, kicked, banned.
import type { Host, InboxSnapshot, Item, Message, Pending, RoomSnapshot } from "../src/client/seam";
import { bodies, file, ME, message, people, ROOM } from "./fake-data";

export default function init(): Promise<void> {
  return Promise.resolve();
}

export const foldPage = (): Item[] => [history(390), history(395)];

const COUNT = 400;
const PAGE = 60;
const state = typeof location === "undefined" ? "live" : (new URLSearchParams(location.search).get("state") ?? "live");

const EXTRAS: Record<number, Partial<Message>> = {
  391: { reactions: [{ emoji: "👍", count: 4, mine: true }, { emoji: "🎉", count: 1, mine: false }] },
  392: { replies: 3, last_reply: 399 },
  394: { reply_to: 392, edited_at: Date.now() },
  395: { pinned: true },
  396: { redacted_by: people[1]!.user, body: "" },
  397: { attachments: [file] },
};

function history(seq: number): Item {
  const start = Date.now() - 2 * 86_400_000;
  const by = people[Math.floor(seq / (2 + (seq % 3))) % people.length]!.user;
  const at = start + seq * ((2 * 86_400_000) / COUNT) - (seq % 3 === 0 ? 0 : 200_000);
  if (seq % 37 < 3) return { t: "join", seq, at, by: `${by}${seq}`, name: `Visitor ${seq}`, role: "member" };
  if (seq % 37 === 5) return { t: "moderate", seq, at, by: people[0]!.user, user: by, act: "mute", role: null, until: at + 600_000 };
  if (seq % 37 === 6) return { t: "settings", seq, at, by, name: null, topic: "북한산", slow_ms: 30_000, archived: null };
  return message(seq, by, at, bodies[seq % bodies.length]!, EXTRAS[seq]);
}

function pages(from: number, to: number): Item[] {
  return Array.from({ length: to - from + 1 }, (_, index) => history(from + index));
}

const ENDS: Record<string, string> = { superseded: "superseded", kicked: "kicked", banned: "banned", deleted: "room_deleted", left: "left" };

export class RoomClient {
  #listeners = new Set<() => void>();
  #snapshot: RoomSnapshot;
  #oldest = state === "empty" ? 1 : COUNT - PAGE;
  #nonce = 0;

  constructor(config: { user: string; device: string }, _host: Host) {
    const head = state === "empty" ? 0 : COUNT;
    this.#snapshot = {
      phase: state === "waiting" || state === "offline" ? "waiting" : state in ENDS ? "ended" : state === "catching" ? "resuming" : "live",
      retryAt: state === "waiting" ? Date.now() + 12_000 : null,
      ended: ENDS[state] ?? null,
      behind: state === "catching" ? 12 : 0,
      room: { id: ROOM, name: "일요일 등산 모임", kind: "public", topic: "북한산, 매주", slow_ms: 0, archived: state === "archived" },
      you: { user: config.user, role: state === "muted" ? "member" : "owner", read: head - 6, muted_until: state === "muted" ? Date.now() + 600_000 : null },
      members: 128,
      online: 23,
      limits: null,
      items: head === 0 ? [] : pages(COUNT - PAGE + 1, COUNT),
      pending: state === "troubles" ? troubles() : [],
      outboxFull: false,
      typing: state === "live" ? { who: [people[1]!.user, people[2]!.user], more: 2 } : { who: [], more: 0 },
      older: head === 0 ? "none" : "idle",
      newer: "none",
      atPresent: true,
      jumpedTo: null,
      first: 0,
      jumpFailed: false,
      read: Math.max(0, head - 6),
      head,
      receipts: [[head, 12]],
      named: [],
      pins: [395],
      thread: null,
      revision: 0,
    };
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  getSnapshot(): RoomSnapshot {
    return this.#snapshot;
  }

  send(now: number, body: string, replyTo?: number, thread?: number, attachments: Message["attachments"] = []): void {
    const nonce = ++this.#nonce;
    const landed = () => {
      const seq = this.#snapshot.head + 1;
      const item = message(seq, ME, now, body, { nonce, reply_to: replyTo ?? null, thread: thread ?? null, attachments });
      this.#set({ head: seq, pending: this.#snapshot.pending.filter((send) => send.nonce !== nonce), items: [...this.#snapshot.items, item] });
    };
    this.#set({ pending: [...this.#snapshot.pending, pending(nonce, now, body)] });
    if (state !== "waiting" && state !== "offline") setTimeout(landed, 400);
  }

  edit(now: number, target: number, body: string): void {
    this.#amend(target, () => ({ body, edited_at: now }));
  }

  redact(_now: number, target: number): void {
    this.#amend(target, () => ({ body: "", redacted_by: ME, reactions: [], attachments: [] }));
  }

  react(_now: number, target: number, emoji: string, on: boolean): void {
    this.#amend(target, ({ reactions }) => {
      const others = reactions.filter((one) => one.emoji !== emoji);
      const count = (reactions.find((one) => one.emoji === emoji)?.count ?? 0) + (on ? 1 : -1);
      return { reactions: count > 0 ? [...others, { emoji, count, mine: on }] : others };
    });
  }

  pin(_now: number, target: number, on: boolean): void {
    this.#amend(target, () => ({ pinned: on }));
  }

  openThread(_now: number, root: number): void {
    const first = this.#snapshot.items.find((item) => item.t === "message" && item.seq === root);
    const replies = people.slice(0, 3).map(({ user }, index) => message(root * 1000 + index, user, Date.now(), bodies[index + 2]!, { thread: root }));
    this.#set({ thread: { root, items: first ? [first, ...replies] : replies, older: "none", failed: false } });
  }

  closeThread(): void {
    this.#set({ thread: null });
  }

  loadOlder(): void {
    this.#set({ older: "loading" });
    setTimeout(() => {
      const from = Math.max(1, this.#oldest - PAGE + 1);
      const page = pages(from, this.#oldest);
      this.#oldest = from - 1;
      this.#set({ items: [...page, ...this.#snapshot.items], older: from === 1 ? "none" : "idle" });
    }, 500);
  }

  read(_now: number, seq: number): void {
    this.#set({ read: seq });
  }

  discard(_now: number, nonce: number): void {
    this.#set({ pending: this.#snapshot.pending.filter((send) => send.nonce !== nonce) });
  }

  start(): void {}
  stop(): void {}
  retry(): void {}
  typing(): void {}
  reconnect(): void {}
  loadNewer(): void {}
  loadOlderInThread(): void {}
  jump(): void {}
  present(): void {}
  opened(): void {}
  received(): void {}
  closed(): void {}
  woke(): void {}
  pageLoaded(): void {}
  pageFailed(): void {}
  free(): void {}

  #amend(target: number, change: (message: Message) => Partial<Message>): void {
    this.#set({ items: this.#snapshot.items.map((item) => (item.t === "message" && item.seq === target ? { ...item, ...change(item) } : item)) });
  }

  #set(change: Partial<RoomSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    for (const listener of this.#listeners) listener();
  }
}

/** An inbox that never hears anything: the list then comes from `fake-api.ts`. */
export class InboxClient {
  #snapshot: InboxSnapshot = { phase: "idle", retryAt: null, ended: null, rooms: [], unread: 0, mentions: 0 };

  subscribe(): () => void {
    return () => {};
  }

  getSnapshot(): InboxSnapshot {
    return this.#snapshot;
  }

  start(): void {}
  stop(): void {}
  reconnect(): void {}
  opened(): void {}
  received(): void {}
  closed(): void {}
  woke(): void {}
  free(): void {}
}

function pending(nonce: number, at: number, body: string, change: Partial<Pending> = {}): Pending {
  return {
    nonce,
    kind: "send",
    target: null,
    body,
    replyTo: null,
    thread: null,
    attachments: [],
    emoji: null,
    on: null,
    at,
    state: "pending",
    code: null,
    retryAfterMs: null,
    until: null,
    ...change,
  };
}

function troubles(): Pending[] {
  const at = Date.now();
  return [
    pending(901, at, "This one is still on its way"),
    pending(902, at, "This one was too long, they say", { state: "refused", code: "body_too_long" }),
    pending(903, at, "이 메시지는 조금 기다려야 해요", { state: "held", code: "slow_mode", until: at + 20_000 }),
    pending(904, at, "Did this one arrive?", { state: "unconfirmed" }),
    pending(905, at, "", { kind: "react", target: 391, emoji: "🙃", on: true, state: "refused", code: "too_many_reactions" }),
  ];
}
