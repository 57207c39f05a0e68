import { describe, expect, test } from "vitest";
import { browserLanguage } from ".";
import en from "./en.json";
import ko from "./ko.json";

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
