import { RoomSession, type RoomServices } from "./room-session";

/** Rooms that stay connected after the user turned to another one. */
const WARM_MAX = 4;

/**
 * The rooms that are open in this tab. A room that is left for another stays connected for a
 * while: coming back is instant, and what was being sent still goes out.
 */
export class RoomSessions {
  readonly #services: RoomServices;
  #sessions = new Map<string, RoomSession>();
  #listeners = new Set<() => void>();

  constructor(services: RoomServices) {
    this.#services = services;
  }

  /** The session of a room, opened if need be. */
  get(room: string, user: string): RoomSession {
    const key = `${user}/${room}`;
    const known = this.#sessions.get(key);
    this.#sessions.delete(key);
    const session = known ?? new RoomSession(room, user, this.#services, () => this.#tell());
    this.#sessions.set(key, session);
    this.#cool(session);
    return session;
  }

  /** Hears of everything that happens in any of the rooms. */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The sessions of a user. */
  of(user: string): RoomSession[] {
    return [...this.#sessions].filter(([key]) => key.startsWith(`${user}/`)).map(([, session]) => session);
  }

  closeAll(): void {
    for (const session of this.#sessions.values()) session.dispose();
    this.#sessions.clear();
    this.#tell();
  }

  close(room: string, user: string): void {
    const key = `${user}/${room}`;
    this.#sessions.get(key)?.dispose();
    this.#sessions.delete(key);
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Ends what has been left longest, but never what is wanted now or still sends. */
  #cool(wanted: RoomSession): void {
    for (const [key, session] of this.#sessions) {
      if (this.#sessions.size <= WARM_MAX) return;
      if (session === wanted || session.watched || !session.idle) continue;
      session.dispose();
      this.#sessions.delete(key);
    }
  }
}
