//! What kinds of rooms there are, and what a member is in one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Who may find, enter and write in a room.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomKind {
    /// Everybody finds it and may join.
    Public,
    /// Nobody finds it; an invite, or a moderator, lets people in.
    Private,
    /// Its members are fixed; there is one for each set of them.
    Direct,
    /// Everybody finds it and may join; only moderators write.
    Announcement,
}

/// What a member may do; the room alone grants it. Later ones may do all that earlier ones may.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads and reacts.
    Guest,
    /// Writes, too.
    Member,
    /// Keeps order: moderates guests and members, pins, erases, changes name and topic.
    Moderator,
    /// Owns the room. A room with members has exactly one owner, a direct room none.
    Owner,
}

/// A text that names no [`RoomKind`] or [`Role`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a known kind or role")]
pub struct UnknownName;

impl RoomKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Public, Self::Private, Self::Direct, Self::Announcement];

    /// The kind's name on the wire and in rows.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::Direct => "direct",
            Self::Announcement => "announcement",
        }
    }

    /// Whether everybody finds the room and may join it.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Public | Self::Announcement)
    }
}

impl FromStr for RoomKind {
    type Err = UnknownName;
    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or(UnknownName)
    }
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 4] = [Self::Guest, Self::Member, Self::Moderator, Self::Owner];

    /// The role's name on the wire and in rows.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Member => "member",
            Self::Moderator => "moderator",
            Self::Owner => "owner",
        }
    }
}

impl FromStr for Role {
    type Err = UnknownName;
    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Self::ALL.into_iter().find(|role| role.name() == text).ok_or(UnknownName)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
