// A room is deleted by its owner while others are in it, in browsers with the real Worker.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { meet, Stage } from "./people.mjs";

const NAME = "마루 Hall";
const SAID = "a sentence that nobody finds again";

const scene = new Stage({}, furnish);
const { server } = scene;
let ada;
let bob;
let link;
/** A second page of Bob's, which has the list and not the room. */
let list;

async function furnish() {
  ({ ada, bob, link } = await meet(scene));
  await ada.say(SAID);
  await bob.sees(SAID);
  list = await bob.context.newPage();
  bob.watch(list);
  await list.goto(`${server.url}/search?q=sentence`);
  await list.getByRole("main").getByText(SAID).waitFor();
  await listed(list).waitFor();
}

const listed = (page) => page.getByRole("navigation").getByRole("link", { name: new RegExp(NAME) });

describe("MB11: the owner deletes the room", () => {
  test("only whoever types its name does, having read what goes with it", async () => {
    const { page } = ada;
    await ada.chooseInRoom("Room settings");
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Delete room…" }).click();
    await dialog.getByText("Everything in it is erased for everybody: messages, files, members. This cannot be undone.").waitFor();
    const sure = dialog.getByRole("button", { name: "Delete for good" });
    const field = dialog.getByLabel(`Type “${NAME}” to confirm`);
    assert.ok(await sure.isDisabled(), "nothing is typed");
    await field.fill("마루");
    assert.ok(await sure.isDisabled(), "a part of the name is not the name");
    await field.fill(NAME);
    await ada.shoot("delete-room");
    await ada.checkAccess();
    await sure.click();
    await page.getByText("No rooms yet").waitFor();
    await listed(page).waitFor({ state: "detached" });
    // The list may hear of it before the page hears that it was done.
    await page.waitForURL((url) => url.pathname === "/");
  });

  test("who has it open is told, and led on", async () => {
    const { page } = bob;
    await page.getByRole("heading", { name: `“${NAME}” was deleted` }).waitFor();
    await page.getByText("Its owner deleted it, with everything in it.").waitFor();
    await bob.shoot("deleted-room");
    await bob.checkAccess();
    assert.equal(await bob.composer().count(), 0, "nobody can write into it");
    assert.equal(await bob.message(SAID).count(), 0, "what was said is not on show any more");
    await page.getByRole("button", { name: "Back to your rooms" }).click();
    await page.getByText("No rooms yet").waitFor();
    assert.equal(await listed(page).count(), 0);
  });

  test("it leaves the list of every page, and is found no more", async () => {
    await listed(list).waitFor({ state: "detached" });
    await list.goto(`${server.url}/search?q=sentence`);
    await list.getByText("Nothing was found").waitFor();
    await list.goto(`${server.url}/browse`);
    await list.getByRole("heading", { name: "Browse rooms" }).waitFor();
    await list.getByRole("searchbox").fill("마루");
    await list.getByText("No room has that in its name").waitFor();
  });

  test("a link to it says that there is nothing, and where to go", async () => {
    for (const { person, open } of [{ person: ada, open: link }, { person: bob, open: `${link}?at=1` }]) {
      const { page } = person;
      await person.withNoise(async () => {
        await page.goto(open);
        await page.getByRole("heading", { name: "There is no such room" }).waitFor();
      });
      await person.checkAccess();
      await page.getByRole("button", { name: "Browse rooms" }).click();
      await page.getByRole("heading", { name: "Browse rooms" }).waitFor();
    }
  });
});

test("no browser complained", async () => {
  await ada.leave();
  await bob.leave();
});
