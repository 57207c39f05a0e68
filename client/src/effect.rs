//! What the shell must do, in order.

use protocol::{Seq, Timestamp};

use crate::page::{Page, PageId};
use crate::saved::Saved;

/// One thing that the shell must do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Effect {
    /// Open a new socket, dropping the old one, if any, without reporting its end.
    Open,
    /// Send this frame on the socket.
    Transmit(String),
    /// Drop the socket without reporting its end.
    Close,
    /// Call back with [`crate::Input::Woke`] at this time; replaces any earlier call.
    WakeAt(Timestamp),
    /// Fetch a page of history, then the amendments of what is on it, and hand over both in one
    /// text; a page of a thread holds them already.
    Fetch {
        /// What to call the answer.
        id: PageId,
        /// What to fetch.
        page: Page,
        /// The revision to ask for (rule HT4).
        revision: Seq,
    },
    /// Store this; hand it back to a new client of the same device and room.
    Persist(Saved),
    /// What the person sees has changed.
    Changed,
}

/// The effects of one input, to be executed front to back.
#[derive(Debug, Default)]
#[must_use = "a machine's decision is lost unless its effects are executed"]
pub struct Effects(pub Vec<Effect>);

impl Effects {
    pub(crate) fn push(&mut self, effect: Effect) {
        self.0.push(effect);
    }
}
