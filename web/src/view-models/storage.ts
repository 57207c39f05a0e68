import { useSyncExternalStore } from "react";

const PROBE = "maru.probe";

/** Whether this browser keeps anything for Maru: some forbid it, and some disks are full. */
export function canStore(): boolean {
  try {
    localStorage.setItem(PROBE, "x".repeat(64));
    localStorage.removeItem(PROBE);
    return true;
  } catch {
    return false;
  }
}

const listeners = new Set<() => void>();
let failed: boolean | null = null;

/** Something could not be kept. */
export function noteStorageFailure(): void {
  if (failed === true) return;
  failed = true;
  for (const listener of listeners) listener();
}

/** Whether something could not be kept, now or when the page was opened. */
export function useStorageFailed(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => (failed ??= !canStore()),
  );
}
