// What helps one talk: commands, code, notifications, hints, and taking things back.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { meet, PASSWORD, Person, settled, signIn, Stage, until } from "./people.mjs";

const scene = new Stage({}, furnish);
const { server } = scene;
let ada;
let bob;
let link;

async function furnish() {
  ({ ada, bob, link } = await meet(scene, { permissions: ["notifications", "clipboard-read", "clipboard-write"] }));
}

/** Mentions somebody at the caret. */
async function mention(person, name) {
  await person.composer().pressSequentially(`@${name}`);
  await person.page.getByRole("option", { name: new RegExp(name) }).waitFor();
  await person.composer().press("Enter");
}

describe("a command", () => {
  test("is offered with its help, and says what one does", async () => {
    await bob.composer().pressSequentially("/");
    await bob.page.getByRole("option", { name: /\/me Say what you do/ }).waitFor();
    assert.equal(await bob.page.getByRole("option", { name: /\/kick/ }).count(), 0, "only what the role allows");
    await bob.shoot("commands");
    await bob.checkAccess();
    await bob.composer().press("Enter");
    await bob.composer().pressSequentially("waves");
    await bob.composer().press("Enter");
    await ada.message("waves").locator("em", { hasText: "waves" }).waitFor();
  });

  test("that there is none says so, and nothing is lost", async () => {
    await bob.say("/wave at all");
    await bob.page.getByText("There is no command “/wave”").waitFor();
    assert.equal(await bob.composer().inputValue(), "/wave at all");
    await bob.say("//me is a command");
    await ada.sees("/me is a command");
  });

  test("sets the topic, shows the help, and invites", async () => {
    await ada.say("/topic 차와 이야기");
    await bob.page.getByText("Ada Lovelace set the topic: 차와 이야기").waitFor();
    await until(async () => (await ada.composer().inputValue()) === "", "it is done");
    await ada.say("/help");
    await ada.page.getByRole("dialog", { name: "Commands" }).getByText("/ban @somebody").waitFor();
    await ada.checkAccess();
    await ada.page.keyboard.press("Escape");
    await ada.say("/invite");
    await ada.page.getByRole("dialog", { name: /Invite people/ }).waitFor();
    await ada.page.keyboard.press("Escape");
  });

  test("mutes a member, which can be taken back for a moment", async () => {
    await ada.composer().pressSequentially("/mute ");
    await mention(ada, "밥");
    await ada.composer().pressSequentially("30m too loud");
    await ada.composer().press("Enter");
    await bob.page.getByText(/A moderator muted you/).waitFor();
    await ada.page.locator("[data-done]").getByText("밥 is muted.").waitFor();
    await ada.checkAccess();
    await ada.page.locator("[data-done]").getByRole("button", { name: "Undo" }).click();
    await bob.composer().waitFor();
    await ada.page.locator("[data-done]").waitFor({ state: "detached" });
  });
});

describe("slow mode", () => {
  test("counts down, and the text waits", async () => {
    await ada.chooseInRoom("Room settings");
    await ada.page.getByRole("dialog").getByLabel("Slow mode").selectOption({ index: 1 });
    await ada.page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await bob.page.getByText(/Slow mode: one message every/).waitFor();
    await bob.say("first");
    await ada.sees("first");
    await bob.composer().fill("second");
    await bob.page.getByText(/Slow mode: you can write again in \d+ second/).waitFor();
    assert.equal(await bob.page.getByRole("button", { name: "Send", exact: true }).isDisabled(), true);
    await until(() => bob.page.getByRole("button", { name: "Send", exact: true }).isEnabled(), "it is over", 40_000);
    await bob.composer().press("Enter");
    await ada.sees("second");
    await ada.chooseInRoom("Room settings");
    await ada.page.getByRole("dialog").getByLabel("Slow mode").selectOption({ index: 0 });
    await ada.page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await bob.page.getByText("turned off slow mode").waitFor();
  });
});

describe("code", () => {
  test("is in colours, and copied as it was written", async () => {
    await bob.composer().fill('```rust\nfn main() { println!("마루"); }\n```');
    await bob.composer().press("Enter");
    const block = ada.message("println").getByRole("group", { name: "Code: rust" });
    await block.locator('[data-kind="keyword"]', { hasText: "fn" }).waitFor();
    await ada.checkAccess();
    await ada.message("println").hover();
    await ada.message("println").getByRole("button", { name: "Copy code" }).click();
    assert.equal(await ada.page.evaluate(() => navigator.clipboard.readText()), 'fn main() { println!("마루"); }');
  });
});

describe("notifications", () => {
  test("tell what arrives elsewhere, as each room is set", async () => {
    const { page } = ada;
    await page.evaluate(() => navigator.serviceWorker.ready);
    // Nothing is unread before she leaves.
    await bob.page.getByText("Read by 1").waitFor();
    await ada.chooseInRoom("Notifications");
    const dialog = page.getByRole("dialog", { name: "Notifications" });
    await dialog.getByRole("radio", { name: "Mentions only" }).check();
    await ada.shoot("notifications");
    await ada.checkAccess();
    await dialog.getByRole("button", { name: "Close" }).click();
    await page.goto(`${server.url}/browse`);
    await page.getByRole("heading", { name: "Browse rooms" }).waitFor();
    const line = page.getByRole("navigation").getByRole("link", { name: /마루 Hall/ });
    await line.waitFor();
    const told = await hear(ada);
    await bob.say("nobody in particular");
    await line.getByLabel("1 unread message").waitFor();
    await mention(bob, "Ada");
    await bob.composer().press("Enter");
    await until(() => told.length > 0, "it is told");
    assert.deepEqual(told, ["마루 Hall: Somebody mentioned you"]);
  });
});

describe("IB2: another device", () => {
  test("hears of a mention while the room is open on the first, and that it was read there", async () => {
    const phone = await Person.enter(scene.browser, "ada");
    await phone.page.goto(`${server.url}/browse`);
    await signIn(phone.page, "ada", PASSWORD);
    const line = phone.page.getByRole("navigation").getByRole("link", { name: /마루 Hall/ });
    await line.waitFor();
    await ada.page.goto(link);
    await ada.sees("nobody in particular");
    await bob.page.getByText("Read by 1").waitFor();
    // Nobody looks at the first device, though the room is open on it.
    await ada.page.evaluate(() => {
      document.hasFocus = () => false;
      window.dispatchEvent(new Event("blur"));
    });
    await mention(bob, "Ada");
    await bob.composer().press("Enter");
    await line.getByLabel("1 mention of you").waitFor();
    await ada.page.evaluate(() => {
      delete document.hasFocus;
      window.dispatchEvent(new Event("focus"));
    });
    await ada.page.bringToFront();
    await line.getByLabel(/mention of you/).waitFor({ state: "detached" });
    await phone.leave();
  });
});

describe("a room that was left for another", () => {
  test("still shows what is new there, and tells of it", async () => {
    const { page } = ada;
    await page.goto(link);
    await ada.composer().waitFor();
    const told = await hear(ada);
    const other = await ada.createRoom("Elsewhere");
    assert.equal(page.url(), other);
    const line = page.getByRole("navigation").getByRole("link", { name: /마루 Hall/ });
    await bob.say("said while she is next door");
    await line.getByLabel("1 unread message").waitFor();
    await mention(bob, "Ada");
    await bob.composer().press("Enter");
    await line.getByLabel("1 mention of you").waitFor();
    await until(() => told.includes("마루 Hall: Somebody mentioned you"), "it is told");
    await line.click();
    await ada.sees("said while she is next door");
    await page.getByRole("navigation").getByRole("link", { name: /Elsewhere/ }).click();
    await line.getByLabel(/unread|mention/).first().waitFor({ state: "detached" });
  });

  test("and so does the room on show, while nobody looks", async () => {
    const { page } = ada;
    await page.goto(link);
    await bob.say("are you there?");
    await ada.sees("are you there?");
    await bob.page.getByRole("button", { name: "Read by 1" }).waitFor();
    const told = await hear(ada);
    await page.evaluate(() => {
      document.hasFocus = () => false;
      window.dispatchEvent(new Event("blur"));
    });
    await mention(bob, "Ada");
    await bob.composer().press("Enter");
    await until(() => told.includes("마루 Hall: Somebody mentioned you"), "it is told");
    assert.equal(await settled(() => page.title()), "(1) 마루 Hall · Maru");
  });
});

describe("a search", () => {
  test("says what narrows it, and who there is", async () => {
    const { page } = ada;
    await page.goto(`${server.url}/search`);
    const field = page.getByRole("searchbox");
    await field.click();
    await page.getByRole("option", { name: /has:file/ }).waitFor();
    await field.pressSequentially("second fr");
    await page.getByRole("option", { name: /from:/ }).waitFor();
    await field.press("ArrowDown");
    await field.press("Enter");
    await field.pressSequentially("밥");
    await page.getByRole("option", { name: /from:bob.*밥/ }).waitFor();
    await ada.shoot("search-hints");
    await ada.checkAccess();
    await field.press("ArrowDown");
    await field.press("Enter");
    assert.equal(await field.inputValue(), "second from:bob ");
    await field.press("Enter");
    await page.locator("mark", { hasText: "second" }).waitFor();
  });
});

describe("what was there when a room was opened", () => {
  test("is read once it was looked at, in the list of rooms, too", async () => {
    const { page } = ada;
    const listed = page.getByRole("navigation").getByRole("link", { name: /마루 Hall/ });
    await page.goto(`${server.url}/browse`);
    await bob.say("read me once");
    await listed.getByLabel(/unread/).waitFor();
    await page.goto(link);
    await ada.sees("read me once");
    await bob.page.getByRole("button", { name: "Read by 1" }).waitFor();
    await page.goto(`${server.url}/browse`);
    await listed.waitFor();
    await listed.getByLabel(/unread/).waitFor({ state: "detached" });
  });
});

function writes() {
  return ada.composer().evaluate((field) => field === document.activeElement);
}

describe("the focus", () => {
  test("is back in the composer after an edit, a panel, a dialog and a picture", async () => {
    const { page } = ada;
    await page.goto(link);
    await ada.say("with a tpyo");
    await ada.sees("with a tpyo");
    await until(async () => (await page.locator('[data-state="pending"]').count()) === 0, "it is sent");
    await ada.composer().press("ArrowUp");
    await page.getByRole("textbox", { name: "Edit message" }).fill("without a typo");
    await page.keyboard.press("Enter");
    await until(writes, "an edit gives it back");
    await ada.sees("without a typo");
    await ada.composer().press("ArrowUp");
    await page.getByRole("textbox", { name: "Edit message" }).waitFor();
    await page.keyboard.press("Escape");
    await until(writes, "an edit that was given up does, too");
    await page.keyboard.press("Control+Shift+KeyM");
    await page.getByRole("complementary").getByRole("button", { name: "Close" }).click();
    await until(writes, "a panel gives it back");
    await ada.chooseInRoom("Notifications");
    const menu = page.getByRole("button", { name: "About this room" });
    assert.notEqual(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Close", "a dialog begins with what it is about");
    await page.keyboard.press("Escape");
    await until(() => menu.evaluate((button) => button === document.activeElement), "a dialog gives it back to what opened it");
  });

  test("goes to the composer when one begins to type elsewhere", async () => {
    const { page } = ada;
    await page.getByRole("log").focus();
    await page.keyboard.type("typed from the log");
    assert.equal(await ada.composer().inputValue(), "typed from the log");
    await ada.composer().fill("");
  });
});

/** Lets a file fall on something; whether the page took the matter into its hands. */
function drop(selector) {
  return ada.page.locator(selector).first().evaluate((target) => {
    const data = new DataTransfer();
    data.items.add(new File(["dropped"], "notes.txt", { type: "text/plain" }));
    const event = new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
    target.dispatchEvent(event);
    return event.defaultPrevented;
  });
}

describe("a file that is dropped", () => {
  test("on the conversation is added to the message, and one writes on", async () => {
    assert.equal(await drop('[role="log"]'), true);
    await until(writes, "the composer has the focus");
    await ada.page.getByRole("button", { name: "Remove notes.txt" }).click();
  });

  test("beside it does not make the browser leave the page", async () => {
    assert.equal(await drop("nav"), true);
    assert.equal(await ada.page.getByRole("button", { name: "Remove notes.txt" }).count(), 0);
  });
});

test("no browser complained", async () => {
  await ada.leave();
  await bob.leave();
});

/** What the browser tells outside the page. */
/**
 * What is told outside the page from now on, as the browser writes it down. To ask a registration
 * for its notifications makes Chromium forget one that it is about to show.
 */
async function hear({ page }) {
  const told = [];
  const browser = await page.context().newCDPSession(page);
  await browser.send("BackgroundService.clearEvents", { service: "notifications" });
  browser.on("BackgroundService.backgroundServiceEventReceived", ({ backgroundServiceEvent }) => {
    if (backgroundServiceEvent.eventName !== "Notification displayed") return;
    const { Title, Body } = Object.fromEntries(backgroundServiceEvent.eventMetadata.map(({ key, value }) => [key, value]));
    told.push(`${Title}: ${Body}`);
  });
  await browser.send("BackgroundService.startObserving", { service: "notifications" });
  await browser.send("BackgroundService.setRecording", { service: "notifications", shouldRecord: true });
  return told;
}
