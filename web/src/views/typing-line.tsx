import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { plainName } from "../view-models/names";
import type { Typing } from "../view-models/use-chat";
import styles from "./typing-line.module.css";

export function TypingLine({ typing }: { typing: Typing }) {
  const { t } = useTranslation();
  const text = sentence(t, typing);
  return (
    <p className={styles["line"]}>
      {text === null ? null : (
        <>
          <span className={styles["dots"]} aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          {text}
        </>
      )}
    </p>
  );
}

/** Names that the line tells; it counts the others. */
const NAMED = 2;

function sentence(t: TFunction, { who, more }: Typing): string | null {
  const [a, b] = who.map((name) => plainName(name));
  const count = who.length + more;
  if (count === 0) return null;
  if (a === undefined) return t("typing.count", { count });
  if (count === 1) return t("typing.one", { a });
  if (b === undefined) return t("typing.count", { count });
  if (count === NAMED) return t("typing.two", { a, b });
  return t("typing.more", { a, b, count: count - NAMED });
}
