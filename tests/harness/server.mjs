#!/usr/bin/env node
// Runs the built Worker as it will run: workerd with the bindings of wrangler.toml, for tests.
//
//   node tests/harness/server.mjs [--root REPO] [--state DIR] [--port N] [--bare] [--strict]
//                                  [--set NAME=VALUE]… [--address-limit N]
//
// Lines of JSON on standard output say what happens, lines of JSON on standard input what to do:
//
//   out {"ready":true,"url":"http://127.0.0.1:PORT","workerd_pid":N}
//   in  {"cmd":"evict","room":"ROOM ID"}   out {"ok":true} or {"error":"…"}
//   in  {"cmd":"evict","user":"USER ID"}   answers alike
//   in  {"cmd":"sql","sql":"…"}            runs one statement in D1; answers like `evict`
//   in  {"cmd":"people","people":[{"id":"…","name":"…","display_name":"…"}]}
//                                          makes accounts without passwords, signed in for a day
//                                          out {"ok":true,"tokens":["…"]}, in the same order
//   in  {"cmd":"token","user":"USER ID","seconds":N,"scope":"…"}
//                                          out {"ok":true,"token":"…"} of a new sign-in, good for
//                                          so long; negative seconds make one that has expired
//   in  {"cmd":"clock"}                    does what is done from time to time; answers like `evict`
//   in  {"cmd":"stop"}                     ends with status 0, as does the end of standard input
//   out {"crashed":true,"workerd_pid":N}   workerd ended by itself; ends with status 1
//   out {"error":"…"}                      the server cannot start; ends with status 1
//
// `evict` drops the object of a room or a user from memory and hibernates its sockets. With
// `--state` all data and the signing key stay in DIR, and the next start with the same DIR finds
// them; without it nothing is kept. With `--bare` clients talk to the Worker itself: there are no pages, and none of
// the proxies that miniflare puts in front and that accept permessage-deflate whatever the Worker
// says. The token of archive jobs is "archive-job-of-this-harness-alone", in every deployment that
// this script runs and in no other. Tests do in seconds what people do in hours, so rates are hardly limited, except with
// `--strict`. With `--address-limit` one address has N requests of each kind in a period (rule SF3),
// without it any number. `--set` sets a variable of the Worker. What the Worker logs goes to standard error.

import childProcess from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import readline from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** Milliseconds until the server must answer `/healthz`. */
const START_MS_MAX = 60_000;

/** Milliseconds that stopping may take before it is cut short. */
const STOP_MS_MAX = 5_000;

/** The scripts, as their configurations name them. */
const NAME = "maru";
const OBJECTS = "maru-objects";
const DATABASE = "DB";

/** Seconds for which the token of a person made here is valid. */
const TOKEN_S = 24 * 3600;

/** What a sign-in opens. */
const SCOPE = "read write manage account";

/** Rows that one batch inserts into D1. */
const ROWS_PER_BATCH = 500;

/** Rates that no test reaches by accident. */
const GENEROUS = {
  MARU_SENDS_BURST: "1000000",
  MARU_SENDS_EVERY_MS: "1",
  MARU_REQUESTS_BURST: "1000000",
  MARU_REQUESTS_EVERY_MS: "1",
  MARU_LOOKS_BURST: "1000000",
  MARU_LOOKS_EVERY_MS: "1",
  MARU_FOUND_BURST: "1000000",
  MARU_FOUND_EVERY_MS: "1",
};

/** The token that archive jobs bring: known, because nothing here is worth a secret. */
const ARCHIVE_TOKEN = "archive-job-of-this-harness-alone";

const { values: flags } = parseArgs({
  options: {
    root: { type: "string", default: fileURLToPath(new URL("../..", import.meta.url)) },
    state: { type: "string" },
    port: { type: "string", default: "0" },
    bare: { type: "boolean", default: false },
    strict: { type: "boolean", default: false },
    set: { type: "string", multiple: true, default: [] },
    "address-limit": { type: "string" },
  },
});
const root = path.resolve(flags.root);
const port = Number(flags.port);
const state = flags.state === undefined ? undefined : path.resolve(flags.state);

// Standard output is for our lines alone; wrangler talks there too, for example of `.dev.vars`.
process.stdout.write = process.stderr.write.bind(process.stderr);

const say = (line) => writeAll(1, Buffer.from(`${JSON.stringify(line)}\n`));
const note = (text) => fs.writeSync(2, `${text}\n`);

let server;
let workerd;
const keys = signingKeys();
let stopping = false;

process.on("SIGTERM", () => stop(0));
process.on("SIGINT", () => stop(0));
process.on("uncaughtException", fail);
process.on("unhandledRejection", fail);

// Commands are read from the start, so that the end of standard input is noticed while starting.
const commands = readline.createInterface({ input: process.stdin });
commands.on("close", () => stop(0));
commands.on("line", (line) => void obey(line));

try {
  await start();
} catch (error) {
  fail(error);
}

async function start() {
  const require = createRequire(path.join(root, "package.json"));
  const wrangler = require("wrangler");
  // The miniflare that this wrangler was made for.
  const miniflare = createRequire(require.resolve("wrangler"))("miniflare");
  watchWorkerd();

  const [edge, objects] = ["wrangler.toml", "objects/wrangler.toml"].map((file) =>
    wrangler.unstable_getMiniflareWorkerOptions(path.join(root, file)),
  );
  const options = miniflare.convertV4MiniflareOptions({
    host: "127.0.0.1",
    port: flags.bare ? 0 : port,
    cf: false,
    logRequests: false,
    log: new miniflare.NoOpLog(),
    handleStructuredLogs: ({ level, message }) => note(`${level}: ${message}`),
    workers: [worker(edge), script(OBJECTS, objects)],
  });
  if (state !== undefined) {
    // Where wrangler would look for it, so that `wrangler d1 --persist-to DIR` finds the data.
    options.resourcePersistencePath = path.join(state, "v3");
  }
  server = new miniflare.Miniflare(options);
  const front = await withDeadline(server.ready, START_MS_MAX, "workerd does not start");
  const url = flags.bare ? await server.unsafeGetDirectURL(NAME) : front;
  await migrate(wrangler);
  await healthy(url);
  say({ ready: true, url: url.origin, workerd_pid: workerd?.pid });
}

/** The Worker of wrangler.toml, with its built modules and a signing key. */
function worker(config) {
  const secrets = { MARU_SIGNING_KEYS: keys, MARU_ARCHIVE_TOKENS: ARCHIVE_TOKEN };
  const worker = script(NAME, config, secrets);
  if (flags["address-limit"] === undefined) {
    delete worker.ratelimits;
  } else {
    for (const { simple } of Object.values(worker.ratelimits)) {
      simple.limit = Number(flags["address-limit"]);
    }
  }
  if (flags.bare) {
    // The Worker still reads files of the page, if there is one.
    if (fs.existsSync(worker.assets.directory)) {
      const files = { disk: { path: worker.assets.directory, writable: false } };
      worker.serviceBindings = { ...worker.serviceBindings, [worker.assets.binding]: files };
    }
    delete worker.assets;
    worker.unsafeDirectSockets = [{ host: "127.0.0.1", port }];
  } else if (worker.assets !== undefined && !fs.existsSync(worker.assets.directory)) {
    note(`warn: ${worker.assets.directory} is missing; there are no pages`);
    delete worker.assets;
  }
  return worker;
}

/** A script with its built modules, and what this run sets. */
function script(name, { workerOptions, main }, secrets = {}) {
  const build = path.dirname(main);
  if (!fs.existsSync(main)) {
    throw new Error(`${main} is missing; build it with \`cargo xtask build\``);
  }
  const { modulesRules: _, ...options } = workerOptions;
  return {
    ...options,
    name,
    modulesRoot: build,
    modules: [
      { type: "ESModule", path: main },
      ...fs
        .readdirSync(build)
        .filter((file) => file.endsWith(".wasm"))
        .map((file) => ({ type: "CompiledWasm", path: path.join(build, file) })),
    ],
    bindings: {
      ...options.bindings,
      ...(flags.strict ? {} : GENEROUS),
      ...secrets,
      ...Object.fromEntries(flags.set.map(setting)),
    },
  };
}

/** `NAME=VALUE` as a pair. */
function setting(text) {
  const end = text.indexOf("=");
  if (end < 1) {
    throw new Error(`--set takes NAME=VALUE, not ${text}`);
  }
  return [text.slice(0, end), text.slice(end + 1)];
}

/** A throw-away key, the same for every start on the same state: tokens outlive a restart. */
function signingKeys() {
  const file = state && path.join(state, "signing-keys.json");
  if (file && fs.existsSync(file)) {
    return fs.readFileSync(file, "utf8");
  }
  const key = crypto.generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const keys = JSON.stringify([{ ...key, kid: crypto.randomBytes(6).toString("base64url") }]);
  if (file) {
    fs.mkdirSync(state, { recursive: true });
    fs.writeFileSync(file, keys, { mode: 0o600 });
  }
  return keys;
}

/** Makes accounts at once, because a password costs each of them a fraction of a second. */
async function signUp(people) {
  const database = await server.getD1Database(DATABASE);
  const insert = database.prepare(
    "INSERT INTO user (id, name, display_name, created_at) VALUES (?, ?, ?, ?)",
  );
  const now = Date.now();
  for (let i = 0; i < people.length; i += ROWS_PER_BATCH) {
    const rows = people.slice(i, i + ROWS_PER_BATCH);
    await database.batch(
      rows.map(({ id, name, display_name }) => insert.bind(id, name, display_name, now)),
    );
  }
  return signIn(people, TOKEN_S, SCOPE);
}

/** What the Worker issues to people who sign in, but for as long as wanted. */
async function signIn(people, seconds, scope) {
  const database = await server.getD1Database(DATABASE);
  const insert = database.prepare(
    `INSERT INTO sign_in (id, user, seed, token, rotated_at, created_at, expires_at)
     VALUES (?, ?, '', '', ?, ?, ?)`,
  );
  const now = Date.now();
  // What has expired was issued before that.
  const issued = now + Math.min(seconds, 0) * 1000;
  const claimed = people.map(({ id, display_name }) => ({
    iss: "maru",
    aud: "maru-api",
    sub: id,
    name: display_name,
    sid: unique(),
    jti: unique(),
    scope,
    iat: Math.floor(issued / 1000),
    iat_ms: issued,
    exp: Math.floor(now / 1000) + seconds,
  }));
  for (let i = 0; i < claimed.length; i += ROWS_PER_BATCH) {
    const rows = claimed.slice(i, i + ROWS_PER_BATCH);
    const expires = now + TOKEN_S * 1000;
    await database.batch(rows.map(({ sid, sub }) => insert.bind(sid, sub, now, now, expires)));
  }
  return claimed.map(signed);
}

function unique() {
  return crypto.randomBytes(15).toString("base64url");
}

/** An access token with these claims. */
function signed(claims) {
  const [jwk] = JSON.parse(keys);
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "EdDSA", kid: jwk.kid, typ: "at+jwt" })}.${part(claims)}`;
  const key = crypto.createPrivateKey({ key: jwk, format: "jwk" });
  return `${text}.${crypto.sign(null, Buffer.from(text), key).toString("base64url")}`;
}

/** Applies what `wrangler d1 migrations apply` would apply, and remembers it in the same table. */
async function migrate(wrangler) {
  const database = await server.getD1Database(DATABASE);
  await database
    .prepare(
      `CREATE TABLE IF NOT EXISTS d1_migrations(
         id INTEGER PRIMARY KEY AUTOINCREMENT,
         name TEXT UNIQUE,
         applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`,
    )
    .run();
  const { results } = await database.prepare("SELECT name FROM d1_migrations").all();
  const applied = new Set(results.map(({ name }) => name));
  const folder = path.join(root, "migrations");
  const names = fs.readdirSync(folder).filter((name) => name.endsWith(".sql"));
  for (const name of names.sort().filter((name) => !applied.has(name))) {
    const sql = fs.readFileSync(path.join(folder, name), "utf8");
    const statements = wrangler.unstable_splitSqlQuery(sql).map((part) => database.prepare(part));
    const remember = database.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name);
    await database.batch([...statements, remember]);
  }
}

async function healthy(url) {
  const answer = await fetch(new URL("/healthz", url), {
    signal: AbortSignal.timeout(START_MS_MAX),
  });
  if (!answer.ok) {
    throw new Error(`/healthz answers ${answer.status}: ${await answer.text()}`);
  }
}

/** Remembers workerd's process, and ends with it: miniflare would quietly start another one. */
function watchWorkerd() {
  const spawn = childProcess.spawn;
  childProcess.spawn = (command, ...rest) => {
    const child = spawn(command, ...rest);
    if (path.basename(String(command)).startsWith("workerd")) {
      workerd = child;
      child.once("exit", () => {
        if (!stopping) {
          stopping = true;
          say({ crashed: true, workerd_pid: child.pid });
          process.exit(1);
        }
      });
    }
    return child;
  };
}

async function obey(line) {
  try {
    const command = JSON.parse(line);
    switch (command.cmd) {
      case "evict":
        await server.unsafeEvictDurableObject(OBJECTS, command.user ? "User" : "Room", {
          name: command.user ?? command.room,
          webSockets: "hibernate",
        });
        say({ ok: true });
        break;
      case "sql":
        await (await server.getD1Database(DATABASE)).prepare(command.sql).run();
        say({ ok: true });
        break;
      case "clock":
        await (await server.getWorker(NAME)).scheduled();
        say({ ok: true });
        break;
      case "people":
        say({ ok: true, tokens: await signUp(command.people) });
        break;
      case "token": {
        const { user, seconds, scope = SCOPE } = command;
        const database = await server.getD1Database(DATABASE);
        const person = database.prepare("SELECT id, display_name FROM user WHERE id = ?").bind(user);
        const [token] = await signIn([await person.first()], seconds, scope);
        say({ ok: true, token });
        break;
      }
      case "stop":
        await stop(0);
        break;
      default:
        say({ error: `unknown command: ${line}` });
    }
  } catch (error) {
    say({ error: String(error?.message ?? error) });
  }
}

async function stop(status) {
  if (stopping) {
    return;
  }
  stopping = true;
  setTimeout(() => end(status), STOP_MS_MAX).unref();
  await server?.dispose().catch(() => undefined);
  end(status);
}

function fail(error) {
  if (stopping) {
    return;
  }
  stopping = true;
  say({ error: String(error?.stack ?? error) });
  end(1);
}

/** Ends, and leaves nothing running. */
function end(status) {
  if (workerd !== undefined && workerd.exitCode === null && workerd.signalCode === null) {
    workerd.kill("SIGKILL");
  }
  process.exit(status);
}

/** A pipe takes 64 KB at once; whoever reads it makes place for the rest. */
function writeAll(file, rest) {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  while (rest.length > 0) {
    try {
      rest = rest.subarray(fs.writeSync(file, rest));
    } catch (error) {
      if (error.code !== "EAGAIN") {
        throw error;
      }
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}

function withDeadline(promise, ms, why) {
  const late = new Promise((_, reject) => {
    setTimeout(() => reject(new Error(why)), ms).unref();
  });
  return Promise.race([promise, late]);
}
