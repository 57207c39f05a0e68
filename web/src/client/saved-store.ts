import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import { KeptPictures } from "./kept-pictures";

type Key = [user: string, device: string, room: string];

/** What is kept of the server's for a time without it: of the user, or of one room. */
type KeptKey = [user: string, what: string];

interface Schema extends DBSchema {
  saved: { key: Key; value: string };
  kept: { key: KeptKey; value: unknown };
}

type StoreName = "saved" | "kept";

/**
 * What outlives the page. `saved` is what the client machine asks for, per user, device and room:
 * its outbox, mostly. `kept` is a copy of what was last seen, to be shown while there is no server.
 */
export class SavedStore {
  readonly pictures = new KeptPictures();
  #database: Promise<IDBPDatabase<Schema>> | null = null;
  #writing = new Map<string, { store: StoreName; key: string[]; value: unknown }>();
  #written: Promise<void> | null = null;

  async read(key: Key): Promise<string | undefined> {
    try {
      return await (await this.#open()).get("saved", key);
    } catch {
      return undefined;
    }
  }

  /** Keeps the newest of what is written in quick succession. */
  write(key: Key, saved: string): void {
    this.#put("saved", key, saved);
  }

  async readKept(key: KeptKey): Promise<unknown> {
    try {
      return await (await this.#open()).get("kept", key);
    } catch {
      return undefined;
    }
  }

  writeKept(key: KeptKey, value: unknown): void {
    this.#put("kept", key, value);
  }

  /** Removes everything of a user who signed out. */
  async forgetUser(user: string): Promise<void> {
    await this.#delete("saved", user);
    await this.forgetKept(user);
  }

  /** Removes what is only a copy; what the user did and has not landed stays. */
  async forgetKept(user: string): Promise<void> {
    await this.#delete("kept", user);
    await this.pictures.forget(user);
  }

  async #delete(store: StoreName, user: string): Promise<void> {
    await this.#written;
    try {
      await (await this.#open()).delete(store, IDBKeyRange.bound([user], [user, []]));
    } catch {
      // There is no store, so nothing was kept.
    }
  }

  #put(store: StoreName, key: string[], value: unknown): void {
    this.#writing.set([store, ...key].join("/"), { store, key, value });
    this.#written ??= this.#drain().finally(() => {
      this.#written = null;
    });
  }

  async #drain(): Promise<void> {
    for (;;) {
      const next = this.#writing.entries().next();
      if (next.done) return;
      const [name, { store, key, value }] = next.value;
      this.#writing.delete(name);
      try {
        await (await this.#open()).transaction(store, "readwrite").store.put(value as never, key as never);
      } catch {
        // A browser that refuses storage still chats; only a reload forgets what was not sent.
      }
    }
  }

  #open(): Promise<IDBPDatabase<Schema>> {
    this.#database ??= openDB<Schema>("maru", 2, {
      upgrade: (database, before) => {
        if (before < 1) database.createObjectStore("saved");
        database.createObjectStore("kept");
      },
      // Another page brings a newer version: it must not wait for this one.
      blocking: (_current, _blocked, event) => {
        (event.target as IDBDatabase | null)?.close();
        this.#database = null;
      },
    });
    // A store that did not open may do so the next time.
    this.#database.catch(() => (this.#database = null));
    return this.#database;
  }
}
