//! The entries after the checkpoint, folded to what a room remembers of them.

use protocol::codec::{FromRoom, decode_room_frame};
use protocol::{Entry, Redacted, Seq, Timestamp};
use room::LastSend;

use super::StoreError;

/// What a room remembers of its newest entries.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// The checkpoint, followed by the sends after it, in order.
    pub(super) sends: Vec<LastSend>,
    /// The last message, if it is after the checkpoint.
    pub(super) last_message: Seq,
}

impl Scan {
    /// Begins with a checkpoint.
    pub(super) fn new(checkpoint: Vec<LastSend>) -> Self {
        Self { sends: checkpoint, last_message: Seq::ZERO }
    }

    /// Goes on with the lines of a chunk.
    pub(super) fn read(&mut self, lines: &str) -> Result<(), StoreError> {
        let decoded = decode_room_frame(lines)
            .map_err(|error| StoreError::Row { table: "chunk", detail: error.to_string() })?;
        for line in decoded {
            match line {
                FromRoom::Entry(entry) => self.entry(&entry),
                FromRoom::Line(_) | FromRoom::UnknownEntry(_) | FromRoom::Unknown => {}
            }
        }
        Ok(())
    }

    fn entry(&mut self, entry: &Entry) {
        let is_message = match entry {
            Entry::Message(_) | Entry::Redacted(Redacted { target: None, .. }) => true,
            Entry::Redacted(_)
            | Entry::Edit(_)
            | Entry::Redact(_)
            | Entry::React(_)
            | Entry::Pin(_)
            | Entry::Join(_)
            | Entry::Leave(_)
            | Entry::Moderate(_)
            | Entry::Settings(_) => false,
        };
        let Some((user, device, nonce)) = entry.send() else {
            return;
        };
        let mut spoke_at = Timestamp::default();
        if is_message {
            self.last_message = entry.seq();
            spoke_at = entry.at();
        }
        self.sends.push(LastSend { user, device, nonce, seq: entry.seq(), spoke_at });
    }
}
