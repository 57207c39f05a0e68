//! The store of files, in R2.

use object_api::deadline::in_time;
use protocol::{AttachmentId, RoomId};
use room::Notice;

use super::{ANSWER_MS, Outcome};
use crate::room_object::Shell;

/// The name of the R2 binding.
const BINDING: &str = "ATTACHMENTS";

/// Files that one request deletes.
const FILES_PER_REQUEST: usize = 1_000;

/// Deletes these files of a room.
pub(super) async fn delete(shell: &Shell, room: RoomId, files: &[AttachmentId]) -> Outcome {
    let keys: Vec<String> = files.iter().map(|file| format!("{room}/{file}")).collect();
    match in_time(ANSWER_MS, delete_keys(shell, keys)).await {
        Ok(()) => Outcome::Done,
        Err(error) => Outcome::Failed(None, error.to_string()),
    }
}

/// Deletes every file of a room, a batch at a time.
pub(super) async fn delete_all(shell: &Shell, room: RoomId) -> Outcome {
    match in_time(ANSWER_MS, delete_some(shell, room)).await {
        Ok(true) => Outcome::Left(Notice::AllFiles),
        Ok(false) => Outcome::Done,
        Err(error) => Outcome::Failed(None, error.to_string()),
    }
}

/// Answers whether there are more.
async fn delete_some(shell: &Shell, room: RoomId) -> worker::Result<bool> {
    let listed = shell.env.bucket(BINDING)?.list().prefix(format!("{room}/")).execute().await?;
    let keys = listed.objects().iter().map(worker::Object::key).collect();
    delete_keys(shell, keys).await?;
    Ok(listed.truncated())
}

async fn delete_keys(shell: &Shell, keys: Vec<String>) -> worker::Result<()> {
    let bucket = shell.env.bucket(BINDING)?;
    for keys in keys.chunks(FILES_PER_REQUEST) {
        bucket.delete_multiple(keys.iter().map(String::as_str).collect()).await?;
    }
    Ok(())
}
