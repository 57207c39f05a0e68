import type { Account } from "./account";
import { at } from "./http";
import type { ListedRoom, Room } from "./rooms";

export interface Invite {
  code: string;
  by: string;
  expires_at: number;
  uses_left: number | null;
}

export interface InvitePreview {
  room: ListedRoom;
  expires_at: number;
  uses_left: number | null;
}

export class InvitesApi {
  readonly #account: Account;

  constructor(account: Account) {
    this.#account = account;
  }

  async list(room: string): Promise<Invite[]> {
    const response = await this.#account.request(`${at(room)}/invites`);
    const { invites }: { invites: Invite[] } = await response.json();
    return invites;
  }

  async create(room: string, options: { expires_in_ms: number; uses?: number }): Promise<Invite> {
    const response = await this.#account.request(`${at(room)}/invites`, { method: "POST", body: options });
    return response.json();
  }

  async revoke(room: string, code: string): Promise<void> {
    await this.#account.request(`${at(room)}/invites/${encodeURIComponent(code)}`, { method: "DELETE" });
  }

  async preview(code: string): Promise<InvitePreview> {
    const response = await this.#account.request(`/invites/${encodeURIComponent(code)}`);
    return response.json();
  }

  async accept(code: string): Promise<Room> {
    const response = await this.#account.request(`/invites/${encodeURIComponent(code)}/accept`, { method: "POST" });
    return response.json();
  }
}
