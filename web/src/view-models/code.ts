import type { ElementContent, Root } from "hast";
import bash from "highlight.js/lib/languages/bash";
import c from "highlight.js/lib/languages/c";
import cpp from "highlight.js/lib/languages/cpp";
import csharp from "highlight.js/lib/languages/csharp";
import css from "highlight.js/lib/languages/css";
import diff from "highlight.js/lib/languages/diff";
import go from "highlight.js/lib/languages/go";
import ini from "highlight.js/lib/languages/ini";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import kotlin from "highlight.js/lib/languages/kotlin";
import python from "highlight.js/lib/languages/python";
import ruby from "highlight.js/lib/languages/ruby";
import rust from "highlight.js/lib/languages/rust";
import sql from "highlight.js/lib/languages/sql";
import swift from "highlight.js/lib/languages/swift";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";
import { createLowlight } from "lowlight";

const lowlight = createLowlight({
  bash, c, cpp, csharp, css, diff, go, ini, java, javascript, json, kotlin, python, ruby, rust, sql, swift, typescript, xml, yaml,
});

/** Longer code is shown as it is: reading it would hold the page up. */
const CODE_MAX = 20_000;

/** A part of code that a reader should tell from others. */
export interface Token {
  text: string;
  /** What it is, as highlight.js names it, such as `hljs-keyword`; empty for what is nothing special. */
  kind: string;
}

/** Code in pieces; in one, if the language is none that Maru knows. */
export function tokensOf(code: string, language: string): readonly Token[] {
  if (code.length > CODE_MAX || !lowlight.registered(language)) return [{ text: code, kind: "" }];
  const tokens: Token[] = [];
  collect(lowlight.highlight(language, code), "", tokens);
  return tokens;
}

function collect(node: Root | ElementContent, kind: string, tokens: Token[]): void {
  if (node.type === "text") tokens.push({ text: node.value, kind });
  if (!("children" in node)) return;
  const names = node.type === "element" && Array.isArray(node.properties.className) ? node.properties.className : [];
  const own = names.map(String).find((name) => name.startsWith("hljs-")) ?? kind;
  for (const child of node.children) if (child.type !== "doctype") collect(child, own, tokens);
}
