// Peer `demo`: a room in the shape of Cloudflare's workers-chat-demo, without its rate limiter.
//
// A room is a Durable Object with hibernating sockets. It keeps their names in attachments, sends a
// message to one socket after another, and stores it under a time later than the last. Notices of
// who joined and left are left out: a thousand members would cause a million of them at first.
//
// Peer `demo-durable` stores a message first, and the platform's output gate holds it back until it
// is on the disk. The original sends it before: what a crash loses has been read by everybody.

export default {
  fetch(request, env) {
    const [, , kind, room] = new URL(request.url).pathname.split("/");
    const rooms = kind === "durable-room" ? env.DURABLE_ROOMS : env.ROOMS;
    return rooms.get(rooms.idFromName(room)).fetch(request);
  },
};

export class Room {
  constructor(state) {
    this.state = state;
    this.lastTimestamp = 0;
    this.sessions = new Map();
    for (const socket of state.getWebSockets()) {
      this.sessions.set(socket, { ...socket.deserializeAttachment(), waiting: [] });
    }
  }

  async fetch() {
    const [client, server] = Object.values(new WebSocketPair());
    const session = { waiting: [] };
    this.state.acceptWebSocket(server);
    this.sessions.set(server, session);
    // Whoever connects gets the last hundred messages.
    const stored = await this.state.storage.list({ reverse: true, limit: 100 });
    session.waiting.unshift(...[...stored.values()].reverse());
    return new Response(null, { status: 101, webSocket: client });
  }

  async webSocketMessage(socket, frame) {
    const session = this.sessions.get(socket);
    const said = JSON.parse(frame);
    if (session.name === undefined) {
      session.name = said.name;
      socket.serializeAttachment({ name: session.name });
      for (const message of session.waiting.splice(0)) socket.send(message);
      socket.send(JSON.stringify({ ready: true }));
      return;
    }
    const timestamp = (this.lastTimestamp = Math.max(Date.now(), this.lastTimestamp + 1));
    const message = JSON.stringify({ name: session.name, message: said.message, timestamp });
    await this.take(new Date(timestamp).toISOString(), message);
  }

  take(key, message) {
    this.broadcast(message);
    return this.state.storage.put(key, message);
  }

  broadcast(message) {
    for (const [other, { name, waiting }] of this.sessions) {
      if (name === undefined) waiting.push(message);
      else other.send(message);
    }
  }

  webSocketClose(socket) {
    this.sessions.delete(socket);
  }
}

export class DurableRoom extends Room {
  take(key, message) {
    const stored = this.state.storage.put(key, message);
    this.broadcast(message);
    return stored;
  }
}
