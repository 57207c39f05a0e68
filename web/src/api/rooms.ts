import type { InboxRoom, Role, RoomKind } from "../client/seam";
import type { Account } from "./account";
import { at, query } from "./http";

export type { InboxRoom, Role, RoomKind };

/** A room as anybody who has its link sees it; `role` is null for somebody who is not a member. */
export interface Room {
  id: string;
  name: string;
  kind: RoomKind;
  /** Empty if the room has none. */
  topic: string;
  slow_ms: number;
  archived: boolean;
  members: number;
  online: number;
  role: Role | null;
  /** The members of a direct room. */
  people?: string[];
}

/** A room as it is listed to everybody, or named by an invite. */
export interface ListedRoom {
  id: string;
  name: string;
  kind: RoomKind;
  topic: string;
  members: number;
}

export interface RoomSettings {
  name?: string;
  topic?: string;
  slow_ms?: number;
  archived?: boolean;
}

export type NewRoom = { name: string; kind: Exclude<RoomKind, "direct">; topic: string } | { kind: "direct"; with: string[] };

export class RoomsApi {
  readonly #account: Account;

  constructor(account: Account) {
    this.#account = account;
  }

  async mine(): Promise<InboxRoom[]> {
    const response = await this.#account.request("/me/rooms");
    const { rooms }: { rooms: InboxRoom[] } = await response.json();
    return rooms;
  }

  /** Whether the user wants to be told of what is unread. */
  async mute(room: string, muted: boolean): Promise<void> {
    await this.#account.request(`/me${at(room)}`, { method: "PATCH", body: { muted } });
  }

  async browse(q: string, cursor: string | null): Promise<{ rooms: ListedRoom[]; cursor: string | null }> {
    const response = await this.#account.request(`/rooms${query({ q, cursor })}`);
    return response.json();
  }

  async create(room: NewRoom): Promise<Room> {
    const response = await this.#account.request("/rooms", { method: "POST", body: room });
    return response.json();
  }

  async get(room: string): Promise<Room> {
    const response = await this.#account.request(at(room));
    return response.json();
  }

  async change(room: string, settings: RoomSettings): Promise<Room> {
    const response = await this.#account.request(at(room), { method: "PATCH", body: settings });
    return response.json();
  }

  async remove(room: string): Promise<void> {
    await this.#account.request(at(room), { method: "DELETE" });
  }

  async join(room: string): Promise<Room> {
    const response = await this.#account.request(`${at(room)}/join`, { method: "POST" });
    return response.json();
  }

  async leave(room: string): Promise<void> {
    await this.#account.request(`${at(room)}/leave`, { method: "POST" });
  }
}
