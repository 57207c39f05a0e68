import { AtSign, Slash } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Choice } from "../view-models/use-completion";
import styles from "./completion-list.module.css";
import { Avatar } from "./parts";

interface CompletionListProps {
  id: string;
  choices: readonly Choice[];
  chosen: number;
  onChoose(choice: Choice): void;
}

/** What the text before the caret can become; the composer has the keys. */
export function CompletionList({ id, choices, chosen, onChoose }: CompletionListProps) {
  const { t } = useTranslation();
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.children[chosen]?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <div ref={list} id={id} className={styles["list"]} role="listbox" aria-label={t("composer.completions")}>
      {choices.map((choice, index) => (
        <div
          key={keyOf(choice)}
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === chosen}
          className={styles["choice"]}
          // The field keeps the focus.
          onPointerDown={(event) => {
            event.preventDefault();
            onChoose(choice);
          }}
        >
          <Picture choice={choice} />
          <span className={styles["label"]}>{choice.label}</span>
          {choice.kind === "command" ? <span className={styles["help"]}>{t(`command.${choice.command}_help`)}</span> : null}
          {choice.kind === "mention" && (choice.mention.target === "here" || choice.mention.target === "room") ? (
            <span className={styles["help"]}>{t(`composer.mention_${choice.mention.target}`)}</span>
          ) : null}
        </div>
      ))}
    </div>
  );
}

function keyOf(choice: Choice): string {
  return choice.kind === "mention" ? choice.mention.target : choice.kind === "emoji" ? choice.emoji : choice.label;
}

function Picture({ choice }: { choice: Choice }) {
  if (choice.kind === "command") return <Slash size={16} aria-hidden="true" />;
  if (choice.kind === "emoji") return <span className={styles["emoji"]}>{choice.emoji}</span>;
  const { target, name } = choice.mention;
  if (target === "here" || target === "room") return <AtSign size={18} aria-hidden="true" />;
  return <Avatar of="person" id={target} name={name} size="small" />;
}
