import type { MeApi } from "./me";

type Version = string | number;

/** The pictures of people, as addresses within the page: they are asked for with the user's token. */
export class Pictures {
  readonly #me: MeApi;
  #versions = new Map<string, Version | null>();
  #urls = new Map<string, string | null>();
  #listeners = new Set<() => void>();

  constructor(me: MeApi) {
    this.#me = me;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Takes down which picture somebody has now. */
  learn(user: string, version: Version | null): void {
    if (this.#versions.get(user) === version) return;
    this.#versions.set(user, version);
    this.#tell();
  }

  /** Somebody's picture; `null` without one, or until it is there. */
  urlOf(user: string): string | null {
    const version = this.#versions.get(user) ?? null;
    if (version === null) return null;
    const key = `${user}@${version}`;
    const known = this.#urls.get(key);
    if (known !== undefined) return known;
    this.#urls.set(key, null);
    void this.#load(user, version, key);
    return null;
  }

  forget(): void {
    for (const url of this.#urls.values()) if (url !== null) URL.revokeObjectURL(url);
    this.#urls.clear();
    this.#versions.clear();
    this.#tell();
  }

  async #load(user: string, version: Version, key: string): Promise<void> {
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
