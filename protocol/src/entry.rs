//! Entries: what a log holds, each encoded once, as one line.

use serde::{Deserialize, Serialize};

use crate::id::{DeviceId, UserId};
use crate::position::{Nonce, Seq};
use crate::room::Role;
use crate::time::Timestamp;

/// One entry of a log, in the shape of its line. The order of the members is the line's.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum Entry {
    /// A member said something.
    Message {
        /// Position in the log.
        seq: Seq,
        /// When the room accepted it.
        at: Timestamp,
        /// Who said it.
        by: UserId,
        /// On which installation; with the nonce it is the sender's acknowledgement.
        device: DeviceId,
        /// The sender's key for this send.
        nonce: Nonce,
        /// The text.
        body: String,
    },
    /// Somebody became a member.
    Join {
        /// Position in the log.
        seq: Seq,
        /// When the room accepted it.
        at: Timestamp,
        /// Who joined.
        by: UserId,
        /// The display name at that time.
        name: String,
        /// What the member is.
        role: Role,
    },
    /// Somebody is no longer a member.
    Leave {
        /// Position in the log.
        seq: Seq,
        /// When the room accepted it.
        at: Timestamp,
        /// Who left.
        by: UserId,
    },
}

impl Entry {
    /// Position in the log.
    #[must_use]
    pub const fn seq(&self) -> Seq {
        match self {
            Self::Message { seq, .. } | Self::Join { seq, .. } | Self::Leave { seq, .. } => *seq,
        }
    }

    /// When the room accepted it.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Message { at, .. } | Self::Join { at, .. } | Self::Leave { at, .. } => *at,
        }
    }

    /// The send that this entry acknowledges, if it is one.
    #[must_use]
    pub const fn send(&self) -> Option<(UserId, DeviceId, Nonce)> {
        match self {
            Self::Message { by, device, nonce, .. } => Some((*by, *device, *nonce)),
            Self::Join { .. } | Self::Leave { .. } => None,
        }
    }
}
