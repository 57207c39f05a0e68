import { Search } from "lucide-react";
import { useId, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { placed, QUERY_MAX } from "../view-models/operators";
import { useOperators, type Suggestion } from "../view-models/use-operators";
import styles from "./search-form.module.css";
import { IconButton } from "./parts";

const HELPED = ["phrase", "from", "dates", "file"] as const;

/** Words to look for, with what narrows them suggested; arrow keys choose, Enter takes or searches. */
export function SearchForm({ start = "", onSearch }: { start?: string; onSearch(query: string): void }) {
  const { t } = useTranslation();
  const field = useRef<HTMLInputElement>(null);
  const list = useId();
  const [text, setText] = useState(start);
  const [caret, setCaret] = useState(start.length);
  const [open, setOpen] = useState(false);
  // Nothing is chosen until somebody does, so that Enter searches for what was written.
  const [chosen, setChosen] = useState(-1);
  const offered = useOperators(text, caret);
  const suggestions = open && offered !== null ? offered.suggestions : [];

  const take = (suggestion: Suggestion) => {
    if (offered === null) return;
    const next = placed(text, offered.begun, suggestion.word);
    setText(next.text);
    setCaret(next.caret);
    setChosen(-1);
    queueMicrotask(() => {
      field.current?.focus();
      field.current?.setSelectionRange(next.caret, next.caret);
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || suggestions.length === 0) return;
    const count = suggestions.length;
    const current = suggestions[chosen];
    if (event.key === "ArrowDown") setChosen((chosen + 1) % count);
    else if (event.key === "ArrowUp") setChosen((Math.max(chosen, 0) + count - 1) % count);
    else if (event.key === "Enter" && current !== undefined) take(current);
    else if (event.key === "Escape" && open) setOpen(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <search>
      {/* Suggestions go away with the focus. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <form
        className={styles["form"]}
        onSubmit={(event) => {
          event.preventDefault();
          setOpen(false);
          onSearch(text.trim());
        }}
        onBlur={(event) => event.currentTarget.contains(event.relatedTarget) || setOpen(false)}
      >
        <input
          ref={field}
          type="search"
          className={styles["field"]}
          aria-label={t("search.label")}
          aria-controls={suggestions.length > 0 ? list : undefined}
          aria-activedescendant={chosen >= 0 && chosen < suggestions.length ? `${list}-${chosen}` : undefined}
          aria-autocomplete="list"
          placeholder={t("search.placeholder")}
          maxLength={QUERY_MAX}
          autoComplete="off"
          enterKeyHint="search"
          autoFocus
          value={text}
          onFocus={() => setOpen(true)}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? 0)}
          onChange={(event) => {
            setText(event.target.value);
            setCaret(event.target.selectionStart ?? event.target.value.length);
            setOpen(true);
            setChosen(-1);
          }}
          onKeyDown={onKeyDown}
        />
        <IconButton label={t("search.go")} type="submit">
          <Search size={18} aria-hidden="true" />
        </IconButton>
        {suggestions.length === 0 ? null : (
          <div id={list} role="listbox" aria-label={t("search.help")} className={styles["suggestions"]}>
            {suggestions.map((suggestion, index) => (
              <div
                key={suggestion.word}
                id={`${list}-${index}`}
                role="option"
                tabIndex={-1}
                aria-selected={index === chosen}
                className={styles["suggestion"]}
                // The field keeps the focus.
                onPointerDown={(event) => {
                  event.preventDefault();
                  take(suggestion);
                }}
              >
                <code>{suggestion.word}</code>
                <span><Meaning of={suggestion} /></span>
              </div>
            ))}
          </div>
        )}
      </form>
      <details className={styles["help"]}>
        <summary>{t("search.help")}</summary>
        <dl>
          {HELPED.map((operator) => (
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

function Meaning({ of: one }: { of: Suggestion }) {
  const { t } = useTranslation();
  switch (one.kind) {
    case "person":
      return one.name;
    case "day":
      return t(`search.day_${one.age}`);
    case "operator":
      return one.word === "from:" ? t("search.op_from_help") : one.word === "has:file" ? t("search.op_file_help") : t(one.word === "after:" ? "search.op_after_help" : "search.op_before_help");
  }
}
