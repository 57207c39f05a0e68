// Peer `ws`: one process, a set of sockets for each room, one buffer for each message.
//
//   node ws.mjs PORT      clients connect to ws://127.0.0.1:PORT/ROOM

import { WebSocketServer } from "ws";

const rooms = new Map();

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: Number(process.argv[2]),
  backlog: 4096,
  perMessageDeflate: false,
});

server.on("connection", (socket, request) => {
  const room = rooms.get(request.url) ?? new Set();
  rooms.set(request.url, room.add(socket));
  // What came is a buffer already, and all members are sent the same one.
  socket.on("message", (message) => {
    for (const member of room) member.send(message, { binary: false });
  });
  socket.on("close", () => room.delete(socket));
  socket.on("error", () => socket.terminate());
});
