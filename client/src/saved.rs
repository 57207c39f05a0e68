//! What of a client outlives a reload.

use protocol::{Nonce, Position};
use serde::{Deserialize, Serialize};

use crate::outbox::Outbox;

/// What of a client outlives a reload: the outbox, and a position before everything in it.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    #[serde(default)]
    pub(crate) position: Option<Position>,
    pub(crate) outbox: Outbox,
    /// The highest nonce of the last life that was welcome; `None` if this one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) welcomed_nonce: Option<Nonce>,
}

impl Saved {
    /// Reads what [`Saved::to_text`] wrote; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// JSON.
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
