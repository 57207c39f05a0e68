import { InboxClient } from "client-wasm";
import type { Account } from "../api/account";
import type { SavedStore } from "./saved-store";
import { Link } from "./link";
import { loadMachines, randomSeed } from "./machines";
import type { InboxRoom, InboxSnapshot } from "./seam";

/** How long the list of rooms stays as it is before it is kept. */
const KEEP_MS = 500;

/** Carries out what the inbox's machine decides: the user's own socket and its alarm. */
export class InboxSession {
  readonly #link: Link;
  readonly #saved: SavedStore;
  #user = "";
  /** The rooms as they were last seen, until the inbox tells them. */
  #kept: readonly InboxRoom[] = [];
  #keeping: ReturnType<typeof setTimeout> | undefined;
  #client: InboxClient | null = null;
  #snapshot: InboxSnapshot | null = null;
  #listeners = new Set<() => void>();
  #publishing = false;
  #life = new AbortController();

  constructor(account: Account, saved: SavedStore) {
    this.#saved = saved;
    this.#link = new Link({
      path: "/me/socket",
      account,
      machine: () => this.#client,
      isBarred: () => Promise.resolve(false),
      isOver: () => this.#snapshot?.phase === "ended",
    });
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** What the inbox tells; `null` before its machine is there. */
  getSnapshot = (): InboxSnapshot | null => this.#snapshot;

  /** Opens the inbox of the user who is signed in now. */
  async start(user: string): Promise<void> {
    this.stop();
    this.#life = new AbortController();
    const { signal } = this.#life;
    this.#user = user;
    try {
      const [kept] = await Promise.all([this.#saved.readKept([user, "rooms"]), loadMachines()]);
      this.#kept = Array.isArray(kept) ? kept : [];
    } catch {
      // The list of rooms then comes over HTTP, and a room that is opened loads the machines again.
      return;
    }
    if (signal.aborted) return;
    this.#client = new InboxClient({ seed: randomSeed() }, {
      open: () => this.#link.open(),
      transmit: (frame) => this.#link.transmit(frame),
      close: () => this.#link.close(),
      wakeAt: (at) => this.#link.wakeAt(at),
    });
    this.#client.subscribe(() => this.#changed());
    this.#link.watchBrowser(signal);
    this.#client.start(Date.now());
    this.#changed();
  }

  stop(): void {
    this.#life.abort();
    clearTimeout(this.#keeping);
    this.#kept = [];
    const client = this.#client;
    this.#client = null;
    client?.stop(Date.now());
    this.#link.end();
    client?.free();
    this.#become(null);
  }

  /** The machine reports from within a call; it is asked for its snapshot after that call. */
  #changed(): void {
    if (this.#publishing) return;
    this.#publishing = true;
    queueMicrotask(() => {
      this.#publishing = false;
      if (this.#client !== null) this.#become(this.#client.getSnapshot());
    });
  }

  #become(told: InboxSnapshot | null): void {
    const unheard = told !== null && told.phase !== "live" && told.rooms.length === 0;
    const snapshot = unheard ? { ...told, rooms: this.#kept } : told;
    if (this.#snapshot === snapshot) return;
    this.#snapshot = snapshot;
    if (told?.phase === "live") this.#keepSoon(told.rooms);
    for (const listener of this.#listeners) listener();
  }

  #keepSoon(rooms: readonly InboxRoom[]): void {
    const user = this.#user;
    this.#kept = rooms;
    clearTimeout(this.#keeping);
    this.#keeping = setTimeout(() => this.#saved.writeKept([user, "rooms"], rooms), KEEP_MS);
  }
}
