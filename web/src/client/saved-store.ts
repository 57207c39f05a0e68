import { openDB, type DBSchema, type IDBPDatabase } from "idb";

type Key = [user: string, device: string, room: string];

interface Schema extends DBSchema {
  saved: { key: Key; value: string };
}

/** What the client machine asks to be kept, per user, device and room: its outbox, mostly. */
export class SavedStore {
  #database: Promise<IDBPDatabase<Schema>> | null = null;
  #writing = new Map<string, { key: Key; saved: string }>();
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
    this.#writing.set(key.join("/"), { key, saved });
    this.#written ??= this.#drain().finally(() => {
      this.#written = null;
    });
  }

  async forgetUser(user: string): Promise<void> {
    await this.#written;
    try {
      await (await this.#open()).delete("saved", IDBKeyRange.bound([user], [user, []]));
    } catch {
      // There is no store, so nothing was kept.
    }
  }

  async #drain(): Promise<void> {
    for (;;) {
      const next = this.#writing.entries().next();
      if (next.done) return;
      const [name, { key, saved }] = next.value;
      this.#writing.delete(name);
      try {
        await (await this.#open()).put("saved", saved, key);
      } catch {
        // A browser that refuses storage still chats; only a reload forgets what was not sent.
      }
    }
  }

  #open(): Promise<IDBPDatabase<Schema>> {
    this.#database ??= openDB<Schema>("maru", 1, {
      upgrade: (database) => {
        database.createObjectStore("saved");
      },
    });
    return this.#database;
  }
}
