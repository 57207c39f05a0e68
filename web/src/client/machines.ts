import init from "client-wasm";

export { foldPage } from "client-wasm";

let loaded: Promise<unknown> | null = null;

/** Fetches and compiles the machines; early, so that the first room need not wait for it. */
export function loadMachines(): Promise<unknown> {
  loaded ??= init().catch((error: unknown) => {
    loaded = null;
    throw error;
  });
  return loaded;
}

/** A fresh number, so that clients do not reconnect all at once. */
export function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 1;
}
