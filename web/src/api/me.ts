import type { Account } from "./account";
import { query } from "./http";

/** The own account. */
export interface Me {
  id: string;
  name: string;
  display_name: string;
  email: { address: string; verified: boolean } | null;
  /** The version of the picture, if there is one. */
  avatar: string | null;
  admin: boolean;
  created_at: number;
}

/** One row of the audit log. */
export interface AuditEntry {
  id: string | number;
  at: number;
  actor: string | null;
  act: string;
  target: string | null;
  detail: string;
  address: string | null;
  agent: string | null;
}

export interface AuditPage {
  rows: AuditEntry[];
  cursor: string | null;
}

export interface Deletion {
  password?: string;
  /** Also erase everything that was said. */
  erase: boolean;
}

export class MeApi {
  readonly #account: Account;

  constructor(account: Account) {
    this.#account = account;
  }

  async get(): Promise<Me> {
    return (await this.#account.request("/me")).json();
  }

  async rename(displayName: string): Promise<Me> {
    return (await this.#account.request("/me", { method: "PATCH", body: { display_name: displayName } })).json();
  }

  async setAvatar(picture: Blob): Promise<void> {
    await this.#account.request("/me/avatar", { method: "PUT", bytes: picture });
  }

  async removeAvatar(): Promise<void> {
    await this.#account.request("/me/avatar", { method: "DELETE" });
  }

  /** Somebody's picture. */
  async avatar(user: string, version: string): Promise<Blob> {
    return (await this.#account.request(`/users/${encodeURIComponent(user)}/avatar${query({ v: version })}`)).blob();
  }

  async setEmail(email: string, password: string | null): Promise<void> {
    const body = password === null ? { email } : { email, password };
    await this.#account.request("/me/email", { method: "PUT", body });
  }

  async delete(deletion: Deletion): Promise<void> {
    await this.#account.request("/me", { method: "DELETE", body: deletion });
  }

  /** Everything the account holds, as it streams in. */
  async export(signal: AbortSignal): Promise<Response> {
    return this.#account.request("/me/export", { signal });
  }

  async audit(cursor: string | null): Promise<AuditPage> {
    return (await this.#account.request(`/me/audit${query({ cursor })}`)).json();
  }
}
