import { InboxClient } from "client-wasm";
import type { Account } from "../api/account";
import { Link } from "./link";
import { loadMachines, randomSeed } from "./machines";
import type { InboxSnapshot } from "./seam";

/** Carries out what the inbox's machine decides: the user's own socket and its alarm. */
export class InboxSession {
  readonly #link: Link;
  #client: InboxClient | null = null;
  #snapshot: InboxSnapshot | null = null;
  #listeners = new Set<() => void>();
  #publishing = false;
  #life = new AbortController();

  constructor(account: Account) {
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

  /** Opens the inbox of whoever is signed in now. */
  async start(): Promise<void> {
    this.stop();
    this.#life = new AbortController();
    const { signal } = this.#life;
    try {
      await loadMachines();
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

  #become(snapshot: InboxSnapshot | null): void {
    if (this.#snapshot === snapshot) return;
    this.#snapshot = snapshot;
    for (const listener of this.#listeners) listener();
  }
}
