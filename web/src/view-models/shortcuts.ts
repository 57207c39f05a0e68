import { useEffect, useRef } from "react";
import { readSingleKeys } from "./preferences";

/** What a person does from anywhere on the page by keyboard. */
export type Shortcut = "switch" | "help" | "previous" | "next" | "previous_unread" | "next_unread" | "search" | "members" | "present" | "write";

export interface Stroke {
  key: string;
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  isComposing: boolean;
}

/**
 * What a key asks for. A key without modifiers means nothing where somebody writes, and nothing
 * to who turned such keys off: those who speak to their computer press them by accident.
 */
export function shortcutOf(stroke: Stroke, writing: boolean, singleKeys: boolean): Shortcut | null {
  if (stroke.isComposing) return null;
  const { code, key, altKey, shiftKey } = stroke;
  const command = stroke.ctrlKey !== stroke.metaKey;
  if (command && !altKey) {
    if (code === "KeyK" && !shiftKey) return "switch";
    if (code === "Slash" && !shiftKey) return "help";
    if (code === "KeyF" && shiftKey) return "search";
    if (code === "KeyM" && shiftKey) return "members";
    return null;
  }
  if (altKey && !stroke.ctrlKey && !stroke.metaKey) {
    if (key === "ArrowUp") return shiftKey ? "previous_unread" : "previous";
    if (key === "ArrowDown") return shiftKey ? "next_unread" : "next";
    return key === "End" ? "present" : null;
  }
  if (writing || !singleKeys || stroke.ctrlKey || stroke.metaKey) return null;
  if (key === "?") return "help";
  return key === "/" ? "write" : null;
}

/** Does what a shortcut asks for while the view is on show. Others are left to other views. */
export function useShortcuts(acts: Partial<Record<Shortcut, () => void>>): void {
  const latest = useRef(acts);
  useEffect(() => {
    latest.current = acts;
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      // What is modal has the keyboard for itself.
      if (event.defaultPrevented || document.querySelector("dialog[open]") !== null) return;
      const shortcut = shortcutOf(event, isWriting(event.target), readSingleKeys());
      const act = shortcut === null ? undefined : latest.current[shortcut];
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
}

/** Calls `write` when somebody begins to type where nothing takes letters; the letter follows. */
export function useTypeAnywhere(write: () => void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || document.querySelector("dialog[open], :popover-open") !== null) return;
      if (beginsText(event, isWriting(event.target), readSingleKeys())) write();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [write]);
}

/** What a key is called that an input method takes, as the first one of a Korean syllable. */
const TAKEN_BY_IME = "Process";

/** Whether a key writes something; the space bar presses buttons and scrolls. */
export function beginsText(stroke: Stroke, writing: boolean, singleKeys: boolean): boolean {
  const { key, ctrlKey, metaKey, altKey, isComposing } = stroke;
  if (writing || !singleKeys || isComposing || ctrlKey || metaKey || altKey) return false;
  if (key === TAKEN_BY_IME) return true;
  return [...key].length === 1 && key !== " " && shortcutOf(stroke, writing, singleKeys) === null;
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.matches("input, textarea, select") || target.isContentEditable);
}

const isApple = () => /Mac|iPhone|iPad/.test(navigator.userAgent);

/** How a key is called on this keyboard. */
export function keyName(key: "mod" | "alt" | "shift" | (string & {})): string {
  if (key === "mod") return isApple() ? "⌘" : "Ctrl";
  if (key === "alt") return isApple() ? "⌥" : "Alt";
  if (key === "shift") return isApple() ? "⇧" : "Shift";
  return key;
}
