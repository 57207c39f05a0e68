// The sockets of one object as the runtime holds them. Called only from `sockets.rs`.
//
// A broadcast is one JavaScript string, made once, and one loop; it never enters Rust again.

/** The `readyState` of an open socket. */
const OPEN = 1;

export class Sockets {
  #state;
  /** Session → socket. */
  #open = new Map();
  /** The sockets that hear what is broadcast, by the wave they hear it in: session → socket. */
  #live = [];
  /** Socket → session; rebuilt from what is written on the socket. */
  #sessions = new WeakMap();
  /** What is written on the socket of one session for all of the object. */
  #noted = {};

  constructor(state) {
    this.#state = state;
  }

  /** Finds the sockets that outlived an eviction, and `also`; answers `[session, text]` of each. */
  restore(also) {
    const found = [];
    const sockets = new Set(this.#state.getWebSockets());
    if (also !== undefined) sockets.add(also);
    this.#open.clear();
    this.#live = [];
    this.#noted = {};
    for (const socket of sockets) {
      // The runtime goes on listing a socket that is closing; only `also` may have closed.
      if (socket !== also && socket.readyState !== OPEN) continue;
      const [session, text, wave, note] = socket.deserializeAttachment() ?? [];
      if (session === undefined) continue;
      if (note !== undefined) this.#noted = { session, note };
      this.#put(socket, session, wave);
      found.push([session, text]);
    }
    return found;
  }

  accept(socket, session) {
    this.#state.acceptWebSocket(socket);
    this.#put(socket, session);
  }

  /** Writes `text` on the socket, where it survives hibernation. */
  keep(session, text, wave) {
    const socket = this.#open.get(session);
    if (socket === undefined) return;
    const note = this.#noted.session === session ? this.#noted.note : undefined;
    socket.serializeAttachment([session, text, wave, note]);
    this.#put(socket, session, wave);
  }

  /** Writes `note` on one of the sockets, the same one as long as it is open. */
  note(note) {
    const last = this.#noted.session;
    const [session, socket] = this.#open.has(last)
      ? [last, this.#open.get(last)]
      : (this.#open.entries().next().value ?? []);
    this.#noted = { session, note };
    if (socket === undefined) return;
    try {
      const [, text, wave] = socket.deserializeAttachment() ?? [];
      // One of which nothing is written yet is taken for none (`restore`).
      if (text !== undefined) socket.serializeAttachment([session, text, wave, note]);
    } catch (error) {
      // The room must not fail for that; what is in memory is said all the same.
      console.error(JSON.stringify({ level: "error", event: "room_note", cause: `${error}` }));
    }
  }

  /** What was written so, on a socket that outlived an eviction. */
  noted() {
    return this.#noted.note;
  }

  sessionOf(socket) {
    return this.#sessions.get(socket) ?? socket.deserializeAttachment()?.[0];
  }

  /** Answers whether the socket took the frame. */
  send(session, frame) {
    try {
      this.#open.get(session)?.send(frame);
      return true;
    } catch {
      return false;
    }
  }

  /** Answers the sessions whose sockets did not take the frame. */
  broadcast(frame) {
    return this.#live.flatMap((_, wave) => this.serve(wave, frame));
  }

  /** The same for one wave. */
  serve(wave, frame) {
    const dead = [];
    for (const [session, socket] of this.#live[wave] ?? []) {
      try {
        socket.send(frame);
      } catch {
        dead.push(session);
      }
    }
    return dead;
  }

  /** Closes a socket; whatever still arrives on it is of no session. */
  close(session, code, reason) {
    const socket = this.#open.get(session);
    if (socket === undefined) return;
    this.forget(session);
    this.#sessions.delete(socket);
    try {
      socket.serializeAttachment(null);
      socket.close(code, reason);
    } catch {
      // It is closed already.
    }
  }

  closeAll(code, reason) {
    for (const session of [...this.#open.keys()]) this.close(session, code, reason);
  }

  forget(session) {
    this.#open.delete(session);
    for (const wave of this.#live) wave?.delete(session);
  }

  #put(socket, session, wave) {
    this.#open.set(session, socket);
    this.#sessions.set(socket, session);
    if (wave !== undefined) (this.#live[wave] ??= new Map()).set(session, socket);
  }
}

/** One timer; setting it replaces the earlier call. */
export class Timer {
  #handle;
  #callback;

  constructor(callback) {
    this.#callback = callback;
  }

  set(ms) {
    this.clear();
    this.#handle = setTimeout(this.#callback, ms);
  }

  /** A pending timer would keep the object awake. */
  clear() {
    clearTimeout(this.#handle);
  }
}

/**
 * Asks for an alarm. The write is part of the turn that calls, so the alarm is as durable as what
 * the turn stored, and nothing waits for it.
 */
export function armAlarm(storage, at) {
  storage.setAlarm(at).catch((error) => console.error(JSON.stringify({ level: "error", event: "room_alarm", cause: `${error}` })));
}

/** Runs `work`, which answers an error or nothing, in a transaction that an error rolls back. */
export function atomically(storage, work) {
  storage.transactionSync(() => {
    const error = work();
    if (error !== undefined) throw new Error(error);
  });
}
