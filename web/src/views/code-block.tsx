import { Check, Copy } from "lucide-react";
import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import styles from "./code-block.module.css";
import { later } from "./later";
import { IconButton } from "./parts";

const CodeTokens = later<{ code: string; language: string }>(() => import("./code-tokens"), ({ code }) => code);

/** Code as it was written, to be read and to be copied; in colours, if its language was named. */
export function CodeBlock({ code, language }: { code: string; language: string | null }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const copy = () =>
    navigator.clipboard.writeText(code).then(
      () => setCopied(true),
      // Where the clipboard is out of reach, nothing is copied.
      () => {},
    );
  return (
    <div className={styles["block"]}>
      {/* What scrolls sideways is reached by the keyboard, too. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0} aria-label={t("code.label", { language: language ?? t("code.plain") })} role="group">
        <code>{language === null ? code : <Suspense fallback={code}><CodeTokens code={code} language={language} /></Suspense>}</code>
      </pre>
      <IconButton data-tool="" label={t(copied ? "code.copied" : "code.copy")} className={styles["copy"]} onClick={() => void copy()} onBlur={() => setCopied(false)}>
        {copied ? <Check size={15} aria-hidden="true" /> : <Copy size={15} aria-hidden="true" />}
      </IconButton>
    </div>
  );
}
