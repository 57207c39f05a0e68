import type { Account } from "./account";

export const SCOPES = ["read", "write", "manage"] as const;
export type Scope = (typeof SCOPES)[number];

export interface Token {
  id: string;
  name: string;
  scopes: Scope[];
  created_at: number;
  expires_at: number;
  used_at: number | null;
}

export interface NewToken {
  name: string;
  scopes: Scope[];
  expires_in_days: number;
}

/** A token that was made just now; its secret is never shown again. */
export interface MadeToken {
  token: Token;
  secret: string;
}

export interface Bot {
  id: string;
  name: string;
  display_name: string;
  created_at: number;
}

export interface NewBot {
  name: string;
  display_name: string;
}

/** Personal access tokens, the own ones (`bot` is `null`) and those of bots; and the bots. */
export class TokensApi {
  readonly #account: Account;

  constructor(account: Account) {
    this.#account = account;
  }

  async list(bot: string | null): Promise<Token[]> {
    const answer: { tokens: Token[] } = await (await this.#account.request(tokensOf(bot))).json();
    return answer.tokens;
  }

  async make(bot: string | null, token: NewToken): Promise<MadeToken> {
    return (await this.#account.request(tokensOf(bot), { method: "POST", body: token })).json();
  }

  async revoke(bot: string | null, token: string): Promise<void> {
    await this.#account.request(`${tokensOf(bot)}/${encodeURIComponent(token)}`, { method: "DELETE" });
  }

  async bots(): Promise<Bot[]> {
    const answer: { bots: Bot[] } = await (await this.#account.request("/me/bots")).json();
    return answer.bots;
  }

  async makeBot(bot: NewBot): Promise<void> {
    await this.#account.request("/me/bots", { method: "POST", body: bot });
  }

  async renameBot(bot: string, displayName: string): Promise<void> {
    await this.#account.request(`/me/bots/${encodeURIComponent(bot)}`, { method: "PATCH", body: { display_name: displayName } });
  }

  async removeBot(bot: string): Promise<void> {
    await this.#account.request(`/me/bots/${encodeURIComponent(bot)}`, { method: "DELETE" });
  }
}

function tokensOf(bot: string | null): string {
  return bot === null ? "/me/tokens" : `/me/bots/${encodeURIComponent(bot)}/tokens`;
}
