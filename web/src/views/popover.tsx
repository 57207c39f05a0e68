import { useLayoutEffect, useRef, type KeyboardEvent, type ReactNode } from "react";
import styles from "./popover.module.css";

interface PopoverProps {
  /** What it belongs to, and lies beside. */
  anchor: HTMLElement;
  label: string;
  role?: "menu" | "dialog" | "tooltip";
  onClose(): void;
  onKeyDown?(event: KeyboardEvent<HTMLDivElement>): void;
  children: ReactNode;
}

/** Something above the page that goes away at Escape or a click elsewhere, and gives the focus back. */
export function Popover({ anchor, label, role = "dialog", onClose, onKeyDown, children }: PopoverProps) {
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const popover = element.current;
    if (popover === null) return;
    if (!popover.matches(":popover-open")) popover.showPopover();
    place(popover, anchor);
    popover.querySelector<HTMLElement>("[data-autofocus], [role=menuitem], input, button")?.focus({ preventScroll: true });
    const observer = new ResizeObserver(() => place(popover, anchor));
    observer.observe(popover);
    return () => {
      observer.disconnect();
      if (popover.contains(document.activeElement)) anchor.focus({ preventScroll: true });
    };
  }, [anchor]);
  return (
    // The role is that of what it shows.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      ref={element}
      popover="auto"
      role={role}
      aria-label={label}
      tabIndex={-1}
      className={styles["popover"]}
      onToggle={(event) => event.newState === "closed" && onClose()}
      onKeyDown={onKeyDown}
    >
      {children}
    </div>
  );
}

const GAP = 6;
const MARGIN = 8;

/** Below its anchor, or above if there is more room; never beyond the window. */
function place(popover: HTMLElement, anchor: HTMLElement): void {
  const box = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = popover;
  const below = window.innerHeight - box.bottom - GAP - MARGIN;
  const above = box.top - GAP - MARGIN;
  const top = height <= below || below >= above ? box.bottom + GAP : box.top - GAP - height;
  const left = box.left + width > window.innerWidth - MARGIN ? box.right - width : box.left;
  popover.style.top = `${clamp(top, window.innerHeight - height - MARGIN)}px`;
  popover.style.left = `${clamp(left, window.innerWidth - width - MARGIN)}px`;
}

function clamp(value: number, max: number): number {
  return Math.max(MARGIN, Math.min(value, max));
}
