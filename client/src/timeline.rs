//! The entries that a client holds, and where entries are missing.

use std::collections::BTreeMap;

use protocol::{Entry, Epoch, Position, Seq};

/// One row of what a person sees.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Item<'a> {
    /// An entry.
    Entry(&'a Entry),
    /// The entries `from..=to` are not loaded.
    Gap {
        /// First entry that is missing.
        from: Seq,
        /// Last entry that is missing.
        to: Seq,
    },
}

/// A part of one incarnation of a log.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    epoch: Option<Epoch>,
    /// What is held; `None` for an entry that this version does not understand.
    entries: BTreeMap<Seq, Option<Entry>>,
    /// The last entry that the live stream brought, or skipped on purpose.
    tip: Seq,
}

/// What became of an entry from the live stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Arrival {
    /// It is new.
    New,
    /// It was held, or lies before the tip: part of a replay.
    Old,
    /// Entries before it are missing: the stream is broken.
    OutOfOrder,
}

impl Timeline {
    /// A timeline that holds nothing, but knows where the log stood.
    pub(crate) fn resuming(position: Option<Position>) -> Self {
        let (epoch, tip) = position.map_or((None, Seq::ZERO), |at| (Some(at.epoch), at.seq));
        Self { epoch, entries: BTreeMap::new(), tip }
    }

    /// What to resume from.
    pub(crate) fn position(&self) -> Option<Position> {
        self.epoch.map(|epoch| Position { epoch, seq: self.tip })
    }

    /// The last entry that the live stream brought, or skipped on purpose.
    pub(crate) fn tip(&self) -> Seq {
        self.tip
    }

    /// Starts over with another log, or with one of which nothing is held.
    pub(crate) fn reset(&mut self, epoch: Epoch) {
        *self = Self { epoch: Some(epoch), ..Self::default() };
    }

    /// The live stream goes on after `to` (rule RP2).
    pub(crate) fn skip(&mut self, to: Seq) {
        self.tip = self.tip.max(to);
    }

    /// Takes an entry from the live stream.
    pub(crate) fn live(&mut self, seq: Seq, entry: Option<Entry>) -> Arrival {
        if seq <= self.tip {
            self.entries.entry(seq).or_insert(entry);
            return Arrival::Old;
        }
        if Some(seq) != self.tip.next() {
            return Arrival::OutOfOrder;
        }
        self.tip = seq;
        self.entries.insert(seq, entry);
        Arrival::New
    }

    /// Takes an entry from a page of history; one beyond the tip waits for the live stream.
    pub(crate) fn history(&mut self, seq: Seq, entry: Option<Entry>) {
        if seq <= self.tip {
            self.entries.entry(seq).or_insert(entry);
        }
    }

    /// The newest run of entries that is missing, the one before the oldest entry included.
    pub(crate) fn newest_gap(&self) -> Option<(Seq, Seq)> {
        let mut above = self.tip;
        for &seq in self.entries.keys().rev() {
            if seq < above {
                return seq.next().map(|from| (from, above));
            }
            above = seq.back(1);
        }
        (above > Seq::ZERO).then_some((Seq::ZERO.next()?, above))
    }

    /// What a person sees, oldest first. What lies before the oldest entry is not a gap in it.
    pub(crate) fn items(&self) -> impl Iterator<Item = Item<'_>> {
        let mut expected: Option<Seq> = None;
        let rows = self.entries.iter().flat_map(move |(&seq, entry)| {
            let missing = expected.filter(|from| *from < seq);
            expected = seq.next();
            let gap = missing.map(|from| Item::Gap { from, to: seq.back(1) });
            gap.into_iter().chain(entry.as_ref().map(Item::Entry))
        });
        let newest = self.entries.last_key_value().map(|(&seq, _)| seq);
        let tail = newest.filter(|seq| *seq < self.tip).and_then(Seq::next);
        rows.chain(tail.map(|from| Item::Gap { from, to: self.tip }))
    }
}

#[cfg(test)]
mod tests {
    use protocol::{Timestamp, UserId};

    use super::*;

    fn seq(n: u64) -> Seq {
        Seq::try_from(n).unwrap()
    }

    fn entry(n: u64) -> Entry {
        Entry::Leave { seq: seq(n), at: Timestamp(n), by: UserId::from_random([0; 13]) }
    }

    fn shape(timeline: &Timeline) -> Vec<String> {
        let name = |item: Item<'_>| match item {
            Item::Entry(entry) => entry.seq().get().to_string(),
            Item::Gap { from, to } => format!("{}..={}", from.get(), to.get()),
        };
        timeline.items().map(name).collect()
    }

    #[test]
    fn rp1_the_stream_has_no_holes_and_tolerates_overlap() {
        let mut timeline = Timeline::default();
        timeline.reset(Epoch::from_random([0; 13]));
        timeline.skip(seq(4));
        assert_eq!(timeline.live(seq(4), Some(entry(4))), Arrival::Old);
        assert_eq!(timeline.live(seq(5), Some(entry(5))), Arrival::New);
        assert_eq!(timeline.live(seq(5), Some(entry(5))), Arrival::Old);
        assert_eq!(timeline.live(seq(7), Some(entry(7))), Arrival::OutOfOrder);
        assert_eq!(shape(&timeline), ["4", "5"]);
        assert_eq!(timeline.newest_gap(), Some((seq(1), seq(3))));
    }

    #[test]
    fn rp2_a_gap_is_shown_until_history_fills_it() {
        let mut timeline = Timeline::default();
        timeline.reset(Epoch::from_random([0; 13]));
        timeline.live(seq(1), Some(entry(1)));
        timeline.skip(seq(4));
        assert_eq!(shape(&timeline), ["1", "2..=4"]);
        timeline.live(seq(5), Some(entry(5)));
        assert_eq!(shape(&timeline), ["1", "2..=4", "5"]);
        assert_eq!(timeline.newest_gap(), Some((seq(2), seq(4))));
        timeline.history(seq(4), Some(entry(4)));
        assert_eq!(timeline.newest_gap(), Some((seq(2), seq(3))));
        timeline.history(seq(3), Some(entry(3)));
        timeline.history(seq(2), Some(entry(2)));
        timeline.history(seq(9), Some(entry(9)));
        assert_eq!(shape(&timeline), ["1", "2", "3", "4", "5"]);
        assert_eq!(timeline.newest_gap(), None);
    }

    #[test]
    fn tr4_an_entry_of_a_later_version_counts_and_shows_nothing() {
        let mut timeline = Timeline::default();
        timeline.reset(Epoch::from_random([0; 13]));
        timeline.live(seq(1), Some(entry(1)));
        assert_eq!(timeline.live(seq(2), None), Arrival::New);
        assert_eq!(timeline.live(seq(3), Some(entry(3))), Arrival::New);
        assert_eq!(shape(&timeline), ["1", "3"]);
        assert_eq!(timeline.newest_gap(), None);
    }
}
