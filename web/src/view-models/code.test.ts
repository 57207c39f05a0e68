import { expect, test } from "vitest";
import { tokensOf } from "./code";

test("code is told apart and nothing of it is lost", () => {
  const code = 'fn main() { println!("안녕 {}", 42); } // "hi"';
  const tokens = tokensOf(code, "rust");
  expect(tokens.map(({ text }) => text).join("")).toBe(code);
  expect(tokens).toContainEqual({ text: "fn", kind: "hljs-keyword" });
  expect(tokens.find(({ kind }) => kind === "hljs-comment")?.text).toContain("hi");
});

test("names of languages have their short forms", () => {
  expect(tokensOf("const a = 1", "ts")[0]).toEqual({ text: "const", kind: "hljs-keyword" });
  expect(tokensOf("a: 1", "yml").length).toBeGreaterThan(1);
});

test("what is not known, or too long, stays as it is", () => {
  expect(tokensOf("<b>x</b>", "klingon")).toEqual([{ text: "<b>x</b>", kind: "" }]);
  expect(tokensOf("let a;".repeat(5_000), "js")).toHaveLength(1);
});
