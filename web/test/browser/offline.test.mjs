// The page without a server: it opens, shows what was seen, and sends what was written once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { meet, Stage, until } from "./people.mjs";

const scene = new Stage({}, furnish);
const { server } = scene;
let ada;
let bob;
let link;

async function furnish() {
  ({ ada, bob, link } = await meet(scene));
  await bob.say("before the storm");
  await ada.say("**see** you `then`");
  await bob.sees("see you then");
  await bob.page.locator("[data-picker]").setInputFiles({ name: "floor.png", mimeType: "image/png", buffer: await picture() });
  await bob.page.getByRole("button", { name: "Remove floor.png" }).waitFor();
  await until(async () => (await bob.page.locator('li[data-state="done"]').count()) === 1, "it is uploaded");
  await bob.say("look at this");
  await ada.message("look at this").getByRole("img").waitFor();
}

/** A picture, drawn here. */
async function picture() {
  const page = await scene.browser.newPage({ viewport: { width: 320, height: 180 } });
  await page.setContent('<body style="margin:0;background:linear-gradient(teal,gold)">');
  const bytes = await page.screenshot();
  await page.close();
  return bytes;
}

const pending = () => ada.page.locator('[data-state="pending"]').count();

test("the shell is kept by a service worker, under the page's policy", async () => {
  const { page } = ada;
  await page.evaluate(() => navigator.serviceWorker.ready);
  await until(() => page.evaluate(() => navigator.serviceWorker.controller !== null), "it serves the page");
  const refused = await ada.withNoise(() =>
    page.evaluate(() => {
      try {
        window.trustedTypes.createPolicy("service-worker", { createScriptURL: (url) => url });
        return "made a second policy";
      } catch (error) {
        return error.name;
      }
    }),
  );
  assert.equal(refused, "TypeError", "nobody else makes addresses of scripts");
});

test("without a server the page opens with what was seen, and takes what is written", async () => {
  const { page } = ada;
  await ada.withNoise(() =>
    bob.withNoise(async () => {
      // What is kept is written a moment after it changed.
      await until(async () => (await keptItems()) >= 5, "the conversation is kept");
      await server.stop();
      await page.goto(link);
      await ada.sees("before the storm");
      await ada.message("before the storm").getByText("밥").first().waitFor();
      await ada.message("see you then").locator("strong").waitFor();
      const seen = ada.message("look at this").getByRole("img");
      await until(async () => (await seen.count()) === 1 && (await seen.evaluate((image) => image.complete && image.naturalWidth)) === 320, "the picture is there");
      await ada.message("look at this").getByRole("button", { name: /floor\.png/ }).click();
      await page.getByRole("dialog", { name: "floor.png" }).getByRole("img").waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("navigation").getByRole("link", { name: /마루 Hall/ }).waitFor();
      await page.getByText(/No connection|Connecting/).first().waitFor();
      await ada.say("written without a server");
      await ada.sees("written without a server");
      assert.equal(await pending(), 1);
      await ada.shoot("without-server");
      await ada.checkAccess();
      await page.reload();
      await page.locator('[data-state="pending"]').filter({ hasText: "written without a server" }).waitFor();
      await page.goto(`${server.url}/browse`);
      await page.getByText("Maru does not answer").waitFor();
      await page.goto(link);
      await ada.composer().fill("a draft");
      await server.start();
      await bob.sees("written without a server");
      await until(async () => (await pending()) === 0, "it is sent");
    }),
  );
  assert.equal((await bob.bodies()).filter((body) => body === "written without a server").length, 1);
  assert.equal(await ada.composer().inputValue(), "a draft");
  assert.deepEqual(await ada.bodies(), await bob.bodies());
});

test("the divider of what is new is where it belongs, not where the copy ended", async () => {
  const { page } = ada;
  await page.goto(`${server.url}/browse`);
  await bob.say("news one");
  await bob.say("news two");
  await page.goto(link);
  await ada.sees("news two");
  await page.locator("[data-fresh]").waitFor();
  assert.equal(await page.locator("[data-fresh]").count(), 1);
  assert.match(await page.locator("[data-index]").filter({ has: page.locator("[data-fresh]") }).innerText(), /news one/);
});

test("who signs out takes the copy along", async () => {
  const { page } = ada;
  assert.equal((await keptPictures()).length, 1, "a picture was kept");
  await page.goto(server.url);
  await page.getByRole("link", { name: "Ada Lovelace Settings" }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Welcome to Maru" }).waitFor();
  await until(async () => (await keptItems()) === 0, "nothing is kept");
  assert.deepEqual(await keptPictures(), [], "nor any picture");
});

test("no browser complained", async () => {
  await ada.leave();
  await bob.leave();
});

/** How many entries of rooms the browser keeps. */
function keptItems() {
  return ada.page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open("maru");
        opening.addEventListener("error", () => reject(opening.error));
        opening.addEventListener("success", () => {
          const all = opening.result.transaction("kept").objectStore("kept").getAll();
          all.addEventListener("error", () => reject(all.error));
          all.addEventListener("success", () => {
            opening.result.close();
            resolve(all.result.reduce((sum, one) => sum + (one?.items?.length ?? 0), 0));
          });
        });
      }),
  );
}

/** The caches of pictures that the browser has: one for each user who has seen some. */
function keptPictures() {
  return ada.page.evaluate(async () => (await caches.keys()).filter((name) => name.startsWith("maru-pictures-")));
}
