// @vitest-environment happy-dom
import { cleanup, render } from "@testing-library/react";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { startI18n } from "../i18n";
import Markdown from "./markdown";

const ADA = "0000000000000000000a";

vi.mock("../view-models/use-account", () => ({ useUser: () => ({ id: "me", name: "me", display_name: "Me" }) }));
vi.mock("../view-models/use-names", () => ({ useNames: () => (id: string) => (id === ADA ? "Ada\u202e <b>" : null) }));

beforeAll(() => startI18n("en"));
afterEach(cleanup);

function show(body: string): HTMLElement {
  return render(<Markdown body={body} />).container;
}

const ATTACKS = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "<svg/onload=alert(1)>",
  "<svg><script>alert(1)</script></svg>",
  "<iframe src=\"javascript:alert(1)\"></iframe>",
  "<a href=\"javascript:alert(1)\">x</a>",
  "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
  "<style>*{display:none}</style>",
  "<form action=https://evil.example><input name=password></form>",
  "<object data=data:text/html,x></object>",
  "<!-- --><b onclick=alert(1)>x</b>",
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt:alert(1))",
  "[x](java\nscript:alert(1))",
  "[x](<java\tscript:alert(1)>)",
  "[x](&#106;avascript:alert(1))",
  "[x](javascript&colon;alert(1))",
  "[x](\u0001javascript:alert(1))",
  "[x](vbscript:msgbox(1))",
  "[x](data:text/html;base64,PHNjcmlwdD4=)",
  "[x](file:///etc/passwd)",
  "[x](blob:https://maru.example/1)",
  "[x](//evil.example)",
  "[x](/rooms/leave)",
  "[x](https://ok.example \"onmouseover=alert(1)\")",
  "[x]( https://ok.example\" onclick=alert(1) )",
  "![x](https://evil.example/pixel.png)",
  "![x](javascript:alert(1))",
  "[![x](https://evil.example/p.png)](javascript:alert(1))",
  "[a[b](https://ok.example)](javascript:alert(1))",
  "<javascript:alert(1)>",
  "<data:text/html,x>",
  "https://ok.example/\"onmouseover=alert(1)",
  "https://ok.example/<img src=x onerror=alert(1)>",
  "[x][1]\n\n[1]: javascript:alert(1)",
  "www.evil.example/'><img src=x onerror=alert(1)>",
  "`<img src=x onerror=alert(1)>`",
  "```\n</code></pre><script>alert(1)</script>\n```",
  "```html\" onload=alert(1)\nx\n```",
  "\u202egnp.exe\u202c [x](https://ok.example/\u202e)",
  "\u2066hidden\u2069",
  `<@${ADA}" onclick=alert(1)>`,
  "<@here><img src=x onerror=alert(1)>",
  "| a | b |\n|---|---|\n| <img src=x> | b |",
  "[^1]\n\n[^1]: <script>alert(1)</script>",
];

test("code in a language that was named is in colours", async () => {
  const root = show("```js\nconst a = 1;\n```");
  await vi.waitFor(() => expect(root.querySelector("[data-kind=keyword]")?.textContent).toBe("const"));
  expect(root.querySelector("pre")?.textContent).toBe("const a = 1;");
});

const ALLOWED = new Set(["DIV", "P", "BR", "STRONG", "EM", "DEL", "CODE", "PRE", "A", "UL", "OL", "LI", "BLOCKQUOTE", "SPAN"]);

describe("what people write cannot do anything", () => {
  test.each(ATTACKS)("%j", (body) => {
    const root = show(body);
    // The page's own button beside code, which no body can make.
    for (const tool of root.querySelectorAll("button[data-tool]")) tool.remove();
    for (const element of root.querySelectorAll("*")) {
      expect(ALLOWED).toContain(element.tagName);
      for (const { name, value } of element.attributes) {
        expect(name).not.toMatch(/^on|^style$|^src|^srcset|^formaction|^id$/);
        if (name === "href") expect(value).toMatch(/^(https?:\/\/|mailto:)/);
      }
      if (element.tagName === "A") {
        expect(element.getAttribute("rel")).toBe("noopener noreferrer nofollow");
        expect(element.getAttribute("target")).toBe("_blank");
      }
    }
    expect(root.textContent).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
  });

  test("HTML is shown as it was written", () => {
    expect(show("<script>alert(1)</script>").textContent).toBe("<script>alert(1)</script>");
  });

  test("a link does not pretend to lead elsewhere", () => {
    expect(show("[https://bank.example](https://evil.example/)").textContent).toBe("https://evil.example/");
    expect(show("[bank.example](https://www.bank.example/)").textContent).toBe("bank.example");
  });
});

describe("what people write looks as meant", () => {
  test.each([
    ["**bold**", "strong", "bold"],
    ["*italic*", "em", "italic"],
    ["~~gone~~", "del", "gone"],
    ["`code`", "code", "code"],
    ["```\nconst a = 1;\n```", "pre code", "const a = 1;"],
    ["> quoted", "blockquote", "\nquoted\n"],
    ["- one\n- two", "ul li + li", "two"],
    ["1. one\n2. two", "ol li + li", "two"],
    ["[Maru](https://maru.example/)", "a[href='https://maru.example/']", "Maru"],
    ["see https://maru.example/a_b_c", "a", "https://maru.example/a_b_c"],
    ["mail me@maru.example", "a[href='mailto:me@maru.example']", "me@maru.example"],
  ])("%j", (body, selector, text) => {
    expect(show(body).querySelector(selector)?.textContent).toBe(text);
  });

  test("a Korean particle behind an address is no part of it", () => {
    const root = show("https://maru.example에서 봐요");
    expect(root.querySelector("a")?.textContent).toBe("https://maru.example");
    expect(root.textContent).toBe("https://maru.example에서 봐요");
  });

  test("a new line is a new line, and a number sign is no heading", () => {
    const root = show("# one\ntwo");
    expect(root.querySelector("br")).not.toBeNull();
    expect(root.textContent).toBe("# one\ntwo");
  });

  test("mn1: mentions show names, and those of the reader stand out", () => {
    const root = show(`**<@${ADA}>** <@room> <@me>`);
    const pills = [...root.querySelectorAll("span")];
    expect(pills.map((pill) => pill.textContent)).toEqual(["@Ada <b>", "@room"]);
    expect(pills.map((pill) => pill.dataset["me"])).toEqual(["false", "true"]);
    expect(root.textContent).toContain("<@me>");
  });
});
