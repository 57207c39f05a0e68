//! How long to wait before the next attempt: exponential, with full jitter (rule CC2).

use protocol::limits::{BACKOFF_CROWD_MS_MAX, BACKOFF_MS, BACKOFF_MS_MAX, BACKOFF_MS_PER_MEMBER};

/// The attempts since the last success, and the randomness that spreads them.
#[derive(Debug)]
pub(crate) struct Backoff {
    n_attempts: u32,
    random: u64,
    /// The bound of the first wait.
    first_ms: u64,
}

impl Backoff {
    pub(crate) fn new(seed: u64) -> Self {
        Self { n_attempts: 0, random: seed, first_ms: BACKOFF_MS }
    }

    /// The client is welcome again, where `n_online` members are: if all of them are cut off
    /// together, they spread over as long as it takes to welcome them.
    pub(crate) fn reset(&mut self, n_online: u32) {
        self.n_attempts = 0;
        let crowd_ms = u64::from(n_online).saturating_mul(BACKOFF_MS_PER_MEMBER);
        self.first_ms = BACKOFF_MS.max(crowd_ms.min(BACKOFF_CROWD_MS_MAX));
    }

    /// Milliseconds to wait before the next attempt.
    pub(crate) fn next_ms(&mut self) -> u64 {
        let factor = 1_u64.checked_shl(self.n_attempts).unwrap_or(u64::MAX);
        let bound = self.first_ms.saturating_mul(factor).min(BACKOFF_MS_MAX);
        self.n_attempts = self.n_attempts.saturating_add(1);
        self.draw().checked_rem(bound.saturating_add(1)).unwrap_or(bound)
    }

    /// `SplitMix64` (Steele, Lea, Flood 2014): any seed will do, zero included.
    fn draw(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.random ^ (self.random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cc2_delays_grow_within_bounds_and_differ_between_clients() {
        let mut a = Backoff::new(1);
        let mut b = Backoff::new(2);
        let mut differ = false;
        for attempt in 0..40 {
            let bound = (BACKOFF_MS << attempt.min(10)).min(BACKOFF_MS_MAX);
            let (x, y) = (a.next_ms(), b.next_ms());
            assert!(x <= bound && y <= bound, "attempt {attempt}: {x} {y} > {bound}");
            differ |= x != y;
        }
        assert!(differ);
        a.reset(1);
        assert!(a.next_ms() <= BACKOFF_MS);
    }

    #[test]
    fn cc2_a_crowd_spreads_further() {
        let first = |seed| {
            let mut backoff = Backoff::new(seed);
            backoff.reset(1_000);
            backoff.next_ms()
        };
        let bound = 1_000 * BACKOFF_MS_PER_MEMBER;
        assert!((0..100).all(|seed| first(seed) <= bound));
        let mut stadium = Backoff::new(7);
        stadium.reset(u32::MAX);
        assert!(stadium.next_ms() <= BACKOFF_CROWD_MS_MAX);
        let n_late = (0..100).filter(|&seed| first(seed) > bound / 2).count();
        assert!((30..70).contains(&n_late), "{n_late} of 100 in the later half");
    }
}
