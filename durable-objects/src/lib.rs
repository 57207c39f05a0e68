//! Shells around the pure cores: one file per Durable Object.
//!
//! A shell decodes what the platform hands it, asks the core, and carries out the effects. It
//! decides nothing about chat: an `if` about chat in here is a defect of `room`.

mod alarm;
pub mod api;
pub mod archive;
mod clock;
pub mod deadline;
pub mod excerpt;
mod execute;
pub mod history;
mod http;
mod log;
mod outbox;
mod policy;
mod problem;
pub mod question;
mod replays;
mod room_object;
pub mod said;
mod socket_state;
mod sockets;
pub mod store;
pub mod unread;
pub mod url;
pub mod user_api;
mod user_object;

pub use room_object::Room;
pub use user_object::User;
