//! Whom to tell of something unread: once an episode, not once a message (rule IB2).
//!
//! A member who is away and has read everything is **armed**. The first message after that is told
//! to the member's inbox and disarms; reading arms again. While the inbox is open, so does time.

use protocol::ordered::{Map, Set};

use protocol::limits::NOTICE_AGAIN_MS;
use protocol::{Seq, Timestamp, UserId};

use crate::effect::{Notice, Write};

/// Who is away, and who was told of what.
#[derive(Debug, Default)]
pub(crate) struct Inboxes {
    /// The last message.
    last_message: Seq,
    /// Those who are away and are told of the next message.
    armed: Set<UserId>,
    /// Those who were told, and of which message; they are not told of the next one.
    told: Map<UserId, Seq>,
    /// When those whose inbox is open are told again, if there is something.
    again: Set<(Timestamp, UserId)>,
    /// Those whose standing changed.
    owed: Set<UserId>,
    /// Whether storage knows another list of those who were told, and a lack of one matters.
    is_dirty: bool,
    /// Whether an eviction would do harm before it knows this one.
    is_urgent: bool,
}

impl Inboxes {
    /// The inboxes of the members who are away, with how far each has read.
    pub(crate) fn restore(
        last_message: Seq,
        told: Vec<(UserId, Seq)>,
        away: impl IntoIterator<Item = (UserId, Seq)>,
    ) -> Self {
        let mut inboxes = Self { last_message, told: Map::of(told), ..Self::default() };
        for (user, read) in away {
            inboxes.went(user, read);
        }
        inboxes
    }

    /// `user` has no live session, and has read up to `read`.
    pub(crate) fn went(&mut self, user: UserId, read: Seq) {
        let told = self.told.get(&user).copied().unwrap_or_default();
        if read >= self.last_message {
            self.told.remove(&user);
            self.armed.insert(user);
        } else if told <= read {
            // Said while the user was here, or in the moment after that, and not seen.
            self.tell(user);
        }
    }

    /// `user` has a live session, which shows what is said.
    pub(crate) fn came(&mut self, user: UserId) {
        self.armed.remove(&user);
        self.again.retain(|(_, watching)| *watching != user);
    }

    /// `user` is not a member any more.
    pub(crate) fn left(&mut self, user: UserId) {
        self.came(user);
        self.told.remove(&user);
        self.owed.insert(user);
    }

    /// The standing of `user` changed by something else than a message.
    pub(crate) fn changed(&mut self, user: UserId) {
        self.owed.insert(user);
    }

    /// `by` said something at `seq`, of which `mentioned` are told in any case.
    pub(crate) fn said(
        &mut self,
        seq: Seq,
        by: UserId,
        mentioned: impl IntoIterator<Item = UserId>,
    ) {
        self.last_message = seq;
        let armed = std::mem::take(&mut self.armed);
        for user in armed.into_iter().chain(mentioned) {
            if user == by {
                self.armed.insert(user);
            } else {
                self.tell(user);
            }
        }
    }

    /// `user` has read up to `read`; `is_away` says whether without a live session.
    pub(crate) fn read(&mut self, user: UserId, read: Seq, is_away: bool) {
        if read < self.last_message {
            return;
        }
        if self.told.remove(&user).is_some() {
            self.owed.insert(user);
        }
        if is_away {
            self.armed.insert(user);
        }
    }

    /// What was said up to `upto` is not there any more; `is_away` says who has no live session.
    pub(crate) fn expired(&mut self, upto: Seq, is_away: impl Fn(UserId) -> bool) {
        if self.last_message <= upto {
            self.last_message = Seq::ZERO;
        }
        let of_expired = self.told.iter().filter(|(_, told)| **told <= upto);
        let users: Vec<UserId> = of_expired.map(|(user, _)| *user).collect();
        for user in users {
            if self.last_message > upto {
                self.tell(user);
                continue;
            }
            self.told.remove(&user);
            self.owed.insert(user);
            self.is_dirty = true;
            if is_away(user) {
                self.armed.insert(user);
            }
        }
    }

    /// The inbox of `user`, who was just told, is open.
    pub(crate) fn watching(&mut self, now: Timestamp, user: UserId) {
        let is_waiting = self.again.iter().any(|(_, watching)| *watching == user);
        if self.told.contains_key(&user) && !is_waiting {
            self.again.insert((now.plus_ms(NOTICE_AGAIN_MS), user));
        }
    }

    /// Tells those again for whom it is time.
    pub(crate) fn tick(&mut self, now: Timestamp) {
        while let Some(&(at, user)) = self.again.first()
            && at <= now
        {
            self.again.pop_first();
            match self.told.get(&user) {
                Some(told) if *told < self.last_message => self.tell(user),
                Some(_) => {
                    // Armed, and told of nothing that counts: an eviction must not make of this
                    // somebody who was told enough. A later reading still concerns the inbox.
                    self.told.insert(user, Seq::ZERO);
                    self.armed.insert(user);
                    self.is_urgent = true;
                }
                None => {}
            }
        }
    }

    /// When to look again.
    pub(crate) fn next_at(&self) -> Option<Timestamp> {
        self.again.first().map(|&(at, _)| at)
    }

    /// Whether something is to be stored.
    pub(crate) fn owes(&self) -> bool {
        !self.owed.is_empty() || self.is_urgent
    }

    /// What is to be stored; it will.
    pub(crate) fn take(&mut self) -> Vec<Write> {
        let mut writes = Vec::new();
        let (is_dirty, is_urgent) =
            (std::mem::take(&mut self.is_dirty), std::mem::take(&mut self.is_urgent));
        if is_dirty || is_urgent {
            writes.push(Write::Told(self.told.iter().map(|(&user, &seq)| (user, seq)).collect()));
        }
        if !self.owed.is_empty() {
            let users = std::mem::take(&mut self.owed).into_iter().collect();
            writes.push(Write::Notice(Notice::Standing { users }));
        }
        writes
    }

    fn tell(&mut self, user: UserId) {
        self.armed.remove(&user);
        self.told.insert(user, self.last_message);
        self.owed.insert(user);
        self.is_dirty = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(n: u8) -> UserId {
        UserId::from_random([n; 13])
    }

    fn seq(n: u64) -> Seq {
        Seq::try_from(n).unwrap()
    }

    fn told(inboxes: &mut Inboxes) -> Vec<UserId> {
        let mut told = Vec::new();
        for write in inboxes.take() {
            if let Write::Notice(Notice::Standing { users }) = write {
                told.extend(users);
            }
        }
        told
    }

    #[test]
    fn ib2_one_notice_an_episode() {
        let mut inboxes = Inboxes::restore(seq(4), vec![], [(user(1), seq(4)), (user(2), seq(4))]);
        assert_eq!(told(&mut inboxes), []);
        inboxes.said(seq(5), user(2), []);
        assert_eq!(told(&mut inboxes), [user(1)], "the author knows");
        inboxes.said(seq(6), user(2), []);
        assert_eq!(told(&mut inboxes), [], "one notice is enough");
        inboxes.read(user(1), seq(5), true);
        inboxes.said(seq(7), user(2), []);
        assert_eq!(told(&mut inboxes), [], "something is unread still");
        inboxes.read(user(1), seq(7), true);
        assert_eq!(told(&mut inboxes), [user(1)], "other devices learn that it was read");
        inboxes.said(seq(8), user(2), []);
        assert_eq!(told(&mut inboxes), [user(1)]);
    }

    #[test]
    fn ib2_a_mention_is_always_told() {
        let mut inboxes = Inboxes::restore(seq(4), vec![], [(user(1), seq(4))]);
        inboxes.said(seq(5), user(2), []);
        assert_eq!(told(&mut inboxes), [user(1)]);
        inboxes.said(seq(6), user(2), [user(1)]);
        assert_eq!(told(&mut inboxes), [user(1)]);
    }

    #[test]
    fn ib2_who_is_here_is_told_on_leaving_what_was_not_seen() {
        let mut inboxes = Inboxes::default();
        inboxes.came(user(1));
        inboxes.said(seq(1), user(2), []);
        assert_eq!(told(&mut inboxes), []);
        inboxes.went(user(1), Seq::ZERO);
        assert_eq!(told(&mut inboxes), [user(1)]);
        inboxes.came(user(1));
        inboxes.went(user(1), Seq::ZERO);
        assert_eq!(told(&mut inboxes), [], "and only once");
    }

    #[test]
    fn ib2_an_open_inbox_is_told_again_after_a_while() {
        let mut inboxes = Inboxes::restore(seq(1), vec![], [(user(1), seq(1))]);
        let start = Timestamp(1_000);
        inboxes.said(seq(2), user(2), []);
        assert_eq!(told(&mut inboxes), [user(1)]);
        inboxes.watching(start, user(1));
        inboxes.said(seq(3), user(2), []);
        inboxes.tick(start);
        assert_eq!(told(&mut inboxes), []);
        assert_eq!(inboxes.next_at(), Some(start.plus_ms(NOTICE_AGAIN_MS)));
        inboxes.tick(start.plus_ms(NOTICE_AGAIN_MS));
        assert_eq!(told(&mut inboxes), [user(1)]);
        inboxes.watching(start, user(1));
        inboxes.tick(start.plus_ms(2 * NOTICE_AGAIN_MS));
        assert_eq!(told(&mut inboxes), [], "there is nothing new");
        inboxes.said(seq(4), user(2), []);
        assert_eq!(told(&mut inboxes), [user(1)], "but the next message is told at once");
    }

    #[test]
    fn ib2_an_open_inbox_is_told_again_also_after_an_eviction() {
        let mut inboxes = Inboxes::restore(seq(1), vec![], [(user(1), seq(1))]);
        let start = Timestamp(1_000);
        inboxes.said(seq(2), user(2), []);
        assert_eq!(told(&mut inboxes), [user(1)]);
        inboxes.watching(start, user(1));
        inboxes.tick(start.plus_ms(NOTICE_AGAIN_MS));
        assert!(inboxes.owes(), "storage must know before the room hibernates");
        let Some(Write::Told(stored)) = inboxes.take().into_iter().next() else {
            panic!("the list is stored");
        };
        let mut evicted = Inboxes::restore(seq(2), stored, [(user(1), seq(1))]);
        assert_eq!(told(&mut evicted), [user(1)], "once more");
        evicted.read(user(1), seq(2), true);
        assert_eq!(told(&mut evicted), [user(1)], "and of reading, too");
        inboxes.read(user(1), seq(2), true);
        assert_eq!(told(&mut inboxes), [user(1)], "with or without an eviction");
    }

    #[test]
    fn ib4_what_was_told_survives_an_eviction() {
        let away = [(user(1), seq(4)), (user(2), seq(6)), (user(3), seq(4))];
        let mut inboxes = Inboxes::restore(seq(6), vec![(user(1), seq(5))], away);
        assert_eq!(told(&mut inboxes), [user(3)], "one was told, one has read, one does not know");
        inboxes.said(seq(7), user(9), []);
        assert_eq!(told(&mut inboxes), [user(2)]);
    }
}
