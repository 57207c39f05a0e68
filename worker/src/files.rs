//! Files of messages: their bytes are in R2, and the room says who may add and see them.

mod download;
#[cfg(test)]
mod fuzz;
mod media;
mod name;
mod range;
mod upload;

use protocol::{AttachmentId, RoomId};

pub(crate) use download::download;
pub(crate) use media::media;
pub(crate) use upload::upload;

/// The key of a file; the room's object deletes it under the same one.
pub(crate) fn key(room: RoomId, id: AttachmentId) -> String {
    format!("{room}/{id}")
}
