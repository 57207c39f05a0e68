import type { Account } from "./account";
import { API, exchange, query } from "./http";

/** Somebody else who can say who a person is. */
export interface Provider {
  id: string;
  name: string;
}

export interface Identity {
  /** `null` for one that was a provider once. */
  provider: string | null;
  name: string;
  email: string | null;
  created_at: number;
}

/** How the signed-in account can be entered. */
export interface Ways {
  identities: Identity[];
  password: boolean;
}

export class ProvidersApi {
  #account: Account;

  constructor(account: Account) {
    this.#account = account;
  }

  async list(): Promise<Provider[]> {
    const response = await exchange("/session/providers");
    const answer: { providers: Provider[] } = await response.json();
    return answer.providers;
  }

  /** Where signing in with a provider begins; the browser goes there. */
  start(id: string, returnTo: string): string {
    return `${API}/session/oidc/${encodeURIComponent(id)}${query({ return_to: returnTo })}`;
  }

  async ways(): Promise<Ways> {
    return (await this.#account.request("/me/identities")).json();
  }

  /** Where adding an identity begins; the browser goes there. */
  async link(id: string, returnTo: string): Promise<string> {
    const path = `/me/identities/${encodeURIComponent(id)}${query({ return_to: returnTo })}`;
    const answer: { location: string } = await (await this.#account.request(path, { method: "POST" })).json();
    return answer.location;
  }

  async unlink(id: string): Promise<void> {
    await this.#account.request(`/me/identities/${encodeURIComponent(id)}`, { method: "DELETE" });
  }
}
