//! Who writes, told in digests of constant size.

use protocol::ordered::Map;

use protocol::limits::{NAMES_MAX, TYPING_MS};
use protocol::{ServerLine, Timestamp, UserId};

use crate::tick::Tick;

/// The users who write, and what the room was last told of them.
#[derive(Debug, Default)]
pub(crate) struct Typing {
    until: Map<UserId, Timestamp>,
    /// No later than the first expiry: looking too early costs little, scanning always would not.
    look_at: Option<Timestamp>,
    is_dirty: bool,
    told: (Vec<UserId>, u32),
    tick: Tick,
}

impl Typing {
    /// `user` writes, or stopped.
    pub(crate) fn set(&mut self, now: Timestamp, user: UserId, on: bool) {
        let until = now.plus_ms(TYPING_MS);
        let was_on = if on {
            self.look_at = Some(self.look_at.map_or(until, |at| at.min(until)));
            self.until.insert(user, until).is_some()
        } else {
            self.until.remove(&user).is_some()
        };
        self.is_dirty |= was_on != on;
    }

    /// The digest, if the last one is `after_ms` old and it differs (rules DG3 and DG4).
    pub(crate) fn digest(&mut self, now: Timestamp, after_ms: u64) -> Option<ServerLine> {
        if self.look_at.is_some_and(|at| at <= now) {
            self.expire(now);
        }
        if !self.is_dirty || !self.tick.is_due(now, after_ms) {
            return None;
        }
        self.is_dirty = false;
        let names = self.names();
        if names == self.told {
            return None;
        }
        self.tick.told(now);
        self.told.clone_from(&names);
        let (who, more) = names;
        Some(ServerLine::Typing { who, more })
    }

    /// When to look again, if a digest waits for `after_ms`.
    pub(crate) fn next_at(&self, after_ms: u64) -> Option<Timestamp> {
        let tick = self.is_dirty.then(|| self.tick.due_at(after_ms));
        tick.into_iter().chain(self.look_at).min()
    }

    fn expire(&mut self, now: Timestamp) {
        let n_before = self.until.len();
        self.until.retain(|_, until| *until > now);
        self.is_dirty |= self.until.len() != n_before;
        self.look_at = self.until.values().copied().min();
    }

    fn names(&self) -> (Vec<UserId>, u32) {
        let who: Vec<UserId> = self.until.keys().copied().take(NAMES_MAX).collect();
        let more = self.until.len().saturating_sub(who.len());
        (who, u32::try_from(more).unwrap_or(u32::MAX))
    }
}
