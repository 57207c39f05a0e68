import { memo, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { pieces } from "../view-models/links";
import styles from "./body-text.module.css";

/** What somebody wrote: text, and links that name their scheme. Never markup. */
export const BodyText = memo(function BodyText({ body }: { body: string }) {
  const { t } = useTranslation();
  const parts = useMemo(() => pieces(body), [body]);
  return (
    <div className={styles["body"]} dir="auto">
      {parts.map((part, index) =>
        part.href === null ? (
          part.text
        ) : (
          <a
            // The pieces of a body never change their places.
            // oxlint-disable-next-line react/no-array-index-key
            key={index}
            href={part.href}
            target="_blank"
            rel="noopener noreferrer nofollow"
            title={t("timeline.opens_elsewhere", { url: part.href })}
          >
            {part.text}
          </a>
        ),
      )}
    </div>
  );
});
