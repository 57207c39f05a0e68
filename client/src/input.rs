//! What can happen to a client.

use protocol::{Nonce, Seq};

use crate::act::Act;
use crate::page::PageId;

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
    /// The person wrote a message, or amends one.
    Act(Act),
    /// The person wants a refused or unconfirmed act to be sent again.
    Retry(Nonce),
    /// The person gives up an act that is refused, unconfirmed or held.
    Discard(Nonce),
    /// The person writes, or stopped.
    Typing(bool),
    /// The person has seen everything up to this entry.
    Read(Seq),
    /// The person looks at something else, and may close the page there.
    Away,
    /// The person looks at the oldest entry that is shown.
    LoadOlder,
    /// The person looks at the newest entry that is shown.
    LoadNewer,
    /// The person wants to see this entry and what surrounds it.
    Jump(Seq),
    /// The person wants to see the newest entries.
    Present,
    /// The person opened the thread that begins at this message.
    OpenThread(Seq),
    /// The person looks at the oldest reply that is shown.
    LoadOlderInThread,
    /// The person closed the thread.
    CloseThread,
    /// A page that [`crate::Effect::Fetch`] asked for arrived.
    PageLoaded {
        /// The request.
        id: PageId,
        /// Its lines, followed by the amendments of its messages and `as_of`.
        text: String,
        /// Whether a thread has older replies.
        more: bool,
    },
    /// A page that [`crate::Effect::Fetch`] asked for could not be had.
    PageFailed {
        /// The request.
        id: PageId,
    },
}
