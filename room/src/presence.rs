//! Who is online, told in digests of constant size.

use protocol::ordered::{Map, Set};

use protocol::limits::{NAMES_MAX, PRESENCE_GRACE_MS};
use protocol::{ServerLine, Timestamp, UserId};

use crate::tick::Tick;

/// The users with a live session, and those whose last one ended a moment ago.
#[derive(Debug, Default)]
pub(crate) struct Presence {
    /// How many live sessions each has; zero while it lingers.
    online: Map<UserId, u32>,
    /// When those without a session go offline.
    lingering: Set<(Timestamp, UserId)>,
    came: Set<UserId>,
    went: Set<UserId>,
    /// Whether a `welcome` told a count that no digest told.
    owes_count: bool,
    tick: Tick,
}

impl Presence {
    /// Everyone with a live session; nobody is told, because nothing changed.
    pub(crate) fn restore(users: impl IntoIterator<Item = UserId>) -> Self {
        let mut presence = Self::default();
        for user in users {
            presence.arrived(user);
        }
        presence.came.clear();
        presence
    }

    /// How many users are online.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.online.len()).unwrap_or(u32::MAX)
    }

    /// How many users are online, for a `welcome`. What changed since the last digest may change
    /// back before the next one, which must then come all the same.
    pub(crate) fn tell_count(&mut self) -> u32 {
        self.owes_count |= self.is_dirty();
        self.count()
    }

    pub(crate) fn is_online(&self, user: UserId) -> bool {
        self.online.contains_key(&user)
    }

    /// A session of `user` became live.
    pub(crate) fn arrived(&mut self, user: UserId) {
        let sessions = self.online.or_insert_with(user, || {
            if !self.went.remove(&user) {
                self.came.insert(user);
            }
            0
        });
        *sessions = sessions.saturating_add(1);
        self.lingering.retain(|&(_, lingering)| lingering != user);
    }

    /// A live session of `user` ended (rule DG2).
    pub(crate) fn departed(&mut self, now: Timestamp, user: UserId) {
        let Some(sessions) = self.online.get_mut(&user) else {
            return;
        };
        *sessions = sessions.saturating_sub(1);
        if *sessions == 0 {
            self.lingering.insert((now.plus_ms(PRESENCE_GRACE_MS), user));
        }
    }

    /// `user` is not a member any more: offline at once.
    pub(crate) fn left(&mut self, user: UserId) {
        self.lingering.retain(|&(_, lingering)| lingering != user);
        self.offline(user);
    }

    /// Whether a live session of `user` is here; one who lingers has none.
    pub(crate) fn is_here(&self, user: UserId) -> bool {
        self.online.get(&user).is_some_and(|sessions| *sessions > 0)
    }

    /// Takes those offline who lingered long enough, and answers them.
    pub(crate) fn expire(&mut self, now: Timestamp) -> Vec<UserId> {
        let mut gone = Vec::new();
        while let Some(&(until, user)) = self.lingering.first()
            && until <= now
        {
            self.lingering.pop_first();
            self.offline(user);
            gone.push(user);
        }
        gone
    }

    /// The digest, if the last one is `after_ms` old and it differs (rules DG1 and DG4).
    pub(crate) fn digest(&mut self, now: Timestamp, after_ms: u64) -> Option<ServerLine> {
        if !self.is_dirty() || !self.tick.is_due(now, after_ms) {
            return None;
        }
        self.tick.told(now);
        self.owes_count = false;
        let (came, went) = (names(&mut self.came), names(&mut self.went));
        Some(ServerLine::Presence { online: self.count(), came, went })
    }

    /// When to look again, if a digest waits for `after_ms`.
    pub(crate) fn next_at(&self, after_ms: u64) -> Option<Timestamp> {
        let tick = self.is_dirty().then(|| self.tick.due_at(after_ms));
        let gone = self.lingering.first().map(|&(until, _)| until);
        tick.into_iter().chain(gone).min()
    }

    fn is_dirty(&self) -> bool {
        self.owes_count || !self.came.is_empty() || !self.went.is_empty()
    }

    fn offline(&mut self, user: UserId) {
        if self.online.remove(&user).is_some() && !self.came.remove(&user) {
            self.went.insert(user);
        }
    }
}

fn names(users: &mut Set<UserId>) -> Vec<UserId> {
    std::mem::take(users).into_iter().take(NAMES_MAX).collect()
}
