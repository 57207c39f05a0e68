//! What a room may say beside its entries.

use serde::{Deserialize, Serialize};

use crate::amendment::Amendment;
use crate::id::{Epoch, RoomId, SessionId, UserId};
use crate::limits;
use crate::position::{Nonce, Seq};
use crate::refusal::{CloseCode, Refusal};
use crate::room::{Role, RoomKind};
use crate::time::Timestamp;

/// One line from a room that is not an entry.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ServerLine {
    /// The answer to `hello`.
    Welcome(Box<Welcome>),
    /// The entries `from..=to` are not replayed.
    Gap {
        /// First entry that is missing.
        from: Seq,
        /// Last entry that is missing.
        to: Seq,
    },
    /// A send will not happen.
    Refused(Refused),
    /// Who came and went since the last digest.
    Presence {
        /// Members online; exact.
        online: u32,
        /// Some of those who came.
        came: Vec<UserId>,
        /// Some of those who went.
        went: Vec<UserId>,
    },
    /// Who writes; replaces the last digest.
    Typing {
        /// Some of those who write.
        who: Vec<UserId>,
        /// How many more write.
        more: u32,
    },
    /// How far the members have read; replaces the last digest (rule RC2).
    Receipts {
        /// How many members have read up to a seq or further, the highest seq first.
        steps: Vec<ReadStep>,
    },
    /// A member is called this from now on (rule DG5).
    Named {
        /// Who.
        user: UserId,
        /// The display name.
        name: String,
    },
    /// The current state of an amended message, on a page of history (rule AM2).
    Amendment(Amendment),
    /// The last line of a page: the amendments on it count every entry up to here (rule AM3).
    AsOf {
        /// The last stored entry.
        upto: Seq,
    },
    /// Said before a close.
    Bye {
        /// The close code's number.
        code: u16,
        /// The close code's name.
        reason: String,
    },
    /// The platform's answer to a ping.
    Pong,
}

/// Position and policy, at the start of a session.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Welcome {
    /// The room's name for this socket.
    pub session: SessionId,
    /// The incarnation of the log.
    pub epoch: Epoch,
    /// The last entry; the replay ends with it.
    pub head: Seq,
    /// Whether the client's position is a position of this log.
    pub resumed: bool,
    /// The device's highest nonce in the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Nonce>,
    /// The room.
    pub room: RoomInfo,
    /// The caller.
    pub you: You,
    /// How many members the room has.
    pub members: u32,
    /// How many of them are online, the caller included.
    pub online: u32,
    /// The pinned messages, in the order of the log.
    pub pins: Vec<Seq>,
    /// How far the members have read.
    pub receipts: Vec<ReadStep>,
    /// The last erasure: pages of history that were fetched under another revision may show what
    /// was erased since (rule HT4).
    pub revision: Seq,
    /// The oldest entry that did not expire, if any did (rule EX4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Seq>,
    /// What the room accepts.
    pub limits: Limits,
}

/// What a room is called.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct RoomInfo {
    /// The room.
    pub id: RoomId,
    /// Its name.
    pub name: String,
    /// Who may enter.
    pub kind: RoomKind,
    /// What it is about; empty if nobody said.
    pub topic: String,
    /// Milliseconds between two messages of a member who is not a moderator; zero for none.
    pub slow_ms: u64,
    /// Whether nobody may write.
    pub archived: bool,
}

/// One step of the room's read positions.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(into = "(Seq, u32)", from = "(Seq, u32)")]
pub struct ReadStep {
    /// Up to here or further …
    pub seq: Seq,
    /// … have so many members read.
    pub readers: u32,
}

impl From<ReadStep> for (Seq, u32) {
    fn from(ReadStep { seq, readers }: ReadStep) -> Self {
        (seq, readers)
    }
}

impl From<(Seq, u32)> for ReadStep {
    fn from((seq, readers): (Seq, u32)) -> Self {
        Self { seq, readers }
    }
}

/// Who the room takes the caller for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct You {
    /// The caller.
    pub user: UserId,
    /// What the caller may do.
    pub role: Role,
    /// How far the caller has read.
    pub read: Seq,
    /// Until when the caller may not write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Timestamp>,
}

/// What the room accepts; see [`crate::limits`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of a message.
    pub body_bytes_max: usize,
    /// Bytes of a frame.
    pub frame_bytes_max: usize,
    /// Lines of a frame.
    pub frame_lines_max: usize,
    /// Members of the room.
    pub members_max: usize,
    /// Pinned messages.
    pub pins_max: usize,
    /// Different reactions on one message.
    pub reaction_kinds_max: usize,
    /// Users that one body mentions by name.
    pub mentions_max: usize,
    /// Files of one message.
    pub attachments_max: usize,
    /// Bytes of a file.
    pub attachment_bytes_max: u64,
    /// Messages and amendments that a member may send at once.
    pub send_burst: u32,
    /// Milliseconds in which a member regains one of them.
    pub send_every_ms: u64,
}

impl Limits {
    /// The limits of this version of the protocol.
    pub const CURRENT: Self = Self {
        body_bytes_max: limits::BODY_BYTES_MAX,
        frame_bytes_max: limits::FRAME_BYTES_MAX,
        frame_lines_max: limits::FRAME_LINES_MAX,
        members_max: limits::MEMBERS_MAX,
        pins_max: limits::PINS_MAX,
        reaction_kinds_max: limits::REACTION_KINDS_MAX,
        mentions_max: limits::MENTIONS_MAX,
        attachments_max: limits::ATTACHMENTS_MAX,
        attachment_bytes_max: limits::ATTACHMENT_BYTES_MAX,
        send_burst: limits::SEND_BURST,
        send_every_ms: limits::SEND_EVERY_MS,
    };
}

/// A send that will not happen.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Refused {
    /// The send.
    pub nonce: Nonce,
    /// Why.
    pub code: Refusal,
    /// Milliseconds after which a repetition may succeed, if waiting helps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl ServerLine {
    /// The line that announces a close.
    #[must_use]
    pub fn bye(code: CloseCode) -> Self {
        Self::Bye { code: code.number(), reason: code.name().to_owned() }
    }
}
