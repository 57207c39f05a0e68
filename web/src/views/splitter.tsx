import { useRef, type KeyboardEvent, type PointerEvent } from "react";
import { join } from "./parts";
import styles from "./splitter.module.css";

interface SplitterProps {
  label: string;
  /** The column it belongs to lies before or after it. */
  side: "before" | "after";
  width: number;
  min: number;
  max: number;
  /** `null` gives the column its own width again. */
  onWidth(width: number | null): void;
  className?: string | undefined;
}

const STEP = 16;

/** The edge of a column, which can be dragged, or moved by the arrow keys; Home resets it. */
export function Splitter({ label, side, width, min, max, onWidth, className }: SplitterProps) {
  const from = useRef<{ x: number; width: number } | null>(null);
  const sign = side === "before" ? 1 : -1;
  const become = (next: number) => onWidth(Math.max(min, Math.min(max, next)));
  const onKeyDown = (event: KeyboardEvent) => {
    const next = { ArrowLeft: width - sign * STEP, ArrowRight: width + sign * STEP }[event.key];
    if (next !== undefined) become(next);
    else if (event.key === "Home") onWidth(null);
    else return;
    event.preventDefault();
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    from.current = { x: event.clientX, width };
  };
  const onPointerMove = (event: PointerEvent) => {
    if (from.current !== null) become(from.current.width + sign * (event.clientX - from.current.x));
  };
  return (
    // A separator that can be moved is a control, and has the keys of one.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={Math.round(width)}
      aria-valuemin={min}
      aria-valuemax={max}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      className={join(styles["splitter"], className)}
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={() => (from.current = null)}
      onPointerCancel={() => (from.current = null)}
      onDoubleClick={() => onWidth(null)}
    />
  );
}
