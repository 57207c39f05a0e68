import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import styles from "./shell.module.css";
import { Sidebar } from "./sidebar";

/** The list of rooms beside the room; on a phone, one or the other. */
export function Shell({ room, children }: { room: string | null; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className={styles["shell"]} data-in-room={room !== null}>
      <a className={styles["skip"]} href="#conversation">
        {t("app.skip")}
      </a>
      <Sidebar room={room} />
      <main id="conversation" className={styles["main"]} tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
