// A stand-in for `client-wasm` when only looks are worked on: `npm run dev:fake`. Not shipped.
// `?state=` chooses what the room is in: live, offline, waiting, catching, superseded, empty, troubles.
import type { Host, Item, Pending, RoomSnapshot } from "../src/client/seam";
import { bodies, people } from "./fake-data";

export default function init(): Promise<void> {
  return Promise.resolve();
}

const COUNT = 400;
const PAGE = 60;
const state = new URLSearchParams(location.search).get("state") ?? "live";

function item(seq: number): Item {
  const start = Date.now() - 2 * 86_400_000;
  const by = people[Math.floor(seq / (2 + (seq % 3))) % people.length]!;
  const at = start + seq * ((2 * 86_400_000) / COUNT) - (seq % 3 === 0 ? 0 : 200_000);
  if (seq % 37 < 3) return { t: "join", seq, at, by: `${by.user}${seq}`, name: `Visitor ${seq}`, role: "member" };
  return { t: "message", seq, at, by: by.user, device: "other", nonce: seq, body: bodies[seq % bodies.length]! };
}

export class RoomClient {
  #listeners = new Set<() => void>();
  #snapshot: RoomSnapshot;
  #oldest = state === "empty" ? 1 : COUNT - PAGE;
  #nonce = 0;
  #head = state === "empty" ? 0 : COUNT;

  constructor(config: { user: string; device: string }, _host: Host) {
    const items = state === "empty" ? [] : Array.from({ length: PAGE }, (_, index) => item(COUNT - PAGE + 1 + index));
    this.#snapshot = {
      phase: state === "waiting" || state === "offline" ? "waiting" : state === "superseded" ? "ended" : state === "catching" ? "resuming" : "live",
      retryAt: state === "waiting" ? Date.now() + 12_000 : null,
      ended: state === "superseded" ? "superseded" : null,
      behind: state === "catching" ? 12 : 0,
      room: { id: "00000000000000000001", name: "일요일 등산 모임", kind: "public", topic: "" },
      you: { user: config.user, role: "owner" },
      members: 128,
      online: 23,
      bodyBytesMax: 16 * 1024,
      items,
      pending: state === "troubles" ? troubles() : [],
      outboxFull: false,
      typing: state === "live" ? { who: [people[1]!.user, people[2]!.user], more: 2 } : { who: [], more: 0 },
      older: state === "empty" ? "none" : "idle",
    };
    (globalThis as { fake?: RoomClient }).fake = this;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  getSnapshot(): RoomSnapshot {
    return this.#snapshot;
  }

  send(now: number, body: string): void {
    const nonce = ++this.#nonce;
    const pending: Pending = { nonce, body, at: now, state: "pending", code: null, retryAfterMs: null };
    this.#set({ pending: [...this.#snapshot.pending, pending] });
    const { you } = this.#snapshot;
    if (state === "waiting" || state === "offline") return;
    setTimeout(() => {
      const landed: Item = { t: "message", seq: ++this.#head, at: now, by: you!.user, device: "fake", nonce, body };
      this.#set({
        pending: this.#snapshot.pending.filter((send) => send.nonce !== nonce),
        items: [...this.#snapshot.items, landed],
      });
    }, 400);
  }

  /** For the console: somebody else says something. */
  hear(body: string): void {
    this.#set({
      items: [...this.#snapshot.items, { t: "message", seq: ++this.#head, at: Date.now(), by: people[0]!.user, device: "x", nonce: this.#head, body }],
    });
  }

  loadOlder(): void {
    this.#set({ older: "loading" });
    setTimeout(() => {
      const from = Math.max(1, this.#oldest - PAGE + 1);
      const page = Array.from({ length: this.#oldest - from + 1 }, (_, index) => item(from + index));
      this.#oldest = from - 1;
      this.#set({ items: [...page, ...this.#snapshot.items], older: from === 1 ? "none" : "idle" });
    }, 500);
  }

  discard(_now: number, nonce: number): void {
    this.#set({ pending: this.#snapshot.pending.filter((send) => send.nonce !== nonce) });
  }

  start(): void {}
  stop(): void {}
  retry(): void {}
  typing(): void {}
  reconnect(): void {}
  opened(): void {}
  received(): void {}
  closed(): void {}
  woke(): void {}
  historyLoaded(): void {}
  historyFailed(): void {}
  free(): void {}

  #set(change: Partial<RoomSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    for (const listener of this.#listeners) listener();
  }
}

function troubles(): Pending[] {
  const at = Date.now();
  return [
    { nonce: 901, body: "This one is still on its way", at, state: "pending", code: null, retryAfterMs: null },
    { nonce: 902, body: "This one was too long, they say", at, state: "refused", code: "body_too_long", retryAfterMs: null },
    { nonce: 903, body: "이 메시지는 너무 빨리 보냈어요", at, state: "refused", code: "rate_limited", retryAfterMs: 2_000 },
    { nonce: 904, body: "Did this one arrive?", at, state: "unconfirmed", code: null, retryAfterMs: null },
  ];
}
