//! How often people do something, counted as a bucket that leaks: another way to say what rule RL1
//! says.

use std::collections::BTreeMap;

use protocol::UserId;
use room::Rate;

use crate::invariant::{Check, Invariant};

/// How full each member's bucket is, in milliseconds, and when it was looked at.
#[derive(Debug, Default)]
pub(crate) struct Rates(BTreeMap<UserId, (u64, u64)>);

impl Rates {
    /// Something of `user` was accepted at `at_ms`.
    pub(crate) fn note(&mut self, user: UserId, at_ms: u64, rate: Rate) -> Check {
        let (level, before) = self.0.get(&user).copied().unwrap_or((0, at_ms));
        let level = level.saturating_sub(at_ms - before) + rate.every_ms;
        self.0.insert(user, (level, at_ms));
        let depth = u64::from(rate.burst) * rate.every_ms;
        Invariant::RateKept
            .check(level <= depth, || format!("{user} did {} too much", level / rate.every_ms))
    }

    /// A room whose memory is lost allows a full burst again.
    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }
}
