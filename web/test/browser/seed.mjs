// Speaks the protocol itself, to fill a room faster than anybody can type.
import { PASSWORD } from "./people.mjs";

const DEVICE = "seed0000000000000000".replace(/[ilou]/g, "0");

/** Sends `bodies` as the user `name`, as fast as the room lets one, until it has stored them all. */
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
  await new Promise((resolve, reject) => {
    let nonce = 0;
    let next = 0;
    const say = () => {
      nonce += 1;
      socket.send(JSON.stringify({ t: "send", nonce, body: bodies[next] }));
    };
    socket.addEventListener("open", () => socket.send(JSON.stringify({ t: "hello", device: DEVICE })));
    socket.addEventListener("message", ({ data }) => {
      for (const text of data.split("\n").filter((one) => one !== "")) {
        const line = JSON.parse(text);
        if (line.t === "welcome") say();
        else if (line.t === "refused") setTimeout(say, line.retry_after_ms ?? reject(new Error(text)));
        else if (line.t === "message" && line.device === DEVICE && line.nonce === nonce) {
          next += 1;
          if (next === bodies.length) resolve();
          else say();
        }
      }
    });
    socket.addEventListener("close", ({ code }) => reject(new Error(`the socket closed with ${code}`)));
    socket.addEventListener("error", reject);
  });
  socket.close();
}
