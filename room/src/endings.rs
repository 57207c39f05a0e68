//! What has ended of the members' sign-ins and tokens, as long as somebody may still bring it
//! (rule TK5).

use protocol::ordered::Map;
use protocol::{Ending, Grant, Timestamp, UserId, Which};

/// Endings of one user that are told apart. Beyond, all of the user's tokens that were issued so
/// far count as ended: who still has a sign-in gets a new one from it.
const PER_USER_MAX: usize = 8;

/// The endings of users. Few users have any, and none of them for long.
#[derive(Debug, Default)]
pub(crate) struct Endings(Map<UserId, Vec<Ending>>);

impl Endings {
    pub(crate) fn restore(rows: Vec<(UserId, Vec<Ending>)>) -> Self {
        Self(Map::of(rows))
    }

    /// Whether what `user` was let in by has ended.
    pub(crate) fn cover(&self, user: UserId, grant: Option<&Grant>) -> bool {
        let theirs = self.0.get(&user).into_iter().flatten();
        theirs.into_iter().any(|ending| ending.covers(grant))
    }

    /// Remembers an ending, and forgets what is over; answers the users of whom something else is
    /// stored now, with what that is.
    pub(crate) fn remember(
        &mut self,
        now: Timestamp,
        user: UserId,
        ending: Ending,
    ) -> Vec<(UserId, Vec<Ending>)> {
        let mut over = Vec::new();
        self.0.retain(|of, endings| {
            let is_over = *of != user && endings.iter().all(|ending| ending.is_over(now));
            if is_over {
                over.push((*of, Vec::new()));
            }
            !is_over
        });
        let mut theirs = self.0.get(&user).cloned().unwrap_or_default();
        if theirs.contains(&ending) {
            return over;
        }
        theirs.retain(|ending| !ending.is_over(now));
        theirs.push(ending);
        if theirs.len() > PER_USER_MAX {
            let at = theirs.iter().map(|ending| ending.at).max().unwrap_or(now);
            theirs = vec![Ending { of: Which::All, at }];
        }
        self.0.insert(user, theirs.clone());
        over.push((user, theirs));
        over
    }
}

#[cfg(test)]
mod tests {
    use protocol::limits::ENDED_MS;

    use super::*;

    fn user(byte: u8) -> UserId {
        UserId::from_random([byte; 13])
    }

    fn one(number: u64) -> Ending {
        let id = format!("{number:020}").parse().unwrap();
        Ending { of: Which::One { id }, at: Timestamp(number.saturating_add(100)) }
    }

    fn grant(number: u64, issued_at: u64) -> Grant {
        let id = format!("{number:020}").parse().unwrap();
        Grant { id, issued_at: Timestamp(issued_at), is_token: false, may_write: true, until: None }
    }

    #[test]
    fn an_ending_is_of_one_user_and_is_told_once() {
        let mut endings = Endings::default();
        let now = Timestamp(200);
        assert_eq!(endings.remember(now, user(1), one(1)), [(user(1), vec![one(1)])]);
        assert_eq!(endings.remember(now, user(1), one(1)), []);
        assert_eq!(endings.remember(now, user(1), one(2)), [(user(1), vec![one(1), one(2)])]);
        assert!(endings.cover(user(1), Some(&grant(1, 50))));
        assert!(!endings.cover(user(2), Some(&grant(1, 50))));
        assert!(!endings.cover(user(1), Some(&grant(3, 50))));
    }

    #[test]
    fn what_is_over_is_forgotten_with_the_next_one() {
        let mut endings = Endings::default();
        let _ = endings.remember(Timestamp(200), user(1), one(1));
        let later = Timestamp(500 + ENDED_MS);
        let rows = endings.remember(later, user(2), one(400));
        assert_eq!(rows, [(user(1), vec![]), (user(2), vec![one(400)])]);
        assert!(!endings.cover(user(1), Some(&grant(1, 50))));
    }

    #[test]
    fn memory_is_bounded_and_nothing_that_ended_is_let_in_again() {
        let mut endings = Endings::default();
        for number in 0..=PER_USER_MAX as u64 {
            let _ = endings.remember(Timestamp(200), user(1), one(number));
        }
        for number in 0..=PER_USER_MAX as u64 {
            assert!(endings.cover(user(1), Some(&grant(number, 90))));
        }
        assert!(!endings.cover(user(1), Some(&grant(99, 150))), "a fresh token of another one");
    }
}
