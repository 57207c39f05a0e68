//! Files that come with messages.

use serde::{Deserialize, Serialize};

use crate::id::AttachmentId;

/// A file that was uploaded to a room. Its bytes are at
/// `GET /api/v1/rooms/{room}/attachments/{id}`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Attachment {
    /// The file, within its room.
    pub id: AttachmentId,
    /// What its owner calls it: no path, no control characters.
    pub name: String,
    /// Its media type, decided by its first bytes.
    #[serde(rename = "type")]
    pub media_type: String,
    /// How long it is.
    pub bytes: u64,
    /// Pixels from left to right, of an image that is shown in the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels from top to bottom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}
