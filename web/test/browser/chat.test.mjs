// Two people, two browsers, the real Worker: what docs/testing.md calls the browser test.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PASSWORD, Person, settled, signIn, Stage, until } from "./people.mjs";
import { seed } from "./seed.mjs";

const scene = new Stage({}, furnish);
const { server } = scene;
let ada;
let bob;
let link;

async function furnish() {
  ada = await Person.enter(scene.browser, "ada", { permissions: ["clipboard-read", "clipboard-write"] });
  bob = await Person.enter(scene.browser, "bob");
}

describe("two people", () => {
  test("the page runs under its policy", async () => {
    const answer = await ada.page.goto(server.url);
    const policy = answer.headers()["content-security-policy"] ?? "";
    assert.match(policy, /script-src 'self' 'wasm-unsafe-eval'/);
    assert.match(policy, /require-trusted-types-for 'script'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'/);
    assert.equal(answer.headers()["x-content-type-options"], "nosniff");
    await ada.page.getByRole("heading", { name: "Welcome to Maru" }).waitFor();
    await ada.shoot("sign-up");
    await ada.checkAccess();
  });

  test("a form that cannot be right is not sent, and says why", async () => {
    const { page } = ada;
    await page.getByLabel("Name", { exact: true }).fill("a b");
    await page.getByLabel("Password", { exact: true }).fill("short");
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByText(/Use at least \d+ characters/).waitFor();
    assert.equal(await page.getByLabel("Name", { exact: true }).getAttribute("aria-invalid"), "true");
  });

  test("Ada signs up and makes a room", async () => {
    await ada.signUp("Ada Lovelace");
    await ada.page.getByText("No rooms yet").waitFor();
    await ada.shoot("no-rooms");
    await ada.checkAccess();
    link = await ada.createRoom("마루 Hall", "Where we meet, talk about everything under the sun, and drink tea together");
    assert.match(link, /\/rooms\/[0-9a-z]{20}$/);
    await ada.page.getByText("Nobody has said anything yet").waitFor();
    await ada.page.getByRole("navigation").getByRole("link", { name: /마루 Hall/ }).waitFor();
  });

  test("the room's link can be copied", async () => {
    await ada.page.getByRole("button", { name: "Share link" }).first().click();
    await ada.page.getByText("Link copied").first().waitFor();
    assert.equal(await ada.page.evaluate(() => navigator.clipboard.readText()), link);
    await ada.shoot("empty-room");
  });

  test("Bob comes through the link, signs up, looks and joins", async () => {
    const { page } = bob;
    await page.goto(link);
    await page.getByRole("heading", { name: "Somebody shared a room with you" }).waitFor();
    await bob.signUp("밥");
    await page.getByRole("heading", { name: "마루 Hall" }).waitFor();
    await page.getByText("1 member", { exact: true }).waitFor();
    await bob.shoot("invitation");
    await bob.checkAccess();
    await page.getByRole("button", { name: "Join room" }).click();
    await bob.composer().waitFor();
    assert.equal(page.url(), link);
    await ada.page.getByText("밥 joined").waitFor();
    await ada.page.getByText("2 members").waitFor();
    await ada.page.getByText("2 online").waitFor();
  });

  test("they talk, and both see the same in the same order", async () => {
    await ada.say("Hello Bob, welcome!");
    await bob.sees("Hello Bob, welcome!");
    await bob.say("안녕하세요! 초대해 줘서 고마워요 https://maru.example/floor?a=1");
    await ada.sees("안녕하세요!");
    await ada.say("one");
    await bob.say("two");
    await ada.say("three");
    for (const person of [ada, bob]) {
      for (const body of ["one", "two", "three"]) await person.sees(body);
      await until(async () => (await person.page.locator('[data-state="pending"]').count()) === 0, "everything is sent");
    }
    assert.deepEqual(await ada.bodies(), await bob.bodies());
    assert.equal((await ada.bodies()).length, 5);

    const first = bob.message("Hello Bob, welcome!");
    assert.match(await first.innerText(), /Ada Lovelace/);
    assert.match(await first.locator("time").getAttribute("title"), /20\d\d/);
    const address = ada.page.getByRole("link", { name: "https://maru.example/floor?a=1" });
    assert.equal(await address.getAttribute("rel"), "noopener noreferrer nofollow");
    assert.equal(await address.getAttribute("target"), "_blank");
  });

  test("what looks like markup is text", async () => {
    const body = `<img src=x onerror="document.title='broken'"> <b>bold</b>\nsecond line`;
    await bob.composer().fill(body);
    await bob.composer().press("Enter");
    await ada.sees("<b>bold</b>");
    assert.equal((await ada.bodies()).at(-1), body);
    assert.equal(await ada.page.getByRole("log").locator("img, b").count(), 0);
  });

  test("one sees that the other writes", async () => {
    // On a slow machine the line may be gone before anybody looks, but not before the page knows.
    const glimpse = await ada.glimpse("밥 is typing");
    await bob.composer().pressSequentially("hm");
    await glimpse();
    await ada.shoot("typing");
    await bob.composer().fill("");
    await ada.page.getByText("밥 is typing").waitFor({ state: "hidden" });
  });

  test("a screen reader is told what others say, and not what one says", async () => {
    const region = ada.page.locator("[data-announcer]");
    await bob.say("Can you hear me?");
    await region.getByText("밥: Can you hear me?").waitFor({ state: "attached" });
    await ada.say("I can");
    await bob.sees("I can");
    assert.doesNotMatch(await region.innerText(), /I can/);
  });

  test("a reload keeps the session and shows the history", async () => {
    const said = await ada.bodies();
    await ada.page.reload();
    await ada.sees("I can");
    assert.deepEqual(await ada.bodies(), said);
  });

  test("a draft survives a reload", async () => {
    await ada.composer().fill("half a thought");
    await ada.page.reload();
    await until(async () => (await ada.composer().inputValue()) === "half a thought", "the draft is back");
    await ada.composer().fill("");
  });
});

describe("a Korean keyboard", () => {
  test("Enter while a syllable is composed does not send; the next one does", async () => {
    const { page } = ada;
    const keys = await page.context().newCDPSession(page);
    await ada.composer().focus();
    const enter = { type: "rawKeyDown", key: "Process", code: "Enter", windowsVirtualKeyCode: 229 };
    for (const text of ["ㅎ", "하", "한"]) await keys.send("Input.imeSetComposition", { text, selectionStart: 1, selectionEnd: 1 });
    await keys.send("Input.dispatchKeyEvent", enter);
    assert.equal(await ada.composer().inputValue(), "한");
    // The way Chromium reports Enter as such while it composes.
    const composing = await ada.composer().evaluate((field) => {
      const event = new KeyboardEvent("keydown", { key: "Enter", keyCode: 13, isComposing: true, bubbles: true, cancelable: true });
      field.dispatchEvent(event);
      return event.defaultPrevented;
    });
    assert.equal(composing, false);
    await keys.send("Input.insertText", { text: "한" });
    for (const text of ["ㄱ", "그", "글"]) await keys.send("Input.imeSetComposition", { text, selectionStart: 1, selectionEnd: 1 });
    await keys.send("Input.insertText", { text: "글" });
    assert.equal(await ada.composer().inputValue(), "한글");
    assert.ok(!(await ada.bodies()).some((body) => body.startsWith("한")), "nothing was sent while composing");
    await ada.composer().press("Enter");
    await bob.sees("한글");
    assert.equal((await bob.bodies()).filter((body) => body === "한글").length, 1);
    assert.equal(await ada.composer().inputValue(), "");
  });
});

describe("a bad network", () => {
  test("what was said while one was offline comes, without gap or double", async () => {
    await ada.withNoise(async () => {
      await ada.context.setOffline(true);
      await ada.page.getByText("You are offline").waitFor();
      await ada.say("said in the tunnel");
      for (const n of [1, 2, 3]) await bob.say(`while you were away ${n}`);
      await bob.sees("while you were away 3");
      await ada.shoot("offline");
      await ada.checkAccess();
      await ada.context.setOffline(false);
      await ada.sees("while you were away 3");
      await bob.sees("said in the tunnel");
      await until(async () => (await ada.page.locator('[data-state="pending"]').count()) === 0, "everything is sent");
    });
    const bodies = await ada.bodies();
    const tail = bodies.slice(-4);
    assert.deepEqual(tail, ["while you were away 1", "while you were away 2", "while you were away 3", "said in the tunnel"]);
    assert.deepEqual((await bob.bodies()).slice(-4), tail);
  });

  test("a server that goes away and comes back loses and doubles nothing", async () => {
    await ada.withNoise(() =>
      bob.withNoise(async () => {
        await server.stop();
        await ada.page.getByText(/No connection|Connecting/).waitFor();
        await ada.say("into the void");
        await ada.shoot("no-connection");
        await server.start();
        await bob.sees("into the void");
        await ada.sees("into the void");
        await until(async () => (await ada.page.locator('[data-state="pending"]').count()) === 0, "it is sent");
      }),
    );
    for (const person of [ada, bob]) {
      assert.equal((await person.bodies()).filter((body) => body === "into the void").length, 1);
    }
  });

  test("what was not sent survives a reload", async () => {
    await ada.withNoise(async () => {
      const page = await ada.context.newPage();
      // A page that reaches the server only by HTTP: its sends wait.
      await page.routeWebSocket(/\/socket$/, (socket) => socket.close({ code: 1011 }));
      await page.goto(link);
      await ada.composer(page).waitFor();
      await ada.say("kept over a reload", page);
      await page.locator('[data-state="pending"]').filter({ hasText: "kept over a reload" }).waitFor();
      await page.close();
    });
    const again = await ada.context.newPage();
    ada.watch(again);
    await again.goto(link);
    await bob.sees("kept over a reload");
    await until(async () => (await again.locator('[data-state="pending"]').count()) === 0, "it is sent");
    assert.equal((await bob.bodies()).filter((body) => body === "kept over a reload").length, 1);
    await again.close();
  });
});

describe("two pages of one person", () => {
  test("both are live, for each is a device of its own", async () => {
    const second = await ada.context.newPage();
    ada.watch(second);
    await second.goto(link);
    await ada.say("from the second page", second);
    await ada.sees("from the second page");
    await ada.say("from the first page");
    await ada.sees("from the first page", second);
    assert.equal(await second.getByText("open elsewhere").count(), 0);
    await second.close();
  });
});

describe("one device in two places", () => {
  test("the older page says so, and can take over again", async () => {
    // What Web Locks prevent in one browser: a copied profile, for example.
    const copy = await Person.enter(scene.browser, "ada's copy");
    const keys = await ada.page.evaluate(() => Object.entries(localStorage).filter(([key]) => key.startsWith("maru.device.")));
    await copy.context.addInitScript((entries) => {
      for (const [key, value] of entries) localStorage.setItem(key, value);
    }, keys);
    await copy.page.goto(link);
    await signIn(copy.page, "ada", PASSWORD);
    await ada.page.getByText("This room is open elsewhere").waitFor();
    await ada.shoot("superseded");
    // Looking at the page again must not start a tug-of-war.
    await ada.page.evaluate(() => window.dispatchEvent(new Event("online")));
    await copy.say("from the copy");
    await copy.sees("from the copy");
    assert.equal(await ada.page.getByText("This room is open elsewhere").count(), 1);
    await ada.page.getByRole("button", { name: "Use here" }).click();
    await ada.sees("from the copy");
    await copy.page.getByText("This room is open elsewhere").waitFor();
    await ada.say("from the original");
    await bob.sees("from the original");
    await copy.leave();
  });
});

describe("a long conversation", () => {
  const COUNT = 450;

  test("older messages come while one scrolls up, and nothing jumps", async () => {
    const bodies = Array.from({ length: COUNT }, (_, index) => `line ${index + 1} ${"of a longer talk ".repeat(index % 7)}`.trim());
    const { page } = ada;
    // Away from the room, so that nothing is read meanwhile: what is new begins with the first line.
    await page.goto(`${server.url}/browse`);
    await seed(server.url, link.split("/").at(-1), "bob", bodies);
    const log = page.getByRole("log");
    // Pages of history wait until the test lets them through.
    let pass;
    await page.route(/\/log\?/, async (route) => {
      await new Promise((resolve) => (pass = resolve));
      await route.continue();
    });
    await page.goto(link);
    await ada.sees(`line ${COUNT}`);
    await until(() => log.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight < 1), "it begins at the present");

    for (;;) {
      await log.evaluate((element) => (element.scrollTop = 0));
      const beginning = page.getByText("This is where “마루 Hall” begins");
      const loading = page.getByText("Loading older messages");
      await until(async () => (await beginning.isVisible()) || (await loading.isVisible()), "a page is asked for");
      if (await beginning.isVisible()) break;
      const oldest = await settled(topmost);
      const there = await settled(() => offset(oldest));
      pass();
      await until(async () => !(await loading.isVisible()), "the page arrived");
      await until(() => log.evaluate((element) => element.scrollTop > 500), "there is more above");
      const here = await settled(() => offset(oldest));
      assert.ok(Math.abs(here - there) <= 1, `“${oldest}” jumped by ${here - there} px`);
    }
    await page.unroute(/\/log\?/);
    await page.getByRole("button", { name: "Jump to present" }).waitFor();
    await ada.shoot("history");

    async function topmost() {
      const top = (await log.boundingBox()).y;
      return page.getByRole("article").evaluateAll(
        (articles, above) =>
          articles
            .map((article) => ({ y: article.getBoundingClientRect().bottom, body: article.querySelector("[dir=auto]")?.textContent }))
            .filter(({ y }) => y > above)
            .toSorted((a, b) => a.y - b.y)[0]?.body,
        top,
      );
    }
    /** Where the words stand: the name above them may go when what came before is known. */
    function offset(body) {
      return page.getByRole("article").evaluateAll((articles, wanted) => {
        const words = articles.map((article) => article.querySelector("[dir=auto]"));
        return words.find((element) => element?.textContent === wanted)?.getBoundingClientRect().top ?? Number.NaN;
      }, body);
    }
  });

  test("new messages do not pull a reader away, and are counted", async () => {
    await bob.say("are you still reading?");
    await ada.page.getByRole("button", { name: "1 new message" }).click();
    await ada.sees("are you still reading?");
    await ada.page.getByRole("button", { name: /Jump to present|new message/ }).waitFor({ state: "hidden" });
  });
});

describe("a link to a message", () => {
  test("leads to it, however old it is, and from there back to the present", async () => {
    const { page } = ada;
    await page.goto(`${link}?at=40`);
    await page.locator('[data-seq="40"]').waitFor();
    assert.equal(page.url(), link);
    await page.getByRole("button", { name: "Jump to present" }).click();
    await ada.sees("are you still reading?");
    await page.getByRole("button", { name: /Jump to present|new message/ }).waitFor({ state: "hidden" });
  });
});

describe("people and rooms", () => {
  test("the members are listed, and the owner is marked", async () => {
    await ada.page.getByRole("button", { name: "Show members" }).click();
    const panel = ada.page.getByRole("complementary", { name: "Members" });
    await panel.getByRole("listitem").filter({ hasText: "밥" }).waitFor();
    await panel.getByRole("listitem").filter({ hasText: "Ada Lovelace" }).getByText("Owner").waitFor();
    await ada.shoot("members");
    await ada.checkAccess();
    await panel.getByRole("button", { name: "Close" }).click();
  });

  test("an owner among others cannot leave, and is told why", async () => {
    await ada.withNoise(async () => {
      await ada.chooseInRoom("Leave room");
      await ada.page.getByRole("dialog").getByRole("button", { name: "Leave room" }).click();
      await ada.page.getByText("You own this room").waitFor();
    });
    await ada.page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  });

  test("Bob leaves in one page, and his other page says so", async () => {
    const other = await bob.context.newPage();
    bob.watch(other);
    await other.goto(link);
    await bob.sees("are you still reading?", other);
    // The browser slows what it does not show.
    await bob.page.bringToFront();
    await bob.chooseInRoom("Leave room");
    // A page may be asking for something just then, and is told that he is no member: at any time
    // until it is closed, since an answer may come late.
    await bob.withNoise(async () => {
      await bob.page.getByRole("dialog").getByRole("button", { name: "Leave room" }).click();
      await bob.page.getByText("Make yourself at home").waitFor();
      await other.getByText("You left this room").waitFor();
      await bob.shoot("left", other);
      await bob.checkAccess(other);
      await other.getByRole("button", { name: "See the room" }).click();
      await other.getByRole("button", { name: "Join room" }).waitFor();
      await ada.page.getByText("밥 left").waitFor();
      await other.close();
    });
  });

  test("a link that leads nowhere says so", async () => {
    await bob.withNoise(async () => {
      await bob.page.goto(`${server.url}/rooms/0000000000000000000z`);
      await bob.page.getByText("There is no such room").waitFor();
    });
    await bob.shoot("no-such-room");
  });

  test("signing out ends the session, and a wrong password is told apart from nothing", async () => {
    const { page } = bob;
    await page.goto(server.url);
    await page.bringToFront();
    await page.getByRole("link", { name: "밥 Settings" }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Welcome to Maru" }).waitFor();
    await page.getByLabel("Name", { exact: true }).fill("bob");
    await page.getByLabel("Password", { exact: true }).fill("not the password");
    await bob.withNoise(async () => {
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await page.getByText("This name and password do not go together").waitFor();
    });
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByText("No rooms yet").waitFor();
  });
});

describe("looks", () => {
  for (const scheme of ["light", "dark"]) {
    test(`a phone, Korean, ${scheme}`, async () => {
      const phone = await Person.enter(scene.browser, `phone-${scheme}`, {
        viewport: { width: 390, height: 844 },
        colorScheme: scheme,
        locale: "ko-KR",
        hasTouch: true,
        isMobile: true,
      });
      const { page } = phone;
      await page.goto(link);
      await page.getByRole("heading", { name: "방에 초대받으셨어요" }).waitFor();
      await phone.shoot(`phone-${scheme}-sign-up`);
      await page.getByLabel("아이디", { exact: true }).fill(phone.name);
      await page.getByLabel("비밀번호", { exact: true }).fill(PASSWORD);
      await page.getByRole("button", { name: "계정 만들기" }).click();
      await page.getByRole("button", { name: "방에 들어가기" }).click();
      const composer = page.getByRole("textbox", { name: /메시지/ });
      await composer.fill("전화기에서 인사해요");
      await page.getByRole("button", { name: "보내기" }).click();
      await ada.sees("전화기에서 인사해요");
      await phone.shoot(`phone-${scheme}-room`);
      await phone.checkAccess();
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `the page is ${overflow} px too wide`);
      await page.getByRole("link", { name: "내 방 목록으로" }).click();
      await page.getByRole("link", { name: /마루 Hall/ }).waitFor();
      await phone.shoot(`phone-${scheme}-rooms`);
      await phone.leave();
    });
  }

  test("a desk, dark and light, by the switch", async () => {
    const { page } = ada;
    const room = page.url();
    for (const [choice, scheme] of [["Dark", "dark"], ["Light", "light"]]) {
      await page.getByRole("link", { name: "Ada Lovelace Settings" }).click();
      await page.getByRole("link", { name: "Appearance" }).click();
      await page.getByRole("radio", { name: choice }).check();
      await ada.shoot(`settings-${scheme}`);
      await ada.checkAccess();
      await page.goBack();
      await page.goBack();
      await page.waitForURL(room);
      await ada.composer().waitFor();
      assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), scheme);
      await ada.shoot(`room-${scheme}`);
      await ada.checkAccess();
    }
  });

  test("everything can be done by keyboard", async () => {
    const { page } = ada;
    await page.goto(server.url);
    await page.getByText("Pick a room").waitFor();
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the conversation");
    await page.getByRole("navigation").getByRole("link", { name: /마루 Hall/ }).focus();
    await page.keyboard.press("Enter");
    await ada.composer().waitFor();
    assert.equal(await ada.composer().evaluate((field) => field === document.activeElement), true);
    await page.keyboard.type("typed without a mouse");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("on two lines");
    await page.keyboard.press("Enter");
    await ada.sees("typed without a mouse");
    assert.ok((await ada.bodies()).includes("typed without a mouse\non two lines"));
  });
});

test("no browser complained", async () => {
  await ada.leave();
  await bob.leave();
});
