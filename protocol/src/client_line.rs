//! What a client may say.

use serde::{Deserialize, Serialize};

use crate::id::DeviceId;
use crate::position::{Nonce, Position};

/// One line from a client.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ClientLine {
    /// The first line of a session.
    Hello(Hello),
    /// Append a message.
    Send(Send),
    /// The person writes, or stopped.
    Typing {
        /// Whether the person writes.
        on: bool,
    },
    /// Answered by the platform; the room never sees one that is alone in its frame.
    Ping,
}

/// Who connects, and what it holds.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// The installation; it supersedes older sessions of the same device.
    pub device: DeviceId,
    /// The last entry that the client holds, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<Position>,
}

/// A message to append.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Send {
    /// Higher than every nonce that the device used in this room.
    pub nonce: Nonce,
    /// The text, unchecked; see [`crate::Body`].
    pub body: String,
}
