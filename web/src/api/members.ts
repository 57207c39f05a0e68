import type { Account } from "./account";
import { at, query } from "./http";
import type { Role } from "./rooms";

export interface Member {
  user: string;
  name: string;
  role: Role;
  online: boolean;
  muted_until: number | null;
}

export interface MemberPage {
  members: Member[];
  cursor: string | null;
}

export interface Ban {
  user: string;
  name: string;
  by: string;
  at: number;
  reason: string;
}

/** What a moderator did. */
export interface Act {
  seq: number;
  at: number;
  by: string;
  act: string;
  user?: string;
  target?: number;
  role?: Role;
  until?: number;
  reason?: string;
}

export type MemberChange = { role: Role } | { mute_ms: number };

export class MembersApi {
  readonly #account: Account;

  constructor(account: Account) {
    this.#account = account;
  }

  async list(room: string, q: string, cursor: string | null): Promise<MemberPage> {
    const response = await this.#account.request(`${at(room)}/members${query({ q, cursor })}`);
    return response.json();
  }

  /** Adds somebody by an account's name. */
  async add(room: string, name: string): Promise<Member> {
    const response = await this.#account.request(`${at(room)}/members`, { method: "POST", body: { name } });
    return response.json();
  }

  async change(room: string, user: string, change: MemberChange, reason: string): Promise<void> {
    await this.#account.request(member(room, user), { method: "PATCH", body: reason === "" ? change : { ...change, reason } });
  }

  async remove(room: string, user: string, ban: boolean, reason: string): Promise<void> {
    const search = query({ ban: ban ? "true" : null, reason });
    await this.#account.request(member(room, user) + search, { method: "DELETE" });
  }

  async bans(room: string): Promise<Ban[]> {
    const response = await this.#account.request(`${at(room)}/bans`);
    const { bans }: { bans: Ban[] } = await response.json();
    return bans;
  }

  async unban(room: string, user: string): Promise<void> {
    await this.#account.request(`${at(room)}/bans/${encodeURIComponent(user)}`, { method: "DELETE" });
  }

  async acts(room: string, cursor: string | null): Promise<{ acts: Act[]; cursor: string | null }> {
    const response = await this.#account.request(`${at(room)}/moderation${query({ cursor })}`);
    return response.json();
  }
}

function member(room: string, user: string): string {
  return `${at(room)}/members/${encodeURIComponent(user)}`;
}
