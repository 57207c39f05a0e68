// Peer Socket.IO: `io.to(room).emit` over its WebSocket transport alone.
//
//   node socket-io.mjs PORT      clients connect with `auth` of `{ room }`

import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, {
  transports: ["websocket"],
  perMessageDeflate: false,
  serveClient: false,
  // What answers no ping is cut off; a machine under full load is not to look like that.
  pingTimeout: 120_000,
});

// The first request of each socket is not kept, as the guide to memory usage says.
io.engine.on("connection", (socket) => {
  socket.request = null;
});

io.on("connection", (socket) => {
  const { room } = socket.handshake.auth;
  socket.join(room);
  socket.on("say", (body) => io.to(room).emit("said", body));
});

http.listen({ host: "127.0.0.1", port: Number(process.argv[2]), backlog: 4096 });
