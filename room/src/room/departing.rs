//! What becomes of a member whose account changes: a new name, a block, the end (rules PE1, PE3 and
//! PE4). The room hears of it at least once, so whatever is so already changes nothing.

use protocol::codec::encode_server_line;
use protocol::{
    CloseCode, Entry, Moderate, Moderation, Refusal, Role, RoomKind, ServerLine, Timestamp, UserId,
};

use super::Room;
use crate::effect::{Effect, Effects, Write};
use crate::roster::Member;

/// What a deleted account is called where it cannot leave.
const DELETED_NAME: &str = "(deleted)";

impl Room {
    /// The member is called `name` from now on, and whoever is here sees it.
    pub(super) fn rename(
        &mut self,
        user: UserId,
        name: String,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        let member = self.need_member(user)?;
        if member.name == name {
            return Ok(());
        }
        let member = Member { name: name.clone(), ..member.clone() };
        self.roster.put(member.clone());
        self.write(Write::Member(member), effects);
        if self.sessions.n_live() > 0 {
            let line = encode_server_line(&ServerLine::Named { user, name });
            effects.push(Effect::Broadcast(line));
        }
        Ok(())
    }

    /// The account is gone: its member leaves, whatever would keep others from leaving. Who owned
    /// the room is followed by another; without anybody else the room goes, too.
    pub(super) fn depart(
        &mut self,
        now: Timestamp,
        user: UserId,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        let Some(member) = self.member(user).cloned() else {
            return Ok(());
        };
        if self.roster.len() == 1 && self.need_no_hold().is_ok() {
            return self.end_of_all(now, effects);
        }
        if self.settings.kind == RoomKind::Direct {
            // Its members are fixed (rule MB7).
            self.block(user, false, effects)?;
            self.rename(user, DELETED_NAME.to_owned(), effects)?;
            for session in self.sessions.of_user(user) {
                self.end(now, session, CloseCode::Left, effects);
            }
            return Ok(());
        }
        if member.role == Role::Owner
            && let Some(next) = self.roster.successor(user).cloned()
        {
            self.succeed(now, member, next)?;
        }
        self.go(now, user, effects)
    }

    /// Makes `next` the owner in the place of `owner` (rule MB8).
    fn succeed(&mut self, now: Timestamp, owner: Member, next: Member) -> Result<(), Refusal> {
        let (by, user, role) = (owner.user, next.user, Role::Owner);
        let act = Moderation::Role { role };
        self.log.accept(now, by, |stamp| Entry::Moderate(Moderate { stamp, user, act }))?;
        self.moderated(by, user, act, String::new());
        self.put_member(Member { role, ..next });
        self.put_member(Member { role: Role::Moderator, ..owner });
        self.tell_index();
        Ok(())
    }

    /// The member takes no messages of the other one in this direct room, or takes them again.
    pub(super) fn block(
        &mut self,
        by: UserId,
        on: bool,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        self.need_member(by)?;
        let is_of_two = self.settings.kind == RoomKind::Direct && self.roster.len() == 2;
        if (on && !is_of_two) || self.blockers.contains(&by) == on {
            return Ok(());
        }
        if on {
            self.blockers.insert(by);
        } else {
            self.blockers.remove(&by);
        }
        self.write(Write::Blockers(self.blockers.iter().copied().collect()), effects);
        Ok(())
    }

    /// Whether another member takes no messages of `user`; only in a room of two.
    pub(super) fn is_blocked(&self, user: UserId) -> bool {
        self.blockers.iter().any(|by| *by != user)
    }
}
