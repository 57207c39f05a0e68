//! What a client does, as pure state machines: [`Client`] for one room, [`Inbox`] for the list of
//! rooms.
//!
//! A client connects, resumes, keeps what was done until it landed or was refused, and holds the
//! timeline that a person sees, every message folded with its amendments. The machines read no
//! clock and do no I/O; their only randomness is the seed they were given. The shell hands them
//! [`Input`]s and carries out their [`Effects`].

mod about;
mod act;
mod backoff;
mod client;
mod connection;
mod effect;
mod inbox;
mod input;
mod item;
mod link;
mod loads;
mod outbox;
mod page;
mod reading;
mod recent;
mod saved;
mod segment;
mod thread;
mod timeline;
mod view;

pub use act::Act;
pub use client::{Client, Config};
pub use connection::UPDATE;
pub use effect::{Effect, Effects};
pub use inbox::{Inbox, InboxInput, InboxView};
pub use input::Input;
pub use item::{Item, MessageItem};
pub use outbox::{Pending, PendingState};
pub use page::{Page, PageId, fold_page};
pub use saved::Saved;
pub use view::{More, Phase, ThreadView, View};
