// Starts Maru as it will run, through the harness of the integration tests.
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../..", import.meta.url));

/** A server whose data outlives a restart on the same port. */
export class Server {
  state = fs.mkdtempSync(path.join(os.tmpdir(), "maru-browser-"));
  url = "";
  #child;
  #settings;

  /** `settings` are variables of the Worker. */
  constructor(settings = {}) {
    this.#settings = settings;
  }

  async start() {
    const port = this.url === "" ? "0" : new URL(this.url).port;
    const harness = path.join(root, "tests/harness/server.mjs");
    const settings = Object.entries(this.#settings).flatMap(([name, value]) => ["--set", `${name}=${value}`]);
    const log = fs.openSync(path.join(this.state, "server.log"), "a");
    this.#child = spawn(
      process.env.MARU_NODE ?? process.execPath,
      [harness, "--state", this.state, "--root", root, "--port", port, ...settings],
      { stdio: ["pipe", "pipe", log] },
    );
    for await (const line of readline.createInterface({ input: this.#child.stdout })) {
      const said = JSON.parse(line);
      if (said.ready) {
        this.url = said.url;
        return;
      }
      if (said.error) throw new Error(said.error);
    }
    throw new Error(`the server ended: ${this.log()}`);
  }

  /** What the Worker has logged. */
  log() {
    return fs.readFileSync(path.join(this.state, "server.log"), "utf8");
  }

  async stop() {
    const ended = once(this.#child, "exit");
    this.#child.stdin.end(`${JSON.stringify({ cmd: "stop" })}\n`);
    await ended;
  }

  async dispose() {
    await this.stop();
    fs.rmSync(this.state, { recursive: true, force: true });
  }
}
