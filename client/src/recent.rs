//! The live entries that amended something: they bring pages of history up to date.

use std::collections::VecDeque;

use protocol::limits::AMENDING_MAX;
use protocol::{Entry, Seq};

/// Amending entries of the live stream, the newest [`AMENDING_MAX`].
#[derive(Debug, Default)]
pub(crate) struct Recent {
    /// Every amending entry after this one, up to the tip, is here.
    reach: Seq,
    entries: VecDeque<Entry>,
}

impl Recent {
    /// None yet, of a live stream that goes on after `reach`.
    pub(crate) fn after(reach: Seq) -> Self {
        Self { reach, entries: VecDeque::new() }
    }

    /// Remembers an entry that amends another.
    pub(crate) fn push(&mut self, entry: &Entry) {
        self.entries.push_back(entry.clone());
        if self.entries.len() > AMENDING_MAX
            && let Some(forgotten) = self.entries.pop_front()
        {
            self.reach = forgotten.seq();
        }
    }

    /// Every amending entry after `upto`, oldest first; `None` if some of them are forgotten.
    pub(crate) fn since(&self, upto: Seq) -> Option<impl Iterator<Item = &Entry>> {
        let first = self.entries.partition_point(|entry| entry.seq() <= upto);
        (upto >= self.reach).then(|| self.entries.range(first..))
    }
}
