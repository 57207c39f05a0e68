//! The entries after the checkpoint, folded to what a room remembers of them.

use protocol::codec::decode_entries;
use protocol::limits::REPLAY_ENTRIES_MAX;
use protocol::{Entry, Redacted, Seq};
use room::LastSend;

use super::{Store, StoreError};

/// What a room remembers of its newest entries.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// The checkpoint, followed by the sends after it, in order.
    pub(super) sends: Vec<LastSend>,
    /// The last message of those that were read; zero if there was none.
    pub(super) last_message: Seq,
}

impl Scan {
    /// Begins with a checkpoint.
    pub(super) fn new(checkpoint: Vec<LastSend>) -> Self {
        Self { sends: checkpoint, last_message: Seq::ZERO }
    }

    /// Goes on with the lines of a chunk.
    pub(super) fn read(&mut self, lines: &str) -> Result<(), StoreError> {
        entries(lines)?.iter().for_each(|entry| self.entry(entry));
        Ok(())
    }

    fn entry(&mut self, entry: &Entry) {
        if is_message(entry) {
            self.last_message = entry.seq();
        }
        self.sends.extend(LastSend::of(entry));
    }
}

/// The last message at or before the checkpoint, if it is not further away than a replay reaches:
/// beyond, whoever missed it comes back through history. Zero if there is none.
pub(super) fn message_before<S: Store + ?Sized>(
    store: &S,
    checkpoint: Seq,
) -> Result<Seq, StoreError> {
    let mut before = checkpoint.next().unwrap_or(checkpoint);
    while checkpoint.since(before) < REPLAY_ENTRIES_MAX
        && let Some(chunk) = store.chunks_before(before, 1)?.pop()
    {
        let entries = entries(&chunk.lines)?;
        let is_before = |entry: &&Entry| entry.seq() <= checkpoint && is_message(entry);
        if let Some(message) = entries.iter().rev().find(is_before) {
            return Ok(message.seq());
        }
        before = chunk.first_seq;
    }
    Ok(Seq::ZERO)
}

/// The entries of a chunk, those left out that this version does not know.
fn entries(lines: &str) -> Result<Vec<Entry>, StoreError> {
    decode_entries(lines)
        .map_err(|error| StoreError::Row { table: "chunk", detail: error.to_string() })
}

/// Whether an entry is a message, erased or not.
fn is_message(entry: &Entry) -> bool {
    match entry {
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
    }
}
