// Stands in until wasm-pack's own types are there.
declare module "client-wasm" {
  export default function init(input?: unknown): Promise<unknown>;

  export interface Host {
    open(): void;
    transmit(text: string): void;
    close(): void;
    wakeAt(at: number): void;
    fetchHistory(before: number): void;
    persist(saved: string): void;
  }

  export interface Config {
    room: string;
    user: string;
    device: string;
    seed: number;
    saved?: string;
  }

  export class RoomClient {
    constructor(config: Config, host: Host);
    subscribe(listener: () => void): () => void;
    getSnapshot(): RoomSnapshot;
    start(now: number): void;
    stop(now: number): void;
    send(now: number, body: string): void;
    retry(now: number, nonce: number): void;
    discard(now: number, nonce: number): void;
    typing(now: number, on: boolean): void;
    loadOlder(now: number): void;
    reconnect(now: number): void;
    opened(now: number): void;
    received(now: number, text: string): void;
    closed(now: number, code: number): void;
    woke(now: number): void;
    historyLoaded(now: number, before: number, text: string): void;
    historyFailed(now: number, before: number): void;
    free(): void;
  }

  export type Phase = "idle" | "connecting" | "resuming" | "live" | "waiting" | "ended";

  export interface RoomSnapshot {
    phase: Phase;
    retryAt: number | null;
    ended: string | null;
    behind: number;
    room: { id: string; name: string; kind: string } | null;
    you: { user: string; role: string } | null;
    members: number;
    online: number;
    bodyBytesMax: number;
    items: readonly Item[];
    pending: readonly Pending[];
    typing: { who: string[]; more: number };
    older: "none" | "idle" | "loading" | "failed";
  }

  export type Item =
    | { t: "message"; seq: number; at: number; by: string; device: string; nonce: number; body: string }
    | { t: "join"; seq: number; at: number; by: string; name: string; role: string }
    | { t: "leave"; seq: number; at: number; by: string }
    | { t: "gap"; from: number; to: number };

  export interface Pending {
    nonce: number;
    body: string;
    at: number;
    state: "pending" | "refused" | "unconfirmed";
    code: string | null;
    retryAfterMs: number | null;
  }
}
