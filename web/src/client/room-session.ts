import { RoomClient } from "client-wasm";
import type { Account } from "../api/account";
import type { MessagesApi } from "../api/messages";
import { Problem } from "../api/problem";
import type { RoomsApi } from "../api/rooms";
import type { Devices } from "./device";
import { keptOf, parseKept, withKept, type KeptRoom } from "./kept-room";
import { Link } from "./link";
import { loadMachines, randomSeed } from "./machines";
import { Pace } from "./pace";
import type { SavedStore } from "./saved-store";
import type { Attachment, Host, Page, RoomSnapshot } from "./seam";

export type RoomState =
  | { status: "opening" }
  /** `stale` is what was last seen of a room that has not told anything yet. */
  | { status: "open"; snapshot: RoomSnapshot; device: string; stale: boolean }
  /** The room cannot be entered: `code` is a problem's. */
  | { status: "barred"; code: "not_a_member" | "not_found" | "forbidden" }
  /** The client itself could not start, for example because its code did not load. */
  | { status: "failed" };

export interface RoomServices {
  account: Account;
  rooms: RoomsApi;
  messages: MessagesApi;
  devices: Devices;
  saved: SavedStore;
}

/** How long what changes in a room is not kept yet. */
const KEEP_MS = 1_000;

/** What a message is beside its text. */
export interface SendParts {
  replyTo?: number | undefined;
  thread?: number | undefined;
  attachments?: Attachment[] | undefined;
}

/**
 * Carries out what the machine in `client-wasm` decides for one room: sockets, timers, pages of
 * history and storage. It decides nothing itself, and never calls the machine from within a call
 * of it.
 */
export class RoomSession implements Host {
  readonly room: string;
  readonly #user: string;
  readonly #services: RoomServices;
  readonly #link: Link;
  readonly #onChange: () => void;
  #state: RoomState = { status: "opening" };
  #listeners = new Set<() => void>();
  #client: RoomClient | null = null;
  #device = "";
  readonly #pace = new Pace(() => this.#publish());
  #isAside = false;
  #life = new AbortController();
  /** The last snapshot of the machine, which is shown as it is or over what was kept. */
  #shown: RoomSnapshot | null = null;
  #kept: KeptRoom | null = null;
  #keeping: ReturnType<typeof setTimeout> | undefined;

  /** `onChange` hears of every change, also of a room that nobody watches. */
  constructor(room: string, user: string, services: RoomServices, onChange: () => void = () => {}) {
    this.room = room;
    this.#onChange = onChange;
    this.#user = user;
    this.#services = services;
    this.#link = new Link({
      path: `/rooms/${encodeURIComponent(room)}/socket`,
      account: services.account,
      machine: () => this.#client,
      isBarred: () => this.#isBarred(),
      isOver: () => this.over,
    });
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
    return this.#state.status !== "open" || !this.#state.snapshot.pending.some((send) => send.state === "pending" || send.state === "held");
  }

  /** Nothing will come of this session any more. */
  get over(): boolean {
    return (
      this.#state.status === "barred" ||
      this.#state.status === "failed" ||
      (this.#state.status === "open" && this.#state.snapshot.phase === "ended")
    );
  }

  send = (body: string, parts: SendParts = {}): void =>
    this.#client?.send(Date.now(), body, parts.replyTo, parts.thread, parts.attachments);
  edit = (target: number, body: string): void => this.#client?.edit(Date.now(), target, body);
  redact = (target: number): void => this.#client?.redact(Date.now(), target);
  react = (target: number, emoji: string, on: boolean): void => this.#client?.react(Date.now(), target, emoji, on);
  pin = (target: number, on: boolean): void => this.#client?.pin(Date.now(), target, on);
  retry = (nonce: number): void => this.#client?.retry(Date.now(), nonce);
  discard = (nonce: number): void => this.#client?.discard(Date.now(), nonce);
  typing = (on: boolean): void => this.#aside(() => this.#client?.typing(Date.now(), on));
  read = (seq: number): void => this.#aside(() => this.#client?.read(Date.now(), seq));
  loadOlder = (): void => this.#client?.loadOlder(Date.now());
  loadNewer = (): void => this.#client?.loadNewer(Date.now());
  jump = (seq: number): void => this.#client?.jump(Date.now(), seq);
  present = (): void => this.#client?.present(Date.now());
  openThread = (root: number): void => this.#client?.openThread(Date.now(), root);
  closeThread = (): void => this.#client?.closeThread(Date.now());
  loadOlderInThread = (): void => this.#client?.loadOlderInThread(Date.now());
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
      const [device] = await Promise.all([devices.hold(this.#user), loadMachines()]);
      const [outbox, kept] = await Promise.all([saved.read([this.#user, device, this.room]), saved.readKept(this.#keptKey)]);
      if (life.signal.aborted) return;
      this.#kept = parseKept(kept);
      const config = { user: this.#user, device, seed: randomSeed() };
      this.#device = device;
      this.#client = new RoomClient(outbox === undefined ? config : { ...config, saved: outbox }, this);
    } catch {
      if (!life.signal.aborted) this.#become({ status: "failed" });
      return;
    }
    // The machine reports from within a call; it is asked for its snapshot after that call.
    this.#client.subscribe(() => this.#pace.changed(!this.#link.hearing && !this.#isAside));
    this.#publish();
    this.#link.watchBrowser(life.signal);
    window.addEventListener("pagehide", () => this.#keep(), { signal: life.signal });
    // A page that is hidden may never run again.
    const hidden = () => document.visibilityState === "hidden" && this.#client?.away(Date.now());
    document.addEventListener("visibilitychange", hidden, { signal: life.signal });
    this.#client.start(Date.now());
  }

  /** Does what the person need not see: a key that is pressed shall not wait for what others said. */
  #aside(act: () => void): void {
    this.#isAside = true;
    try {
      act();
    } finally {
      this.#isAside = false;
    }
  }

  #publish(): void {
    if (this.#client === null) return;
    const snapshot = this.#client.getSnapshot();
    if (this.#shown === snapshot) return;
    this.#shown = snapshot;
    const kept = snapshot.room === null && snapshot.phase !== "ended" ? this.#kept : null;
    this.#become({ status: "open", snapshot: kept === null ? snapshot : withKept(snapshot, kept), device: this.#device, stale: kept !== null });
    this.#keepSoon();
  }

  get #keptKey(): [string, string] {
    return [this.#user, `room/${this.room}`];
  }

  /** A busy room is kept now and then, not at each of its entries. */
  #keepSoon(): void {
    this.#keeping ??= setTimeout(() => this.#keep(), KEEP_MS);
  }

  #keep(): void {
    clearTimeout(this.#keeping);
    this.#keeping = undefined;
    const kept = this.#shown === null ? null : keptOf(this.#shown);
    if (kept !== null) this.#services.saved.writeKept(this.#keptKey, kept);
  }

  #become(state: RoomState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
    this.#onChange();
  }

  #end(): void {
    this.#pace.end();
    this.#keep();
    this.#shown = null;
    this.#life.abort();
    const client = this.#client;
    this.#client = null;
    client?.stop(Date.now());
    this.#link.end();
    client?.free();
  }

  async #isBarred(): Promise<boolean> {
    const code = await this.#bar();
    if (code === null || this.#client === null) return false;
    this.#end();
    this.#kept = null;
    this.#services.saved.writeKept(this.#keptKey, null);
    this.#become({ status: "barred", code });
    return true;
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

  // The host: called by the machine.

  open(): void {
    this.#link.open();
  }

  transmit(frame: string): void {
    this.#link.transmit(frame);
  }

  close(): void {
    this.#link.close();
  }

  wakeAt(at: number): void {
    this.#link.wakeAt(at);
  }

  fetchPage(id: number, page: Page): void {
    const client = this.#client;
    this.#services.messages.page(this.#user, this.room, page).then(
      ({ text, more }) => this.#client === client && client?.pageLoaded(Date.now(), id, text, more),
      () => this.#client === client && client?.pageFailed(Date.now(), id),
    );
  }

  persist(saved: string): void {
    this.#services.saved.write([this.#user, this.#device, this.room], saved);
  }
}
