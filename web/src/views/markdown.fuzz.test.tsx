// @vitest-environment happy-dom
import { cleanup, render } from "@testing-library/react";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { startI18n } from "../i18n";
import { safeHref } from "../view-models/markdown";
import Markdown from "./markdown";

/** Bodies that every run of the tests tries; `cargo xtask fuzz` goes on for as long as it is told. */
const EXECUTIONS = 400;
const SECONDS = Number(process.env["MARU_FUZZ_SECONDS"] ?? 0);

const ADA = "0000000000000000000a";

/** What a body is made of: markup, half of it broken, and addresses that lead nowhere good. */
const PIECES = [
  "[", "](", ")", "![", "]", "][", "<", ">", "</", "/>", "`", "```", "~~", "**", "*", "_", "__", "> ", "- ", "1. ", "\n", "\n\n", "    ", "\t",
  "\\", "&", "&#106;", "&colon;", "&NewLine;", "\"", "'", "|", "#", "---", "===", "<!--", "-->", "<![CDATA[", "]]>", "<?", "$$", "[^1]", "[^1]: ",
  "javascript:", "JAVASCRIPT:", "java\nscript:", "data:text/html,", "vbscript:", "blob:", "file:///", "//", "http://", "https://", "mailto:",
  "https://ok.example", "www.", "evil.example", "@", "alert(1)", "<script>", "</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>",
  "<iframe srcdoc=x>", "<a href=javascript:alert(1)>", "<style>", "<math>", "<@", `<@${ADA}>`, "<@here>", "<@room>", "\u202e", "\u2066", "\u0000",
  "\u0001", "\ufeff", "\u200d", "한국어", "👍🏽", "word", " ", "1", "[x]: ", "(", "title=\"",
];

/** Elements that a body may become; those of code blocks and their buttons are ours. */
const ALLOWED = new Set(
  "div p br strong em del code pre a ul ol li blockquote span button svg path rect polyline line circle g title".split(" "),
);

vi.mock("../view-models/use-account", () => ({ useUser: () => ({ id: "me", name: "me", display_name: "Me" }) }));
vi.mock("../view-models/use-names", () => ({ useNames: () => (id: string) => (id === ADA ? "Ada\u202e <b>" : null) }));

beforeAll(() => startI18n("en"));
afterEach(cleanup);

/** Numbers below one, the same for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function bodyOf(draw: () => number): string {
  const n = 1 + Math.floor(draw() * 24);
  return Array.from({ length: n }, () => PIECES[Math.floor(draw() * PIECES.length)]).join("");
}

/** What is wrong with what a body became. */
function dangers(body: string): string[] {
  const { container, unmount } = render(<Markdown body={body} />);
  const found: string[] = [];
  for (const element of container.querySelectorAll("*")) {
    const name = element.tagName.toLowerCase();
    if (!ALLOWED.has(name)) found.push(`<${name}>`);
    for (const { name: attribute, value } of element.attributes) {
      if (/^on|^srcdoc$|^src$|^action$|^formaction$|^style$/iu.test(attribute)) found.push(`${name}[${attribute}=${value}]`);
      if (/href$/iu.test(attribute) && !/^(https?:\/\/|mailto:)/u.test(value)) found.push(`${name}[${attribute}=${value}]`);
    }
    if (name === "a" && element.getAttribute("rel") !== "noopener noreferrer nofollow") found.push("a link without rel");
  }
  if (/[\u202a-\u202e\u2066-\u2069]/u.test(container.textContent)) found.push("text that is turned around");
  unmount();
  return found;
}

test("whatever a body is made of, nothing in it runs, loads or leads where it should not", { timeout: SECONDS * 1000 + 60_000 }, () => {
  const seed = SECONDS > 0 ? Date.now() : 1;
  const draw = random(seed);
  const end = Date.now() + SECONDS * 1000;
  let executions = 0;
  while (SECONDS > 0 ? Date.now() < end : executions < EXECUTIONS) {
    const body = bodyOf(draw);
    expect(dangers(body), JSON.stringify(body)).toEqual([]);
    executions += 1;
  }
  console.info(`fuzz markdown: ${executions} executions, seed ${seed}`);
});

test("an address is followed only where a browser would go by http, https or mail", () => {
  const draw = random(2);
  for (let n = 0; n < 20_000; n += 1) {
    const text = bodyOf(draw);
    const href = safeHref(text);
    if (href !== "") expect(["http:", "https:", "mailto:"], text).toContain(new URL(href).protocol);
  }
});
