import { PROFILES_MAX, type Profile, type UsersApi } from "./users";

/** How long a name that could not be asked for is left alone. */
const AGAIN_MS = 5_000;

/** What people are called. Who is not known yet is asked for, many at once. */
export class NameBook {
  readonly #users: UsersApi;
  #names = new Map<string, string>();
  #wanted = new Set<string>();
  #asked = new Set<string>();
  #listeners = new Set<() => void>();
  #version = 0;

  constructor(users: UsersApi) {
    this.#users = users;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  getVersion = (): number => this.#version;

  /** The name of a user, or `null` until it is known. */
  nameOf(user: string): string | null {
    const name = this.#names.get(user) ?? null;
    if (!this.#asked.has(user)) {
      this.#asked.add(user);
      if (this.#wanted.size === 0) queueMicrotask(() => void this.#ask());
      this.#wanted.add(user);
    }
    return name;
  }

  /** Shows what people were called once, until they are asked for: they may be renamed since. */
  guess(people: Iterable<{ user: string; name: string }>): void {
    let news = false;
    for (const { user, name } of people) {
      if (this.#names.has(user)) continue;
      this.#names.set(user, name);
      news = true;
    }
    if (news) this.#tell();
  }

  /** Takes down what an answer told anyway. */
  learn(people: Iterable<{ user: string; name: string }>): void {
    let news = false;
    for (const { user, name } of people) {
      this.#asked.add(user);
      if (this.#names.get(user) === name) continue;
      this.#names.set(user, name);
      news = true;
    }
    if (news) this.#tell();
  }

  /** What is known, to be learnt again by another page. */
  known(): { user: string; name: string }[] {
    return [...this.#names].map(([user, name]) => ({ user, name }));
  }

  forget(): void {
    this.#names.clear();
    this.#asked.clear();
    this.#tell();
  }

  async #ask(): Promise<void> {
    const wanted = [...this.#wanted];
    this.#wanted.clear();
    for (let from = 0; from < wanted.length; from += PROFILES_MAX) {
      const users = wanted.slice(from, from + PROFILES_MAX);
      try {
        const profiles: Profile[] = await this.#users.profiles(users);
        this.learn(profiles.map(({ id, display_name }) => ({ user: id, name: display_name })));
      } catch {
        setTimeout(() => {
          for (const user of users) this.#asked.delete(user);
          this.#tell();
        }, AGAIN_MS);
      }
    }
  }

  #tell(): void {
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }
}
