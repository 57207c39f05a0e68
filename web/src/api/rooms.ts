import type { Account } from "./account";

/** A room in the list of the user's rooms. */
export interface JoinedRoom {
  id: string;
  name: string;
  kind: string;
  /** Empty if the room has none. */
  topic: string;
  role: string;
  joined_at: number;
}

/** A room as anybody who has its link sees it; `role` is null for somebody who is not a member. */
export interface Room {
  id: string;
  name: string;
  kind: string;
  /** Empty if the room has none. */
  topic: string;
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

/** Somebody, as others see them. */
export interface Profile {
  id: string;
  display_name: string;
}

/** People that one request may ask for. */
export const PROFILES_MAX = 100;

/** Entries of a history page; a page of the protocol holds at most 200. */
const PAGE_ENTRIES = 100;

export class RoomsApi {
  readonly #account: Account;
  readonly #recent = new RecentRooms();

  constructor(account: Account) {
    this.#account = account;
  }

  async mine(): Promise<JoinedRoom[]> {
    const response = await this.#account.request("/me/rooms");
    const { rooms }: { rooms: JoinedRoom[] } = await response.json();
    return this.#recent.applyTo(rooms);
  }

  async create(name: string, topic: string): Promise<Room> {
    const response = await this.#account.request("/rooms", { method: "POST", body: { name, kind: "public", topic } });
    const room: Room = await response.json();
    this.#recent.entered(room);
    return room;
  }

  async get(room: string): Promise<Room> {
    const response = await this.#account.request(at(room));
    return response.json();
  }

  async join(room: string): Promise<void> {
    const response = await this.#account.request(`${at(room)}/join`, { method: "POST" });
    this.#recent.entered(await response.json());
  }

  async leave(room: string): Promise<void> {
    await this.#account.request(`${at(room)}/leave`, { method: "POST" });
    this.#recent.left(room);
  }

  async members(room: string, cursor: string | null): Promise<MemberPage> {
    const query = cursor === null ? "" : `?cursor=${encodeURIComponent(cursor)}`;
    const response = await this.#account.request(`${at(room)}/members${query}`);
    return response.json();
  }

  /** What users are called, members or not; those that do not exist are left out. */
  async profiles(users: readonly string[]): Promise<Profile[]> {
    const response = await this.#account.request(`/users?ids=${users.join(",")}`);
    const found: { users: Profile[] } = await response.json();
    return found.users;
  }

  /** The stored lines below `before`, as they are. */
  async history(room: string, before: number): Promise<string> {
    const response = await this.#account.request(`${at(room)}/log?before=${before}&limit=${PAGE_ENTRIES}`);
    return response.text();
  }
}

/** How long the list of somebody's rooms may lag behind the rooms, which tell it in their own time. */
const LAG_MS = 60_000;

/** What this page did to the user's list of rooms, until the server's list surely shows it. */
export class RecentRooms {
  #acts = new Map<string, { at: number; room: JoinedRoom | null }>();

  entered(room: Room): void {
    const { id, name, kind, topic, role } = room;
    const now = Date.now();
    this.#acts.set(id, { at: now, room: { id, name, kind, topic, role: role ?? "member", joined_at: now } });
  }

  left(room: string): void {
    this.#acts.set(room, { at: Date.now(), room: null });
  }

  applyTo(rooms: readonly JoinedRoom[]): JoinedRoom[] {
    const listed = new Map(rooms.map((room) => [room.id, room]));
    for (const [id, act] of this.#acts) {
      if (Date.now() - act.at > LAG_MS) this.#acts.delete(id);
      else if (act.room === null) listed.delete(id);
      else if (!listed.has(id)) listed.set(id, act.room);
    }
    return [...listed.values()];
  }
}

function at(room: string): string {
  return `/rooms/${encodeURIComponent(room)}`;
}
