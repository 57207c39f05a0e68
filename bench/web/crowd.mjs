// People without browsers, who make a room loud or long.
import { PASSWORD } from "../../web/test/browser/people.mjs";

/** Lines that one frame may have (FRAME_LINES_MAX). */
const FRAME_LINES = 64;

/** Lines that are on their way at once. */
const UNANSWERED_MAX = 2_000;

const WORDS = "the a room people talk quickly 마루 에서 사람들 이 이야기 해요 tea floor warm lunch 내일 회의 ok yes maybe".split(" ");

export class Crowd {
  #speakers;

  constructor(speakers) {
    this.#speakers = speakers;
  }

  /** `count` new members of a room that everybody may join. */
  static async gather(url, room, count) {
    const speakers = [];
    for (let n = 0; n < count; n += 1) speakers.push(await Speaker.join(url, room, n));
    return new Crowd(speakers);
  }

  /** `perSecond` messages, evenly spread, for `ms`. */
  async talk(perSecond, ms) {
    const start = performance.now();
    let said = 0;
    while (performance.now() - start < ms) {
      const due = Math.floor(((performance.now() - start) * perSecond) / 1000);
      for (; said < due; said += 1) this.#speakers[said % this.#speakers.length].say(sentence(said));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** `count` messages, as fast as the room takes them. */
  async fill(count) {
    const [speaker] = this.#speakers;
    for (let from = 0; from < count; from += FRAME_LINES) {
      await speaker.room(UNANSWERED_MAX);
      const bodies = Array.from({ length: Math.min(FRAME_LINES, count - from) }, (_, n) => sentence(from + n));
      speaker.say(...bodies);
    }
    await speaker.room(1);
  }

  async leave() {
    for (const speaker of this.#speakers) speaker.close();
  }
}

class Speaker {
  #socket;
  #nonce = 0;
  #answered = 0;
  #waiting = [];

  static async join(url, room, n) {
    const headers = { "content-type": "application/json", origin: new URL(url).origin };
    const name = `speaker-${n}-${room.slice(0, 8)}`;
    const account = await fetch(new URL("/api/v1/accounts", url), { method: "POST", headers, body: JSON.stringify({ name, password: PASSWORD }) });
    if (!account.ok) throw new Error(await account.text());
    const { access_token: token } = await account.json();
    const joined = await fetch(new URL(`/api/v1/rooms/${room}/join`, url), { method: "POST", headers: { ...headers, authorization: `Bearer ${token}` } });
    if (!joined.ok) throw new Error(await joined.text());
    const speaker = new Speaker();
    await speaker.#open(new URL(`/api/v1/rooms/${room}/socket`, url.replace("http", "ws")), token, n);
    return speaker;
  }

  say(...bodies) {
    const lines = bodies.map((body) => JSON.stringify({ t: "send", nonce: (this.#nonce += 1), body }));
    this.#socket.send(lines.join("\n"));
  }

  /** Resolves when fewer than `most` messages are unanswered. */
  async room(most) {
    while (this.#nonce - this.#answered >= most) await new Promise((resolve) => this.#waiting.push(resolve));
  }

  close() {
    this.#socket.close();
  }

  #open(address, token, n) {
    const device = String(n).padStart(20, "0");
    this.#socket = new WebSocket(address, ["maru.v1", `maru.token.${token}`]);
    return new Promise((resolve, reject) => {
      this.#socket.addEventListener("open", () => this.#socket.send(JSON.stringify({ t: "hello", device })));
      this.#socket.addEventListener("error", reject);
      this.#socket.addEventListener("message", ({ data }) => {
        for (const [, nonce] of data.matchAll(new RegExp(`"device":"${device}","nonce":(\\d+)`, "g"))) this.#answered = Math.max(this.#answered, Number(nonce));
        for (const resolve of this.#waiting.splice(0)) resolve();
        resolve();
      });
    });
  }
}

/** A sentence that is another one each time, in two languages. */
function sentence(n) {
  const words = Array.from({ length: 4 + (n % 9) }, (_, at) => WORDS[(n * 7 + at * 5) % WORDS.length]);
  return `${words.join(" ")} ${n}`;
}
