//! What a client may say.

use serde::Serialize;

use crate::id::{AttachmentId, DeviceId};
use crate::position::{Nonce, Position, Seq};

/// One line from a client.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ClientLine {
    /// The first line of a session.
    Hello(Hello),
    /// Append a message.
    Send(Send),
    /// Replace the body of an own message.
    Edit {
        /// Higher than every nonce that the device used in this room.
        nonce: Nonce,
        /// The message.
        target: Seq,
        /// Its new text, unchecked.
        body: String,
    },
    /// Erase a message.
    Redact {
        /// As for [`ClientLine::Edit`].
        nonce: Nonce,
        /// The message.
        target: Seq,
    },
    /// React to a message, or take that back.
    React {
        /// As for [`ClientLine::Edit`].
        nonce: Nonce,
        /// The message.
        target: Seq,
        /// The reaction, unchecked.
        emoji: String,
        /// Whether to give it; else to take it back.
        on: bool,
    },
    /// Pin a message, or unpin it.
    Pin {
        /// As for [`ClientLine::Edit`].
        nonce: Nonce,
        /// The message.
        target: Seq,
        /// Whether to pin it.
        on: bool,
    },
    /// The person writes, or stopped.
    Typing {
        /// Whether the person writes.
        on: bool,
    },
    /// The person has read everything up to here.
    Read {
        /// The last entry that was seen.
        seq: Seq,
    },
    /// Answered by the platform; the room never sees one that is alone in its frame.
    Ping,
}

/// Who connects, and what it holds.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Hello {
    /// The installation; it supersedes older sessions of the same device.
    pub device: DeviceId,
    /// The last entry that the client holds, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resume: Option<Position>,
}

/// A message to append.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Send {
    /// Higher than every nonce that the device used in this room.
    pub nonce: Nonce,
    /// The text, unchecked; see [`crate::Body`].
    pub body: String,
    /// The message that this one answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Seq>,
    /// The first message of the thread that this one belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<Seq>,
    /// Files that were uploaded to this room and belong to no message yet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentId>,
}

impl Send {
    /// A message of text alone.
    #[must_use]
    pub const fn text(nonce: Nonce, body: String) -> Self {
        Self { nonce, body, reply_to: None, thread: None, attachments: Vec::new() }
    }
}
