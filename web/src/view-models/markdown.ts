import type { Link, Nodes, PhrasingContent, Root } from "mdast";
import { findAndReplace } from "mdast-util-find-and-replace";
import { gfmAutolinkLiteralFromMarkdown } from "mdast-util-gfm-autolink-literal";
import { gfmStrikethroughFromMarkdown } from "mdast-util-gfm-strikethrough";
import { gfmAutolinkLiteral } from "micromark-extension-gfm-autolink-literal";
import { gfmStrikethrough } from "micromark-extension-gfm-strikethrough";
import type { Processor } from "unified";
import { SKIP, visit } from "unist-util-visit";
import { MENTION } from "./mentions";

/** What a message may become; everything else stays the text that was written. */
export const ELEMENTS = ["p", "br", "strong", "em", "del", "code", "pre", "a", "ul", "ol", "li", "blockquote", "span"];

/** Markup that a chat is better off without: as text, it means what its author saw. */
const UNUSED = [
  "htmlFlow",
  "htmlText",
  "headingAtx",
  "setextUnderline",
  "thematicBreak",
  "labelStartImage",
  "definition",
  "codeIndented",
  "characterReference",
];

/** Controls that reorder the text around them. */
const REORDERING = /[\u202a-\u202e\u2066-\u2069]/g;

/** Korean writes its particles right behind a word: `https://maru.example에서` ends at `example`. */
const PARTICLE = /^(https?:\/\/[^/?#\s]*?[a-z0-9])([\uac00-\ud7a3]+)$/iu;

export function withoutReordering(body: string): string {
  return body.replace(REORDERING, "");
}

/** Bold, italic, strike, code, quotes, lists and links; no HTML, no images, no headings. */
export function chatMarkdown(this: Processor): void {
  // oxlint-disable-next-line oxc/no-this-in-exported-function -- so does a plugin reach its processor
  const data = this.data() as { micromarkExtensions?: unknown[]; fromMarkdownExtensions?: unknown[] };
  (data.micromarkExtensions ??= []).push(gfmStrikethrough({ singleTilde: false }), gfmAutolinkLiteral(), { disable: { null: UNUSED } });
  (data.fromMarkdownExtensions ??= []).push(gfmStrikethroughFromMarkdown(), gfmAutolinkLiteralFromMarkdown());
}

/** Turns `<@ID>` into a span that names its target. */
export function mentionSpans() {
  return (tree: Root): void => {
    findAndReplace(tree, [MENTION, mentionSpan], { ignore: ["link", "inlineCode", "code"] });
  };
}

/** Links end where the address ends, and do not say that they lead somewhere else than they do. */
export function honestLinks() {
  return (tree: Root): void => {
    visit(tree, "link", (link: Link, index, parent) => {
      if (parent === undefined || index === undefined) return;
      const text = textOf(link);
      const [, address, particle] = (text === link.url && PARTICLE.exec(text)) || [];
      if (address !== undefined && particle !== undefined) {
        const shorter: Link = { ...link, url: address, children: [{ type: "text", value: address }] };
        parent.children.splice(index, 1, shorter, { type: "text", value: particle });
        return [SKIP, index + 2];
      }
      if (pretends(text, link.url)) link.children = [{ type: "text", value: link.url }];
    });
  };
}

/** The address that a link leads to, or an empty text if it is none that Maru follows. */
export function safeHref(text: string): string {
  const url = URL.parse(text);
  return url !== null && ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : "";
}

/** The text looks like an address, and the link leads to another host. */
function pretends(text: string, url: string): boolean {
  const shown = /^\s*(?:https?:\/\/)?((?:[\w-]+\.)+[a-z]{2,})(?:[/:?#]|\s*$)/iu.exec(text)?.[1]?.toLowerCase();
  if (shown === undefined) return false;
  const host = URL.parse(url)?.hostname.toLowerCase();
  return host !== undefined && host !== "" && host !== shown && host !== `www.${shown}`;
}

/** A kind of node of our own: it becomes the element that its data names. */
function mentionSpan(_: string, target: string): PhrasingContent {
  return { type: "mention", children: [], data: { hName: "span", hProperties: { dataMention: target } } } as unknown as PhrasingContent;
}

function textOf(node: Nodes): string {
  if ("value" in node) return node.value;
  return "children" in node ? node.children.map((child) => textOf(child)).join("") : "";
}
