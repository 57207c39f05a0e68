//! The browser wrapper over the client machine: `subscribe`, `getSnapshot` and actions.
//!
//! It decides nothing. Types come from here to TypeScript, generated when the package is built.
#![allow(
    unsafe_code,
    missing_docs,
    reason = "the macros that export to JavaScript write some of both"
)]

mod host;
mod room_client;
mod snapshot;

pub use room_client::{Config, RoomClient};
pub use snapshot::{Item, Pending, RoomSnapshot};
