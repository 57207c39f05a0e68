//! What moderators do to others (rules MB8, MB9 and MB12).

use protocol::limits::{BANS_MAX, MUTE_MS_MAX};
use protocol::{CloseCode, Entry, Moderate, Moderation, Refusal, Role, Seq, Timestamp, UserId};

use super::Room;
use crate::effect::{Ban, Deed, DeedKind, Effects, Write};
use crate::input::Demand;
use crate::roster::Member;

impl Room {
    pub(super) fn moderate(
        &mut self,
        now: Timestamp,
        by: UserId,
        user: UserId,
        (demand, reason): (Demand, String),
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        self.need_changeable()?;
        self.need_role(by, Role::Moderator)?;
        match demand {
            Demand::Role(role) => self.give_role(now, by, user, role, reason),
            Demand::Mute(ms) => self.mute(now, by, user, ms, reason),
            Demand::Kick => {
                self.need_lower(by, user)?;
                self.note(now, by, user, Moderation::Kick, reason)?;
                self.remove_member(now, user, CloseCode::Kicked, effects);
                Ok(())
            }
            Demand::Ban => self.ban(now, by, user, reason, effects),
            Demand::Unban => {
                if !self.bans.contains(&user) {
                    return Err(Refusal::Unchanged);
                }
                self.note(now, by, user, Moderation::Unban, reason)?;
                self.bans.remove(&user);
                self.also(Write::NoBan(user));
                Ok(())
            }
        }
    }

    fn give_role(
        &mut self,
        now: Timestamp,
        by: UserId,
        user: UserId,
        role: Role,
        reason: String,
    ) -> Result<(), Refusal> {
        let giver = self.need_member(by)?.clone();
        if by == user {
            return Err(match giver.role {
                Role::Owner if role != Role::Owner => Refusal::LastOwner,
                Role::Owner => Refusal::Unchanged,
                Role::Guest | Role::Member | Role::Moderator => Refusal::NotAllowed,
            });
        }
        let member = self.need_lower(by, user)?.clone();
        if role >= giver.role && giver.role != Role::Owner {
            return Err(Refusal::NotAllowed);
        }
        if member.role == role {
            return Err(Refusal::Unchanged);
        }
        self.note(now, by, user, Moderation::Role { role }, reason)?;
        self.put_member(Member { role, ..member });
        if role == Role::Owner {
            self.put_member(Member { role: Role::Moderator, ..giver });
            self.tell_index();
        }
        Ok(())
    }

    fn mute(
        &mut self,
        now: Timestamp,
        by: UserId,
        user: UserId,
        ms: u64,
        reason: String,
    ) -> Result<(), Refusal> {
        let member = self.need_lower(by, user)?.clone();
        if ms > MUTE_MS_MAX {
            return Err(Refusal::SettingInvalid);
        }
        let is_muted = member.muted_until.is_some_and(|until| until > now);
        let (act, muted_until) = match (ms, is_muted) {
            (0, false) => return Err(Refusal::Unchanged),
            (0, true) => (Moderation::Unmute, None),
            (1.., _) => (Moderation::Mute { until: now.plus_ms(ms) }, Some(now.plus_ms(ms))),
        };
        self.note(now, by, user, act, reason)?;
        self.put_member(Member { muted_until, ..member });
        Ok(())
    }

    fn ban(
        &mut self,
        now: Timestamp,
        by: UserId,
        user: UserId,
        reason: String,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        if self.bans.contains(&user) {
            return Err(Refusal::Unchanged);
        }
        if self.bans.len() >= BANS_MAX {
            return Err(Refusal::TooManyBans);
        }
        let name = match self.member(user) {
            Some(_) => self.need_lower(by, user)?.name.clone(),
            None => String::new(),
        };
        self.note(now, by, user, Moderation::Ban, reason.clone())?;
        self.bans.insert(user);
        let at = self.log.head_at();
        self.also(Write::Ban(Ban { user, name, by, at, reason }));
        if self.member(user).is_some() {
            self.remove_member(now, user, CloseCode::Banned, effects);
        }
        Ok(())
    }

    /// The member `user`, if of a lower role than `by` (rule MB8).
    fn need_lower(&self, by: UserId, user: UserId) -> Result<&Member, Refusal> {
        let member = self.member(user).ok_or(Refusal::NoSuchMember)?;
        let is_lower = self.role(by).is_some_and(|role| role > member.role);
        if is_lower { Ok(member) } else { Err(Refusal::NotAllowed) }
    }

    /// Appends what was done, and notes it in the moderation log.
    fn note(
        &mut self,
        now: Timestamp,
        by: UserId,
        user: UserId,
        act: Moderation,
        reason: String,
    ) -> Result<(), Refusal> {
        self.log.accept(now, by, |stamp| Entry::Moderate(Moderate { stamp, user, act }))?;
        self.moderated(by, user, act, reason);
        Ok(())
    }

    /// The entry that was just accepted belongs into the moderation log.
    pub(super) fn moderated(&mut self, by: UserId, user: UserId, act: Moderation, reason: String) {
        let (kind, role, until) = match act {
            Moderation::Role { role } => (DeedKind::Role, Some(role), None),
            Moderation::Kick => (DeedKind::Kick, None, None),
            Moderation::Ban => (DeedKind::Ban, None, None),
            Moderation::Unban => (DeedKind::Unban, None, None),
            Moderation::Mute { until } => (DeedKind::Mute, None, Some(until)),
            Moderation::Unmute => (DeedKind::Unmute, None, None),
        };
        self.deed(Deed { role, until, reason, ..Deed::new(by, kind, Some(user)) });
    }

    /// Notes in the moderation log what was just accepted.
    pub(super) fn deed(&mut self, deed: Deed) {
        let (seq, at) = (self.log.head(), self.log.head_at());
        self.also(Write::Deed(Deed { seq, at, ..deed }));
    }
}

impl Deed {
    /// What `by` did to `user`; the rest is to be filled in.
    pub(super) fn new(by: UserId, kind: DeedKind, user: Option<UserId>) -> Self {
        Self {
            seq: Seq::ZERO,
            at: Timestamp::default(),
            by,
            kind,
            user,
            target: None,
            role: None,
            until: None,
            reason: String::new(),
        }
    }
}
