//! What the Worker asks of a room object, in JSON over `fetch`; answers pass through to the caller.
//!
//! The Worker has verified who asks and says so in the header [`USER_HEADER`].

use protocol::{Role, RoomId, RoomKind, UserId};
use serde::{Deserialize, Serialize};

/// The header that names the verified caller.
pub const USER_HEADER: &str = "maru-user";

/// `POST /create`: found a room. Answered with [`Summary`] and 201.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct CreateRoom {
    /// The room's id, which is also the object's name.
    pub room: RoomId,
    /// What people call it.
    pub name: String,
    /// Who may enter.
    pub kind: RoomKind,
    /// What it is about; may be empty.
    #[serde(default)]
    pub topic: String,
    /// Its first member.
    pub owner: Person,
}

/// `POST /join`, and the owner in [`CreateRoom`].
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// Who.
    pub user: UserId,
    /// The display name.
    pub name: String,
}

/// `POST /leave`. Answered with 204.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Leave {
    /// Who.
    pub user: UserId,
}

/// `GET /summary`, and the answer to create and join.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The room.
    pub id: RoomId,
    /// Its name.
    pub name: String,
    /// Who may enter.
    pub kind: RoomKind,
    /// What it is about.
    pub topic: String,
    /// How many members it has.
    pub members: u32,
    /// How many of them are online.
    pub online: u32,
    /// What the caller is in it; `null` for one who is not a member.
    pub role: Option<Role>,
}

/// `GET /members?cursor=`: one page of the roster, in the order of ids.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct MembersPage {
    /// At most [`protocol::limits::PAGE_MEMBERS_MAX`] members.
    pub members: Vec<MemberRow>,
    /// What to ask for next; `null` at the end.
    pub cursor: Option<UserId>,
}

/// One member on a page.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct MemberRow {
    /// Who.
    pub user: UserId,
    /// The display name.
    pub name: String,
    /// What the member is.
    pub role: Role,
    /// Whether a session of the member is live.
    pub online: bool,
}
