//! Files of messages: no archive has them, and a room that comes back names those that Maru's store
//! may have yet.

use std::collections::BTreeSet;

use protocol::codec::decode_entry;
use protocol::{AttachmentId, Entry, RoomId};

use crate::failure::Failure;
use crate::maru::Maru;

/// What every message says that came with files.
const MARK: &str = "\"attachments\":[{";

/// The files that messages came with and that were not erased since.
pub(super) fn named(lines: &str) -> impl Iterator<Item = AttachmentId> {
    let messages = lines.lines().filter(|line| line.contains(MARK)).filter_map(|line| {
        match decode_entry(line) {
            Ok(Some(Entry::Message(message))) => Some(message),
            Ok(_) | Err(_) => None,
        }
    });
    messages.flat_map(|message| message.attachments).map(|file| file.id)
}

/// Those of the named files that Maru's store does not have; none, if Maru does not tell.
pub(super) async fn missing(
    maru: &Maru,
    room: RoomId,
    mut named: BTreeSet<AttachmentId>,
) -> Result<BTreeSet<AttachmentId>, Failure> {
    if named.is_empty() {
        return Ok(named);
    }
    match maru.attachments(room).await? {
        Some(stored) => {
            for file in stored {
                named.remove(&file.id);
            }
            Ok(named)
        }
        None => Ok(BTreeSet::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_messages_came_with_is_named_and_what_they_say_is_not() {
        let message = |body: &str, files: &str| {
            let id = "0123456789abcdefghjk";
            format!(
                r#"{{"t":"message","seq":1,"at":1,"by":"{id}","device":"{id}","nonce":1,"body":"{body}"{files}}}"#
            )
        };
        let file = r#"{"id":"00000000000000000007","name":"a","type":"text/plain","bytes":1}"#;
        let with = message("one", &format!(r#","attachments":[{file}]"#));
        let says = message(r#"\"attachments\":[{"#, "");
        assert!(decode_entry(&says).unwrap().is_some() && decode_entry(&with).unwrap().is_some());
        let named: Vec<AttachmentId> = named(&[with, says].join("\n")).collect();
        assert_eq!(named, ["00000000000000000007".parse().unwrap()]);
    }
}
