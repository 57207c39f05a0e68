import type { Account, User } from "./account";
import { query } from "./http";

/** Somebody, as others see them. */
export interface Profile extends User {
  /** The version of the picture, if there is one. */
  avatar?: string | null;
  bot?: boolean;
}

/** People that one request may ask for. */
export const PROFILES_MAX = 100;

export class UsersApi {
  readonly #account: Account;
  #listeners = new Set<(profiles: Profile[]) => void>();

  constructor(account: Account) {
    this.#account = account;
  }

  /** Hears of everybody whom an answer tells of. */
  subscribe(listener: (profiles: Profile[]) => void): void {
    this.#listeners.add(listener);
  }

  /** What users are called, members or not; those that do not exist are left out. */
  profiles(users: readonly string[]): Promise<Profile[]> {
    return this.#ask(`?ids=${users.join(",")}`);
  }

  /** People by a part of a name. */
  find(q: string): Promise<Profile[]> {
    return this.#ask(query({ q }));
  }

  async #ask(search: string): Promise<Profile[]> {
    const response = await this.#account.request(`/users${search}`);
    const found: { users: Profile[] } = await response.json();
    for (const listener of this.#listeners) listener(found.users);
    return found.users;
  }
}
