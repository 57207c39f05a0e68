import type { Account } from "./account";

/** A room in the list of the user's rooms. */
export interface JoinedRoom {
  id: string;
  name: string;
  kind: string;
  topic: string | null;
  role: string;
  joined_at: number;
}

/** A room as anybody who has its link sees it; `role` is null for somebody who is not a member. */
export interface Room {
  id: string;
  name: string;
  kind: string;
  topic: string | null;
  members: number;
  online: number;
  role: string | null;
}

export interface Member {
  user: string;
  name: string;
  role: string;
  online: boolean;
}

export interface MemberPage {
  members: Member[];
  cursor: string | null;
}

/** Entries of a history page; a page of the protocol holds at most 200. */
const PAGE_ENTRIES = 100;

export class RoomsApi {
  readonly #account: Account;

  constructor(account: Account) {
    this.#account = account;
  }

  async mine(): Promise<JoinedRoom[]> {
    const response = await this.#account.request("/me/rooms");
    const { rooms }: { rooms: JoinedRoom[] } = await response.json();
    return rooms;
  }

  async create(name: string, topic: string | null): Promise<Room> {
    const body = topic === null ? { name, kind: "public" } : { name, kind: "public", topic };
    const response = await this.#account.request("/rooms", { method: "POST", body });
    return response.json();
  }

  async get(room: string): Promise<Room> {
    const response = await this.#account.request(at(room));
    return response.json();
  }

  async join(room: string): Promise<void> {
    await this.#account.request(`${at(room)}/join`, { method: "POST" });
  }

  async leave(room: string): Promise<void> {
    await this.#account.request(`${at(room)}/leave`, { method: "POST" });
  }

  async members(room: string, cursor: string | null): Promise<MemberPage> {
    const query = cursor === null ? "" : `?cursor=${encodeURIComponent(cursor)}`;
    const response = await this.#account.request(`${at(room)}/members${query}`);
    return response.json();
  }

  /** The stored lines below `before`, as they are. */
  async history(room: string, before: number): Promise<string> {
    const response = await this.#account.request(`${at(room)}/log?before=${before}&limit=${PAGE_ENTRIES}`);
    return response.text();
  }
}

function at(room: string): string {
  return `/rooms/${encodeURIComponent(room)}`;
}
