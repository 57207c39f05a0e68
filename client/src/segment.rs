//! Entries of a log without a hole between them.

use std::collections::VecDeque;
use std::sync::Arc;

use protocol::{Entry, Seq, UserId};

use crate::item::{Item, Kept, amended};

/// Entries of a log without a hole between them; there may be none.
#[derive(Debug)]
pub(crate) struct Segment {
    /// The seq before the first entry.
    before: Seq,
    /// The last entry, or `before`.
    last: Seq,
    /// One for each entry; `None` if nothing is seen of it.
    slots: VecDeque<Option<Kept>>,
}

impl Segment {
    /// No entries, at this place.
    pub(crate) fn empty_after(before: Seq) -> Self {
        Self { before, last: before, slots: VecDeque::new() }
    }

    /// These entries, unless there is a hole between them.
    pub(crate) fn of(entries: Vec<(Seq, Option<Kept>)>) -> Option<Self> {
        let before = entries.first().map_or(Seq::ZERO, |(seq, _)| seq.back(1));
        let mut segment = Self::empty_after(before);
        for (seq, slot) in entries {
            if Some(seq) != segment.last.next() {
                return None;
            }
            segment.push(seq, slot);
        }
        Some(segment)
    }

    /// The seq before the first entry.
    pub(crate) fn before(&self) -> Seq {
        self.before
    }

    /// The last entry, or the seq before it would be.
    pub(crate) fn last(&self) -> Seq {
        self.last
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn contains(&self, seq: Seq) -> bool {
        self.before < seq && seq <= self.last
    }

    /// What is held of one entry.
    pub(crate) fn get(&self, seq: Seq) -> Option<&Kept> {
        self.slots.get(self.index(seq)?)?.as_ref()
    }

    /// Folds an entry into the message that it amends, if that is here, as `me` sees it.
    pub(crate) fn amend(&mut self, entry: &Entry, me: UserId) {
        let index = amended(entry).and_then(|target| self.index(target));
        let slot = index.and_then(|index| self.slots.get_mut(index));
        if let Some(held) = slot.and_then(Option::as_mut) {
            held.fold(entry, me);
        }
    }

    /// What a person sees of it, oldest first.
    pub(crate) fn items(&self) -> impl Iterator<Item = &Arc<Item>> {
        self.slots.iter().flatten().map(|held| &held.item)
    }

    /// Adds the entry after the last one; `seq` is its seq.
    pub(crate) fn push(&mut self, seq: Seq, slot: Option<Kept>) {
        self.last = seq;
        self.slots.push_back(slot);
    }

    /// Whether there is no hole between the two.
    pub(crate) fn touches(&self, other: &Self) -> bool {
        self.before <= other.last && other.before <= self.last
    }

    /// Takes over what `other`, which touches this one, holds beyond its ends.
    pub(crate) fn join(&mut self, mut other: Self) {
        let n_below = count(self.before.since(other.before));
        let n_above = count(other.last.since(self.last));
        let above = other.slots.split_off(other.len().saturating_sub(n_above));
        other.slots.truncate(n_below);
        for slot in other.slots.into_iter().rev() {
            self.slots.push_front(slot);
        }
        self.slots.extend(above);
        self.before = self.before.min(other.before);
        self.last = self.last.max(other.last);
    }

    /// Lets go of the entries after `last`.
    pub(crate) fn end_with(&mut self, last: Seq) {
        let last = last.max(self.before).min(self.last);
        self.slots.truncate(count(last.since(self.before)));
        self.last = last;
    }

    /// Keeps the newest entries, at most this many.
    pub(crate) fn keep_newest(&mut self, n_max: usize) {
        let n_old = self.len().saturating_sub(n_max);
        self.slots.drain(..n_old);
        self.before = self.last.back(self.slots.len() as u64);
    }

    /// Keeps the oldest entries, at most this many.
    pub(crate) fn keep_oldest(&mut self, n_max: usize) {
        let n_new = self.len().saturating_sub(n_max);
        self.end_with(self.last.back(n_new as u64));
    }

    /// Cuts off the newest entries, this many, and returns them.
    pub(crate) fn split_newest(&mut self, n: usize) -> Self {
        let slots = self.slots.split_off(self.len().saturating_sub(n));
        let newest = Self { before: self.last.back(slots.len() as u64), last: self.last, slots };
        self.last = newest.before;
        newest
    }

    fn index(&self, seq: Seq) -> Option<usize> {
        count(seq.since(self.before)).checked_sub(1)
    }
}

/// A number of entries in memory.
fn count(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}
