// What administrators see and do, in browsers, with the real Worker.
import assert from "node:assert/strict";
import fs from "node:fs";
import { describe, test } from "node:test";
import { PASSWORD, Person, Stage } from "./people.mjs";

const SECTIONS = ["figures", "people", "rooms", "archive", "audit"];

const scene = new Stage({ MARU_ADMINS: "root" }, furnish);
const { server } = scene;
let root;
let mia;

async function furnish() {
  root = await somebody("root", "Root");
  mia = await somebody("mia", "Mia");
  await mia.createRoom("Garden");
}

async function somebody(name, displayName) {
  const person = await Person.enter(scene.browser, name);
  await person.page.goto(server.url);
  await person.signUp(displayName);
  await person.page.getByText("No rooms yet").waitFor();
  return person;
}

/** As an archive job does, with the token of the harness. */
async function tellOfRun(run) {
  const headers = { authorization: "Bearer archive-job-of-this-harness-alone", "content-type": "application/json" };
  const answer = await fetch(`${server.url}/api/v1/archive/runs`, { method: "POST", headers, body: JSON.stringify(run) });
  assert.equal(answer.status, 204, await answer.text());
}

async function actOn(name, act) {
  const { page } = root;
  await page.goto(`${server.url}/admin/people`);
  await page.getByRole("button", { name: `What to do with ${name}` }).click();
  await page.getByRole("menuitem", { name: act }).click();
  await page.getByRole("dialog").getByRole("button", { name: act }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

describe("AD1: who may look", () => {
  test("for others there is nothing here", async () => {
    const { page } = mia;
    await page.goto(`${server.url}/settings`);
    await page.getByRole("link", { name: "Privacy" }).waitFor();
    assert.equal(await page.getByRole("link", { name: "Administration" }).count(), 0);
    await page.goto(`${server.url}/admin`);
    await page.getByRole("heading", { name: "There is nothing here" }).waitFor();
    await mia.checkAccess();
  });

  test("an administrator finds the way in the settings", async () => {
    const { page } = root;
    await page.getByRole("link", { name: "Root Settings" }).click();
    await page.getByRole("link", { name: "Administration" }).click();
    await page.getByRole("heading", { name: "Figures" }).waitFor();
  });
});

describe("AD3: what there is", () => {
  for (const [name, viewport, scheme] of [["desk", { width: 1280, height: 800 }, "light"], ["phone", { width: 390, height: 844 }, "dark"]]) {
    test(`every section, ${name}`, async () => {
      const { page } = root;
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme: scheme });
      for (const section of SECTIONS) {
        await page.goto(`${server.url}/admin/${section}`);
        await page.getByRole("heading", { level: 2 }).waitFor();
        await page.getByRole("main").getByText({ figures: "As of", people: "mia", rooms: "Garden", archive: "No archive job has ever run", audit: "Nobody can change it" }[section]).first().waitFor();
        await root.shoot(`admin-${section}-${name}`);
        await root.checkAccess();
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${section} is ${overflow} px too wide`);
      }
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.emulateMedia({ colorScheme: "light" });
    });
  }

  test("people and rooms are found by a part of a name", async () => {
    const { page } = root;
    await page.goto(`${server.url}/admin/people`);
    await page.getByRole("searchbox").fill("mi");
    await page.getByRole("main").getByText("Root", { exact: true }).waitFor({ state: "detached" });
    await page.getByRole("main").getByText("Mia", { exact: true }).waitFor();
    await page.getByRole("searchbox").fill("nobody at all");
    await page.getByText("Nobody has that name").waitFor();
    await page.goto(`${server.url}/admin/rooms`);
    await page.getByText(/of \d+ entries are archived/).waitFor();
    await page.getByRole("searchbox").fill("cellar");
    await page.getByText("No room has that in its name").waitFor();
  });
});

describe("AA9: the archive", () => {
  test("shows how the last runs of its jobs ended", async () => {
    const { page } = root;
    await page.goto(`${server.url}/admin/archive`);
    await page.getByText("No job has told of a run yet.").waitFor();
    const ended = Date.now();
    await tellOfRun({ command: "run", started_at: ended - 101_000, ended_at: ended - 60_000, exit: 0, archived: 5_120, expired: 812, says: "" });
    await tellOfRun({ command: "compact", started_at: ended - 9_000, ended_at: ended - 2_000, exit: 1, archived: 0, expired: 0, says: "the store did not answer in time" });
    await page.reload();
    await page.getByText("The last run failed. What it said is below.").waitFor();
    await page.getByRole("listitem").filter({ hasText: "Compacting" }).getByText("the store did not answer in time").waitFor();
    await page.getByRole("listitem").filter({ hasText: "Whole run" }).getByText("5,120 archived, 812 expired").waitFor();
    await page.getByText("Entries expired ever").waitFor();
    await root.shoot("admin-archive-runs");
    await root.checkAccess();
  });
});

describe("AD2: what can be done", () => {
  test("somebody is made an administrator, and is none any more", async () => {
    await actOn("Mia", "Make administrator");
    await mia.page.goto(`${server.url}/settings`);
    await mia.page.getByRole("link", { name: "Administration" }).waitFor();
    await actOn("Mia", "Take administration away");
    await mia.page.reload();
    await mia.page.getByRole("link", { name: "Privacy" }).waitFor();
    assert.equal(await mia.page.getByRole("link", { name: "Administration" }).count(), 0);
  });

  test("TK5: a disabled account is signed out at once, and cannot come back until it is enabled", async () => {
    const { page } = mia;
    await page.goto(server.url);
    await page.getByRole("navigation").getByRole("link", { name: /Garden/ }).click();
    await mia.composer().fill("half a thought");
    await mia.withNoise(async () => {
      await actOn("Mia", "Disable account");
      await page.getByRole("heading", { name: "You were signed out" }).waitFor();
      await mia.shoot("signed-out");
      await page.getByLabel("Name", { exact: true }).fill("mia");
      await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await page.getByRole("alert").getByText("This account is disabled").waitFor();
      await actOn("Mia", "Enable account");
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await mia.composer().waitFor();
    });
    assert.equal(await mia.composer().inputValue(), "half a thought", "what was typed is kept");
  });

  test("nobody does these to themselves", async () => {
    const { page } = root;
    await page.goto(`${server.url}/admin/people`);
    await page.getByRole("button", { name: "What to do with Root" }).click();
    await page.getByRole("menuitem", { name: "Show activity" }).waitFor();
    assert.equal(await page.getByRole("menuitem").count(), 1);
    await page.getByRole("menuitem", { name: "Show activity" }).click();
    await page.getByRole("listitem").filter({ hasText: "Made administrator" }).first().waitFor();
  });
});

describe("AU2: the log", () => {
  test("is read by name, act and day, and downloaded", async () => {
    const { page } = root;
    await page.goto(`${server.url}/admin/audit`);
    await page.getByLabel("What", { exact: true }).selectOption({ label: "Made administrator" });
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await page.getByRole("listitem").filter({ hasText: "Root → Mia" }).waitFor();
    await page.getByLabel("Who (name)").fill("mia");
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await page.getByText("Nothing like that happened").waitFor();
    await page.getByLabel("Who (name)").fill("nobody-at-all");
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await page.getByText("There is no such account").waitFor();
    await page.getByRole("button", { name: "Show all" }).click();
    await page.getByRole("listitem").filter({ hasText: "Account made" }).first().waitFor();

    // A test cannot answer the browser's own question where to save.
    await page.evaluate(() => delete window.showSaveFilePicker);
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download" }).click()]);
    assert.match(download.suggestedFilename(), /^maru-audit-[\d-]+\.ndjson$/);
    const lines = fs.readFileSync(await download.path(), "utf8").trim().split("\n").map((line) => JSON.parse(line));
    assert.ok(lines.some(({ act }) => act === "admin_granted"));
    assert.ok(lines.some(({ act }) => act === "audit_exported"), "the download itself is in it");
    await page.getByText("Saved.").waitFor();
  });
});

test("no browser complained", async () => {
  await root.leave();
  await mia.leave();
});
