// Every page and every dialog, in both themes and languages, on a desk and on a phone: axe-core
// finds nothing, and nothing is wider than the window. Then three people at once.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import en from "../../src/i18n/en.json" with { type: "json" };
import ko from "../../src/i18n/ko.json" with { type: "json" };
import { PASSWORD, Person, Stage, until } from "./people.mjs";
import { Voice } from "./voice.mjs";

const LOOKS = [
  { name: "a desk, English, light", words: en, locale: "en-US", colorScheme: "light", viewport: { width: 1280, height: 800 } },
  { name: "a desk, Korean, dark", words: ko, locale: "ko-KR", colorScheme: "dark", viewport: { width: 1280, height: 800 } },
  { name: "a phone, Korean, light", words: ko, locale: "ko-KR", colorScheme: "light", viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  { name: "a phone, English, dark", words: en, locale: "en-US", colorScheme: "dark", viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
];

const theatre = new Stage({}, furnish);
const { server } = theatre;
let ada;
let bob;
let room;

async function furnish() {
  ada = await Voice.signUp(server.url, "ada", "Ada Lovelace");
  bob = await Voice.signUp(server.url, "bob", "밥");
  room = await ada.createRoom("마루 Hall", { topic: "차와 이야기" });
  await bob.join(room);
  const seq = await bob.say(room, "**Hello** `there`\n\n```js\nconst answer = 42;\n```");
  await ada.tell(room, { t: "react", target: seq, emoji: "👍", on: true });
  await ada.tell(room, { t: "pin", target: seq, on: true });
  await ada.say(room, "a reply in the thread", { thread: seq });
  await ada.say(room, "my own words");
}

after(async () => {
  ada.close();
  bob.close();
});

/** A browser in which Ada is signed in. */
async function open(look) {
  const person = await enter(look);
  await person.context.request.post(new URL("/api/v1/session", server.url).href, { data: { name: "ada", password: PASSWORD }, headers: { origin: new URL(server.url).origin } });
  await person.context.addInitScript(() => localStorage.getItem("maru.signed_in") ?? localStorage.setItem("maru.signed_in", "expected"));
  return { person, page: person.page, words: look.words };
}

/** Somebody who sees Maru so. */
function enter({ name, locale, colorScheme, viewport, hasTouch = false, isMobile = false }) {
  return Person.enter(theatre.browser, name, { locale, colorScheme, viewport, hasTouch, isMobile });
}

function said(person) {
  return person.bodies().then((bodies) => bodies.filter((body) => / says \d$/.test(body)));
}

/** Nothing that a machine can find keeps somebody out, and nothing has to be scrolled sideways. */
async function check({ person, page }, what) {
  // What moves in is half transparent meanwhile.
  await until(() => page.evaluate(() => document.getAnimations().every(({ playState }) => playState !== "running")), "nothing moves");
  try {
    await person.checkAccess();
  } catch (error) {
    error.message = `${what}: ${error.message}`;
    throw error;
  }
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${what} is ${overflow} px too wide`);
}

async function checkPages(scene) {
  const { page } = scene;
  const pages = ["/", "/browse", "/search?q=hello", "/settings", "/settings/appearance"];
  for (const path of pages) {
    await page.goto(new URL(path, server.url).href);
    await page.getByRole("heading", { level: 1 }).first().waitFor({ state: "attached" });
    await until(() => page.evaluate(() => document.querySelector('main [role="status"] [class*="spinner"]') === null), `${path} is there`);
    await check(scene, path);
  }
}

/** Chooses in the room's menu, looks at what opens, and closes it. */
async function checkDialogs(scene) {
  const { page, words } = scene;
  await page.goto(new URL(`/rooms/${room}`, server.url).href);
  await page.getByText("my own words").waitFor();
  await check(scene, "the room");
  const choices = [words.invites.title, words.notify.of_room, words.manage.title, words.bans.title, words.log.title, words.room.leave];
  for (const choice of choices) {
    await page.getByRole("button", { name: words.room.menu }).click();
    if (choice === choices[0]) await check(scene, "the room's menu");
    await page.getByRole("menuitem", { name: choice, exact: true }).click();
    await page.getByRole("dialog").waitFor();
    await check(scene, choice);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }
}

async function checkPanels(scene) {
  const { page, words } = scene;
  for (const keys of ["Control+Shift+KeyM", "Control+Shift+KeyF"]) {
    await page.keyboard.press(keys);
    await page.getByRole("complementary").waitFor();
    await check(scene, keys);
    await page.getByRole("complementary").getByRole("button", { name: words.app.close }).click();
  }
  const replies = (words.message.replies_one ?? words.message.replies_other).replace("{{count}}", "1");
  await page.getByRole("article").filter({ hasText: "Hello" }).getByRole("button", { name: replies }).click();
  await page.getByRole("complementary").getByText("a reply in the thread").waitFor();
  await check(scene, "the thread");
  await page.getByRole("complementary").getByRole("button", { name: words.app.close }).click();
  const message = page.getByRole("article").filter({ hasText: "my own words" });
  await message.hover();
  await message.getByRole("button", { name: words.message.more }).click();
  await check(scene, "the message's menu");
  await page.getByRole("menuitem", { name: words.message.delete, exact: true }).click();
  await page.getByRole("dialog").waitFor();
  await check(scene, "deleting");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: words.emoji.label, exact: true }).first().click();
  await page.getByRole("dialog", { name: words.emoji.label }).getByRole("gridcell").first().waitFor();
  await check(scene, "the emoji");
  await page.keyboard.press("Escape");
}

for (const look of LOOKS) {
  describe(look.name, () => {
    let scene;
    before(async () => (scene = await open(look)));
    after(() => scene.person.leave());
    test("every page", () => checkPages(scene));
    test("every dialog of a room", () => checkDialogs(scene));
    test("every panel and menu", () => checkPanels(scene));
  });
}

test("who is not signed in", async () => {
  for (const look of LOOKS) {
    const person = await enter(look);
    for (const path of ["/", `/rooms/${room}`, "/invite/x"]) {
      await person.page.goto(new URL(path, server.url).href);
      await person.page.getByRole("heading", { level: 1 }).waitFor();
      await check({ person, page: person.page }, path);
    }
    await person.leave();
  }
});

test("three people at once see one conversation", async () => {
  const looks = [LOOKS[0], LOOKS[1], LOOKS[2]];
  const people = [];
  for (const [index, look] of looks.entries()) {
    const person = await enter({ ...look, name: `three-${index}` });
    const voice = await Voice.signUp(server.url, `three-${index}`, `Person ${index}`);
    await voice.join(room);
    await person.context.request.post(new URL("/api/v1/session", server.url).href, { data: { name: `three-${index}`, password: PASSWORD }, headers: { origin: new URL(server.url).origin } });
    await person.context.addInitScript(() => localStorage.getItem("maru.signed_in") ?? localStorage.setItem("maru.signed_in", "expected"));
    await person.page.goto(new URL(`/rooms/${room}`, server.url).href);
    await person.page.getByText("my own words").waitFor();
    people.push(person);
  }
  await Promise.all(
    people.map(async ({ page, name }) => {
      for (const n of [1, 2, 3, 4]) {
        await page.locator("form textarea").fill(`${name} says ${n}`);
        await page.locator("form button[type=submit]").click();
      }
    }),
  );
  await until(async () => (await Promise.all(people.map(said))).every((bodies) => bodies.length === 12), "everybody sees everything");
  const [first, ...others] = await Promise.all(people.map(said));
  for (const other of others) assert.deepEqual(other, first);
  for (const { name } of people) assert.deepEqual(first.filter((body) => body.startsWith(name)), [1, 2, 3, 4].map((n) => `${name} says ${n}`));
  for (const person of people) await person.leave();
});
