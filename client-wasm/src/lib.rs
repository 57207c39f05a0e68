//! The browser wrapper over the client machines: `subscribe`, `getSnapshot` and actions.
//!
//! It decides nothing. Types come from here to TypeScript, generated when the package is built.
#![allow(
    unsafe_code,
    missing_docs,
    reason = "the macros that export to JavaScript write some of both"
)]

mod functions;
mod host;
mod inbox_client;
mod item;
mod listeners;
mod room_client;
mod snapshot;
mod value;

pub use functions::{Mentions, fold_page, mentions_of};
pub use inbox_client::{InboxClient, InboxConfig, InboxRoom, InboxSnapshot};
pub use item::{Attachment, Item, Reaction};
pub use room_client::{Config, RoomClient};
pub use snapshot::{Limits, Pending, RoomInfo, RoomSnapshot, ThreadSnapshot, You};
