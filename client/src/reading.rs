//! How far the person has read, and how far the room knows (rule RC1).

use protocol::limits::{READ_AGAIN_MS, read_again_ms};
use protocol::{Seq, Timestamp};

/// How far the person has read, and how far the room knows.
#[derive(Debug)]
pub(crate) struct Reading {
    seen: Seq,
    told: Seq,
    told_at: Option<Timestamp>,
    /// Since when the room does not know.
    since: Timestamp,
    /// Any number, which no other client has.
    place: u64,
}

impl Reading {
    /// Nothing is read. `seed` spreads what many say of the same entry.
    pub(crate) fn new(seed: u64) -> Self {
        let since = Timestamp::default();
        Self { seen: Seq::ZERO, told: Seq::ZERO, told_at: None, since, place: seed }
    }

    /// How far the person has read.
    pub(crate) fn seen(&self) -> Seq {
        self.seen
    }

    /// The person has seen everything up to `seq`; says whether that is news.
    pub(crate) fn see(&mut self, now: Timestamp, seq: Seq) -> bool {
        let is_news = seq > self.seen;
        if is_news && !self.is_owed() {
            self.since = now;
        }
        self.seen = self.seen.max(seq);
        is_news
    }

    /// The person wrote the entry at `seq`, so the room knows.
    pub(crate) fn wrote(&mut self, seq: Seq) {
        self.seen = self.seen.max(seq);
        self.told = self.told.max(seq);
    }

    /// The room says how far the person has read; in another log, what was seen means nothing.
    pub(crate) fn welcome(&mut self, read: Seq, is_same_log: bool) {
        self.seen = if is_same_log { self.seen.max(read) } else { read };
        self.told = read;
    }

    /// When a room with `n_online` members who read is to be told. Where they are many, each has a
    /// place of its own in the interval, or all would speak at once.
    pub(crate) fn due(&self, n_online: u32) -> Option<Timestamp> {
        let again_ms = read_again_ms(u64::from(n_online));
        let place_ms = self.place.checked_rem(again_ms).unwrap_or_default();
        let wait_ms = if again_ms > READ_AGAIN_MS { place_ms } else { 0 };
        let again_at = self.told_at.map_or_else(Timestamp::default, |at| at.plus_ms(again_ms));
        self.is_owed().then_some(again_at.max(self.since.plus_ms(wait_ms)))
    }

    /// What to tell the room now, if anything.
    pub(crate) fn take(&mut self, now: Timestamp, n_online: u32) -> Option<Seq> {
        self.due(n_online).filter(|at| *at <= now)?;
        self.take_all(now)
    }

    /// What to tell the room if there may be no later.
    pub(crate) fn take_all(&mut self, now: Timestamp) -> Option<Seq> {
        let is_owed = self.is_owed();
        self.told = self.told.max(self.seen);
        self.told_at = Some(now).filter(|_| is_owed).or(self.told_at);
        is_owed.then_some(self.seen)
    }

    fn is_owed(&self) -> bool {
        self.seen > self.told
    }
}
