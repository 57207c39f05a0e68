//! How often somebody may do something: the generic cell rate algorithm (ITU-T I.371), which needs
//! one time for each of them.

use protocol::ordered::Map;

use protocol::limits::{
    CROWD_PER_S, LOOK_BURST, LOOK_EVERY_MS, REQUEST_BURST, REQUEST_EVERY_MS, SEND_BURST,
    SEND_EVERY_MS,
};
use protocol::{Timestamp, UserId};

/// What a deployment allows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Policy {
    /// Sends of a member (rule RL1).
    pub sends: Rate,
    /// Requests of a user (rule RL3).
    pub requests: Rate,
    /// Requests of a user that only read (rule RL3).
    pub looks: Rate,
    /// Deliveries in a second from which the room is a crowd (rule GC5).
    pub crowd_per_s: u64,
}

/// So many at once, and one more every so often.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rate {
    /// How many at once; at least one.
    pub burst: u32,
    /// Milliseconds in which one of them is regained.
    pub every_ms: u64,
}

/// Who did how much of one thing.
#[derive(Debug)]
pub(crate) struct Limiter {
    rate: Rate,
    /// When each one's credit is full again; absent if it is full already.
    full_at: Map<UserId, Timestamp>,
    /// How many to hold before those with full credit are looked for.
    sweep_at: usize,
}

/// How many users are held before the first sweep.
const SWEEP_MIN: usize = 64;

impl Default for Policy {
    fn default() -> Self {
        Self {
            sends: Rate { burst: SEND_BURST, every_ms: SEND_EVERY_MS },
            requests: Rate { burst: REQUEST_BURST, every_ms: REQUEST_EVERY_MS },
            looks: Rate { burst: LOOK_BURST, every_ms: LOOK_EVERY_MS },
            crowd_per_s: CROWD_PER_S,
        }
    }
}

impl Limiter {
    pub(crate) fn new(rate: Rate) -> Self {
        Self { rate, full_at: Map::new(), sweep_at: SWEEP_MIN }
    }

    /// Milliseconds to wait before `user` may act; `None` if at once.
    pub(crate) fn wait_ms(&self, now: Timestamp, user: UserId) -> Option<u64> {
        let used_ms = self.full_at.get(&user).map_or(0, |full_at| full_at.ms_since(now));
        let after_ms = used_ms.saturating_add(self.rate.every_ms);
        let over_ms = after_ms.saturating_sub(self.depth_ms());
        // A clock that was set back must not lock anybody out for longer than a full burst costs.
        (over_ms > 0).then(|| over_ms.min(self.depth_ms()))
    }

    /// `user` acts.
    pub(crate) fn charge(&mut self, now: Timestamp, user: UserId) {
        let from = self.full_at.get(&user).map_or(now, |full_at| now.max(*full_at));
        let full_at = from.plus_ms(self.rate.every_ms).min(now.plus_ms(self.depth_ms()));
        self.full_at.insert(user, full_at);
        if self.full_at.len() > self.sweep_at {
            self.full_at.retain(|_, full_at| *full_at > now);
            self.sweep_at = self.full_at.len().saturating_mul(2).max(SWEEP_MIN);
        }
    }

    /// Milliseconds in which a whole burst is regained.
    fn depth_ms(&self) -> u64 {
        self.rate.every_ms.saturating_mul(u64::from(self.rate.burst.max(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(n: u8) -> UserId {
        UserId::from_random([n; 13])
    }

    fn act(limiter: &mut Limiter, now: u64, user: UserId) -> Option<u64> {
        let wait = limiter.wait_ms(Timestamp(now), user);
        if wait.is_none() {
            limiter.charge(Timestamp(now), user);
        }
        wait
    }

    #[test]
    fn rl1_a_burst_and_then_one_at_a_time() {
        let mut limiter = Limiter::new(Rate { burst: 10, every_ms: 200 });
        for n in 0..10 {
            assert_eq!(act(&mut limiter, 1_000, user(1)), None, "{n}");
        }
        assert_eq!(act(&mut limiter, 1_000, user(1)), Some(200));
        assert_eq!(act(&mut limiter, 1_000, user(2)), None, "others have their own credit");
        assert_eq!(act(&mut limiter, 1_199, user(1)), Some(1));
        assert_eq!(act(&mut limiter, 1_200, user(1)), None);
        assert_eq!(act(&mut limiter, 1_200, user(1)), Some(200));
        for n in 0..10 {
            assert_eq!(act(&mut limiter, 10_000, user(1)), None, "{n}: credit is full again");
        }
        assert_eq!(act(&mut limiter, 10_000, user(1)), Some(200), "and no more than full");
    }

    #[test]
    fn rl1_a_clock_set_back_locks_nobody_out() {
        let mut limiter = Limiter::new(Rate { burst: 2, every_ms: 100 });
        assert_eq!(act(&mut limiter, 1_000_000, user(1)), None);
        assert_eq!(act(&mut limiter, 5, user(1)), Some(200));
        limiter.charge(Timestamp(5), user(1));
        assert_eq!(act(&mut limiter, 205, user(1)), None);
    }

    #[test]
    fn those_who_wait_for_nothing_are_forgotten() {
        let mut limiter = Limiter::new(Rate { burst: 1, every_ms: 1 });
        for n in 0..10_000_u64 {
            let mut random = [0; 13];
            random[..8].copy_from_slice(&n.to_be_bytes());
            limiter.charge(Timestamp(n * 10), UserId::from_random(random));
        }
        assert!(limiter.full_at.len() <= SWEEP_MIN + 1);
    }
}
