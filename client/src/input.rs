//! What can happen to a client.

use protocol::{Nonce, Seq};

/// Everything that can happen to a client of a room.
#[derive(Clone, Debug)]
pub enum Input {
    /// The person opened the room.
    Start,
    /// The person closed the room.
    Stop,
    /// The network may be back, or the person does not want to wait.
    Reconnect,
    /// The socket that [`crate::Effect::Open`] asked for is open.
    Opened,
    /// A frame arrived on it.
    Received(String),
    /// It closed, or never opened; with the number of the close frame, or 1006.
    Closed(u16),
    /// The time that the client asked for has come.
    Woke,
    /// The person wrote a message.
    Send(String),
    /// The person wants a refused or unconfirmed message to be sent again.
    Retry(Nonce),
    /// The person gives up a message that was not sent.
    Discard(Nonce),
    /// The person writes, or stopped.
    Typing(bool),
    /// The person looks at where entries are missing.
    LoadOlder,
    /// The page of history before this seq arrived.
    HistoryLoaded {
        /// Exclusive upper bound that was asked for.
        before: Seq,
        /// The lines.
        page: String,
    },
    /// The page of history before this seq could not be had.
    HistoryFailed {
        /// Exclusive upper bound that was asked for.
        before: Seq,
    },
}
