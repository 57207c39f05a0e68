//! What was seen in the database of sign-ins and tokens a moment ago.

use protocol::limits::REVOKED_MS_MAX;
use protocol::ordered::Map;
use protocol::{SignInId, Timestamp, UserId};

/// Sign-ins that are remembered at once: at most a few hundred kilobytes in memory.
const KNOWN_MAX: usize = 4_096;

/// What one isolate has seen of them.
#[derive(Debug)]
pub(crate) struct Standings<T>(Map<SignInId, Seen<T>>);

#[derive(Debug)]
struct Seen<T> {
    at: Timestamp,
    user: UserId,
    what: T,
}

impl<T> Default for Standings<T> {
    fn default() -> Self {
        Self(Map::default())
    }
}

impl<T: Clone> Standings<T> {
    /// What was seen of a sign-in less than [`REVOKED_MS_MAX`] ago, and when.
    pub(crate) fn get(&self, id: &SignInId, now: Timestamp) -> Option<(T, Timestamp)> {
        let seen = self.0.get(id)?;
        let is_fresh = now.ms_since(seen.at) < REVOKED_MS_MAX;
        is_fresh.then(|| (seen.what.clone(), seen.at))
    }

    /// Remembers what was just seen of a sign-in of this user.
    pub(crate) fn put(&mut self, id: SignInId, (user, what): (UserId, T), now: Timestamp) {
        if self.0.len() >= KNOWN_MAX {
            self.0 = Map::default();
        }
        self.0.insert(id, Seen { at: now, user, what });
    }

    /// Forgets all sign-ins of a user.
    pub(crate) fn remove_all_of(&mut self, user: UserId) {
        self.0.retain(|_, seen| seen.user != user);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_760_000_000_000);

    fn id(number: usize) -> SignInId {
        let mut bytes = [0; 15];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        SignInId::from_bytes(bytes)
    }

    fn user(byte: u8) -> UserId {
        UserId::from_random([byte; 13])
    }

    #[test]
    fn tk5_what_was_seen_counts_for_a_moment() {
        let mut seen = Standings::default();
        seen.put(id(1), (user(1), "a"), NOW);
        let last = NOW.plus_ms(REVOKED_MS_MAX - 1);
        assert_eq!(seen.get(&id(1), last), Some(("a", NOW)));
        assert_eq!(seen.get(&id(1), NOW.plus_ms(REVOKED_MS_MAX)), None);
        assert_eq!(seen.get(&id(2), NOW), None);
    }

    #[test]
    fn tk5_what_ends_here_is_forgotten_at_once() {
        let mut seen = Standings::default();
        for (number, owner) in [(1, 1), (2, 1), (3, 2)] {
            seen.put(id(number), (user(owner), ()), NOW);
        }
        seen.remove_all_of(user(1));
        assert_eq!([1, 2, 3].map(|n| seen.get(&id(n), NOW).is_some()), [false, false, true]);
    }

    #[test]
    fn memory_is_bounded() {
        let mut seen = Standings::default();
        for number in 0..=KNOWN_MAX {
            seen.put(id(number), (user(1), ()), NOW);
        }
        assert_eq!(seen.get(&id(0), NOW), None);
        assert!(seen.get(&id(KNOWN_MAX), NOW).is_some());
    }
}
