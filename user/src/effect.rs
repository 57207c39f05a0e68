//! What the shell must do, in order.

use protocol::{CloseCode, Ending, SessionId, Timestamp};

use crate::inbox::Socket;
use crate::input::Standing;

/// One thing that the shell must do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Effect {
    /// Insert or replace what is stored of this room.
    Store(Standing),
    /// Store since when the user may again found as many rooms at once as anybody.
    StoreCredit {
        /// Replaces what was stored.
        full_at: Timestamp,
    },
    /// Replace what has ended of the user's sign-ins and tokens.
    StoreEndings(Vec<Ending>),
    /// Write on the socket what it is, so that it survives hibernation. From now on it hears what
    /// is broadcast.
    Keep {
        /// The socket.
        session: SessionId,
        /// What it is.
        socket: Socket,
    },
    /// Send one frame to one socket.
    Send {
        /// Receiver.
        session: SessionId,
        /// The frame.
        frame: String,
    },
    /// Send one frame to every socket.
    Broadcast(String),
    /// Close this socket and forget it; no [`crate::Input::Disconnected`] is due for it.
    Close {
        /// The socket.
        session: SessionId,
        /// Why.
        code: CloseCode,
    },
}

/// The effects of one input, to be executed front to back, in one turn without `await`.
#[derive(Debug, Default, Eq, PartialEq)]
#[must_use = "an inbox's decision is lost unless its effects are executed"]
pub struct Effects(pub Vec<Effect>);

impl Effects {
    pub(crate) fn push(&mut self, effect: Effect) {
        self.0.push(effect);
    }
}
