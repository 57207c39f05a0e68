// What goes on, as the page of administrators plots it, with the real Worker and real rooms.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { meet, Person, Stage, until } from "./people.mjs";

/** Milliseconds until figures must be there: a report, a look of the page, and some for slow machines. */
const FIGURES_MS_MAX = 60_000;

const N_MESSAGES = 12;

const scene = new Stage({ MARU_ADMINS: "root" }, furnish);
let root;
let ada;
let bob;

async function furnish() {
  root = await Person.enter(scene.browser, "root");
  await root.page.goto(scene.server.url);
  await root.signUp("Root");
  await root.page.getByText("No rooms yet").waitFor();
}

function plot(name) {
  return root.page.getByRole("slider", { name, exact: true });
}

/** The sums of a column of the table. */
async function sumOf(column) {
  const headers = await root.page.getByRole("columnheader").allTextContents();
  const cells = await root.page.locator(`tbody tr td:nth-of-type(${headers.indexOf(column)})`).allTextContents();
  return cells.reduce((sum, text) => sum + Number(text.replaceAll(",", "")), 0);
}

describe("LF1: what goes on now", () => {
  test("nothing does before anybody comes", async () => {
    const { page } = root;
    await page.goto(`${scene.server.url}/admin/figures`);
    await page.getByText("Nobody was connected in the last hour.").waitFor();
    await page.getByText("No errors.").waitFor();
    await page.getByText("Show as a table").click();
    await root.checkAccess();
  });

  test("what people say in a room is in the plots, and all of it", async () => {
    ({ ada, bob } = await meet(scene));
    for (let n = 1; n <= N_MESSAGES; n += 1) {
      const who = n % 2 === 0 ? ada : bob;
      await who.say(`Message ${n} of all`);
      await ada.sees(`Message ${n} of all`);
      await bob.sees(`Message ${n} of all`);
    }
    await until(async () => (await sumOf("Messages")) >= N_MESSAGES, "all messages are counted", FIGURES_MS_MAX);
    assert.equal(await sumOf("Messages"), N_MESSAGES);
    // And to Ada that Bob joined.
    assert.equal(await sumOf("Deliveries"), 2 * N_MESSAGES + 1);
    assert.equal(await sumOf("Errors"), 0);
    const { page } = root;
    await page.getByText("in 1 room", { exact: true }).waitFor();
    await page.getByText("Between 0 and 2 in the last hour.").first().waitFor();
    await until(async () => (await plot("Latency").getAttribute("aria-valuetext")).includes("ms"), "latency is plotted");
    for (const name of ["Connections", "Messages a second", "Deliveries a second", "Latency"]) {
      await plot(name).waitFor();
    }
    await root.shoot("admin-live");
    await root.checkAccess();
  });

  test("whoever leaves is not counted any more", async () => {
    await ada.leave();
    await bob.leave();
    const connections = root.page.getByRole("listitem").filter({ has: plot("Connections") });
    await connections.getByText("in 0 rooms").waitFor({ timeout: FIGURES_MS_MAX });
    await root.leave();
  });
});
