//! What is asked of a user object, in JSON over `fetch`.
//!
//! The object is named by the user's id. Rooms ask `POST /standing`. The Worker asks `POST /found`
//! before the user founds a room: 204, or 429 `rate_limited` (rule RL6). It has verified who asks,
//! and forwards the rest; answers pass through to the caller. It gives errands with `POST /errands`
//! (see [`crate::errand`]). An archive job asks `DELETE /` when
//! it erases the user (rule AA7): 204.

use protocol::{Ending, InboxRoom, Role, RoomId, RoomKind, Seq, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// The name of the binding of user objects.
pub const USER_BINDING: &str = "USER";

/// `POST /standing`: how the user stands in a room, at least once, in any order (rule IB4).
/// Answered with [`Delivered`].
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// The room that says so.
    pub room: RoomId,
    /// Its head when it looked: what an earlier look saw never replaces what a later one saw.
    pub seq: Seq,
    /// What it saw; `None` if the user is no member.
    pub standing: Option<InRoom>,
}

/// How a member stands in a room.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct InRoom {
    /// The room's name; empty for a direct room.
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
    #[serde(default)]
    pub people: Vec<UserId>,
    /// When the newest entry was accepted.
    pub last_at: Timestamp,
    /// The last entry that the user has read.
    pub read_seq: Seq,
    /// How many messages the user has not read, up to [`protocol::limits::UNREAD_MAX`].
    pub unread: u32,
    /// How many of them mention the user.
    pub mentions: u32,
}

/// The answer to [`Standing`].
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Delivered {
    /// Whether a socket of the user is open (rule IB2).
    pub watching: bool,
    /// What has ended of the user's sign-ins and tokens: the room may be one that the user entered
    /// while the others were told (rule TK5).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub endings: Vec<Ending>,
}

/// `GET /rooms`: those with the newest entries (rule IB5).
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Rooms {
    /// The user's rooms, the one with the newest entry first.
    pub rooms: Vec<InboxRoom>,
}

/// `PATCH /rooms/{room}`. Answered with 204.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Mute {
    /// Whether the user does not want to be told of what is unread in the room.
    pub muted: bool,
}

impl InRoom {
    /// The same as it is shown, not muted.
    #[must_use]
    pub fn shown(self, room: RoomId) -> InboxRoom {
        let Self { name, kind, topic, archived, role, people, .. } = self;
        let Self { last_at, read_seq, unread, mentions, .. } = self;
        let muted = false;
        InboxRoom {
            room,
            name,
            kind,
            topic,
            archived,
            role,
            people,
            last_at,
            read_seq,
            unread,
            mentions,
            muted,
        }
    }
}

impl From<InboxRoom> for InRoom {
    fn from(shown: InboxRoom) -> Self {
        let InboxRoom { name, kind, topic, archived, role, people, .. } = shown;
        let InboxRoom { last_at, read_seq, unread, mentions, .. } = shown;
        Self { name, kind, topic, archived, role, people, last_at, read_seq, unread, mentions }
    }
}
