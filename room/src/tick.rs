//! When a digest may be told (rule DG4).

use protocol::Timestamp;
use protocol::limits::TICK_MS;

/// The time at which a digest of one kind may be told next.
#[derive(Debug, Default)]
pub(crate) struct Tick {
    due_at: Timestamp,
}

/// Whether a frame goes to everybody at no cost to a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ride {
    /// The digest is why a frame goes.
    Alone,
    /// A frame goes in any case, and brings also what is due soon.
    Along,
}

impl Tick {
    pub(crate) fn allows(&self, now: Timestamp, ride: Ride) -> bool {
        now >= match ride {
            Ride::Alone => self.due_at,
            Ride::Along => Timestamp(self.due_at.0.saturating_sub(TICK_MS / 2)),
        }
    }

    /// The digest was told. One that came early counts as one that came when it was due, so that
    /// there is no more than one a tick in the long run.
    pub(crate) fn told(&mut self, now: Timestamp) {
        self.due_at = self.due_at.max(now).plus_ms(TICK_MS);
    }

    pub(crate) fn due_at(&self) -> Timestamp {
        self.due_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(10_000);

    #[test]
    fn dg4_a_digest_that_rides_along_may_come_half_a_tick_early() {
        let mut tick = Tick::default();
        assert!(tick.allows(START, Ride::Alone));
        tick.told(START);
        let early = START.plus_ms(TICK_MS / 2);
        assert!(!tick.allows(Timestamp(early.0 - 1), Ride::Along));
        assert!(tick.allows(early, Ride::Along));
        assert!(!tick.allows(Timestamp(tick.due_at().0 - 1), Ride::Alone));
        assert!(tick.allows(tick.due_at(), Ride::Alone));
    }

    #[test]
    fn dg4_digests_that_ride_along_are_no_more_than_one_a_tick() {
        let mut tick = Tick::default();
        let n_ticks = 50;
        let told = (0..n_ticks * TICK_MS).filter(|ms| {
            let now = START.plus_ms(*ms);
            let may = tick.allows(now, Ride::Along);
            if may {
                tick.told(now);
            }
            may
        });
        assert_eq!(told.count() as u64, n_ticks + 1);
    }
}
