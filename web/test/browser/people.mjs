// People with browsers of their own, who do what people do.
import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { after, before } from "node:test";
import { chromium } from "playwright-core";
import { root, Server } from "./server.mjs";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const SCREENSHOTS = path.join(root, "target/screenshots");

export function launch() {
  fs.mkdirSync(SCREENSHOTS, { recursive: true });
  return chromium.launch({ executablePath: process.env.CHROMIUM_BIN ?? "/usr/bin/chromium", args: FLAGS });
}

/** A server and a browser for the tests of a file; both are there once it has begun. */
export class Stage {
  server;
  browser;

  /** `settings` are variables of the Worker; `furnish` is done before any test. */
  constructor(settings = {}, furnish = () => {}) {
    this.server = new Server(settings);
    // The runner does not wait for one such hook before it begins the next.
    before(async () => {
      await this.server.start();
      this.browser = await launch();
      await furnish();
    });
    after(async () => {
      await this.browser?.close();
      await this.server.dispose();
    });
  }
}

/** Ada makes a room, and Bob comes through its link. */
export async function meet({ server, browser }, { topic = "", permissions = [] } = {}) {
  const ada = await Person.enter(browser, "ada", { permissions });
  const bob = await Person.enter(browser, "bob");
  await ada.page.goto(server.url);
  await ada.signUp("Ada Lovelace");
  const link = await ada.createRoom("마루 Hall", topic);
  await bob.page.goto(link);
  await bob.signUp("밥");
  await bob.page.getByRole("button", { name: "Join room" }).click();
  await bob.composer().waitFor();
  return { ada, bob, link };
}

export const PASSWORD = "correct horse battery";

export class Person {
  /** What the browser complained about: nothing, but while the network is down. */
  complaints = [];
  #calm = true;

  constructor(name, context, page) {
    this.name = name;
    this.context = context;
    this.page = page;
  }

  static async enter(browser, name, options = {}) {
    const context = await browser.newContext({ locale: "en-US", viewport: { width: 1280, height: 800 }, reducedMotion: "reduce", ...options });
    const person = new Person(name, context, await context.newPage());
    person.watch(person.page);
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
    return person;
  }

  watch(page) {
    const complain = (text) => this.#calm && this.complaints.push(text);
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && complain(`${message.text()} ${message.location().url}`));
    page.on("pageerror", (error) => complain(String(error)));
  }

  /** While `act` runs, failing requests are part of the story. */
  async withNoise(act) {
    this.#calm = false;
    try {
      return await act();
    } finally {
      this.#calm = true;
    }
  }

  async signUp(displayName = this.name) {
    const { page } = this;
    await page.getByRole("radio", { name: "Create account" }).check();
    await page.getByLabel("Name", { exact: true }).fill(this.name);
    await page.getByLabel("Display name").fill(displayName);
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Create account" }).click();
  }

  async createRoom(name, topic = "") {
    const { page } = this;
    await page.getByRole("navigation").getByRole("button", { name: "Start something new" }).click();
    await page.getByRole("menuitem", { name: "New room" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill(name);
    await page.getByRole("dialog").getByLabel("Topic").fill(topic);
    await page.getByRole("button", { name: "Create room" }).click();
    await page.getByRole("heading", { name, level: 1 }).waitFor();
    return page.url();
  }

  composer(page = this.page) {
    return page.getByRole("textbox", { name: /^Message to/ });
  }

  async say(body, page = this.page) {
    await this.composer(page).fill(body);
    await this.composer(page).press("Enter");
  }

  /** Does something to the room from its menu. */
  async chooseInRoom(name, page = this.page) {
    await page.getByRole("button", { name: "About this room" }).click();
    await page.getByRole("menuitem", { name }).click();
  }

  /** Does something to a message from its menu. */
  async choose(body, name, page = this.page) {
    const message = this.message(body, page).first();
    await message.hover();
    await message.getByRole("button", { name: "More about this message" }).click();
    await page.getByRole("menuitem", { name, exact: true }).click();
  }

  message(body, page = this.page) {
    return page.getByRole("article").filter({ hasText: body });
  }

  async sees(body, page = this.page) {
    await this.message(body, page).first().waitFor();
  }

  /** Begins to watch for a text; the answer waits until the page has shown it, if only for a moment. */
  async glimpse(text, page = this.page) {
    const watch = await page.evaluateHandle((wanted) => {
      const shown = new Promise((resolve) => {
        const observer = new MutationObserver(() => {
          if (!document.body.textContent.includes(wanted)) return;
          observer.disconnect();
          resolve();
        });
        observer.observe(document.body, { subtree: true, childList: true, characterData: true });
      });
      return { shown };
    }, text);
    return () => watch.evaluate(({ shown }) => shown);
  }

  /** The texts of the messages on show, oldest first. */
  async bodies(page = this.page) {
    return page.getByRole("article").evaluateAll((articles) =>
      articles
        .toSorted((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
        .map((article) => article.querySelector("[dir=auto]")?.textContent ?? ""),
    );
  }

  async shoot(name, page = this.page) {
    await page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });
  }

  /** What axe-core finds: contrast, names, roles, headings, landmarks. */
  async checkAccess(page = this.page) {
    await page.evaluate(AXE);
    const violations = await page.evaluate(async () => {
      const found = await window.axe.run();
      return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
    });
    assert.deepEqual(violations, [], "everybody can use this page");
  }

  async leave() {
    await this.context.close();
    assert.deepEqual(this.complaints, [], `${this.name}'s browser complained`);
  }
}

/** Signs in on a page that asks who one is. */
export async function signIn(page, name, password) {
  await page.getByRole("radio", { name: "Sign in" }).check();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** Waits until `condition` holds; there are no fixed sleeps. */
export async function until(condition, why, ms = 20_000) {
  const deadline = Date.now() + ms;
  for (;;) {
    if (await condition()) return;
    if (Date.now() > deadline) throw new Error(`not in time: ${why}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** The value of `read` once it is there and has stayed the same for a few frames. */
export async function settled(read) {
  let value;
  let times = 0;
  await until(async () => {
    const last = value;
    value = await read();
    times = value !== undefined && value === last ? times + 1 : 0;
    return times === 4;
  }, "it settles");
  return value;
}
