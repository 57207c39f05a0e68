//! Entries: what a log holds, each encoded once, as one line.

use serde::{Deserialize, Serialize};

use crate::attachment::Attachment;
use crate::id::{DeviceId, UserId};
use crate::position::{Nonce, Seq};
use crate::room::Role;
use crate::time::Timestamp;

/// One entry of a log, in the shape of its line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Entry {
    /// A member said something.
    Message(Message),
    /// A member replaced the body of an own message.
    Edit(Edit),
    /// A message was erased.
    Redact(Redact),
    /// A member reacted to a message, or took that back.
    React(React),
    /// A message was pinned, or unpinned.
    Pin(Pin),
    /// Somebody became a member.
    Join(Join),
    /// Somebody is no longer a member, by choice.
    Leave(Leave),
    /// Somebody changed what another may do.
    Moderate(Moderate),
    /// The room is called or behaves otherwise.
    Settings(Changed),
    /// What is left of an erased message or edit (rule RD2).
    Redacted(Redacted),
}

/// What every entry has. The order of the members is the line's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Stamp {
    /// Position in the log.
    pub seq: Seq,
    /// When the room accepted it.
    pub at: Timestamp,
    /// Who did it.
    pub by: UserId,
}

/// What an entry has that a session sent: to its sender it is also the acknowledgement.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Key {
    /// The installation.
    pub device: DeviceId,
    /// Its key for this send.
    pub nonce: Nonce,
}

/// A member said something.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Message {
    /// Position, time and author.
    pub stamp: Stamp,
    /// The send.
    pub key: Key,
    /// The text; empty only beside attachments.
    pub body: String,
    /// The message that this one answers.
    pub reply_to: Option<Seq>,
    /// The first message of the thread that this one belongs to.
    pub thread: Option<Seq>,
    /// The files that come with it.
    pub attachments: Vec<Attachment>,
}

/// A member replaced the body of an own message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Edit {
    /// Position, time and author.
    pub stamp: Stamp,
    /// The send.
    pub key: Key,
    /// The message.
    pub target: Seq,
    /// Its new text.
    pub body: String,
}

/// A message was erased, by its author or a moderator.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Redact {
    /// Position, time and who did it.
    pub stamp: Stamp,
    /// The send.
    pub key: Key,
    /// The message.
    pub target: Seq,
}

/// A member reacted to a message, or took that back.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct React {
    /// Position, time and who did it.
    pub stamp: Stamp,
    /// The send.
    pub key: Key,
    /// The message.
    pub target: Seq,
    /// The reaction.
    pub emoji: String,
    /// Whether it was given; else it was taken back.
    pub on: bool,
}

/// A message was pinned, or unpinned.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pin {
    /// Position, time and who did it.
    pub stamp: Stamp,
    /// The send.
    pub key: Key,
    /// The message.
    pub target: Seq,
    /// Whether it is pinned now.
    pub on: bool,
}

/// Somebody became a member.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Join {
    /// Position, time and who joined.
    pub stamp: Stamp,
    /// The display name at that time.
    pub name: String,
    /// What the member is.
    pub role: Role,
    /// SHA-256 of the line that stood here before the name was erased (rule ER4).
    pub hash: Option<String>,
}

/// Somebody is no longer a member, by choice.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Leave {
    /// Position, time and who left.
    pub stamp: Stamp,
}

/// Somebody changed what another may do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Moderate {
    /// Position, time and who did it.
    pub stamp: Stamp,
    /// To whom.
    pub user: UserId,
    /// What.
    pub act: Moderation,
}

/// What one member does to another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Moderation {
    /// Gave a role. The owner who makes another the owner becomes a moderator.
    Role {
        /// Which.
        role: Role,
    },
    /// Removed from the room; may join again.
    Kick,
    /// Removed from the room, if a member, and kept out.
    Ban,
    /// May join again.
    Unban,
    /// May not write until a time.
    Mute {
        /// Until when.
        until: Timestamp,
    },
    /// May write again.
    Unmute,
}

/// The room is called or behaves otherwise; what did not change is left out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Changed {
    /// Position, time and who did it.
    pub stamp: Stamp,
    /// What changed.
    pub change: Change,
}

/// A change of a room's settings; what is `None` stays as it is.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is about; may be empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Milliseconds between two messages of a member who is not a moderator; zero for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow_ms: Option<u64>,
    /// Whether nobody may write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
}

/// What is left of an erased message or edit: its place, its send and the hash of its line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Redacted {
    /// Position, time and author of what was erased.
    pub stamp: Stamp,
    /// The send.
    pub key: Key,
    /// The message whose edit this was; `None` if it was the message itself.
    pub target: Option<Seq>,
    /// The first message of the thread that it belonged to.
    pub thread: Option<Seq>,
    /// SHA-256 of the line that stood here, in lower-case hexadecimal, so that the chain verifies.
    pub hash: String,
}

impl Entry {
    /// Position, time and author.
    #[must_use]
    pub const fn stamp(&self) -> Stamp {
        match self {
            Self::Message(Message { stamp, .. })
            | Self::Edit(Edit { stamp, .. })
            | Self::Redact(Redact { stamp, .. })
            | Self::React(React { stamp, .. })
            | Self::Pin(Pin { stamp, .. })
            | Self::Join(Join { stamp, .. })
            | Self::Leave(Leave { stamp })
            | Self::Moderate(Moderate { stamp, .. })
            | Self::Settings(Changed { stamp, .. })
            | Self::Redacted(Redacted { stamp, .. }) => *stamp,
        }
    }

    /// Position in the log.
    #[must_use]
    pub const fn seq(&self) -> Seq {
        self.stamp().seq
    }

    /// When the room accepted it.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.stamp().at
    }

    /// Who did it.
    #[must_use]
    pub const fn by(&self) -> UserId {
        self.stamp().by
    }

    /// The send that this entry acknowledges, if it is one.
    #[must_use]
    pub const fn send(&self) -> Option<(UserId, DeviceId, Nonce)> {
        match self {
            Self::Message(Message { stamp, key, .. })
            | Self::Edit(Edit { stamp, key, .. })
            | Self::Redact(Redact { stamp, key, .. })
            | Self::React(React { stamp, key, .. })
            | Self::Pin(Pin { stamp, key, .. })
            | Self::Redacted(Redacted { stamp, key, .. }) => {
                Some((stamp.by, key.device, key.nonce))
            }
            Self::Join(_) | Self::Leave(_) | Self::Moderate(_) | Self::Settings(_) => None,
        }
    }

    /// The message that this entry amends, if it does (rule AM1).
    #[must_use]
    pub const fn target(&self) -> Option<Seq> {
        match self {
            Self::Edit(Edit { target, .. })
            | Self::Redact(Redact { target, .. })
            | Self::React(React { target, .. })
            | Self::Pin(Pin { target, .. }) => Some(*target),
            Self::Redacted(Redacted { target, .. }) => *target,
            Self::Message(_)
            | Self::Join(_)
            | Self::Leave(_)
            | Self::Moderate(_)
            | Self::Settings(_) => None,
        }
    }
}
