// What people do about their own account, in browsers, with the real Worker.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fs from "node:fs";
import { describe, test } from "node:test";
import { PASSWORD, Person, signIn, Stage, until } from "./people.mjs";

const OTHER_PASSWORD = "seven lamps along the river";
const SECTIONS = ["profile", "appearance", "security", "devices", "tokens", "privacy"];

// Letters are printed into the log. Passkeys want a name, not an address.
const scene = new Stage({ MARU_MAIL_URL: "log:" }, furnish);
const { server } = scene;
let url;

async function furnish() {
  url = server.url.replace("127.0.0.1", "localhost");
}

/** Somebody with an account, on the first page. */
async function somebody(name, displayName = name, options = {}) {
  const person = await Person.enter(scene.browser, name, options);
  await person.page.goto(url);
  await person.signUp(displayName);
  await person.page.getByText("No rooms yet").waitFor();
  return person;
}

/** The same account in another browser. */
async function elsewhere(person, password = PASSWORD) {
  const other = await Person.enter(scene.browser, person.name);
  await other.page.goto(url);
  await signIn(other.page, person.name, password);
  await other.page.getByRole("link", { name: "Settings" }).waitFor();
  return other;
}

async function open(page, section) {
  await page.goto(`${url}/settings/${section}`);
  await page.getByRole("heading", { level: 2 }).first().waitFor();
}

/** The newest link in a letter to this address. */
async function letter(to, page) {
  let found;
  await until(() => {
    const lines = server.log().split("\n").filter((line) => line.includes('"event":"mail"') && line.includes(to));
    const links = lines.flatMap((line) => line.match(new RegExp(`https?://[^\\s"\\\\]+/${page}#token=[^\\s"\\\\]+`)) ?? []);
    found = links.at(-1);
    return found !== undefined;
  }, `a letter to ${to}`);
  const { pathname, hash } = new URL(found);
  return `${url}${pathname}${hash}`;
}

/** A picture, as a camera's file would be. */
async function picture(page, width, height) {
  const bytes = await page.evaluate(async (size) => {
    const canvas = new OffscreenCanvas(...size);
    const context = canvas.getContext("2d");
    context.fillStyle = "tomato";
    context.fillRect(0, 0, ...size);
    return [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())];
  }, [width, height]);
  return { name: "me.png", mimeType: "image/png", buffer: Buffer.from(bytes) };
}

describe("at the door", () => {
  test("PW1: a new password is judged while it is written", async () => {
    const nora = await Person.enter(scene.browser, "nora");
    const { page } = nora;
    await page.goto(url);
    const password = page.getByLabel("Password", { exact: true });
    await password.fill("lamps and oil");
    await page.getByText("2 more characters").waitFor();
    await password.fill(PASSWORD);
    await page.getByText(/^(Good|Very good)$/).waitFor();
    await page.getByLabel("Name", { exact: true }).fill("nora");
    await password.fill("nora nora nora nora");
    await page.getByText("This is hardly more than your name").waitFor();
    await nora.checkAccess();
    // What only the server knows, it says in a sentence, too.
    await password.fill("passwordpassword");
    await nora.withNoise(async () => {
      await page.getByRole("button", { name: "Create account" }).click();
      await page.getByRole("alert").getByText("This password is known from stolen lists").waitFor();
    });
    await nora.leave();
  });

  test("links that lead nowhere say so", async () => {
    const lost = await Person.enter(scene.browser, "lost");
    const { page } = lost;
    for (const path of ["reset", "verify"]) {
      await page.goto(`${url}/${path}`);
      await page.getByRole("heading", { name: "This link does not lead anywhere" }).waitFor();
      await lost.checkAccess();
    }
    await lost.withNoise(async () => {
      await page.goto(`${url}/verify#token=nothing`);
      await page.getByRole("alert").waitFor();
      assert.equal(page.url(), `${url}/verify`, "the token is not left in the address");
      await page.goto(`${url}/reset#token=nothing`);
      await page.getByLabel("New password").fill(OTHER_PASSWORD);
      await page.getByRole("button", { name: "Set the password" }).click();
      await page.getByRole("alert").getByText("This link was used or is too old").waitFor();
    });
    await lost.leave();
  });
});

describe("the profile", () => {
  test("PE1, PE2: a name and a picture are changed, and others see both", async () => {
    const ada = await somebody("ada", "Ada");
    const room = await ada.createRoom("Lamps");
    await ada.say("who sees me?");
    await ada.sees("who sees me?");
    await open(ada.page, "profile");
    await ada.page.getByLabel("Display name").fill("Ada of the Lamps");
    await ada.page.getByRole("button", { name: "Save" }).click();
    await ada.page.getByText("Others now see you as Ada of the Lamps").waitFor();
    await ada.page.getByRole("link", { name: "Ada of the Lamps Settings" }).waitFor();

    const input = ada.page.locator("input[type=file]");
    await input.setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no picture") });
    await ada.page.getByRole("alert").getByText("cannot be read as a picture").waitFor();
    await input.setInputFiles(await picture(ada.page, 600, 300));
    await ada.page.getByRole("button", { name: "Remove picture" }).waitFor();
    const own = ada.page.getByRole("main").locator("img");
    await own.waitFor();
    assert.deepEqual(await own.evaluate((image) => image.decode().then(() => [image.naturalWidth, image.naturalHeight])), [256, 256]);
    await ada.shoot("profile");
    await ada.checkAccess();

    const bob = await somebody("bob", "Bob");
    await bob.page.goto(room);
    await bob.page.getByRole("button", { name: "Join room" }).click();
    const message = bob.message("who sees me?");
    await message.getByText("Ada of the Lamps").waitFor();
    await message.locator("img").waitFor();
    await bob.leave();

    await ada.page.getByRole("button", { name: "Remove picture" }).click();
    await ada.page.getByRole("button", { name: "Choose a picture" }).waitFor();
    await own.waitFor({ state: "detached" });
    await ada.leave();
  });
});

describe("passwords and addresses", () => {
  test("PW3, PW4, PW6: an address is proven, and a forgotten password is replaced", async () => {
    const eve = await somebody("eve");
    const { page } = eve;
    await open(page, "security");
    await page.getByRole("button", { name: "Add an address" }).click();
    await page.getByLabel("New address").fill("not an address");
    await page.getByLabel("Current password").fill(PASSWORD);
    await page.getByRole("button", { name: "Send the link" }).click();
    await page.getByText("This does not look like an email address").waitFor();
    await eve.checkAccess();
    await page.getByLabel("New address").fill("eve@example.com");
    await page.getByRole("button", { name: "Send the link" }).click();
    await page.getByText("A link is on its way to eve@example.com").waitFor();
    await page.goto(await letter("eve@example.com", "verify"));
    await page.getByRole("heading", { name: "Your address is confirmed" }).waitFor();
    await eve.shoot("verified");
    await open(page, "security");
    await page.getByText("Confirmed", { exact: true }).waitFor();

    await eve.withNoise(async () => {
      await page.getByRole("button", { name: "Change password" }).click();
      await page.getByLabel("Current password").fill("something else entirely");
      await page.getByLabel("New password").fill(OTHER_PASSWORD);
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByRole("alert").getByText("This is not your password").waitFor();
    });
    await eve.shoot("password-dialog");
    await page.getByLabel("Current password").fill(PASSWORD);
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Your password is set").waitFor();

    const forgetful = await Person.enter(scene.browser, "eve");
    await forgetful.page.goto(url);
    await forgetful.page.getByRole("radio", { name: "Sign in" }).check();
    await forgetful.page.getByLabel("Name", { exact: true }).fill("eve");
    await forgetful.page.getByRole("button", { name: "Forgot your password?" }).click();
    await forgetful.page.getByRole("button", { name: "Send the link" }).click();
    await forgetful.page.getByText("a link is on its way").waitFor();
    await forgetful.shoot("forgot");
    await forgetful.checkAccess();
    const link = await letter("eve@example.com", "reset");
    await forgetful.page.goto(link);
    await forgetful.page.getByLabel("New password").fill(`${OTHER_PASSWORD} again`);
    await forgetful.checkAccess();
    await forgetful.page.getByRole("button", { name: "Set the password" }).click();
    await forgetful.page.getByRole("heading", { name: "Your new password is set" }).waitFor();
    await forgetful.page.getByRole("button", { name: "Sign in" }).click();
    await signIn(forgetful.page, "eve", `${OTHER_PASSWORD} again`);
    await forgetful.page.getByText("No rooms yet").waitFor();
    await forgetful.leave();
    await eve.context.close();
  });
});

/** A device that keeps passkeys, and whose owner always agrees. */
async function keeper(person) {
  const session = await person.context.newCDPSession(person.page);
  await session.send("WebAuthn.enable");
  await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

describe("passkeys", () => {
  test("PK1, PK2: a passkey is added, signs in without a name, and is removed", async () => {
    const pia = await somebody("pia");
    const { page } = pia;
    await keeper(pia);
    await open(page, "security");
    await page.getByText("No passkeys yet").waitFor();
    await page.getByRole("button", { name: "Add a passkey" }).click();
    const name = page.getByLabel("What to call it");
    assert.equal(await name.inputValue(), "Chrome · Linux");
    await name.fill("Desk");
    await pia.checkAccess();
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("listitem").filter({ hasText: "Desk" }).getByText("Never used").waitFor();
    await pia.shoot("passkeys");
    await pia.checkAccess();

    await open(page, "profile");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await page.getByRole("link", { name: "pia Settings" }).waitFor();
    await open(page, "security");
    await page.getByRole("listitem").filter({ hasText: "Desk" }).getByText("Last used now").waitFor();
    await page.getByRole("button", { name: "Remove Desk" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await page.getByText("No passkeys yet").waitFor();

    await open(page, "profile");
    await page.getByRole("button", { name: "Sign out" }).click();
    await pia.withNoise(async () => {
      await page.getByRole("button", { name: "Sign in with a passkey" }).click();
      await page.getByRole("alert").getByText("This passkey was not accepted").waitFor();
    });
    await pia.leave();
  });
});

describe("devices", () => {
  test("SN1, TK5: a device is signed out at once, and keeps what was typed there", async () => {
    const dan = await somebody("dan");
    const { page } = dan;
    const room = await dan.createRoom("Desk");
    const laptop = await elsewhere(dan);
    await laptop.page.goto(room);
    await laptop.composer().fill("half a thought");
    await open(page, "devices");
    await page.getByRole("listitem").filter({ hasText: "This device" }).getByText("Chrome, Linux").waitFor();
    await page.getByText(/with a password/).first().waitFor();
    await dan.shoot("devices");
    await dan.checkAccess();
    await laptop.withNoise(async () => {
      await page.getByRole("button", { name: "Sign out Chrome, Linux?" }).click();
      await dan.checkAccess();
      await page.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
      await laptop.page.getByRole("heading", { name: "You were signed out" }).waitFor();
      await laptop.page.getByText("What you wrote is kept on this device").waitFor();
      await laptop.shoot("signed-out");
      await laptop.checkAccess();
      await signIn(laptop.page, "dan", PASSWORD);
      await laptop.composer().waitFor();
      assert.equal(await laptop.composer().inputValue(), "half a thought");

      await page.reload();
      await page.getByRole("button", { name: "Sign out all others" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
      await laptop.page.getByRole("heading", { name: "You were signed out" }).waitFor();
    });
    await page.getByRole("button", { name: "Sign out all others" }).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Sign out everywhere" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Welcome to Maru" }).waitFor();
    await laptop.leave();
    await dan.leave();
  });
});

/** What a program gets that brings this token. */
function asks(token) {
  return fetch(new URL("/api/v1/me/rooms", server.url), { headers: { authorization: `Bearer ${token}` } });
}

describe("tokens and bots", () => {
  test("TK3: a token is shown once, works, and is revoked", async () => {
    const tom = await somebody("tom");
    const { page } = tom;
    await open(page, "tokens");
    await page.getByText("No tokens yet").waitFor();
    await page.getByRole("button", { name: "New token" }).click();
    await page.getByRole("button", { name: "Make token" }).click();
    await page.getByText("Give the token a name").waitFor();
    await page.getByLabel("Name", { exact: true }).fill("Backup");
    await page.getByLabel("Write").check();
    await page.getByRole("radio", { name: "7 days" }).check();
    await tom.shoot("token-dialog");
    await tom.checkAccess();
    await page.getByRole("button", { name: "Make token" }).click();
    const secret = await page.getByRole("dialog").locator("code").textContent();
    assert.match(secret, /^maru_pat_/);
    await tom.shoot("token-secret");
    await tom.checkAccess();
    await page.getByRole("button", { name: "I have it" }).click();
    const line = page.getByRole("listitem").filter({ hasText: "Backup" });
    await line.getByText("Read, Write").waitFor();
    assert.ok(!(await page.content()).includes(secret));
    assert.equal((await asks(secret)).status, 200);
    await line.getByRole("button", { name: "Revoke: Backup" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await page.getByText("No tokens yet").waitFor();
    assert.equal((await asks(secret)).status, 401);
    await tom.leave();
  });

  test("TK4: a bot is made, renamed, given a token, and removed with it", async () => {
    const uma = await somebody("uma");
    const { page } = uma;
    await open(page, "tokens");
    await page.getByRole("button", { name: "New bot" }).click();
    await page.getByLabel("Name", { exact: true }).fill("not a name!");
    await page.getByRole("button", { name: "Make bot" }).click();
    await page.getByText("Use 3 to 32 letters").waitFor();
    await page.getByLabel("Name", { exact: true }).fill("weather");
    await page.getByLabel("Display name").fill("Weather");
    await page.getByRole("button", { name: "Make bot" }).click();
    await page.getByRole("button", { name: "Rename: Weather" }).click();
    await page.getByLabel("Display name").fill("Weather of the Day");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: "Tokens: Weather of the Day" }).click();
    const tokens = page.getByRole("dialog", { name: "Tokens of Weather of the Day" });
    await tokens.getByRole("button", { name: "New token" }).click();
    const making = page.getByRole("dialog", { name: "New token" });
    await making.getByLabel("Name", { exact: true }).fill("Station");
    await making.getByRole("button", { name: "Make token" }).click();
    const secret = await page.getByRole("dialog").locator("code").textContent();
    await page.getByRole("button", { name: "I have it" }).click();
    await tokens.getByText("Station").waitFor();
    await uma.shoot("bot-tokens");
    await uma.checkAccess();
    await tokens.getByRole("button", { name: "Close" }).click();
    assert.equal((await asks(secret)).status, 200);
    await page.getByRole("button", { name: "Remove: Weather of the Day" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await page.getByText("No bots yet").waitFor();
    assert.equal((await asks(secret)).status, 401);
    await uma.leave();
  });
});

describe("privacy", () => {
  test("PE3: what somebody says who is blocked is hidden, until they are unblocked", async () => {
    const kim = await somebody("kim", "Kim");
    const room = await kim.createRoom("Square");
    const loud = await somebody("loud", "Loud");
    await loud.page.goto(room);
    await loud.page.getByRole("button", { name: "Join room" }).click();
    await loud.say("LISTEN TO ME");
    await kim.sees("LISTEN TO ME");
    await kim.page.getByRole("button", { name: "Show members" }).click();
    await kim.page.getByRole("button", { name: "What to do with Loud" }).click();
    await kim.page.getByRole("menuitem", { name: "Block" }).click();
    await kim.page.getByText("You blocked Loud").waitFor();
    const hidden = kim.page.getByRole("article").filter({ hasText: "Hidden: you blocked who wrote this" });
    await hidden.waitFor();
    assert.equal(await kim.message("LISTEN TO ME").count(), 0);
    await kim.shoot("blocked");
    await kim.checkAccess();
    await hidden.getByRole("button", { name: "Show" }).click();
    await kim.sees("LISTEN TO ME");
    await open(kim.page, "privacy");
    await kim.page.getByRole("button", { name: "Unblock Loud" }).click();
    await kim.page.getByText("You have blocked nobody").waitFor();
    await kim.page.goto(room);
    await kim.sees("LISTEN TO ME");
    await kim.leave();
    await loud.leave();
  });

  test("AU2: people see what was done with their account", async () => {
    const ann = await somebody("ann");
    await open(ann.page, "privacy");
    await ann.page.getByRole("button", { name: "Show", exact: true }).click();
    await ann.page.getByText("Account made").waitFor();
    await ann.shoot("activity");
    await ann.checkAccess();
    await ann.leave();
  });
});

describe("leaving", () => {
  test("PE5: all data is downloaded as an archive", async () => {
    const leo = await somebody("leo");
    const { page } = leo;
    await leo.createRoom("Diary");
    await leo.say("what I said");
    await leo.sees("what I said");
    await open(page, "privacy");
    // A test cannot answer the browser's own question where to save.
    await page.evaluate(() => delete window.showSaveFilePicker);
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download my data" }).click()]);
    assert.match(download.suggestedFilename(), /^maru-leo-[\d-]+\.tar$/);
    const archive = fs.readFileSync(await download.path());
    assert.equal(archive.subarray(257, 262).toString(), "ustar");
    assert.ok(archive.includes("what I said"));
    await page.getByText("It holds private things").waitFor();
    await leo.leave();
  });

  test("PE4: an account is deleted by whoever knows its name and password", async () => {
    const zoe = await somebody("zoe");
    const { page } = zoe;
    await open(page, "privacy");
    await page.getByRole("button", { name: "Delete account" }).click();
    const dialog = page.getByRole("dialog");
    await zoe.shoot("delete-account");
    await zoe.checkAccess();
    const sure = dialog.getByRole("button", { name: "Delete for good" });
    await dialog.getByLabel("Current password").fill("not my password at all");
    assert.equal(await sure.getAttribute("aria-disabled"), "true");
    await dialog.getByLabel("Type “zoe” to confirm").fill("zoe");
    await zoe.withNoise(async () => {
      await sure.click();
      await dialog.getByText("This is not your password").waitFor();
      await dialog.getByLabel("Current password").fill(PASSWORD);
      await sure.click();
      await page.getByRole("heading", { name: "Welcome to Maru" }).waitFor();
      await signIn(page, "zoe", PASSWORD);
      await page.getByText("This name and password do not go together").waitFor();
    });
    await zoe.leave();
  });
});

describe("looks", () => {
  for (const [scheme, locale] of [["light", "en-US"], ["dark", "ko-KR"]]) {
    for (const [device, viewport] of [["desk", { width: 1280, height: 800 }], ["phone", { width: 390, height: 844 }]]) {
      test(`every section, ${scheme}, ${locale}, ${device}`, async () => {
        const name = `looks-${scheme}-${device}`;
        const person = await Person.enter(scene.browser, name, { locale, colorScheme: scheme, viewport });
        const { page } = person;
        await page.goto(url);
        await page.locator("input[name=username]").fill(name);
        await page.locator("input[name=password]").fill(PASSWORD);
        await page.locator("button[type=submit]").click();
        await page.locator('a[href="/settings"]').click();
        await page.getByRole("heading", { level: 1 }).waitFor();
        await person.shoot(`${name}-list`);
        await person.checkAccess();
        for (const section of SECTIONS) {
          await page.goto(`${url}/settings/${section}`);
          await page.getByRole("heading", { level: 3 }).first().waitFor();
          await until(async () => (await page.getByRole("status").filter({ hasText: /Loading|불러오는/ }).count()) === 0, "it is loaded");
          await person.shoot(`${name}-${section}`);
          await person.checkAccess();
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(overflow <= 0, `${section} is ${overflow} px too wide`);
        }
        await person.leave();
      });
    }
  }
});

// Last: wrong passwords from an address make whoever errs next from there wait.
describe("guessing", () => {
  test("PW2: after wrong passwords in a row the page counts down", async () => {
    const tim = await somebody("tim");
    const { page } = tim;
    await open(page, "profile");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Welcome to Maru" }).waitFor();
    await page.getByLabel("Name", { exact: true }).fill("tim");
    await tim.withNoise(async () => {
      const waiting = page.getByRole("button", { name: /^Try again in/ });
      await until(async () => {
        if (await waiting.isVisible()) return true;
        await page.getByLabel("Password", { exact: true }).fill("not the password at all");
        await page.getByRole("button", { name: "Sign in", exact: true }).click();
        await page.getByRole("alert").waitFor();
        return waiting.isVisible();
      }, "the page asks to wait");
      await page.getByText("Too many wrong tries in a row").waitFor();
      await tim.shoot("throttled");
      await tim.checkAccess();
      await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
    });
    await tim.leave();
  });
});
