//! When a digest may be told (rule DG4).

use protocol::Timestamp;
use protocol::limits::{DIGEST_FRAMES_PER_S, DIGEST_MS_MAX, TICK_MS};

/// When a digest of one kind was told last.
#[derive(Debug, Default)]
pub(crate) struct Tick {
    told_at: Timestamp,
}

/// How long a digest waits, in milliseconds, so that a frame goes to each of `n_live` sessions
/// for it.
pub(crate) fn alone_ms(n_live: usize) -> u64 {
    let n_live = u64::try_from(n_live).unwrap_or(u64::MAX);
    (n_live.saturating_mul(1_000) / DIGEST_FRAMES_PER_S).clamp(TICK_MS, DIGEST_MS_MAX)
}

/// How long a digest waits, in milliseconds, to go with a frame that is sent in any case.
pub(crate) const ALONG_MS: u64 = TICK_MS / 2;

impl Tick {
    /// Whether the last digest is `after_ms` old, or the clock was set back since.
    pub(crate) fn is_due(&self, now: Timestamp, after_ms: u64) -> bool {
        now >= self.due_at(after_ms) || self.is_ahead(now)
    }

    pub(crate) fn due_at(&self, after_ms: u64) -> Timestamp {
        self.told_at.plus_ms(after_ms)
    }

    /// The digest was told. One that came early counts as one that came a tick after the last, so
    /// that there is no more than one a tick in the long run.
    pub(crate) fn told(&mut self, now: Timestamp) {
        self.told_at = if self.is_ahead(now) { now } else { self.due_at(TICK_MS).max(now) };
    }

    /// What came early is ahead by as much as it came early.
    fn is_ahead(&self, now: Timestamp) -> bool {
        self.told_at > now.plus_ms(ALONG_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(10_000);

    #[test]
    fn dg4_a_digest_that_goes_along_may_come_half_a_tick_early() {
        let mut tick = Tick::default();
        assert!(tick.is_due(START, alone_ms(1)));
        tick.told(START);
        let early = START.plus_ms(TICK_MS / 2);
        assert!(!tick.is_due(Timestamp(early.0 - 1), ALONG_MS));
        assert!(tick.is_due(early, ALONG_MS));
        let due_at = START.plus_ms(TICK_MS);
        assert!(!tick.is_due(Timestamp(due_at.0 - 1), alone_ms(1)));
        assert!(tick.is_due(due_at, alone_ms(1)));
    }

    #[test]
    fn dg4_digests_that_go_along_are_no_more_than_one_a_tick() {
        let mut tick = Tick::default();
        let n_ticks = 50;
        let told = (0..n_ticks * TICK_MS).filter(|ms| {
            let now = START.plus_ms(*ms);
            let may = tick.is_due(now, ALONG_MS);
            if may {
                tick.told(now);
            }
            may
        });
        assert_eq!(told.count() as u64, n_ticks + 1);
    }

    #[test]
    fn dg4_a_digest_alone_costs_a_large_room_no_more_frames_than_a_smaller_one() {
        let n_frames = usize::try_from(DIGEST_FRAMES_PER_S).unwrap();
        assert_eq!(alone_ms(n_frames), 1_000);
        assert_eq!(alone_ms(4 * n_frames), 4_000);
        assert_eq!(alone_ms(9 * n_frames), DIGEST_MS_MAX);
        assert_eq!(alone_ms(1), TICK_MS);
    }

    #[test]
    fn dg4_a_clock_that_was_set_back_silences_nobody() {
        let mut tick = Tick::default();
        tick.told(START.plus_ms(3_600_000));
        assert!(tick.is_due(START, alone_ms(1)));
        tick.told(START);
        assert!(!tick.is_due(START.plus_ms(1), ALONG_MS));
        assert!(tick.is_due(START.plus_ms(TICK_MS), alone_ms(1)));
    }
}
