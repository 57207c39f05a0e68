import type { Element } from "hast";
import { useMemo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkBreaks from "remark-breaks";
import { chatMarkdown, ELEMENTS, honestLinks, mentionSpans, safeHref, withoutReordering } from "../view-models/markdown";
import { plainName } from "../view-models/names";
import { useUser } from "../view-models/use-account";
import { useNames } from "../view-models/use-names";
import { CodeBlock } from "./code-block";
import styles from "./markdown.module.css";

const PLUGINS = [chatMarkdown, remarkBreaks, mentionSpans, honestLinks];

const COMPONENTS: Components = {
  a: ({ href, children }) => <ChatLink href={href}>{children}</ChatLink>,
  pre: ({ node }) => <Code node={node} />,
  span: ({ node }) => <Mention target={String(node?.properties["dataMention"] ?? "")} />,
};

/** A body with its small part of Markdown, as elements of React: nothing is ever set as HTML. */
export default function Markdown({ body }: { body: string }) {
  const text = useMemo(() => withoutReordering(body), [body]);
  return (
    <div className={styles["markdown"]}>
      <ReactMarkdown
        skipHtml
        unwrapDisallowed
        allowedElements={ELEMENTS}
        remarkPlugins={PLUGINS}
        components={COMPONENTS}
        urlTransform={safeHref}
      >
        {text}
      </ReactMarkdown>
    </div>
  );
}

/** A fenced block: its only child is its code, whose class names the language. */
function Code({ node }: { node: Element | undefined }) {
  const code = node?.children[0];
  if (code?.type !== "element") return null;
  const names = Array.isArray(code.properties["className"]) ? code.properties["className"].map(String) : [];
  const language = names.find((name) => name.startsWith("language-"))?.slice("language-".length) ?? null;
  const text = code.children.map((child) => (child.type === "text" ? child.value : "")).join("");
  return <CodeBlock code={text.replace(/\n$/, "")} language={language} />;
}

function ChatLink({ href, children }: { href: string | undefined; children: ReactNode }) {
  const { t } = useTranslation();
  if (href === undefined || href === "") return children;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow" title={t("timeline.opens_elsewhere", { url: href })}>
      {children}
    </a>
  );
}

function Mention({ target }: { target: string }) {
  const { t } = useTranslation();
  const user = useUser();
  const nameOf = useNames();
  const everybody = target === "here" || target === "room";
  const name = everybody ? target : plainName(nameOf(target) ?? t("timeline.someone"));
  return (
    <span className={styles["mention"]} data-me={everybody || target === user.id}>
      {`@${name}`}
    </span>
  );
}
