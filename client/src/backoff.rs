//! How long to wait before the next attempt: exponential, with full jitter (rule CC2).

use protocol::limits::{BACKOFF_MS, BACKOFF_MS_MAX};

/// The attempts since the last success, and the randomness that spreads them.
#[derive(Debug)]
pub(crate) struct Backoff {
    n_attempts: u32,
    random: u64,
}

impl Backoff {
    pub(crate) fn new(seed: u64) -> Self {
        Self { n_attempts: 0, random: seed }
    }

    /// The client is welcome again.
    pub(crate) fn reset(&mut self) {
        self.n_attempts = 0;
    }

    /// Milliseconds to wait before the next attempt.
    pub(crate) fn next_ms(&mut self) -> u64 {
        let factor = 1_u64.checked_shl(self.n_attempts).unwrap_or(u64::MAX);
        let bound = BACKOFF_MS.saturating_mul(factor).min(BACKOFF_MS_MAX);
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
        a.reset();
        assert!(a.next_ms() <= BACKOFF_MS);
    }
}
