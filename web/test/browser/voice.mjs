// Somebody who speaks the protocol without a browser, to fill rooms with people and words.
import { PASSWORD } from "./people.mjs";

let device = 0;

export class Voice {
  #url;
  #token;
  #sockets = new Map();

  static async signUp(url, name, displayName) {
    const voice = new Voice();
    voice.#url = url;
    const { user, access_token: token } = await voice.#send("POST", "/accounts", { name, password: PASSWORD, display_name: displayName });
    voice.#token = token;
    voice.user = user.id;
    return voice;
  }

  async createRoom(name, fields = {}) {
    return (await this.#send("POST", "/rooms", { name, kind: "public", ...fields })).id;
  }

  async direct(...others) {
    return (await this.#send("POST", "/rooms", { kind: "direct", with: others.map(({ user }) => user) })).id;
  }

  async join(room) {
    await this.#send("POST", `/rooms/${room}/join`);
  }

  async upload(room, name, bytes) {
    return (await this.#send("POST", `/rooms/${room}/attachments?name=${encodeURIComponent(name)}`, bytes)).id;
  }

  async change(room, fields) {
    await this.#send("PATCH", `/rooms/${room}`, fields);
  }

  /** Sends a line; the seq of the entry that it became. */
  async tell(room, line) {
    const session = await this.#session(room);
    const nonce = ++session.nonce;
    const landed = new Promise((resolve, reject) => session.waiting.set(nonce, { resolve, reject }));
    session.socket.send(JSON.stringify({ nonce, ...line }));
    return landed;
  }

  say(room, body, parts = {}) {
    return this.tell(room, { t: "send", body, ...parts });
  }

  /** Says that it writes, until it is told otherwise or some seconds have passed. */
  async write(room) {
    (await this.#session(room)).socket.send(JSON.stringify({ t: "typing", on: true }));
  }

  async read(room, seq) {
    (await this.#session(room)).socket.send(JSON.stringify({ t: "read", seq }));
  }

  close() {
    for (const { socket } of this.#sockets.values()) socket.close();
  }

  async #session(room) {
    const known = this.#sockets.get(room);
    if (known !== undefined) return known;
    const address = new URL(`/api/v1/rooms/${room}/socket`, this.#url.replace("http", "ws"));
    const socket = new WebSocket(address, ["maru.v1", `maru.token.${this.#token}`]);
    const session = { socket, nonce: 0, waiting: new Map() };
    this.#sockets.set(room, session);
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", () => {
        socket.send(JSON.stringify({ t: "hello", device: `voice${String(++device).padStart(15, "0")}`.replace(/[ilou]/g, "0") }));
      });
      socket.addEventListener("message", ({ data }) => {
        for (const text of data.split("\n")) {
          if (text === "") continue;
          const line = JSON.parse(text);
          if (line.t === "welcome") resolve();
          if (line.by !== this.user && line.t !== "refused") continue;
          const waiting = session.waiting.get(line.nonce);
          if (line.t === "refused") waiting?.reject(new Error(text));
          else waiting?.resolve(line.seq);
        }
      });
      socket.addEventListener("close", ({ code }) => reject(new Error(`the socket closed with ${code}`)));
      socket.addEventListener("error", reject);
    });
    return session;
  }

  async #send(method, path, body) {
    const headers = { origin: new URL(this.#url).origin };
    if (this.#token !== undefined) headers.authorization = `Bearer ${this.#token}`;
    const isBytes = body instanceof Uint8Array;
    if (body !== undefined) headers["content-type"] = isBytes ? "application/octet-stream" : "application/json";
    const answer = await fetch(new URL(`/api/v1${path}`, this.#url), { method, headers, body: isBytes || body === undefined ? body : JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
    const text = await answer.text();
    return text === "" ? null : JSON.parse(text);
  }
}
