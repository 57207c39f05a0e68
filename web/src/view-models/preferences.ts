import { useCallback, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { browserLanguage, type Language } from "../i18n";

export type Theme = "system" | "light" | "dark";
export type LanguageChoice = "system" | Language;

const THEME = "maru.theme";
const LANGUAGE = "maru.language";

const BEEN_HERE = "maru.been_here";
const SINGLE_KEYS = "maru.single_keys";
const WIDTH = "maru.width.";

const listeners = new Set<() => void>();

export function readTheme(): Theme {
  const stored = read(THEME);
  return stored === "light" || stored === "dark" ? stored : "system";
}

export function readLanguage(): LanguageChoice {
  const stored = read(LANGUAGE);
  return stored === "en" || stored === "ko" ? stored : "system";
}

/** The language to start with. */
export function startLanguage(): Language {
  const choice = readLanguage();
  return choice === "system" ? browserLanguage() : choice;
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const theme = useSyncExternalStore(subscribe, readTheme);
  const choose = useCallback((next: Theme) => {
    write(THEME, next);
    if (next === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = next;
  }, []);
  return [theme, choose];
}

export function useLanguage(): [LanguageChoice, (language: LanguageChoice) => void] {
  const { i18n } = useTranslation();
  const language = useSyncExternalStore(subscribe, readLanguage);
  const choose = useCallback(
    (next: LanguageChoice) => {
      write(LANGUAGE, next);
      const spoken = next === "system" ? browserLanguage() : next;
      document.documentElement.lang = spoken;
      void i18n.changeLanguage(spoken);
    },
    [i18n],
  );
  return [language, choose];
}

/** Whether keys without modifiers do something. */
export function readSingleKeys(): boolean {
  return read(SINGLE_KEYS) !== "off";
}

export function useSingleKeys(): [boolean, (on: boolean) => void] {
  const on = useSyncExternalStore(subscribe, readSingleKeys);
  return [on, useCallback((next: boolean) => write(SINGLE_KEYS, next ? "on" : "off"), [])];
}

/** How wide a column is, in pixels; `null` as it is by itself. */
export function useWidth(column: "rooms" | "panel"): [number | null, (width: number | null) => void] {
  const stored = useSyncExternalStore(subscribe, () => read(WIDTH + column));
  const width = stored === null ? null : Number(stored);
  return [
    width !== null && Number.isFinite(width) ? width : null,
    useCallback((next: number | null) => write(WIDTH + column, next === null ? "" : String(Math.round(next))), [column]),
  ];
}

/** Somebody has signed in on this device before, so they most likely have an account. */
export function hasBeenHere(): boolean {
  return read(BEEN_HERE) !== null;
}

export function noteBeenHere(): void {
  write(BEEN_HERE, "1");
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    if (value === "system" || value === "") localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  for (const listener of listeners) listener();
}
