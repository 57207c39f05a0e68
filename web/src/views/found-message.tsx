import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { momentsFor } from "../view-models/moments";
import { plainName } from "../view-models/names";
import { useNames } from "../view-models/use-names";
import styles from "./found-message.module.css";
import { Avatar } from "./parts";

interface FoundMessageProps {
  by: string;
  at: number;
  /** Where it was said, if that is not clear. */
  place?: string | null;
  note?: string | null;
  children: ReactNode;
  onOpen(): void;
}

/** A message out of its place: a hit, or a pin. A click leads to it. */
export function FoundMessage({ by, at, place = null, note = null, children, onOpen }: FoundMessageProps) {
  const { t, i18n } = useTranslation();
  const nameOf = useNames();
  const name = plainName(nameOf(by) ?? t("timeline.someone"));
  const moments = momentsFor(i18n.language);
  return (
    <button type="button" className={styles["found"]} onClick={onOpen} title={t("message.jump")}>
      <span className={styles["head"]}>
        <Avatar of="person" id={by} name={name} size="small" />
        <strong className={styles["name"]}>{name}</strong>
        <time className={styles["time"]} dateTime={new Date(at).toISOString()} title={moments.full(at)}>
          {moments.soon(at)}
        </time>
      </span>
      {place === null ? null : <span className={styles["place"]}>{place}</span>}
      <span className={styles["body"]} dir="auto">{children}</span>
      {note === null ? null : <span className={styles["note"]}>{note}</span>}
    </button>
  );
}
