import { Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import styles from "./search-form.module.css";
import { IconButton } from "./parts";

/** The server's limit, told before it is asked. */
const QUERY_MAX = 200;

const OPERATORS = ["phrase", "from", "dates", "file"] as const;

export function SearchForm({ start = "", onSearch }: { start?: string; onSearch(query: string): void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(start);
  return (
    <search>
      <form
        className={styles["form"]}
        onSubmit={(event) => {
          event.preventDefault();
          onSearch(text.trim());
        }}
      >
        <input
          type="search"
          className={styles["field"]}
          aria-label={t("search.label")}
          placeholder={t("search.placeholder")}
          maxLength={QUERY_MAX}
          autoComplete="off"
          enterKeyHint="search"
          autoFocus
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <IconButton label={t("search.go")} type="submit">
          <Search size={18} aria-hidden="true" />
        </IconButton>
      </form>
      <details className={styles["help"]}>
        <summary>{t("search.help")}</summary>
        <dl>
          {OPERATORS.map((operator) => (
            <div key={operator}>
              <dt>{t(`search.op_${operator}`)}</dt>
              <dd>{t(`search.op_${operator}_help`)}</dd>
            </div>
          ))}
        </dl>
      </details>
    </search>
  );
}
