import { Lock } from "lucide-react";
import { useTranslation } from "react-i18next";
import { momentsFor } from "../view-models/moments";
import type { Closed } from "../view-models/rights";
import styles from "./closed-notice.module.css";

/** Takes the composer's place where nobody may write, or not this person: why, and until when. */
export function ClosedNotice({ closed }: { closed: Closed }) {
  const { t, i18n } = useTranslation();
  const text =
    closed.why === "muted"
      ? t("closed.muted", { time: momentsFor(i18n.language).soon(closed.until) })
      : t(`closed.${closed.why}`);
  return (
    <p className={styles["notice"]} role="status">
      <Lock size={16} aria-hidden="true" />
      {text}
    </p>
  );
}
