import { X } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { useDrop } from "../view-models/use-drop";
import drops from "./drop.module.css";
import { IconButton } from "./parts";
import styles from "./side-panel.module.css";

interface SidePanelProps {
  title: string;
  /** Something small beside the title. */
  aside?: ReactNode;
  /** Takes files that are dragged over it. */
  drop?: ReturnType<typeof useDrop>;
  onClose(): void;
  children: ReactNode;
}

/** What lies beside the conversation; Escape closes it. */
export function SidePanel({ title, aside, drop, onClose, children }: SidePanelProps) {
  const { t } = useTranslation();
  return (
    // Escape closes what has the focus within.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <aside className={styles["panel"]} aria-label={title} onKeyDown={(event) => event.key === "Escape" && !event.defaultPrevented && !isAbove(event.target) && onClose()} {...drop?.events}>
      <header className={styles["head"]}>
        <h2 className={styles["title"]}>{title}</h2>
        <span className={styles["aside"]}>{aside}</span>
        <IconButton label={t("app.close")} onClick={onClose}>
          <X size={20} aria-hidden="true" />
        </IconButton>
      </header>
      {children}
      {drop?.over ? <p className={drops["drop"]}>{t("files.drop")}</p> : null}
    </aside>
  );
}

/** Whether a dialog or a menu has the key, which closes that alone. */
function isAbove(target: EventTarget): boolean {
  return target instanceof Element && target.closest("dialog, [popover]") !== null;
}
