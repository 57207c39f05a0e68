import { ArrowLeft } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import styles from "./room-pane.module.css";

/** The frame of everything but the chat; on a phone it needs a way back. */
export function Outside({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className={styles["outside"]}>
      <Link href="/" className={styles["back"]}>
        <ArrowLeft size={20} aria-hidden="true" />
        {t("app.back_to_rooms")}
      </Link>
      <div className={styles["middle"]}>{children}</div>
    </div>
  );
}
