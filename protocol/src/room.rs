//! What kinds of rooms there are, and what a member is in one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Who may find and enter a room.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomKind {
    /// Whoever has the link may join.
    Public,
}

/// What a member may do; the room alone grants it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Speaks and reads.
    Member,
    /// Owns the room. A room with members has exactly one owner.
    Owner,
}

/// A text that names no [`RoomKind`] or [`Role`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a known kind or role")]
pub struct UnknownName;

impl RoomKind {
    /// The kind's name on the wire and in rows.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
        }
    }
}

impl FromStr for RoomKind {
    type Err = UnknownName;
    fn from_str(text: &str) -> Result<Self, UnknownName> {
        match text {
            "public" => Ok(Self::Public),
            _ => Err(UnknownName),
        }
    }
}

impl Role {
    /// The role's name on the wire and in rows.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Owner => "owner",
        }
    }
}

impl FromStr for Role {
    type Err = UnknownName;
    fn from_str(text: &str) -> Result<Self, UnknownName> {
        match text {
            "member" => Ok(Self::Member),
            "owner" => Ok(Self::Owner),
            _ => Err(UnknownName),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
