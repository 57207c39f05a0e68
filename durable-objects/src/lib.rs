//! Shells around the pure cores: one file per Durable Object.
//!
//! A shell decodes what the platform hands it, asks the core, and carries out the effects. It
//! decides nothing about chat: an `if` about chat in here is a defect of `room`.

mod alarm;
pub mod archive;
pub mod characters;
mod clock;
pub mod excerpt;
mod execute;
pub mod history;
mod http;
mod instances;
mod log;
pub mod meter;
mod meter_object;
mod metering;
mod outbox;
mod policy;
mod problem;
mod replays;
pub mod report;
pub mod reporting;
mod room_object;
pub mod said;
mod socket_state;
mod sockets;
pub mod store;
pub mod telling;
pub mod unread;
mod user_object;
pub mod words;

pub use meter_object::Meter;
pub use room_object::Room;
pub use user_object::User;
