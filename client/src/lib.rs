//! The client of one room as a pure state machine.
//!
//! It connects, resumes, keeps what was written until it landed or was refused, and holds the
//! timeline that a person sees. It reads no clock and does no I/O; its only randomness is the
//! seed it was given. The shell hands it [`Input`]s and carries out its [`Effects`].

mod backoff;
mod client;
mod connection;
mod effect;
mod input;
mod outbox;
mod saved;
mod timeline;
mod view;

pub use client::{Client, Config};
pub use effect::{Effect, Effects};
pub use input::Input;
pub use outbox::{Pending, PendingState};
pub use saved::Saved;
pub use timeline::Item;
pub use view::{Older, Phase, View};
