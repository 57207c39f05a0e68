export type { Host, Item, Pending, RoomSnapshot } from "client-wasm";
