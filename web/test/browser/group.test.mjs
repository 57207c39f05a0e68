// What a group does beyond talking, with the real Worker: one story of two people.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { meet, Stage, until } from "./people.mjs";

/** A picture of ten by ten pixels. */
const PICTURE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mNk+M9Qz0AEYBxVSF+FAAhKDveksOjmAAAAAElFTkSuQmCC",
  "base64",
);

const scene = new Stage({}, furnish);
const { server } = scene;
let ada;
let bob;

async function furnish() {
  ({ ada, bob } = await meet(scene, { topic: "Where we meet", permissions: ["clipboard-read", "clipboard-write"] }));
}

describe("a message", () => {
  test("is formatted, and its markup does nothing else", async () => {
    await ada.say("Hello **Bob**, `welcome`! <b onclick=alert(1)>x</b>");
    const message = bob.message("Hello Bob");
    await message.locator("strong", { hasText: "Bob" }).waitFor();
    await message.locator("code", { hasText: "welcome" }).waitFor();
    assert.equal(await message.locator("b").count(), 0);
  });

  test("takes reactions, which count once for each person", async () => {
    const message = bob.message("Hello Bob");
    await message.hover();
    await message.getByRole("button", { name: "React with 👍" }).first().click();
    await ada.message("Hello Bob").getByRole("button", { name: "👍, 1 reaction" }).click();
    await message.getByRole("button", { name: "👍, 2 reactions" }).waitFor();
    await message.getByRole("button", { name: "👍, 2 reactions" }).click();
    await ada.message("Hello Bob").getByRole("button", { name: "👍, 1 reaction" }).waitFor();
    await ada.message("Hello Bob").getByRole("button", { name: "Who?" }).click();
    await ada.page.getByRole("dialog", { name: "Who reacted" }).getByText("Ada Lovelace").waitFor();
    await ada.page.keyboard.press("Escape");
  });

  test("is edited by the arrow up, and its versions stay readable", async () => {
    await bob.say("주간회의록을 공유합니다");
    await ada.sees("주간회의록을 공유합니다");
    await until(async () => (await bob.page.locator('[data-state="pending"]').count()) === 0, "it is sent");
    await bob.composer().press("ArrowUp");
    await bob.page.getByRole("textbox", { name: "Edit message" }).fill("주간회의록을 모두에게 공유합니다");
    await bob.page.keyboard.press("Enter");
    await ada.message("모두에게").getByText("(edited)").waitFor();
    await bob.choose("모두에게", "Edit history");
    await bob.page.getByRole("dialog").getByText("주간회의록을 공유합니다").waitFor();
    await bob.page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  });

  test("is answered, with what it answers above it", async () => {
    await ada.choose("모두에게", "Reply");
    await ada.say("고마워요!");
    await bob.message("고마워요!").getByRole("button", { name: /주간회의록/ }).click();
    await bob.page.locator('[data-lit="true"]').filter({ hasText: "모두에게" }).waitFor();
  });

  test("has a thread beside the room", async () => {
    const threads = [ada, bob].map(({ page }) => page.getByRole("complementary", { name: "Thread" }));
    await ada.choose("모두에게", "Reply in thread");
    await threads[0].getByRole("textbox").fill("스레드에서 이야기해요");
    await threads[0].getByRole("textbox").press("Enter");
    await bob.page.getByRole("button", { name: "1 reply" }).click();
    await threads[1].getByText("스레드에서 이야기해요").waitFor();
    await threads[1].getByRole("textbox").fill("좋아요");
    await threads[1].getByRole("textbox").press("Enter");
    await threads[0].getByText("좋아요").waitFor();
    assert.equal(await ada.page.getByRole("log", { name: /마루 Hall/ }).getByText("좋아요").count(), 0);
    await ada.shoot("thread");
    await ada.checkAccess();
    for (const thread of threads) await thread.getByRole("button", { name: "Close" }).click();
  });

  test("is deleted for everybody, and rows stay where they belong", async () => {
    await bob.say("oops");
    await ada.sees("oops");
    await bob.choose("oops", "Delete");
    await bob.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await ada.page.getByText("This message was deleted.").waitFor();
    await until(async () => (await ada.page.getByText("oops").count()) === 0, "nothing says it any more");
    await ada.say("after it");
    await bob.sees("after it");
    await until(async () => (await overlaps(ada)) + (await overlaps(bob)) === 0, "no row lies over another");
  });

  test("is pinned, and found among the pins", async () => {
    await ada.choose("Hello Bob", "Pin");
    await bob.page.getByRole("button", { name: "Show 1 pinned message" }).click();
    const pins = bob.page.getByRole("complementary", { name: "Pinned messages" });
    await pins.getByText("Hello").waitFor();
    await pins.getByRole("button", { name: "Close" }).click();
  });

  test("carries a picture, which opens large", async () => {
    await ada.page.locator("[data-picker]").setInputFiles({ name: "leaf.png", mimeType: "image/png", buffer: PICTURE });
    await ada.composer().fill("a picture");
    await until(() => ada.page.getByRole("button", { name: "Send", exact: true }).isEnabled(), "the file is there");
    await ada.composer().press("Enter");
    await bob.message("a picture").locator("img").waitFor();
    await bob.message("a picture").getByRole("button", { name: "Show leaf.png" }).click();
    await bob.page.getByRole("dialog", { name: "leaf.png" }).locator("img").waitFor();
    await bob.shoot("picture");
    await bob.page.keyboard.press("Escape");
  });

  test("mentions somebody by the name that was chosen", async () => {
    await ada.composer().pressSequentially("hi @밥");
    await ada.page.getByRole("option", { name: /밥/ }).waitFor();
    await ada.composer().press("Enter");
    await ada.composer().press("Enter");
    await bob.page.locator('[data-mention="true"]').filter({ hasText: "@밥" }).waitFor();
  });

  test("is found by a part of a Korean word, and led to", async () => {
    await bob.page.getByRole("button", { name: "Search in this room" }).click();
    await bob.page.getByRole("searchbox").fill("회의록");
    await bob.page.keyboard.press("Enter");
    const panel = bob.page.getByRole("complementary", { name: "Search" });
    await panel.locator("mark", { hasText: "회의록" }).first().waitFor();
    await bob.shoot("search");
    await bob.checkAccess();
    await panel.locator("mark").first().click();
    await bob.page.locator('[data-lit="true"]').filter({ hasText: "모두에게" }).waitFor();
    await bob.withNoise(async () => {
      await bob.page.getByRole("searchbox").fill("…");
      await bob.page.keyboard.press("Enter");
      await bob.page.getByText("Write a word to look for, or narrow by a person, a day or files").waitFor();
    });
    // Narrowing alone is a search, and its days are those of the browser's zone.
    const tomorrow = await bob.page.evaluate(() => new Date(Date.now() + 86_400_000).toLocaleDateString("sv"));
    await bob.page.getByRole("searchbox").fill(`from:bob before:${tomorrow}`);
    await bob.page.keyboard.press("Enter");
    await panel.getByRole("listitem").filter({ hasText: "모두에게" }).waitFor();
    await bob.page.getByRole("searchbox").fill(`from:bob after:${tomorrow}`);
    await bob.page.keyboard.press("Enter");
    await panel.getByText("Nothing was found").waitFor();
    await panel.getByRole("button", { name: "Close" }).click();
  });

  test("says how many have read it", async () => {
    await ada.say("are you reading?");
    await bob.sees("are you reading?");
    await bob.page.bringToFront();
    await ada.page.getByRole("button", { name: "Read by 1" }).waitFor();
  });
});

describe("the list of rooms", () => {
  test("counts what was not read, and mentions", async () => {
    await bob.page.goto(`${server.url}/browse`);
    await ada.composer().pressSequentially("@밥");
    await ada.page.getByRole("option", { name: /밥/ }).waitFor();
    await ada.composer().press("Enter");
    await ada.composer().press("Enter");
    const line = bob.page.getByRole("navigation").getByRole("link", { name: /마루 Hall/ });
    await line.getByLabel("1 mention of you").waitFor();
    assert.match(await bob.page.title(), /^\(1\)/);
    await bob.shoot("browse");
    await bob.checkAccess();
    await line.click();
    await bob.composer().waitFor();
    await line.getByLabel("1 mention of you").waitFor({ state: "detached" });
  });
});

describe("order in a room", () => {
  test("a new topic is told", async () => {
    await ada.chooseInRoom("Room settings");
    await ada.page.getByRole("dialog").getByLabel("Topic").fill("차와 이야기");
    await ada.page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await bob.page.getByText("Ada Lovelace set the topic: 차와 이야기").waitFor();
  });

  test("who is muted sees why, and until when", async () => {
    await ada.page.getByRole("button", { name: "Show members" }).click();
    await ada.page.getByRole("button", { name: "What to do with 밥" }).click();
    await ada.page.getByRole("menuitem", { name: "Mute for 10 minutes" }).click();
    await ada.page.getByRole("dialog").getByRole("button", { name: "Mute" }).click();
    await bob.page.getByText(/A moderator muted you. You can write again from/).waitFor();
    await bob.shoot("muted");
  });

  test("who is removed is told, and the log says why", async () => {
    await ada.page.getByRole("button", { name: "What to do with 밥" }).click();
    await ada.page.getByRole("menuitem", { name: "Remove from room" }).click();
    await ada.page.getByRole("dialog").getByLabel("Reason").press("Escape");
    await ada.page.getByRole("dialog").waitFor({ state: "detached" });
    await ada.page.getByRole("button", { name: "What to do with 밥" }).click();
    await ada.page.getByRole("menuitem", { name: "Remove from room" }).click();
    await ada.page.getByRole("dialog").getByLabel("Reason").fill("a test");
    await ada.page.getByRole("dialog").getByRole("button", { name: "Remove from room" }).click();
    await bob.page.getByText("You were removed from “마루 Hall”").waitFor();
    await bob.shoot("removed");
    await bob.checkAccess();
    await ada.chooseInRoom("Moderation log");
    await ada.page.getByRole("dialog").getByText("Reason: a test").waitFor();
    await ada.page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  });

  test("who was removed by mistake is let in again", async () => {
    await ada.page.getByText("1 member", { exact: true }).waitFor();
    await ada.page.getByRole("button", { name: "Undo" }).click();
    await ada.page.getByText("2 members").waitFor();
    // His page has shown why he was out; now it shows the room again by itself.
    await bob.composer().waitFor();
  });

  test("an invite lets somebody into a private room", async () => {
    await ada.page.goto(server.url);
    await ada.page.getByRole("button", { name: "Start something new" }).click();
    await ada.page.getByRole("menuitem", { name: "New room" }).click();
    await ada.page.getByRole("dialog").getByText("Private", { exact: true }).click();
    await ada.page.getByRole("dialog").getByLabel("Name").fill("비밀");
    await ada.page.getByRole("button", { name: "Create room" }).click();
    await ada.composer().waitFor();
    await ada.chooseInRoom("Invite people");
    await ada.page.getByRole("button", { name: "Create link and copy it" }).click();
    await ada.page.getByText("Link copied").first().waitFor();
    await ada.shoot("invites");
    await ada.checkAccess();
    await bob.page.goto(await ada.page.evaluate(() => navigator.clipboard.readText()));
    await bob.page.getByRole("button", { name: "Accept invite" }).click();
    await bob.composer().waitFor();
    await bob.page.getByRole("heading", { name: /비밀/, level: 1 }).waitFor();
  });

  test("two people talk among themselves, and the other's list shows it", async () => {
    await ada.page.goto(server.url);
    await ada.page.getByRole("button", { name: "Start something new" }).click();
    await ada.page.getByRole("menuitem", { name: "Message people" }).click();
    await ada.page.getByLabel("Find people").fill("밥");
    await ada.page.getByRole("dialog").getByRole("button", { name: /밥/ }).first().click();
    await ada.page.getByRole("button", { name: "Start talking" }).click();
    await ada.page.getByRole("heading", { name: "밥", level: 1 }).waitFor();
    await ada.say("just us");
    await bob.page.getByRole("navigation").getByRole("link", { name: /Ada Lovelace/ }).click();
    await bob.sees("just us");
  });
});

test("no browser complained", async () => {
  await ada.leave();
  await bob.leave();
});

/** Rows of the timeline that do not begin where the one above ends. */
function overlaps({ page }) {
  return page.evaluate(() => {
    const boxes = [...document.querySelectorAll("[data-index]")]
      .toSorted((a, b) => a.dataset.index - b.dataset.index)
      .map((row) => row.getBoundingClientRect());
    return boxes.filter((box, index) => index > 0 && Math.abs(boxes[index - 1].bottom - box.top) > 1).length;
  });
}
