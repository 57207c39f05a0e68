// Takes the pictures in docs/screenshots: the main views, both themes, both languages, a phone and
// a desk. `cargo xtask screenshots` builds everything and runs this.
import fs from "node:fs";
import path from "node:path";
import { launch, PASSWORD, Person, until } from "./people.mjs";
import { root, Server } from "./server.mjs";
import { Voice } from "./voice.mjs";

const FOLDER = path.join(root, "docs/screenshots");
/** WebP at this quality keeps letters sharp and a file small. */
const QUALITY = 82;

const DESK = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
const LANGUAGES = { ko: "ko-KR", en: "en-US" };

/** How long people talk before the figures of it are taken: the meter knows steps of ten seconds. */
const TALK_MS = 120_000;

const server = new Server({ MARU_ADMINS: "operator" });
await server.start();
const browser = await launch();
try {
  const scene = await furnish();
  fs.mkdirSync(FOLDER, { recursive: true });
  for (const theme of ["light", "dark"]) {
    for (const language of ["ko", "en"]) await takeRoom(scene, theme, language);
  }
  await takeOthers(scene);
  await takeFigures(scene);
  for (const voice of scene.voices) voice.close();
} finally {
  await browser.close();
  await server.dispose();
}

/** People, rooms, and what they said. */
async function furnish() {
  const [haneul, ada, jiwoo, grace] = await Promise.all(
    [["haneul", "김하늘"], ["ada", "Ada Lovelace"], ["jiwoo", "박지우"], ["grace", "Grace Hopper"]].map(([name, shown]) => Voice.signUp(server.url, name, shown)),
  );
  const voices = [haneul, ada, jiwoo, grace];
  const hikers = await haneul.createRoom("일요일 등산 모임", { topic: "북한산, 관악산, 도봉산 · every Sunday" });
  const makers = await haneul.createRoom("Maru makers", { topic: "Edge, Rust, and tea" });
  const notices = await ada.createRoom("공지 · Notices", { kind: "announcement" });
  for (const room of [hikers, makers]) for (const one of [ada, jiwoo, grace]) await one.join(room);
  await haneul.join(notices);
  await ada.say(notices, "Maru moves to its new floor on Friday.");
  await talkOfCode(makers, { haneul, ada, grace });
  const talk = await talkOfHiking(hikers, { haneul, ada, jiwoo, grace });
  const direct = await jiwoo.direct(haneul);
  await jiwoo.say(direct, "사진 고마워요! 다음 주에도 같이 가요 🙌");
  await grace.say(makers, `<@${haneul.user}> the release is out. Could you look at the notes?`);
  await ada.say(makers, "Reading them now ☕");
  return { voices, haneul, ada, jiwoo, grace, hikers, makers, talk };
}

async function talkOfCode(room, { haneul, ada, grace }) {
  await ada.say(room, "The fold of amendments is down to this:");
  await ada.say(room, "```rust\n/// What a reader sees of a message.\nfn folded(message: Message, later: &[Amendment]) -> Message {\n    later.iter().fold(message, |seen, one| one.apply(seen))\n}\n```");
  const seq = await grace.say(room, "That reads like the specification. **Ship it.** 🚢");
  await haneul.tell(room, { t: "react", target: seq, emoji: "🚢", on: true });
  await ada.tell(room, { t: "react", target: seq, emoji: "❤️", on: true });
}

async function talkOfHiking(room, { haneul, ada, jiwoo, grace }) {
  await haneul.say(room, "이번 주 일요일에는 북한산 어때요? 날씨가 아주 맑대요.");
  await ada.say(room, "I can bring **coffee** for everyone, and maybe some fruit 🍎");
  const plan = await jiwoo.say(room, "좋아요! 저는 10시쯤 우이역에 도착할 것 같아요.");
  await jiwoo.say(room, "> 등산화 필요할까요?\n\n비 온 뒤라 미끄러워요. 스틱도 챙기세요.");
  await haneul.tell(room, { t: "pin", target: plan, on: true });
  const file = await grace.upload(room, "bukhansan.png", await landscape());
  const picture = await grace.say(room, "From the ridge last Sunday:", { attachments: [file] });
  for (const one of [haneul, ada, jiwoo]) await one.tell(room, { t: "react", target: picture, emoji: "😍", on: true });
  await haneul.tell(room, { t: "react", target: picture, emoji: "🏔️", on: true });
  await ada.say(room, "What a view. How long is the way down?", { thread: picture });
  await grace.say(room, "About two hours, and the ice ends at the gate.", { thread: picture });
  await haneul.say(room, "천천히 가면 두 시간 반이요 🙂", { thread: picture });
  await haneul.say(room, `그럼 <@${ada.user}>, 10시에 우이역 2번 출구에서 만나요!`, { reply_to: plan });
  const last = await ada.say(room, "See you there! 🥾");
  for (const one of [haneul, jiwoo, grace]) await one.read(room, last);
  return { plan, picture };
}

/** A picture of mountains, drawn here. */
async function landscape() {
  const page = await browser.newPage({ viewport: { width: 640, height: 360 } });
  await page.setContent(
    `<body style="margin:0"><svg width="640" height="360"><defs><linearGradient id="s" x2="0" y2="1"><stop stop-color="#f6c99a"/><stop offset="1" stop-color="#fdf1dd"/></linearGradient></defs>
    <rect width="640" height="360" fill="url(#s)"/><circle cx="470" cy="110" r="34" fill="#fff6e6"/>
    ${ridge("#c9b6a8", "210L90 150L170 205L260 110L340 190L430 140L520 200L640 150")}${ridge("#8f9a86", "260L120 190L210 250L310 175L420 255L520 205L640 262")}${ridge("#4d6350", "310L140 250L260 305L380 240L500 310L640 270")}</svg>`,
  );
  const bytes = await page.screenshot();
  await page.close();
  return bytes;
}

/** A browser in which somebody is signed in. */
async function open(name, { language = "en", theme = "light", device = DESK, at = "/" } = {}) {
  const person = await Person.enter(browser, name, { locale: LANGUAGES[language], colorScheme: theme, ...device });
  await person.context.request.post(new URL("/api/v1/session", server.url).href, { data: { name, password: PASSWORD }, headers: { origin: new URL(server.url).origin } });
  await person.context.addInitScript(() => localStorage.getItem("maru.signed_in") ?? localStorage.setItem("maru.signed_in", "expected"));
  await person.page.goto(new URL(at, server.url).href);
  return person;
}

/** The picture, once nothing on the page is still to come. */
async function take(person, name) {
  const { page } = person;
  await page.evaluate(() => document.fonts.ready);
  await until(() => page.evaluate(() => [...document.images].every((image) => image.complete) && document.querySelector('[role="status"] [class*="spinner"], [data-rough], [aria-busy="true"]') === null), "everything is there");
  await page.mouse.move(0, 0);
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: QUALITY });
  fs.writeFileSync(path.join(FOLDER, `${name}.webp`), Buffer.from(data, "base64"));
  await person.shoot(`doc-${name}`);
}

function articles({ page }, count) {
  return until(async () => (await page.getByRole("article").count()) >= count, "the conversation is there");
}

/** The room on a desk and on a phone. */
async function takeRoom({ hikers, jiwoo }, theme, language) {
  const desk = await open("haneul", { language, theme, at: `/rooms/${hikers}` });
  await articles(desk, 6);
  await desk.page.locator("article img").waitFor();
  await jiwoo.write(hikers);
  await desk.page.locator("form textarea").focus();
  await take(desk, `desk-room-${language}-${theme}`);
  await desk.context.close();
  const phone = await open("haneul", { language, theme, device: PHONE, at: `/rooms/${hikers}` });
  await articles(phone, 4);
  await take(phone, `phone-room-${language}-${theme}`);
  if ((language === "ko") === (theme === "light")) {
    await phone.page.goto(server.url);
    await phone.page.getByRole("link", { name: /일요일 등산 모임/ }).waitFor();
    await take(phone, `phone-rooms-${language}-${theme}`);
  }
  await phone.context.close();
}

async function takeOthers({ hikers, makers, talk }) {
  const thread = await open("haneul", { language: "en", theme: "light", at: `/rooms/${hikers}?at=${talk.picture}` });
  await thread.page.getByRole("button", { name: "3 replies" }).click();
  await thread.page.getByRole("complementary", { name: "Thread" }).getByText("천천히").waitFor();
  await take(thread, "desk-thread-en-light");
  await thread.context.close();

  const code = await open("haneul", { language: "ko", theme: "dark", at: `/rooms/${makers}` });
  await code.page.locator('[data-kind="keyword"]').first().waitFor();
  await code.page.keyboard.press("Control+Shift+KeyM");
  await code.page.getByRole("complementary").getByText("Grace Hopper").waitFor();
  await take(code, "desk-code-ko-dark");
  await code.page.keyboard.press("Control+k");
  await code.page.getByRole("combobox").fill("ㄷㅅ");
  await code.page.getByRole("option").first().waitFor();
  await take(code, "desk-switcher-ko-dark");
  await code.context.close();

  const search = await open("haneul", { language: "ko", theme: "light", at: `/search?q=${encodeURIComponent("우이역")}` });
  await search.page.locator("mark").first().waitFor();
  await take(search, "desk-search-ko-light");
  await search.page.goto(new URL("/settings", server.url).href);
  await search.page.getByRole("heading", { level: 1 }).waitFor();
  await take(search, "desk-settings-ko-light");
  await search.context.close();

  const stranger = await Person.enter(browser, "stranger", { locale: LANGUAGES.en, colorScheme: "dark", ...DESK });
  await stranger.page.goto(server.url);
  await stranger.page.getByRole("heading", { name: "Welcome to Maru" }).waitFor();
  await take(stranger, "desk-sign-in-en-dark");
  await stranger.context.close();

  await takeOffline(hikers);
}

/** A phone that has lost the network opens the room from what it kept. */
async function takeOffline(room) {
  const phone = await open("haneul", { language: "ko", theme: "light", device: PHONE, at: `/rooms/${room}` });
  await articles(phone, 4);
  await phone.context.setOffline(true);
  await phone.page.locator("form textarea").fill("터널이라 잠시 끊겨요");
  await phone.page.locator("form button[type=submit]").click();
  await phone.page.locator('[data-state="pending"] [data-waiting="true"]').waitFor();
  await take(phone, "phone-offline-ko-light");
  await phone.context.close();
}

/** What administrators see while people talk. */
async function takeFigures(scene) {
  await Voice.signUp(server.url, "operator", "운영자");
  const desk = await open("operator", { language: "en", theme: "light", at: "/admin/figures" });
  await chatter(scene);
  await desk.page.setViewportSize({ width: 1280, height: 1000 });
  await take(desk, "desk-figures-en-light");
  await desk.context.close();
  const phone = await open("operator", { language: "ko", theme: "dark", device: PHONE, at: "/admin/figures" });
  await phone.page.getByRole("slider").first().waitFor();
  await take(phone, "phone-figures-ko-dark");
  await phone.context.close();
}

/** They talk, now more and now less, for as long as a plot needs. */
async function chatter({ voices, makers }) {
  const begun = Date.now();
  for (let said = 0; Date.now() - begun < TALK_MS; said++) {
    await voices[said % voices.length].say(makers, `Message ${said}`);
    const ms = 80 * (1.3 + Math.sin((Date.now() - begun) / 12_000));
    await new Promise((resolve) => setTimeout(resolve, ms));
  }
}

function ridge(color, points) {
  return `<path fill="${color}" d="M0 360V${points}V360z"/>`;
}
