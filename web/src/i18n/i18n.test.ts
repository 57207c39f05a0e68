import fs from "node:fs";
import { describe, expect, test } from "vitest";
import { browserLanguage } from ".";
import accountEn from "./account.en.json";
import accountKo from "./account.ko.json";
import adminEn from "./admin.en.json";
import adminKo from "./admin.ko.json";
import commonEn from "./en.json";
import commonKo from "./ko.json";

const en = { ...commonEn, ...accountEn, ...adminEn };
const ko = { ...commonKo, ...accountKo, ...adminKo };

type Catalogue = { [key: string]: string | Catalogue };

const PLURAL = /_(zero|one|two|few|many|other)$/;

function texts(catalogue: Catalogue, prefix = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(catalogue)) {
    if (typeof value === "string") found.set(prefix + key, value);
    else for (const [inner, text] of texts(value, `${prefix}${key}.`)) found.set(inner, text);
  }
  return found;
}

/** The keys that code asks for: a plural is one key in every language. */
function keys(catalogue: Catalogue): string[] {
  const plural = new Set([...texts(en).keys()].filter((key) => key.endsWith("_one")).map((key) => key.replace(PLURAL, "")));
  const asked = [...texts(catalogue).keys()].map((key) => (plural.has(key.replace(PLURAL, "")) ? key.replace(PLURAL, "") : key));
  return [...new Set(asked)].toSorted();
}

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]!).toSorted();
}

describe("the catalogues", () => {
  test("have the same keys", () => {
    expect(keys(ko)).toEqual(keys(en));
  });

  test("have no empty text", () => {
    for (const text of [...texts(en).values(), ...texts(ko).values()]) expect(text.trim()).not.toBe("");
  });

  test("use the same placeholders", () => {
    const korean = texts(ko);
    for (const [key, text] of texts(en)) {
      const other = korean.get(key) ?? korean.get(key.replace(PLURAL, "_other"));
      expect(placeholders(other ?? ""), key).toEqual(placeholders(text));
    }
  });
});

test("the browser's first known language is chosen, English else", () => {
  expect(browserLanguage(["fr-FR", "ko-KR", "en"])).toBe("ko");
  expect(browserLanguage(["EN-gb"])).toBe("en");
  expect(browserLanguage(["de"])).toBe("en");
});

function read(path: string): string {
  return fs.readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
}

function all(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, code]) => code!);
}

/** Names of closes, which have screens of their own. */
const CLOSES = new Set(["restart", "malformed", "superseded", "too_long", "out_of_turn", "left", "too_many_sessions", "kicked", "room_deleted", "signed_out"]);

describe("every answer that says no has a sentence", () => {
  test("the refusals of a room", () => {
    const codes = all(read("protocol/src/refusal.rs"), /Self::\w+ => "(\w+)",/g).filter((code) => !code.startsWith("hello") && !CLOSES.has(code));
    expect(codes.length).toBeGreaterThan(30);
    for (const code of codes) expect(Object.keys(en.refusal), code).toContain(code);
  });

  test("the refusals that the protocol's document lists", () => {
    const section = read("docs/protocol.md").split("## Refusals")[1]!.split("## HTTP")[0]!;
    for (const code of all(section, /^\| `(\w+)`/gm)) expect(Object.keys(en.refusal), code).toContain(code);
  });

  test("the problems of the Worker", () => {
    const codes = all(read("worker/src/problem.rs"), /=> \(\d{3}, "(\w+)"\)/g);
    expect(codes.length).toBeGreaterThan(10);
    for (const code of codes) expect(Object.keys(en.problem), code).toContain(code);
  });
});
