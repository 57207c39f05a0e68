import { useMemo } from "react";
import { tokensOf } from "../view-models/code";
import styles from "./code-tokens.module.css";

/** Code with its parts in colours; it comes with the code that reads languages. */
export default function CodeTokens({ code, language }: { code: string; language: string }) {
  const tokens = useMemo(() => tokensOf(code, language), [code, language]);
  return (
    <span className={styles["code"]}>
      {tokens.map(({ text, kind }, index) =>
        // A piece is its place: the same word twice is two pieces.
        // oxlint-disable-next-line react/no-array-index-key
        kind === "" ? text : <span key={index} data-kind={kind.replace("hljs-", "")}>{text}</span>,
      )}
    </span>
  );
}
