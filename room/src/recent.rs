//! The sizes of the chunks that a replay may hold, so that it is bounded in bytes, too.

use std::collections::VecDeque;

use protocol::Seq;
use protocol::limits::{REPLAY_BYTES_MAX, REPLAY_ENTRIES_MAX};

/// How large a chunk is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ChunkSize {
    /// Its first entry.
    pub first_seq: Seq,
    /// Bytes of its lines.
    pub n_bytes: usize,
}

/// The newest chunks, oldest first: those of the last [`REPLAY_ENTRIES_MAX`] entries.
#[derive(Debug)]
pub(crate) struct Recent(VecDeque<ChunkSize>);

impl Recent {
    pub(crate) fn restore(chunks: Vec<ChunkSize>) -> Self {
        Self(chunks.into())
    }

    /// A chunk was flushed that ends at `head`.
    pub(crate) fn push(&mut self, chunk: ChunkSize, head: Seq) {
        self.0.push_back(chunk);
        let is_far = |chunk: &ChunkSize| head.since(chunk.first_seq) > REPLAY_ENTRIES_MAX;
        while self.0.front().is_some_and(is_far) {
            self.0.pop_front();
        }
    }

    /// The first entry of the newest chunks that fit into [`REPLAY_BYTES_MAX`], if not all do.
    pub(crate) fn first_that_fits(&self) -> Option<Seq> {
        let mut n_bytes: usize = 0;
        let mut first = None;
        for chunk in self.0.iter().rev() {
            n_bytes = n_bytes.saturating_add(chunk.n_bytes);
            if n_bytes > REPLAY_BYTES_MAX {
                return first;
            }
            first = Some(chunk.first_seq);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(n: u64, n_bytes: usize) -> ChunkSize {
        ChunkSize { first_seq: Seq::try_from(n).unwrap(), n_bytes }
    }

    #[test]
    fn rp2_what_fits_is_bounded_in_bytes() {
        let half = REPLAY_BYTES_MAX / 2;
        let mut recent = Recent::restore(vec![chunk(1, half), chunk(5, half)]);
        assert_eq!(recent.first_that_fits(), None);
        recent.push(chunk(9, 1), chunk(9, 1).first_seq);
        assert_eq!(recent.first_that_fits(), Some(chunk(5, 0).first_seq));
    }

    #[test]
    fn only_what_a_replay_may_hold_is_remembered() {
        let mut recent = Recent::restore(Vec::new());
        for n in 1..=3 * REPLAY_ENTRIES_MAX {
            recent.push(chunk(n, 1), chunk(n, 1).first_seq);
        }
        assert!(u64::try_from(recent.0.len()).unwrap() <= REPLAY_ENTRIES_MAX + 1);
    }
}
