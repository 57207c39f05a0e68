import init, { RoomClient } from "client-wasm";
import type { Account } from "../api/account";
import { API } from "../api/http";
import { Problem, SignedOut } from "../api/problem";
import type { RoomsApi } from "../api/rooms";
import type { Devices } from "./device";
import type { SavedStore } from "./saved-store";
import type { Host, RoomSnapshot } from "./seam";

export type RoomState =
  | { status: "opening" }
  | { status: "open"; snapshot: RoomSnapshot; device: string }
  /** The room cannot be entered: `code` is a problem's. */
  | { status: "barred"; code: "not_a_member" | "not_found" | "forbidden" }
  /** The client itself could not start, for example because its code did not load. */
  | { status: "failed" };

export interface RoomServices {
  account: Account;
  rooms: RoomsApi;
  devices: Devices;
  saved: SavedStore;
}

/** The socket went away without a close code of its own. */
const ABNORMAL = 1006;
const NORMAL = 1000;
const PROTOCOL = "maru.v1";

let loaded: Promise<unknown> | null = null;

/** Fetches and compiles the machine; early, so that the first room need not wait for it. */
export function loadClient(): Promise<unknown> {
  loaded ??= init().catch((error: unknown) => {
    loaded = null;
    throw error;
  });
  return loaded;
}

/**
 * Carries out what the machine in `client-wasm` decides for one room: sockets, timers, history
 * and storage. It decides nothing itself, and never calls the machine from within a call of it.
 */
export class RoomSession implements Host {
  readonly room: string;
  readonly #user: string;
  readonly #services: RoomServices;
  #state: RoomState = { status: "opening" };
  #listeners = new Set<() => void>();
  #client: RoomClient | null = null;
  #device = "";
  #socket: WebSocket | null = null;
  /** Names the socket that counts; whatever an older one still reports is not heard. */
  #attempt = 0;
  #connecting = false;
  #alarm: ReturnType<typeof setTimeout> | undefined;
  #alarmAt = Number.POSITIVE_INFINITY;
  #publishing = false;
  #life = new AbortController();

  constructor(room: string, user: string, services: RoomServices) {
    this.room = room;
    this.#user = user;
    this.#services = services;
    void this.#begin();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  getState = (): RoomState => this.#state;

  get watched(): boolean {
    return this.#listeners.size > 0;
  }

  /** Nothing would be lost or interrupted by ending this session. */
  get idle(): boolean {
    return this.#state.status !== "open" || !this.#state.snapshot.pending.some((send) => send.state === "pending");
  }

  /** Nothing will come of this session any more. */
  get over(): boolean {
    return (
      this.#state.status === "barred" ||
      this.#state.status === "failed" ||
      (this.#state.status === "open" && this.#state.snapshot.phase === "ended")
    );
  }

  send = (body: string): void => this.#client?.send(Date.now(), body);
  retry = (nonce: number): void => this.#client?.retry(Date.now(), nonce);
  discard = (nonce: number): void => this.#client?.discard(Date.now(), nonce);
  typing = (on: boolean): void => this.#client?.typing(Date.now(), on);
  loadOlder = (): void => this.#client?.loadOlder(Date.now());
  reconnect = (): void => this.#client?.reconnect(Date.now());

  /** Starts over: after an end, or because the user joined. */
  restart = (): void => {
    this.#end();
    this.#life = new AbortController();
    this.#become({ status: "opening" });
    void this.#begin();
  };

  dispose(): void {
    this.#end();
    this.#listeners.clear();
  }

  async #begin(): Promise<void> {
    const life = this.#life;
    const { devices, saved } = this.#services;
    try {
      const [device] = await Promise.all([devices.hold(this.#user), loadClient()]);
      const outbox = await saved.read([this.#user, device, this.room]);
      if (life.signal.aborted) return;
      const seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 1;
      const config = { user: this.#user, device, seed };
      this.#device = device;
      this.#client = new RoomClient(outbox === undefined ? config : { ...config, saved: outbox }, this);
    } catch {
      if (!life.signal.aborted) this.#become({ status: "failed" });
      return;
    }
    this.#client.subscribe(() => this.#changed());
    this.#publish();
    this.#watchBrowser(life.signal);
    this.#client.start(Date.now());
  }

  #watchBrowser(signal: AbortSignal): void {
    window.addEventListener("online", () => this.#seen(), { signal });
    window.addEventListener("offline", () => this.#lost(), { signal });
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#seen(), { signal });
    window.addEventListener("pageshow", (event) => event.persisted && this.#seen(), { signal });
  }

  /**
   * The page is looked at again, or the network is back: timers may have slept, and there is no
   * need to wait. A session that has ended for good stays so until somebody asks for it: two
   * pages that supersede each other must not do so at every glance.
   */
  #seen(): void {
    if (this.over) return;
    if (this.#alarmAt <= Date.now()) this.#wake();
    this.reconnect();
  }

  /** The browser knows that there is no network; the socket would take a minute to find out. */
  #lost(): void {
    if (this.#socket === null && !this.#connecting) return;
    this.#drop();
    this.#client?.closed(Date.now(), ABNORMAL);
  }

  /** The machine reports from within a call; it is asked for its snapshot after that call. */
  #changed(): void {
    if (this.#publishing) return;
    this.#publishing = true;
    queueMicrotask(() => {
      this.#publishing = false;
      this.#publish();
    });
  }

  #publish(): void {
    if (this.#client === null) return;
    const snapshot = this.#client.getSnapshot() as RoomSnapshot;
    if (this.#state.status === "open" && this.#state.snapshot === snapshot) return;
    this.#become({ status: "open", snapshot, device: this.#device });
  }

  #become(state: RoomState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }

  #end(): void {
    this.#life.abort();
    clearTimeout(this.#alarm);
    this.#alarmAt = Number.POSITIVE_INFINITY;
    const client = this.#client;
    this.#client = null;
    client?.stop(Date.now());
    this.#drop();
    client?.free();
  }

  // The host: called by the machine.

  open(): void {
    this.#drop();
    this.#connecting = true;
    void this.#connect(this.#attempt);
  }

  transmit(text: string): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  close(): void {
    this.#drop();
  }

  wakeAt(at: number): void {
    clearTimeout(this.#alarm);
    this.#alarmAt = at;
    this.#alarm = setTimeout(() => this.#wake(), Math.max(0, at - Date.now()));
  }

  fetchHistory(before: number): void {
    const client = this.#client;
    this.#services.rooms.history(this.room, before).then(
      (text) => this.#client === client && client?.historyLoaded(Date.now(), before, text),
      () => this.#client === client && client?.historyFailed(Date.now(), before),
    );
  }

  persist(saved: string): void {
    this.#services.saved.write([this.#user, this.#device, this.room], saved);
  }

  #wake(): void {
    clearTimeout(this.#alarm);
    this.#alarmAt = Number.POSITIVE_INFINITY;
    this.#client?.woke(Date.now());
  }

  #drop(): void {
    this.#attempt += 1;
    this.#connecting = false;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(NORMAL);
  }

  async #connect(attempt: number): Promise<void> {
    let token: string;
    try {
      token = await this.#services.account.accessToken();
    } catch (error) {
      // Signed out: the whole app shows the sign-in page, and this session is about to end.
      if (attempt === this.#attempt && !(error instanceof SignedOut)) this.#closed(attempt, ABNORMAL);
      return;
    }
    if (attempt !== this.#attempt || this.#client === null) return;

    const socket = new WebSocket(socketUrl(this.room), [PROTOCOL, `maru.token.${token}`]);
    let opened = false;
    this.#socket = socket;
    socket.addEventListener("open", () => {
      opened = true;
      if (attempt === this.#attempt) this.#client?.opened(Date.now());
    });
    socket.addEventListener("message", (event: MessageEvent<string>) => {
      if (attempt === this.#attempt) this.#client?.received(Date.now(), event.data);
    });
    socket.addEventListener("close", (event) => {
      if (opened) this.#closed(attempt, event.code);
      else void this.#explain(attempt);
    });
  }

  #closed(attempt: number, code: number): void {
    if (attempt !== this.#attempt) return;
    this.#drop();
    this.#client?.closed(Date.now(), code);
  }

  /** A socket that never opened hides the answer to its upgrade; the room itself tells why. */
  async #explain(attempt: number): Promise<void> {
    if (attempt !== this.#attempt) return;
    const code = await this.#bar();
    if (attempt !== this.#attempt) return;
    if (code === null) {
      this.#closed(attempt, ABNORMAL);
    } else {
      this.#end();
      this.#become({ status: "barred", code });
    }
  }

  async #bar(): Promise<(RoomState & { status: "barred" })["code"] | null> {
    try {
      const room = await this.#services.rooms.get(this.room);
      return room.role === null ? "not_a_member" : null;
    } catch (error) {
      if (!(error instanceof Problem)) return null;
      if (error.status === 404) return "not_found";
      return error.status === 403 ? "forbidden" : null;
    }
  }
}

function socketUrl(room: string): string {
  const url = new URL(`${API}/rooms/${encodeURIComponent(room)}/socket`, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
