import type { Account } from "./account";
import type { Profile } from "./users";

/** People from whom the user wants to hear nothing. */
export class BlocksApi {
  readonly #account: Account;

  constructor(account: Account) {
    this.#account = account;
  }

  async list(): Promise<Profile[]> {
    const answer: { users: Profile[] } = await (await this.#account.request("/me/blocks")).json();
    return answer.users;
  }

  async block(user: string): Promise<void> {
    await this.#account.request(`/me/blocks/${encodeURIComponent(user)}`, { method: "PUT" });
  }

  async unblock(user: string): Promise<void> {
    await this.#account.request(`/me/blocks/${encodeURIComponent(user)}`, { method: "DELETE" });
  }
}
