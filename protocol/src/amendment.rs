//! The current state of an amended message: what a page of history cannot show by its line.

use serde::{Deserialize, Serialize};

use crate::id::UserId;
use crate::position::Seq;
use crate::time::Timestamp;

/// The current state of a message that later entries amended (rule AM2).
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Amendment {
    /// The message.
    pub target: Seq,
    /// The text that replaced its body; `None` if it was not edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// When it was edited last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// Who erased it; then nothing else is here but the thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redacted_by: Option<UserId>,
    /// How often each reaction was given, in the order of their first time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// Whether it is pinned.
    #[serde(default, skip_serializing_if = "is_false")]
    pub pinned: bool,
    /// How many messages its thread has beside it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub replies: u32,
    /// The last of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_reply: Option<Seq>,
}

/// How often a reaction was given; never zero.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Reaction {
    /// The reaction.
    pub emoji: String,
    /// By how many members; exact.
    pub count: u32,
    /// Whether the caller is one of them.
    #[serde(default, skip_serializing_if = "is_false")]
    pub mine: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_false(value: &bool) -> bool {
    !*value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_zero(value: &u32) -> bool {
    *value == 0
}
