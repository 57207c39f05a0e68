//! Errands: what every room of a user must hear of that user.
//!
//! The user's object keeps them in an outbox of its own and tells each room at least once, in the
//! order in which they were given as far as rooms answer; so hearing one twice changes nothing.

use protocol::{Ending, RoomId, UserId};
use serde::{Deserialize, Serialize};

/// What a room must hear.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(tag = "errand", rename_all = "snake_case")]
pub enum Errand {
    /// Some of the user's sign-ins and tokens have ended (rule TK5).
    SignedOut(Ending),
    /// The user is called this from now on (rule PE1).
    Renamed {
        /// The display name.
        name: String,
    },
    /// The account was deleted: the user leaves (rule PE4).
    Departed,
}

/// `POST /errands` of a user's object: the Worker gives an errand. 204 once it is stored.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct NewErrand {
    /// Whose object this is.
    pub user: UserId,
    /// What to tell.
    pub errand: Errand,
    /// Rooms of the user, beside those that the object knows.
    pub rooms: Vec<RoomId>,
}

/// `POST /errands` of a room: the user's object tells. 204 once it is done.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// Of whom.
    pub user: UserId,
    /// What.
    pub errand: Errand,
}
