// What goes wrong: the page says so in one's language, offers the next step, and loses nothing.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PASSWORD, Person, Stage, until } from "./people.mjs";

const scene = new Stage({}, furnish);
const { server } = scene;
let ada;
let link;

async function furnish() {
  ada = await Person.enter(scene.browser, "ada");
  await ada.page.goto(server.url);
  await ada.signUp("Ada Lovelace");
  link = await ada.createRoom("마루 Hall");
  await ada.say("hello");
  await ada.sees("hello");
}

/** Somebody without a service worker, so that a test can stand between the page and the server. */
async function enter(name, options = {}) {
  const person = await Person.enter(scene.browser, name, options);
  await person.context.addInitScript(() => delete Navigator.prototype.serviceWorker);
  return person;
}

async function signIn(person, name = "ada") {
  const { page } = person;
  await page.getByRole("radio", { name: "Sign in" }).check();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

describe("a way in that leads nowhere", () => {
  test("a room that is gone, in both languages", async () => {
    const nowhere = `${server.url}/rooms/0000000000000000000z`;
    await ada.withNoise(async () => {
      await ada.page.goto(nowhere);
      await ada.page.getByText("There is no such room").waitFor();
      await ada.checkAccess();
      await ada.page.getByRole("button", { name: "Back to your rooms" }).click();
      await ada.page.getByText("Pick a room").waitFor();
    });
    const minsu = await enter("minsu", { locale: "ko-KR" });
    await minsu.withNoise(async () => {
      await minsu.page.goto(nowhere);
      await minsu.page.getByRole("radio", { name: "계정 만들기" }).check();
      await minsu.page.getByLabel("아이디", { exact: true }).fill("minsu");
      await minsu.page.getByLabel("비밀번호", { exact: true }).fill(PASSWORD);
      await minsu.page.getByRole("button", { name: "계정 만들기" }).click();
      await minsu.page.getByText("방을 찾을 수 없어요").first().waitFor();
      await minsu.checkAccess();
      await minsu.page.getByRole("button", { name: "내 방 목록으로" }).click();
    });
    await minsu.leave();
  });

  test("an invite that is spent", async () => {
    await ada.withNoise(async () => {
      await ada.page.goto(`${server.url}/invite/${"0".repeat(40)}`);
      await ada.page.getByRole("heading", { name: "This invite does not lead anywhere" }).waitFor();
      await ada.page.getByText("Ask for a new one").waitFor();
      await ada.checkAccess();
      await ada.page.getByRole("button", { name: "Back to your rooms" }).click();
    });
  });

  test("an address that there is none of", async () => {
    await ada.page.goto(`${server.url}/nothing/here`);
    await ada.page.getByText("Pick a room").waitFor();
  });
});

describe("a file", () => {
  test("that is empty, or that the server refuses, says so and lets the text be", async () => {
    const { page } = ada;
    await page.goto(link);
    await ada.composer().fill("with a file");
    await page.locator("[data-picker]").setInputFiles({ name: "empty.txt", mimeType: "text/plain", buffer: Buffer.alloc(0) });
    await page.getByText("The file is empty.").waitFor();
    await page.route(/\/attachments/, (route) => route.fulfill({ status: 413, contentType: "application/problem+json", body: JSON.stringify({ status: 413, code: "attachment_too_large", title: "too large" }) }));
    await ada.withNoise(async () => {
      await page.locator("[data-picker]").setInputFiles({ name: "film.mkv", mimeType: "video/x-matroska", buffer: Buffer.from("a film") });
      await page.getByText("The file is too large.").waitFor();
    });
    await page.unroute(/\/attachments/);
    assert.equal(await ada.composer().inputValue(), "with a file");
    await ada.checkAccess();
    for (const name of ["empty.txt", "film.mkv"]) await page.getByRole("button", { name: `Remove ${name}` }).click();
    await ada.composer().fill("");
  });
});

describe("a server", () => {
  test("that answers garbage is told from one that does not answer", async () => {
    const { page } = ada;
    await page.goto(`${server.url}/browse`);
    await ada.withNoise(async () => {
      await page.route(/\/api\/v1\/rooms\?/, (route) => route.fulfill({ status: 200, contentType: "text/html", body: "<h1>Welcome to the hotel</h1>" }));
      await page.getByLabel("Find a room").fill("x");
      await page.getByText("Something else answered instead of Maru").waitFor();
      await ada.checkAccess();
      await page.unroute(/\/api\/v1\/rooms\?/);
      await page.route(/\/api\/v1\/rooms\?/, (route) => route.abort());
      await page.getByLabel("Find a room").fill("xy");
      await page.getByText("Maru does not answer").waitFor();
      await page.unroute(/\/api\/v1\/rooms\?/);
      await page.getByRole("button", { name: "Try again" }).click();
      await page.getByText("No room has that in its name").waitFor();
    });
  });

  test("that does not know one any more asks to sign in again, and the draft is there then", async () => {
    const { page } = ada;
    await page.goto(link);
    await ada.composer().fill("half a thought, and then");
    await ada.withNoise(async () => {
      const denied = { status: 401, contentType: "application/problem+json", body: JSON.stringify({ status: 401, code: "unauthenticated", title: "sign in" }) };
      await page.route(/\/api\/v1\/(session\/refresh|rooms)/, (route) => route.fulfill(denied));
      await page.getByRole("button", { name: "Show members" }).click();
      await page.getByRole("heading", { name: "You were signed out" }).waitFor();
      await ada.checkAccess();
      // The server would still know the cookie, and whatever is under way would use it.
      await ada.context.clearCookies();
      await page.unroute(/\/api\/v1\/(session\/refresh|rooms)/);
      await signIn(ada);
      await until(async () => (await ada.composer().count()) === 1 && (await ada.composer().inputValue()) === "half a thought, and then", "the draft is back");
    });
    await ada.composer().fill("");
  });
});

describe("a browser", () => {
  test("that keeps nothing still talks, says so, and asks before it closes", async () => {
    const eve = await enter("eve");
    await eve.context.addInitScript(() => {
      Storage.prototype.setItem = () => {
        throw new DOMException("full", "QuotaExceededError");
      };
      indexedDB.open = () => {
        throw new DOMException("forbidden", "SecurityError");
      };
    });
    const { page } = eve;
    await page.goto(link);
    await eve.signUp("Eve");
    await page.getByRole("button", { name: "Join room" }).click();
    await eve.say("without a store");
    await ada.sees("without a store");
    await page.getByText("This browser keeps nothing for Maru").waitFor();
    await eve.checkAccess();
    await eve.composer().fill("not sent yet");
    await page.getByRole("navigation").getByRole("link", { name: "Browse rooms" }).click();
    await page.getByRole("heading", { name: "Browse rooms" }).waitFor();
    await page.getByRole("navigation").getByRole("link", { name: /마루 Hall/ }).click();
    await until(async () => (await eve.composer().inputValue()) === "not sent yet", "the draft lives as long as the page");
    const asked = page.waitForEvent("dialog");
    await page.close({ runBeforeUnload: true });
    const dialog = await asked;
    assert.equal(dialog.type(), "beforeunload");
    await dialog.accept();
    await eve.leave();
  });

  test("in which the page itself does not load says so, in one's language", async () => {
    for (const [locale, sentence, act] of [["en-US", "Part of Maru did not load", "Reload"], ["ko-KR", "마루의 일부를 불러오지 못했어요", "새로고침"]]) {
      const trudy = await enter(`trudy-${locale}`, { locale });
      const { page } = trudy;
      await trudy.withNoise(async () => {
        await page.route(/\/assets\/index-.*\.js$/, (route) => route.fulfill({ contentType: "text/html", body: "<h1>Not here</h1>" }));
        await page.goto(link);
        await page.getByRole("heading", { name: sentence }).waitFor();
        await trudy.checkAccess();
        await page.unroute(/\/assets\/index-.*\.js$/);
        await page.getByRole("link", { name: act }).click();
        await page.getByRole("radio").first().waitFor();
      });
      assert.equal(await page.locator("[data-broken]:visible").count(), 0);
      await trudy.leave();
    }
  });

  test("in which the Wasm does not load says so, and tries again", async () => {
    const mallory = await enter("mallory");
    const { page } = mallory;
    await mallory.withNoise(async () => {
      await page.route(/\.wasm$/, (route) => route.abort());
      await page.goto(link);
      await signIn(mallory);
      await page.getByText("The room could not be opened.").waitFor();
      await mallory.checkAccess();
      await page.unroute(/\.wasm$/);
      await page.getByRole("button", { name: "Try again" }).click();
      await mallory.sees("hello");
    });
    await mallory.leave();
  });

  test("in which a later part of the page does not load shows the words as they are", async () => {
    const mallory = await enter("trent");
    const { page } = mallory;
    await ada.page.goto(link);
    await ada.say("some **bold** words");
    await mallory.withNoise(async () => {
      await page.route(/\/assets\/markdown-.*\.js$/, (route) => route.abort());
      await page.goto(link);
      await signIn(mallory);
      await mallory.message("some **bold** words").waitFor();
      await mallory.say("still talking");
      await ada.sees("still talking");
    });
    await mallory.leave();
  });
});

test("no browser complained", async () => {
  await ada.leave();
});
