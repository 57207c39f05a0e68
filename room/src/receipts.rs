//! How far the members have read, told in digests of constant size.

use protocol::limits::{READ_STORED_MS, RECEIPT_STEPS_MAX};
use protocol::ordered::Map;
use protocol::{ReadStep, Seq, ServerLine, Timestamp, UserId};

use crate::tick::Tick;

/// The read positions of the members: where they stand, and what is not stored of that.
#[derive(Debug, Default)]
pub(crate) struct Receipts {
    /// How many members stand at each place; none at zero.
    standing: Map<Seq, u32>,
    is_dirty: bool,
    /// Whether a `welcome` told steps that no digest told.
    owes_steps: bool,
    told: Vec<ReadStep>,
    tick: Tick,
    /// The positions that storage does not know.
    unstored: Map<UserId, Seq>,
    unstored_since: Option<Timestamp>,
}

impl Receipts {
    /// The positions of all members, and those that only sockets know; nobody is told, because
    /// nothing changed. A room that sleeps between messages stores the latter when sessions end,
    /// and not all of them whenever it wakes.
    pub(crate) fn restore(
        positions: impl IntoIterator<Item = Seq>,
        unstored: Map<UserId, Seq>,
    ) -> Self {
        let mut receipts = Self { unstored, ..Self::default() };
        for seq in positions {
            receipts.enter(seq);
        }
        receipts.told = receipts.steps();
        receipts.is_dirty = false;
        receipts
    }

    /// Somebody stands at `seq` who was nowhere.
    pub(crate) fn enter(&mut self, seq: Seq) {
        if seq > Seq::ZERO {
            let members = self.standing.or_insert_with(seq, || 0);
            *members = members.saturating_add(1);
            self.is_dirty = true;
        }
    }

    /// Somebody who stood at `seq` is nowhere.
    pub(crate) fn exit(&mut self, seq: Seq) {
        if let Some(members) = self.standing.get_mut(&seq) {
            *members = members.saturating_sub(1);
            if *members == 0 {
                self.standing.remove(&seq);
            }
            self.is_dirty = true;
        }
    }

    /// Storage does not know that `user` has read up to `seq`.
    pub(crate) fn owe(&mut self, now: Timestamp, user: UserId, seq: Seq) {
        self.unstored.insert(user, seq);
        self.unstored_since.get_or_insert(now);
    }

    /// What storage does not know of `user`; it will.
    pub(crate) fn take_unstored(&mut self, user: UserId) -> Option<Seq> {
        self.unstored.remove(&user)
    }

    /// Everything that storage has not known for long enough; it will.
    pub(crate) fn take_stale(&mut self, now: Timestamp) -> Map<UserId, Seq> {
        let is_stale = |since: Timestamp| now.ms_since(since) >= READ_STORED_MS;
        if !self.unstored_since.is_some_and(is_stale) {
            return Map::new();
        }
        self.unstored_since = None;
        std::mem::take(&mut self.unstored)
    }

    /// How many have read up to `seq` or further.
    pub(crate) fn n_readers(&self, seq: Seq) -> u32 {
        self.standing.iter_from(&seq).fold(0, |sum, (_, members)| sum.saturating_add(*members))
    }

    /// Where the members stand, in at most [`RECEIPT_STEPS_MAX`] steps (rule RC2).
    pub(crate) fn steps(&self) -> Vec<ReadStep> {
        let mut readers: u32 = 0;
        let all: Vec<ReadStep> = self
            .standing
            .iter()
            .rev()
            .map(|(&seq, members)| {
                readers = readers.saturating_add(*members);
                ReadStep { seq, readers }
            })
            .collect();
        thin(all)
    }

    /// The same for a `welcome`. What changed since the last digest may change back before the
    /// next one, which must then come all the same.
    pub(crate) fn tell_steps(&mut self) -> Vec<ReadStep> {
        self.owes_steps |= self.is_dirty;
        self.steps()
    }

    /// The digest, if the last one is `after_ms` old and it differs (rules RC2 and DG4).
    pub(crate) fn digest(&mut self, now: Timestamp, after_ms: u64) -> Option<ServerLine> {
        if !self.is_dirty || !self.tick.is_due(now, after_ms) {
            return None;
        }
        self.is_dirty = false;
        let steps = self.steps();
        if steps == self.told && !self.owes_steps {
            return None;
        }
        self.owes_steps = false;
        self.tick.told(now);
        self.told.clone_from(&steps);
        Some(ServerLine::Receipts { steps })
    }

    /// When to look again, if a digest waits for `after_ms`.
    pub(crate) fn next_at(&self, after_ms: u64) -> Option<Timestamp> {
        self.is_dirty.then(|| self.tick.due_at(after_ms))
    }
}

/// Keeps the newest half as it is, and spreads the rest evenly down to the oldest.
fn thin(all: Vec<ReadStep>) -> Vec<ReadStep> {
    if all.len() <= RECEIPT_STEPS_MAX {
        return all;
    }
    let n_newest = RECEIPT_STEPS_MAX / 2;
    let n_others = RECEIPT_STEPS_MAX.saturating_sub(n_newest);
    let rest = all.len().saturating_sub(n_newest);
    let spread = (1..=n_others).filter_map(|n| {
        let index = n.saturating_mul(rest).checked_div(n_others)?;
        all.get(n_newest.saturating_add(index).checked_sub(1)?).copied()
    });
    all.iter().take(n_newest).copied().chain(spread).collect()
}

#[cfg(test)]
mod tests {
    use protocol::limits::TICK_MS;

    use super::*;

    fn seq(n: u64) -> Seq {
        Seq::try_from(n).unwrap()
    }

    #[test]
    fn rc2_few_places_are_told_in_full() {
        let receipts = Receipts::restore([seq(5), seq(9), seq(5), Seq::ZERO], Map::new());
        let steps: Vec<(Seq, u32)> = receipts.steps().into_iter().map(Into::into).collect();
        assert_eq!(steps, [(seq(9), 1), (seq(5), 3)]);
        assert_eq!(receipts.n_readers(seq(6)), 1);
        assert_eq!(receipts.n_readers(seq(10)), 0);
    }

    #[test]
    fn rc2_many_places_are_told_in_few_steps_and_never_too_high() {
        for n in [33, 50, 1_000, 10_000] {
            let receipts = Receipts::restore((1..=n).map(seq), Map::new());
            let steps = receipts.steps();
            assert_eq!(steps.len(), RECEIPT_STEPS_MAX, "{n}");
            assert!(steps.is_sorted_by(|a, b| a.seq > b.seq && a.readers < b.readers), "{n}");
            assert_eq!(steps.first().unwrap().seq, seq(n));
            assert_eq!(u64::from(steps.last().unwrap().readers), n, "the oldest is kept");
            for of in 1..=n {
                let step = steps.iter().rev().find(|step| step.seq >= seq(of));
                assert!(step.unwrap().readers <= receipts.n_readers(seq(of)), "{of} of {n}");
            }
        }
    }

    #[test]
    fn dg4_a_digest_is_told_once_a_tick_and_only_if_it_differs() {
        let mut receipts = Receipts::restore([seq(1)], Map::new());
        let start = Timestamp(10_000);
        assert_eq!(receipts.digest(start, TICK_MS), None);
        receipts.exit(seq(1));
        receipts.enter(seq(2));
        assert!(receipts.digest(start, TICK_MS).is_some());
        receipts.exit(seq(2));
        receipts.enter(seq(3));
        assert_eq!(receipts.digest(start.plus_ms(1), TICK_MS), None);
        assert_eq!(receipts.next_at(TICK_MS), Some(start.plus_ms(TICK_MS)));
        assert!(receipts.digest(start.plus_ms(TICK_MS), TICK_MS).is_some());
        receipts.exit(seq(3));
        receipts.enter(seq(3));
        assert_eq!(receipts.digest(start.plus_ms(9 * TICK_MS), TICK_MS), None);
    }

    #[test]
    fn dg4_what_only_a_welcome_told_is_corrected() {
        let mut receipts = Receipts::restore([seq(1)], Map::new());
        receipts.enter(seq(1));
        assert_eq!(receipts.tell_steps(), [ReadStep { seq: seq(1), readers: 2 }]);
        receipts.exit(seq(1));
        let told = receipts.digest(Timestamp(10_000), TICK_MS);
        let steps = vec![ReadStep { seq: seq(1), readers: 1 }];
        assert_eq!(told, Some(ServerLine::Receipts { steps }));
    }
}
