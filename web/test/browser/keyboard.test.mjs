// What the keyboard does, and what stays as one left it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Person, settled, Stage, until } from "./people.mjs";
import { seed } from "./seed.mjs";

const COUNT = 260;

const scene = new Stage({}, furnish);
const { server } = scene;
let ada;
let bob;
let hikers;

async function furnish() {
  ada = await Person.enter(scene.browser, "ada");
  bob = await Person.enter(scene.browser, "bob");
  await ada.page.goto(server.url);
  await ada.signUp("Ada Lovelace");
  await bob.page.goto(server.url);
  await bob.signUp("Bob Ross");
  hikers = await ada.createRoom("Sunday hikers", "Every week");
  await ada.createRoom("주간 회의");
}

/** Opens the switcher, types, and goes where it leads first. */
async function switchTo(query, option) {
  const { page } = ada;
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox");
  await field.fill(query);
  await page.getByRole("option", { name: option, selected: true }).waitFor();
  await field.press("Enter");
  await page.getByRole("combobox").waitFor({ state: "detached" });
}

describe("the quick switcher", () => {
  test("goes to a room by the first consonants of its name", async () => {
    await switchTo("hik", /Sunday hikers/);
    await ada.page.getByRole("heading", { name: "Sunday hikers", level: 1 }).waitFor();
    await ada.page.keyboard.press("Control+k");
    await ada.page.getByRole("combobox").fill("h");
    await ada.shoot("switcher");
    await ada.checkAccess();
    await ada.page.keyboard.press("Escape");
    await switchTo("ㅎㅇ", /주간 회의/);
    await ada.page.getByRole("heading", { name: "주간 회의", level: 1 }).waitFor();
  });

  test("opens a talk with a person, and a search", async () => {
    await switchTo("bob", /Bob Ross/);
    await ada.page.getByRole("heading", { name: "Bob Ross", level: 1 }).waitFor();
    await ada.page.keyboard.press("Control+k");
    await ada.page.getByRole("combobox").fill("tea kettle");
    await ada.page.getByRole("option", { name: "Search messages for “tea kettle”" }).click();
    await until(async () => (await ada.page.getByRole("searchbox").inputValue()) === "tea kettle", "it is searched for");
    await ada.page.getByText("Nothing was found").waitFor();
  });
});

describe("shortcuts", () => {
  test("are listed at a question mark, but not in the middle of a word", async () => {
    const { page } = ada;
    await switchTo("hik", /Sunday hikers/);
    await ada.composer().pressSequentially("what?");
    assert.equal(await page.getByRole("dialog").count(), 0);
    await ada.composer().fill("");
    await page.getByRole("log").focus();
    await page.keyboard.press("Shift+?");
    const sheet = page.getByRole("dialog", { name: "Keyboard shortcuts" });
    await sheet.waitFor();
    await ada.shoot("shortcuts");
    await ada.checkAccess();
    await sheet.getByRole("checkbox").uncheck();
    await page.keyboard.press("Escape");
    await page.getByRole("log").focus();
    await page.keyboard.press("Shift+?");
    assert.equal(await sheet.count(), 0, "they can be turned off");
    await page.keyboard.press("Control+/");
    await sheet.getByRole("checkbox").check();
    await page.keyboard.press("Escape");
  });

  test("go from room to room, to the search and to the composer", async () => {
    const { page } = ada;
    const heading = page.getByRole("heading", { level: 1 });
    const first = await heading.innerText();
    await page.keyboard.press("Alt+ArrowDown");
    await until(async () => (await heading.innerText()) !== first, "another room is open");
    await page.keyboard.press("Alt+ArrowUp");
    await until(async () => (await heading.innerText()) === first, "the first one is back");
    await page.keyboard.press("Control+Shift+KeyF");
    await page.getByRole("complementary", { name: "Search" }).waitFor();
    // The hints go first, then the panel.
    await page.keyboard.press("Escape");
    await page.getByRole("listbox").waitFor({ state: "detached" });
    await page.keyboard.press("Escape");
    await page.getByRole("complementary", { name: "Search" }).waitFor({ state: "detached" });
    await page.getByRole("log").focus();
    await page.keyboard.press("/");
    await until(() => ada.composer().evaluate((field) => field === document.activeElement && field.value === ""), "the composer has the focus");
  });
});

describe("columns", () => {
  test("are as wide as one makes them, also after a reload", async () => {
    const { page } = ada;
    const edge = page.getByRole("separator", { name: "Width of the list of rooms" });
    const width = async () => Math.round((await page.getByRole("navigation").boundingBox()).width);
    const own = await width();
    await edge.focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await until(async () => (await width()) === own + 32, "it is wider");
    await page.reload();
    await ada.composer().waitFor();
    assert.equal(await width(), own + 32);
    await edge.focus();
    await page.keyboard.press("Home");
    await until(async () => (await width()) === own, "it is as it was");
    await page.keyboard.press("Control+Shift+KeyM");
    const panel = page.getByRole("complementary", { name: "Members" });
    const box = await panel.boundingBox();
    const bar = page.getByRole("separator", { name: "Width of the side panel" });
    const { x, y } = await bar.boundingBox();
    await page.mouse.move(x + 4, y + 200);
    await page.mouse.down();
    await page.mouse.move(x - 60, y + 200, { steps: 4 });
    await page.mouse.up();
    await until(async () => (await panel.boundingBox()).width > box.width + 50, "the panel follows the pointer");
    await ada.checkAccess();
    await panel.getByRole("button", { name: "Close" }).click();
  });
});

describe("a place in the log", () => {
  test("is kept while one looks into another room, and over a reload", async () => {
    const { page } = ada;
    await seed(server.url, hikers.split("/").at(-1), "ada", Array.from({ length: COUNT }, (_, index) => `step ${index + 1} ${"on the way ".repeat(index % 5)}`));
    await ada.sees(`step ${COUNT}`);
    const log = page.getByRole("log");
    await log.hover();
    await page.mouse.wheel(0, -2_500);
    await page.getByRole("button", { name: "Jump to present" }).waitFor();
    const seq = await settled(topmost);
    await switchTo("ㅎㅇ", /주간 회의/);
    await switchTo("hik", /Sunday hikers/);
    await until(async () => (await topmost()) === seq, "the same message is on top");
    await page.reload();
    await until(async () => (await topmost()) === seq, "the same message is on top after a reload");
  });

  test("is gone back to after a jump", async () => {
    const { page } = ada;
    const seq = await settled(topmost);
    await page.keyboard.press("Control+Shift+KeyF");
    await page.getByRole("searchbox").fill('"step 7 "');
    await page.keyboard.press("Enter");
    await page.getByRole("complementary", { name: "Search" }).locator("mark").first().click();
    await page.locator('[data-lit="true"]').filter({ hasText: "step 7 " }).waitFor();
    await page.getByRole("button", { name: "Back to where you were" }).click();
    await until(async () => (await topmost()) === seq, "it is where it was");
    await page.getByRole("complementary", { name: "Search" }).getByRole("button", { name: "Close" }).click();
    await page.keyboard.press("Alt+End");
    await page.getByRole("button", { name: "Jump to present" }).waitFor({ state: "hidden" });
  });
});

test("no browser complained", async () => {
  await ada.leave();
  await bob.leave();
});

/** The message at the upper edge of the log. */
function topmost() {
  return ada.page.evaluate(() => {
    const log = document.querySelector('[role="log"]')?.getBoundingClientRect();
    if (log === undefined) return undefined;
    const rows = [...document.querySelectorAll("article")].filter((row) => row.getBoundingClientRect().bottom > log.top + 1);
    return rows.toSorted((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)[0]?.dataset.seq;
  });
}
