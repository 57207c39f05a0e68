import type { MeApi } from "./me";
import { PROFILES_MAX, type Profile, type UsersApi } from "./users";

/** Names are asked for at the same time, and the answer tells of pictures, too. */
const ASK_MS = 250;
/** How long people that could not be asked for are left alone. */
const AGAIN_MS = 5_000;

/**
 * The pictures of people, as addresses within the page: they are asked for with the user's token.
 * Whose picture is not known yet is asked for, many at once.
 */
export class Pictures {
  readonly #me: MeApi;
  readonly #users: UsersApi;
  #versions = new Map<string, string | null>();
  #urls = new Map<string, string | null>();
  #wanted = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #listeners = new Set<() => void>();

  constructor(me: MeApi, users: UsersApi) {
    this.#me = me;
    this.#users = users;
    users.subscribe((profiles) => this.learn(profiles));
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Takes down which pictures people have now. */
  learn(profiles: Iterable<Pick<Profile, "id" | "avatar">>): void {
    let news = false;
    for (const { id, avatar = null } of profiles) {
      this.#wanted.delete(id);
      if (this.#versions.get(id) === avatar) continue;
      this.#versions.set(id, avatar);
      news ||= avatar !== null || this.#urls.size > 0;
    }
    if (news) this.#tell();
  }

  /** Somebody's picture; `null` without one, or until it is there. */
  urlOf(user: string): string | null {
    const version = this.#versions.get(user);
    if (version === undefined) this.#want(user);
    if (version === undefined || version === null) return null;
    const key = `${user}@${version}`;
    const url = this.#urls.get(key);
    if (url !== undefined) return url;
    this.#urls.set(key, null);
    void this.#load(user, version, key);
    return null;
  }

  forget(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const url of this.#urls.values()) if (url !== null) URL.revokeObjectURL(url);
    this.#urls.clear();
    this.#versions.clear();
    this.#wanted.clear();
    this.#tell();
  }

  #want(user: string): void {
    this.#wanted.add(user);
    this.#timer ??= setTimeout(() => void this.#ask(), ASK_MS);
  }

  async #ask(): Promise<void> {
    const wanted = [...this.#wanted].slice(0, PROFILES_MAX);
    let pause = ASK_MS;
    try {
      if (wanted.length > 0) await this.#users.profiles(wanted);
      // Who was not in the answer is nobody any more.
      this.learn(wanted.filter((id) => !this.#versions.has(id)).map((id) => ({ id, avatar: null })));
    } catch {
      pause = AGAIN_MS;
    }
    this.#timer = this.#wanted.size === 0 ? undefined : setTimeout(() => void this.#ask(), pause);
  }

  async #load(user: string, version: string, key: string): Promise<void> {
    try {
      const blob = await this.#me.avatar(user, version);
      if (!this.#urls.has(key)) return;
      this.#urls.set(key, URL.createObjectURL(blob));
      this.#tell();
    } catch {
      // The letters of the name stay; the next visit asks again.
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
