// Peer `partyserver`: a room that hibernates and gives every message to `broadcast`.
//
// `Chat` stores nothing. `StoredChat` adds the statement of Cloudflare's durable-chat-template;
// its copy of the whole history in memory, which it searches for each message and sends to
// whoever connects, is left out: it would grow through the run.

import { routePartykitRequest, Server } from "partyserver";

export class Chat extends Server {
  static options = { hibernate: true };

  onMessage(connection, message) {
    this.broadcast(message);
  }
}

export class StoredChat extends Server {
  static options = { hibernate: true };

  onStart() {
    this.ctx.storage.sql.exec(
      `CREATE TABLE IF NOT EXISTS messages
       (id TEXT PRIMARY KEY, user TEXT, role TEXT, content TEXT)`,
    );
  }

  onMessage(connection, message) {
    this.broadcast(message);
    const { id, user, role, content } = JSON.parse(message);
    this.ctx.storage.sql.exec(
      `INSERT INTO messages (id, user, role, content) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (id) DO UPDATE SET content = ?4`,
      ...[id, user, role, content],
    );
  }
}

export default {
  async fetch(request, env) {
    return (await routePartykitRequest(request, env)) ?? new Response(null, { status: 404 });
  },
};
