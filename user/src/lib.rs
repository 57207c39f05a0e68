//! A user's inbox as a pure state machine: inputs in, effects out.
//!
//! An inbox knows the user's rooms and what is unread in them, as the rooms tell it, and keeps the
//! user's open sockets up to date. It reads no clock, draws no randomness and does no I/O: the
//! shell carries out its [`Effects`], front to back, in one turn.

mod effect;
mod inbox;
mod input;
mod rate;

pub use effect::{Effect, Effects};
pub use inbox::{Inbox, Snapshot, Socket};
pub use input::{Input, Standing};
pub use rate::Rate;
