//! Sign-ins that were seen in the database a moment ago.

use protocol::limits::REVOKED_MS_MAX;
use protocol::ordered::Map;
use protocol::{Timestamp, UserId};

use super::caller::SignInId;

/// Sign-ins that are remembered at once: at most 256 KiB in memory.
const KNOWN_MAX: usize = 4_096;

/// What is known of a sign-in that has not ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Standing {
    /// Whose it is.
    pub(crate) user: UserId,
    /// Whether its account is an administrator's.
    pub(crate) is_admin: bool,
}

/// What one isolate has seen.
#[derive(Debug, Default)]
pub(crate) struct Standings(Map<SignInId, (Timestamp, Standing)>);

impl Standings {
    /// What was seen of a sign-in no longer than [`REVOKED_MS_MAX`] ago.
    pub(crate) fn get(&self, id: &SignInId, now: Timestamp) -> Option<Standing> {
        let (seen_at, standing) = self.0.get(id)?;
        (now.ms_since(*seen_at) < REVOKED_MS_MAX).then_some(*standing)
    }

    /// Remembers what was just seen.
    pub(crate) fn put(&mut self, id: SignInId, standing: Standing, now: Timestamp) {
        if self.0.len() >= KNOWN_MAX {
            self.0 = Map::default();
        }
        self.0.insert(id, (now, standing));
    }

    /// Forgets all sign-ins of a user.
    pub(crate) fn remove_all_of(&mut self, user: UserId) {
        self.0.retain(|_, (_, standing)| standing.user != user);
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

    fn standing(byte: u8) -> Standing {
        Standing { user: UserId::from_random([byte; 13]), is_admin: false }
    }

    #[test]
    fn tk5_what_was_seen_counts_for_a_moment() {
        let mut seen = Standings::default();
        seen.put(id(1), standing(1), NOW);
        let last = NOW.plus_ms(REVOKED_MS_MAX - 1);
        assert_eq!(seen.get(&id(1), last), Some(standing(1)));
        assert_eq!(seen.get(&id(1), NOW.plus_ms(REVOKED_MS_MAX)), None);
        assert_eq!(seen.get(&id(2), NOW), None);
    }

    #[test]
    fn tk5_what_ends_here_is_forgotten_at_once() {
        let mut seen = Standings::default();
        for (number, user) in [(1, 1), (2, 1), (3, 2)] {
            seen.put(id(number), standing(user), NOW);
        }
        seen.remove_all_of(standing(1).user);
        assert_eq!([1, 2, 3].map(|n| seen.get(&id(n), NOW).is_some()), [false, false, true]);
    }

    #[test]
    fn memory_is_bounded() {
        let mut seen = Standings::default();
        for number in 0..=KNOWN_MAX {
            seen.put(id(number), standing(1), NOW);
        }
        assert_eq!(seen.get(&id(0), NOW), None);
        assert!(seen.get(&id(KNOWN_MAX), NOW).is_some());
    }
}
