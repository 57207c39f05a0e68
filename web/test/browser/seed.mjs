// Speaks the protocol itself, to fill a room faster than anybody can type.
import { PASSWORD } from "./people.mjs";

const FRAME_LINES = 64;

/** Sends `bodies` as the user `name`, and resolves when the room has stored the last one. */
export async function seed(url, room, name, bodies) {
  const answer = await fetch(new URL("/api/v1/session", url), {
    method: "POST",
    headers: { "content-type": "application/json", origin: new URL(url).origin },
    body: JSON.stringify({ name, password: PASSWORD }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  const { access_token: token } = await answer.json();
  const address = new URL(`/api/v1/rooms/${room}/socket`, url.replace("http", "ws"));
  const socket = new WebSocket(address, ["maru.v1", `maru.token.${token}`]);
  const lines = bodies.map((body, index) => JSON.stringify({ t: "send", nonce: index + 1, body }));
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", () => {
      socket.send(JSON.stringify({ t: "hello", device: "seed0000000000000000".replace(/[ilou]/g, "0") }));
      for (let at = 0; at < lines.length; at += FRAME_LINES) socket.send(lines.slice(at, at + FRAME_LINES).join("\n"));
    });
    socket.addEventListener("message", ({ data }) => {
      if (data.includes(`"nonce":${bodies.length},`) && data.includes('"t":"message"')) resolve();
    });
    socket.addEventListener("close", ({ code }) => reject(new Error(`the socket closed with ${code}`)));
    socket.addEventListener("error", reject);
  });
  socket.close();
}
