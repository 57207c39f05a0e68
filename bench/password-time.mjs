#!/usr/bin/env node
// How long a password takes to be checked: `node bench/password-time.mjs`, after `cargo xtask build`.
//
// A password that is too long is refused after the same questions to the database, and without
// being hashed; so the difference between the two is what argon2id takes in Wasm, in workerd.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import path from "node:path";
import readline from "node:readline";
import { fileURLToPath } from "node:url";

const ROUNDS = 40;

const harness = fileURLToPath(new URL("../tests/harness/server.mjs", import.meta.url));
const server = spawn(process.execPath, [harness, "--bare"], { stdio: ["pipe", "pipe", "ignore"] });

try {
  const url = await ready();
  const times = { hashed: [], refused: [] };
  for (let round = 0; round < ROUNDS + 5; round++) {
    const [hashed, refused] = [await time(url, "a lamp over the seventh gate"), await time(url, "x".repeat(257))];
    // The first ones pay for code that is compiled.
    if (round < 5) continue;
    times.hashed.push(hashed);
    times.refused.push(refused);
  }
  const at = (list, share) => list.toSorted((a, b) => a - b)[Math.floor(list.length * share)];
  const difference = (share) => (at(times.hashed, share) - at(times.refused, share)).toFixed(0);
  console.log(`argon2id, 19 MiB, 2 passes: ${difference(0.5)} ms at the median of ${ROUNDS}, ${difference(0.9)} ms at the 90th percentile`);
  console.log(`without it: ${at(times.refused, 0.5).toFixed(0)} ms (${path.basename(process.execPath)} ${process.version})`);
} finally {
  server.stdin.end();
}

async function ready() {
  for await (const line of readline.createInterface({ input: server.stdout })) {
    const said = JSON.parse(line);
    if (said.ready) return said.url;
    throw new Error(said.error ?? line);
  }
  throw new Error("the server ended");
}

/** Milliseconds until somebody whom nobody knows is refused. */
async function time(url, password) {
  const body = JSON.stringify({ name: randomUUID().slice(0, 30), password });
  const start = performance.now();
  const answer = await fetch(new URL("/api/v1/session", url), { method: "POST", headers: { "content-type": "application/json" }, body });
  await answer.text();
  if (answer.status !== 401) throw new Error(`it answered ${answer.status}`);
  return performance.now() - start;
}
