//! Who may be here: joining and leaving.

use protocol::{CloseCode, Entry, Refusal, Role, Timestamp, UserId};

use super::Room;
use crate::effect::{Answer, Effect, Effects, Notice, RosterChange};
use crate::input::{Act, RequestId};
use crate::roster::Member;

impl Room {
    pub(super) fn request(
        &mut self,
        now: Timestamp,
        request: RequestId,
        act: Act,
        effects: &mut Effects,
    ) {
        let decided = match act {
            Act::Join { user, name } => self.join(now, user, name).map(|()| Answer::Joined),
            Act::Leave { user } => self.leave(now, user, effects).map(|()| Answer::Left),
        };
        match (decided, self.log.waiting()) {
            (Ok(answer), Some(waiting)) => waiting.answers.push((request, answer)),
            (answer, _) => effects.push(Effect::Answer { request, answer }),
        }
    }

    fn join(&mut self, now: Timestamp, user: UserId, name: String) -> Result<(), Refusal> {
        if self.role(user).is_some() {
            return Ok(());
        }
        let role = self.roster.role_of_next()?;
        self.enrol(now, Member { user, name, role, joined_at: now })
    }

    pub(super) fn enrol(&mut self, now: Timestamp, member: Member) -> Result<(), Refusal> {
        let Member { user, role, .. } = member;
        let name = member.name.clone();
        let waiting =
            self.log.accept(now, |seq, at| Entry::Join { seq, at, by: user, name, role })?;
        waiting.roster.push(RosterChange::Put(member.clone()));
        let seq = self.log.head();
        if role == Role::Owner {
            self.notice(Notice::Room {
                settings: self.settings.clone(),
                owner: user,
                seq,
                at: now,
            });
        }
        self.notice(Notice::Membership { user, role: Some(role), seq, at: now });
        self.roster.put(member);
        Ok(())
    }

    /// Ends a membership. It is flushed at once, so that a closed socket means a stored departure.
    fn leave(
        &mut self,
        now: Timestamp,
        user: UserId,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        self.roster.may_leave(user)?;
        let waiting = self.log.accept(now, |seq, at| Entry::Leave { seq, at, by: user })?;
        waiting.roster.push(RosterChange::Remove(user));
        let seq = self.log.head();
        self.notice(Notice::Membership { user, role: None, seq, at: now });
        self.roster.remove(user);
        self.flush(now, effects);
        for session in self.sessions.of_user(user) {
            self.end(now, session, CloseCode::Left, effects);
        }
        self.presence.left(user);
        self.typing.set(now, user, false);
        Ok(())
    }

    fn notice(&mut self, notice: Notice) {
        if let Some(waiting) = self.log.waiting() {
            waiting.notices.push(notice);
        }
    }
}
