import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import styles from "./shell.module.css";
import { Sidebar } from "./sidebar";

export type Place = "home" | "room" | "invite" | "browse" | "search";

interface ShellProps {
  place: Place;
  room?: string;
  children: ReactNode;
}

/** The list of rooms beside the room; on a phone, one or the other. */
export function Shell({ place, room, children }: ShellProps) {
  const { t } = useTranslation();
  return (
    <div className={styles["shell"]} data-in-room={place !== "home"}>
      <a className={styles["skip"]} href="#conversation">
        {t("app.skip")}
      </a>
      <Sidebar room={room ?? null} place={place} />
      <main id="conversation" className={styles["main"]} tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
