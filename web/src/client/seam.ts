export type { Attachment, Host, InboxRoom, InboxSnapshot, Item, Named, Pending, Reaction, Role, RoomKind, RoomSnapshot } from "client-wasm";
export type { MessageItem as Message, More as Paging, PageRequest as Page } from "client-wasm";
