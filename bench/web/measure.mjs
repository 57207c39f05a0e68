#!/usr/bin/env node
// Measures the page in headless Chromium: `cargo xtask bench web`, and `web-soak`.
//
//   node bench/web/measure.mjs [--soak]
//
// Prints what it does to standard error, and one line of JSON to standard output: facts by name.
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";

import { launch, Person } from "../../web/test/browser/people.mjs";
import { Server } from "../../web/test/browser/server.mjs";
import { Crowd } from "./crowd.mjs";
import { figures } from "./figures.mjs";

/** Messages a second that arrive while somebody works with the page. */
const BUSY_PER_S = 100;

/** Messages of the room that is scrolled through. */
const LONG_ROOM = 100_000;

const SOAK_MINUTES = 10;
const SOAK_PER_S = 20;

const note = (text) => process.stderr.write(`${text}\n`);
const { values: flags } = parseArgs({ options: { soak: { type: "boolean", default: false } } });

const server = new Server();
await server.start();
const browser = await launch();
try {
  const facts = flags.soak ? await soak() : { ...(await firstLoad()), ...(await busyRoom()), ...(await longRoom()) };
  process.stdout.write(`${JSON.stringify(facts)}\n`);
} finally {
  await browser.close();
  await server.dispose();
}

/** What a first visit fetches, and how long it takes until there is something to do. */
async function firstLoad() {
  note("first load");
  const person = await Person.enter(browser, "newcomer");
  const fetched = weigh(person.page);
  await person.page.goto(server.url);
  await person.page.getByLabel("Name", { exact: true }).waitFor();
  const signIn = { ms: await sinceNavigation(person.page), ...(await fetched()) };
  await person.signUp();
  await person.page.getByRole("navigation").getByRole("button", { name: "Start something new" }).waitFor();
  const rooms = await fetched();
  await person.createRoom("Weighed");
  const room = await fetched();
  await person.page.reload();
  await person.composer().waitFor();
  const again_ms = await sinceNavigation(person.page);
  await person.leave();
  return {
    "sign-in page, ms": signIn.ms,
    "sign-in page, JavaScript KB": signIn.js,
    "rooms, JavaScript KB": rooms.js,
    "rooms, Wasm KB": rooms.wasm,
    "in a room, JavaScript KB": room.js,
    "back in a room, ms": again_ms,
  };
}

/** How long the page takes to answer a person, while a room is loud: who writes, and who goes to another room. */
async function busyRoom() {
  note(`interaction while ${BUSY_PER_S} messages/s arrive`);
  const person = await Person.enter(browser, "worker");
  await person.page.goto(server.url);
  await person.signUp();
  await person.createRoom("Quiet");
  await person.createRoom("Loud");
  const room = person.page.url().split("/").at(-1);
  const crowd = await Crowd.gather(server.url, room, 5);
  await watchInteractions(person.page);
  const ended = crowd.talk(BUSY_PER_S, 30_000);
  for (let round = 0; round < 3; round += 1) {
    await person.composer().pressSequentially("somebody writes while everybody talks, 그리고 계속 써요 ", { delay: 40 });
    for (const name of ["Quiet", "Loud"]) {
      await person.page.getByRole("navigation").getByRole("link", { name: new RegExp(`^${name}`) }).click();
      await person.page.getByRole("heading", { name, level: 1 }).waitFor();
    }
    await person.composer().press("End");
  }
  await ended;
  const seen = await person.page.evaluate(() => globalThis.interactions);
  await crowd.leave();
  await person.leave();
  return { ...figures("interaction, a key", seen.keys), ...figures("interaction, a click on a room", seen.clicks) };
}

/** How evenly a very long room scrolls. */
async function longRoom() {
  note(`scrolling through ${LONG_ROOM} messages`);
  const person = await Person.enter(browser, "reader");
  await person.page.goto(server.url);
  await person.signUp();
  await person.createRoom("Long");
  const room = person.page.url().split("/").at(-1);
  const crowd = await Crowd.gather(server.url, room, 1);
  await crowd.fill(LONG_ROOM);
  await crowd.leave();
  await person.page.reload();
  await person.composer().waitFor();
  await person.page.getByRole("article").first().hover();
  await person.page.evaluate(() => {
    globalThis.frames = [];
    let before = performance.now();
    const frame = (now) => {
      globalThis.frames.push(now - before);
      before = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  for (let turn = 0; turn < 200; turn += 1) await person.page.mouse.wheel(0, -700);
  const frames = await person.page.evaluate(() => globalThis.frames.slice(1));
  await person.leave();
  const late = frames.filter((ms) => ms > 1.5 * (1000 / 60)).length;
  return { ...figures("frame while scrolling", frames), "frames late, %": (100 * late) / frames.length };
}

/** Whether anything grows in ten minutes of a busy room. */
async function soak() {
  const person = await Person.enter(browser, "sitter");
  await person.page.goto(server.url);
  await person.signUp();
  await person.createRoom("Soak");
  const crowd = await Crowd.gather(server.url, person.page.url().split("/").at(-1), 5);
  const devtools = await person.context.newCDPSession(person.page);
  await devtools.send("Performance.enable");
  const minutes = [];
  for (let minute = 0; minute <= SOAK_MINUTES; minute += 1) {
    if (minute > 0) await crowd.talk(SOAK_PER_S, 60_000);
    await devtools.send("HeapProfiler.collectGarbage");
    const heap = await devtools.send("Runtime.getHeapUsage");
    const { metrics } = await devtools.send("Performance.getMetrics");
    const metric = (name) => metrics.find((each) => each.name === name).value;
    const row = {
      minute,
      heap_mib: heap.usedSize / 2 ** 20,
      buffers_mib: (heap.backingStorageSize ?? 0) / 2 ** 20,
      nodes: metric("Nodes"),
      listeners: metric("JSEventListeners"),
    };
    note(JSON.stringify(row));
    minutes.push(row);
  }
  await crowd.leave();
  await person.leave();
  return { minutes };
}

/** Adds up what scripts and modules weigh as they travel, from now on. */
function weigh(page) {
  const weights = new Map();
  page.on("response", (response) => {
    const kind = /\.(js|wasm)$/.exec(new URL(response.url()).pathname)?.[1];
    if (kind === undefined || !response.ok() || weights.has(response.url())) return;
    weights.set(response.url(), response.body().then((body) => ({ kind, bytes: gzipSync(body, { level: 9 }).length })));
  });
  return async () => {
    const all = await Promise.all(weights.values());
    const sum = (kind) => all.filter((each) => each.kind === kind).reduce((total, { bytes }) => total + bytes, 0) / 1000;
    return { js: sum("js"), wasm: sum("wasm") };
  };
}

function sinceNavigation(page) {
  return page.evaluate(() => performance.now());
}

/**
 * Has the page note how long each key and click takes until the frame with its effect has been made.
 *
 * Event Timing would tell the same with the time until that frame is on the screen, but where nothing
 * draws on a screen it waits for a later frame: with a counter that changes ten times a second on an
 * idle page it says 56 ms.
 */
function watchInteractions(page) {
  return page.evaluate(() => {
    const seen = { keys: [], clicks: [] };
    let pressedAt = null;
    // A task that is posted from within a frame comes after its layout and painting.
    const untilMade = (from, durations) =>
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.addEventListener("message", () => durations.push(performance.now() - from), { once: true });
        port1.start();
        port2.postMessage(null);
      });
    addEventListener("keydown", (event) => (pressedAt = event.timeStamp), true);
    const typed = (event) => {
      // What an input method writes comes without a key.
      untilMade(pressedAt ?? event.timeStamp, seen.keys);
      pressedAt = null;
    };
    addEventListener("input", typed, true);
    addEventListener("click", (event) => untilMade(event.timeStamp, seen.clicks), true);
    globalThis.interactions = seen;
  });
}
