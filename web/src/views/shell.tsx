import { useState, type CSSProperties, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { useWidth } from "../view-models/preferences";
import { roomPath } from "../view-models/room-link";
import { useShortcuts } from "../view-models/shortcuts";
import { neighbour, useInbox, useTitle } from "../view-models/use-inbox";
import { useNoStrayDrops } from "../view-models/use-drop";
import { useNarrow } from "../view-models/use-media";
import { useNotifier } from "../view-models/use-notifier";
import { QuickSwitcher } from "./quick-switcher";
import hidden from "../styles/hidden.module.css";
import styles from "./shell.module.css";
import { ShortcutSheet } from "./shortcut-sheet";
import { Sidebar } from "./sidebar";
import { Splitter } from "./splitter";

export type Place = "home" | "room" | "invite" | "browse" | "search" | "settings";

interface ShellProps {
  place: Place;
  room?: string;
  children: ReactNode;
}

const ROOMS_PX = 288;
const ROOMS_PX_MIN = 208;
const ROOMS_PX_MAX = 480;

/** The list of rooms beside the room; on a phone, one or the other. */
export function Shell({ place, room, children }: ShellProps) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState<"switch" | "help" | null>(null);
  const [width, setWidth] = useWidth("rooms");
  useRoomKeys(room ?? null);
  useNotifier(room ?? null);
  useNoStrayDrops();
  useShortcuts({ switch: () => setAsking("switch"), help: () => setAsking("help") });
  const px = width ?? ROOMS_PX;
  const alone = useNarrow() && place === "home";
  const sidebar = (
    <Sidebar
      room={room ?? null}
      place={place}
      edge={<Splitter label={t("app.rooms_width")} side="before" width={px} min={ROOMS_PX_MIN} max={ROOMS_PX_MAX} className={styles["edge"]} onWidth={setWidth} />}
      onSwitch={() => setAsking("switch")}
      onHelp={() => setAsking("help")}
    />
  );
  return (
    <div className={styles["shell"]} data-in-room={place !== "home"} style={{ "--rooms-width": `${px}px` } as CSSProperties}>
      <a className={styles["skip"]} href="#conversation">
        {t("app.skip")}
      </a>
      {alone ? <RoomsAlone>{sidebar}</RoomsAlone> : sidebar}
      {alone ? null : (
        <main id="conversation" className={styles["main"]} tabIndex={-1}>
          {children}
        </main>
      )}
      {asking === "switch" ? <QuickSwitcher here={room ?? null} onClose={() => setAsking(null)} /> : null}
      {asking === "help" ? <ShortcutSheet onClose={() => setAsking(null)} /> : null}
    </div>
  );
}

/** On a phone, the list of rooms is all that a page shows. */
function RoomsAlone({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  useTitle(null);
  return (
    <main id="conversation" className={styles["alone"]} tabIndex={-1}>
      <h1 className={hidden["hidden"]}>{t("rooms.yours")}</h1>
      {children}
    </main>
  );
}

/** Goes from room to room by keyboard. */
function useRoomKeys(here: string | null): void {
  const { rooms } = useInbox();
  const [, navigate] = useLocation();
  const go = (step: 1 | -1, unread: boolean) => () => {
    const room = neighbour(rooms, here, step, unread);
    if (room !== null) navigate(roomPath(room));
  };
  useShortcuts({ previous: go(-1, false), next: go(1, false), previous_unread: go(-1, true), next_unread: go(1, true) });
}
