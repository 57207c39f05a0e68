//! The lines of a user's own socket: the list of rooms, as it changes.
//!
//! `GET /api/v1/me/socket`, with the subprotocols of a room's socket. The server speaks first and
//! says [`InboxLine::Rooms`]; a client says nothing but `ping`.

use serde::{Deserialize, Serialize};

use crate::id::{RoomId, UserId};
use crate::position::Seq;
use crate::room::{Role, RoomKind};
use crate::time::Timestamp;

/// One line from a user's inbox.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum InboxLine {
    /// Every room of the user, the one with the newest entry first. Replaces what was known.
    Rooms {
        /// The rooms.
        rooms: Vec<InboxRoom>,
    },
    /// A room that is new or changed.
    Room(InboxRoom),
    /// The user is not a member of this room any more.
    Gone {
        /// The room.
        room: RoomId,
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

/// One room in a user's list; also what `GET /api/v1/me/rooms` lists.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct InboxRoom {
    /// The room.
    pub room: RoomId,
    /// Its name; empty for a direct room, which is called after its other members.
    pub name: String,
    /// Who may enter.
    pub kind: RoomKind,
    /// What it is about.
    pub topic: String,
    /// Whether nobody may write.
    pub archived: bool,
    /// What the user is in it.
    pub role: Role,
    /// The members of a direct room, the user included; empty for other kinds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<UserId>,
    /// When the newest entry that the inbox knows of was accepted.
    pub last_at: Timestamp,
    /// The last entry that the user has read.
    pub read_seq: Seq,
    /// How many messages the user has not read: exact up to [`crate::limits::UNREAD_MAX`], which
    /// means "so many or more". Told once for each unread episode, and again while the user's
    /// inbox is open, at most every [`crate::limits::NOTICE_AGAIN_MS`].
    pub unread: u32,
    /// How many of them mention the user.
    pub mentions: u32,
    /// Whether the user does not want to be told of what is unread; mentions count all the same.
    pub muted: bool,
}
