//! Who may do what.

use protocol::limits::MENTIONS_MAX;
use protocol::{Denial, Mentions, Refusal, Role, RoomKind, Timestamp, UserId};

use super::Room;
use crate::roster::Member;

/// What a member wants to send.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// A message, or a file for one.
    Message,
    /// Another body for an own message.
    Edit,
    /// The end of an own message.
    RedactOwn,
    /// The end of another's message.
    Redact,
    /// A reaction.
    React,
    /// The end of an own reaction.
    Unreact,
    /// A pin, or the end of one.
    Pin,
}

impl Room {
    /// Whether `user` may send something of this kind now, apart from what it is about.
    pub(super) fn may_send(&self, now: Timestamp, user: UserId, kind: Kind) -> Result<(), Denial> {
        let member = self.need_member(user)?;
        let erases = matches!(kind, Kind::RedactOwn | Kind::Redact);
        if self.settings.archived && !erases {
            return Err(Refusal::RoomArchived.into());
        }
        let takes_back = matches!(kind, Kind::RedactOwn | Kind::Unreact);
        if let Some(until) = member.muted_until.filter(|until| *until > now && !takes_back) {
            return Err(Denial::until(Refusal::Muted, until.ms_since(now)));
        }
        if !erases && kind != Kind::Unreact && self.is_blocked(user) {
            return Err(Refusal::Blocked.into());
        }
        let is_direct = self.settings.kind == RoomKind::Direct;
        let needed = match kind {
            Kind::Message | Kind::Edit => Role::Member,
            Kind::RedactOwn | Kind::React | Kind::Unreact => Role::Guest,
            Kind::Pin if is_direct => Role::Member,
            Kind::Redact | Kind::Pin => Role::Moderator,
        };
        if member.role < needed {
            return Err(Refusal::NotAllowed.into());
        }
        let is_announcement = self.settings.kind == RoomKind::Announcement;
        if is_announcement && kind == Kind::Message && member.role < Role::Moderator {
            return Err(Refusal::AnnouncementOnly.into());
        }
        match self.sends.wait_ms(now, user) {
            Some(ms) => Err(Denial::until(Refusal::RateLimited, ms)),
            None => Ok(()),
        }
    }

    /// Whether `user` said the last message long enough ago (rule RL2).
    pub(super) fn may_speak_again(&self, now: Timestamp, user: UserId) -> Result<(), Denial> {
        let is_bound = self.role(user).is_some_and(|role| role < Role::Moderator);
        let since = now.ms_since(self.nonces.spoke_at(user));
        match self.settings.slow_ms.saturating_sub(since) {
            wait @ 1.. if is_bound => Err(Denial::until(Refusal::SlowMode, wait)),
            _ => Ok(()),
        }
    }

    /// Whether `user` may mention these (rule MN2).
    pub(super) fn may_mention(&self, user: UserId, mentions: &Mentions) -> Result<(), Refusal> {
        if mentions.users.len() > MENTIONS_MAX {
            return Err(Refusal::TooManyMentions);
        }
        if mentions.users.iter().any(|mentioned| self.role(*mentioned).is_none()) {
            return Err(Refusal::NoSuchMember);
        }
        let may_call_all = self.settings.kind == RoomKind::Direct
            || self.role(user).is_some_and(|role| role >= Role::Moderator);
        if (mentions.here || mentions.room) && !may_call_all {
            return Err(Refusal::NotAllowed);
        }
        Ok(())
    }

    /// The member `user`, if at least of this role.
    pub(super) fn need_role(&self, user: UserId, needed: Role) -> Result<&Member, Refusal> {
        let member = self.need_member(user)?;
        if member.role < needed { Err(Refusal::NotAllowed) } else { Ok(member) }
    }

    pub(super) fn need_member(&self, user: UserId) -> Result<&Member, Refusal> {
        self.member(user).ok_or(Refusal::NotAMember)
    }

    /// Nothing about the members of a direct room changes (rule MB7).
    pub(super) fn need_changeable(&self) -> Result<(), Refusal> {
        match self.settings.kind {
            RoomKind::Direct => Err(Refusal::DirectFixed),
            RoomKind::Public | RoomKind::Private | RoomKind::Announcement => Ok(()),
        }
    }
}
