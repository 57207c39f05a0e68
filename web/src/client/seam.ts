import type { Item, RoomSnapshot as Snapshot } from "client-wasm";

export type { Host, Item, Pending } from "client-wasm";

/** The items are put in by hand on the other side, which its generated type does not say. */
export type RoomSnapshot = Snapshot & { readonly items: readonly Item[] };
