//! What a room counts for those who run the deployment (rule LF2). Nothing is decided by it.

use protocol::ordered::Map;
use protocol::{CloseCode, Timestamp};

/// The upper bounds of [`Latency::buckets`] in milliseconds; the last bucket has none.
pub const LATENCY_MS: [u64; 11] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000];

/// What was counted since it was last taken.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    /// Sends that were accepted.
    pub messages: u64,
    /// Entries times the sessions that they were handed to as they happened.
    pub deliveries: u64,
    /// How long sends took from their arrival until every live session was handed them.
    pub latency: Latency,
    /// What was refused or failed, by code.
    pub errors: Map<String, u64>,
}

/// A histogram of milliseconds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Latency {
    /// How many were at most as long as the bound of their bucket, and longer than the one before.
    pub buckets: [u64; LATENCY_MS.len().saturating_add(1)],
    /// How long they were together.
    pub sum_ms: u64,
}

impl Tally {
    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages == 0 && self.deliveries == 0 && self.errors.is_empty()
    }

    /// Adds what was counted elsewhere.
    pub fn add(&mut self, other: &Self) {
        self.messages = self.messages.saturating_add(other.messages);
        self.deliveries = self.deliveries.saturating_add(other.deliveries);
        self.latency.add(&other.latency);
        for (code, n) in &other.errors {
            self.add_errors(code, *n);
        }
    }

    /// Counts so many errors of one code.
    pub fn add_errors(&mut self, code: &str, n: u64) {
        match self.errors.get_mut(code) {
            Some(count) => *count = count.saturating_add(n),
            None => drop(self.errors.insert(code.to_owned(), n)),
        }
    }

    /// Counts the end of a session, unless that is what somebody wanted.
    pub(crate) fn ended(&mut self, code: CloseCode) {
        match code {
            CloseCode::Restart
            | CloseCode::HelloLate
            | CloseCode::Malformed
            | CloseCode::TooLong
            | CloseCode::OutOfTurn
            | CloseCode::TooManySessions => self.add_errors(code.name(), 1),
            CloseCode::Superseded
            | CloseCode::Left
            | CloseCode::Kicked
            | CloseCode::Banned
            | CloseCode::RoomDeleted
            | CloseCode::SignedOut => {}
        }
    }

    /// Counts what was handed to the live sessions now.
    pub(crate) fn handed(&mut self, now: Timestamp, handed: &Handed) {
        self.deliveries = self.deliveries.saturating_add(handed.deliveries);
        // In a busy room many arrive in the same millisecond.
        for together in handed.arrivals.chunk_by(PartialEq::eq) {
            let n = u64::try_from(together.len()).unwrap_or(u64::MAX);
            if let Some(arrived_at) = together.first() {
                self.latency.note(now.ms_since(*arrived_at), n);
            }
        }
    }
}

impl Latency {
    /// Counts so many that took so long, each of them.
    pub fn note(&mut self, ms: u64, times: u64) {
        let place = LATENCY_MS.iter().position(|bound| ms <= *bound).unwrap_or(LATENCY_MS.len());
        if let Some(n) = self.buckets.get_mut(place) {
            *n = n.saturating_add(times);
        }
        self.sum_ms = self.sum_ms.saturating_add(ms.saturating_mul(times));
    }

    /// Adds what was counted elsewhere.
    pub fn add(&mut self, other: &Self) {
        for (n, more) in self.buckets.iter_mut().zip(other.buckets) {
            *n = n.saturating_add(more);
        }
        self.sum_ms = self.sum_ms.saturating_add(other.sum_ms);
    }
}

/// What went to live sessions.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) struct Handed {
    /// Entries times the sessions that they were handed to.
    pub(crate) deliveries: u64,
    /// When the sends arrived that every live session has been handed now.
    pub(crate) arrivals: Vec<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lf2_a_bucket_holds_what_is_at_most_as_long_as_its_bound() {
        let mut latency = Latency::default();
        for ms in [0, 1, 2, 3, 5, 2_000, 2_001, 60_000] {
            latency.note(ms, 1);
        }
        assert_eq!(latency.buckets, [2, 1, 2, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
        assert_eq!(latency.sum_ms, 64_012);
    }

    #[test]
    fn lf2_what_was_counted_apart_adds_up() {
        let (mut one, mut other) = (Tally::default(), Tally::default());
        assert!(one.is_empty());
        one.add_errors("muted", 2);
        other.ended(CloseCode::Malformed);
        other.ended(CloseCode::Left);
        other.add_errors("muted", 1);
        let arrivals = vec![Timestamp(5), Timestamp(9), Timestamp(9)];
        other.handed(Timestamp(10), &Handed { deliveries: 7, arrivals });
        other.messages = 2;
        one.add(&other);
        one.add(&other);
        assert_eq!((one.messages, one.deliveries), (4, 14));
        assert_eq!(one.latency.buckets[..3], [4, 0, 2]);
        assert_eq!(one.latency.sum_ms, 14);
        let errors = [("malformed".to_owned(), 2), ("muted".to_owned(), 4)];
        assert_eq!(one.errors, Map::of(errors));
    }
}
