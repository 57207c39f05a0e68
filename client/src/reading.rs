//! How far the person has read, and how far the room knows (rule RC1).

use protocol::limits::read_again_ms;
use protocol::{Seq, Timestamp};

/// How far the person has read, and how far the room knows.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    seen: Seq,
    told: Seq,
    told_at: Option<Timestamp>,
}

impl Reading {
    /// How far the person has read.
    pub(crate) fn seen(&self) -> Seq {
        self.seen
    }

    /// The person has seen everything up to `seq`; says whether that is news.
    pub(crate) fn see(&mut self, seq: Seq) -> bool {
        let is_news = seq > self.seen;
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

    /// When a room with `n_online` members who read is to be told.
    pub(crate) fn due(&self, n_online: u32) -> Option<Timestamp> {
        let again_ms = read_again_ms(u64::from(n_online));
        let at = self.told_at.map_or_else(Timestamp::default, |at| at.plus_ms(again_ms));
        (self.seen > self.told).then_some(at)
    }

    /// What to tell the room now, if anything.
    pub(crate) fn take(&mut self, now: Timestamp, n_online: u32) -> Option<Seq> {
        self.due(n_online).filter(|at| *at <= now)?;
        self.told = self.seen;
        self.told_at = Some(now);
        Some(self.seen)
    }
}
