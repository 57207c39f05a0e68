//! Who may be here: joining, being added, leaving.

use protocol::limits::{ATTACHMENT_BYTES_MAX, SLOW_MS_MAX, UPLOADS_MAX};
use protocol::{
    Change, Changed, CloseCode, Denial, Entry, InviteId, Join, Leave, Refusal, Role, RoomKind,
    Timestamp, UserId,
};

use super::Room;
use super::rights::Kind;
use crate::effect::{Answer, Deed, DeedKind, Effect, Effects, Notice, Upload, Write};
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
        let decided = match self.charge(now, &act) {
            Ok(()) => self.act(now, act, effects),
            Err(denial) => Err(denial),
        };
        match (decided, self.log.waiting()) {
            (Ok(answer), Some(waiting)) => waiting.answers.push((request, answer)),
            (answer, _) => {
                if let Err(denial) = &answer {
                    self.tally.add_errors(denial.code.code(), 1);
                }
                effects.push(Effect::Answer { request, answer });
            }
        }
        if self.is_deleted {
            effects.push(Effect::Gone);
        }
    }

    /// Counts a request, unless it follows from one that was counted (rule RL3).
    fn charge(&mut self, now: Timestamp, act: &Act) -> Result<(), Denial> {
        let limiter = match act {
            Act::Leave { .. }
            | Act::Uploaded { .. }
            | Act::Rename { .. }
            | Act::Depart { .. }
            | Act::Block { .. } => return Ok(()),
            Act::Look { .. } | Act::Read { .. } => &mut self.looks,
            Act::Join { .. }
            | Act::Add { .. }
            | Act::Change { .. }
            | Act::Moderate { .. }
            | Act::Invite { .. }
            | Act::Revoke { .. }
            | Act::Upload { .. }
            | Act::Ask { .. }
            | Act::Delete { .. } => &mut self.requests,
        };
        if let Some(ms) = limiter.wait_ms(now, act.by()) {
            return Err(Denial::until(Refusal::RateLimited, ms));
        }
        limiter.charge(now, act.by());
        Ok(())
    }

    fn act(&mut self, now: Timestamp, act: Act, effects: &mut Effects) -> Result<Answer, Denial> {
        match act {
            Act::Join { user, name, invite } => self.join(now, user, name, invite)?,
            Act::Leave { user } => self.leave(now, user, effects)?,
            Act::Add { by, user, name } => self.add(now, by, user, name)?,
            Act::Change { by, change } => self.change(now, by, change)?,
            Act::Moderate { by, user, demand, reason } => {
                self.moderate(now, by, user, (demand, reason), effects)?;
            }
            Act::Invite { by, invite, expires_in_ms, uses } => {
                let invite = self.invite(now, by, invite, expires_in_ms, uses, effects)?;
                return Ok(Answer::Invited(invite));
            }
            Act::Revoke { by, invite } => self.revoke(by, invite, effects)?,
            Act::Upload { by, id, bytes, n_uploads } => {
                self.may_send(now, by, Kind::Message)?;
                if bytes > ATTACHMENT_BYTES_MAX {
                    return Err(Refusal::AttachmentTooLarge.into());
                }
                if n_uploads >= UPLOADS_MAX {
                    return Err(Refusal::TooManyAttachments.into());
                }
                self.write(Write::Upload(Upload { id, by, at: now, file: None }), effects);
            }
            Act::Uploaded { by, file } => {
                self.need_member(by)?;
                self.write(Write::Uploaded(file), effects);
            }
            Act::Read { user, seq } => {
                self.need_member(user)?;
                self.read_at_once(user, seq, effects);
            }
            Act::Ask { user } | Act::Look { user } => drop(self.need_member(user)?),
            Act::Delete { by } => self.delete(now, by, effects)?,
            Act::Rename { user, name } => self.rename(user, name, effects)?,
            Act::Depart { user } => self.depart(now, user, effects)?,
            Act::Block { by, on } => self.block(by, on, effects)?,
        }
        Ok(Answer::Done)
    }

    fn join(
        &mut self,
        now: Timestamp,
        user: UserId,
        name: String,
        invite: Option<InviteId>,
    ) -> Result<(), Refusal> {
        if self.role(user).is_some() {
            return Ok(());
        }
        if self.bans.contains(&user) {
            return Err(Refusal::Banned);
        }
        self.need_changeable()?;
        if let Some(invite) = invite {
            self.need_invite(now, invite)?;
        } else if !self.settings.kind.is_open() {
            return Err(Refusal::NeedsInvite);
        }
        self.enrol(now, user, name)?;
        if let Some(invite) = invite {
            self.spend(invite);
        }
        Ok(())
    }

    fn add(
        &mut self,
        now: Timestamp,
        by: UserId,
        user: UserId,
        name: String,
    ) -> Result<(), Refusal> {
        self.need_changeable()?;
        self.need_role(by, Role::Moderator)?;
        if self.bans.contains(&user) {
            return Err(Refusal::Banned);
        }
        if self.role(user).is_some() {
            return Ok(());
        }
        self.enrol(now, user, name)?;
        self.deed(Deed::new(by, DeedKind::Add, Some(user)));
        Ok(())
    }

    /// Makes `user` a member.
    pub(super) fn enrol(
        &mut self,
        now: Timestamp,
        user: UserId,
        name: String,
    ) -> Result<(), Refusal> {
        let role = match self.settings.kind {
            RoomKind::Direct => Role::Member,
            RoomKind::Public | RoomKind::Private | RoomKind::Announcement => {
                self.roster.role_of_next()?
            }
        };
        let told = name.clone();
        self.log
            .accept(now, user, |stamp| Entry::Join(Join { stamp, name: told, role, hash: None }))?;
        let read = self.log.head();
        self.receipts.enter(read);
        self.inboxes.went(user, read);
        let member = Member { user, name, role, joined_at: now, read, muted_until: None };
        let is_first = self.roster.len() == 0;
        self.put_member(member);
        if is_first {
            self.tell_index();
        }
        Ok(())
    }

    /// Stores a member that is new or changed, and lets others know.
    pub(super) fn put_member(&mut self, member: Member) {
        let (user, role) = (member.user, member.role);
        self.roster.put(member.clone());
        self.also(Write::Member(member));
        self.tell_membership(user, Some(role));
    }

    /// Ends a membership. It is flushed at once, so that a closed socket means a stored departure.
    pub(super) fn remove_member(
        &mut self,
        now: Timestamp,
        user: UserId,
        code: CloseCode,
        effects: &mut Effects,
    ) {
        if let Some(member) = self.roster.get(user) {
            self.receipts.exit(member.read);
        }
        self.receipts.take_unstored(user);
        self.roster.remove(user);
        self.also(Write::NoMember(user));
        self.tell_membership(user, None);
        self.inboxes.left(user);
        self.flush(now, effects);
        for session in self.sessions.of_user(user) {
            self.end(now, session, code, effects);
        }
        self.presence.left(user);
        self.typing.set(now, user, false);
    }

    fn leave(
        &mut self,
        now: Timestamp,
        user: UserId,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        self.need_member(user)?;
        self.need_changeable()?;
        self.roster.may_leave(user)?;
        self.go(now, user, effects)
    }

    /// Ends the membership of one who may leave.
    pub(super) fn go(
        &mut self,
        now: Timestamp,
        user: UserId,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        self.log.accept(now, user, |stamp| Entry::Leave(Leave { stamp }))?;
        self.remove_member(now, user, CloseCode::Left, effects);
        Ok(())
    }

    /// Changes the settings; what is so already is no change.
    fn change(&mut self, now: Timestamp, by: UserId, change: Change) -> Result<(), Refusal> {
        self.need_changeable()?;
        let needed = if change.archived.is_some() { Role::Owner } else { Role::Moderator };
        self.need_role(by, needed)?;
        if change.slow_ms.is_some_and(|ms| ms > SLOW_MS_MAX) {
            return Err(Refusal::SettingInvalid);
        }
        let settings = &self.settings;
        let change = Change {
            name: change.name.filter(|name| *name != settings.name),
            topic: change.topic.filter(|topic| *topic != settings.topic),
            slow_ms: change.slow_ms.filter(|ms| *ms != settings.slow_ms),
            archived: change.archived.filter(|archived| *archived != settings.archived),
        };
        if change == Change::default() {
            return Ok(());
        }
        let told = change.clone();
        self.log.accept(now, by, |stamp| Entry::Settings(Changed { stamp, change: told }))?;
        // The inboxes do not show how slow a room is.
        let is_shown = Change { slow_ms: None, ..change.clone() } != Change::default();
        self.changed(change);
        self.tell_index();
        for member in self.roster.all().filter(|_| is_shown) {
            self.inboxes.changed(member.user);
        }
        self.deed(Deed::new(by, DeedKind::Settings, None));
        Ok(())
    }

    /// The settings are so now.
    pub(super) fn changed(&mut self, change: Change) {
        let settings = &mut self.settings;
        settings.name = change.name.unwrap_or_else(|| std::mem::take(&mut settings.name));
        settings.topic = change.topic.unwrap_or_else(|| std::mem::take(&mut settings.topic));
        settings.slow_ms = change.slow_ms.unwrap_or(settings.slow_ms);
        settings.archived = change.archived.unwrap_or(settings.archived);
        self.also(Write::Settings(self.settings.clone()));
    }

    /// Deletes the room (rule MB11): nothing of it stays but what others must learn.
    fn delete(&mut self, now: Timestamp, by: UserId, effects: &mut Effects) -> Result<(), Refusal> {
        self.need_changeable()?;
        self.need_role(by, Role::Owner)?;
        self.end_of_all(now, effects)
    }

    /// The same, whoever wants it.
    pub(super) fn end_of_all(
        &mut self,
        now: Timestamp,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        self.need_no_hold()?;
        self.flush(now, effects);
        let (seq, at) = (self.log.head().next().ok_or(Refusal::LogFull)?, now);
        let users: Vec<UserId> = self.roster.all().map(|member| member.user).collect();
        let mut writes = vec![Write::Everything, Write::Notice(self.room_notice(seq, at, true))];
        writes.extend(
            users
                .iter()
                .map(|&user| Write::Notice(Notice::Membership { user, role: None, seq, at })),
        );
        writes.push(Write::Notice(Notice::Standing { users }));
        writes.push(Write::Notice(Notice::AllFiles));
        effects.write(writes);
        for session in self.sessions.all() {
            super::close(session, CloseCode::RoomDeleted, effects);
        }
        effects.push(Effect::WakeAt(None));
        self.is_deleted = true;
        Ok(())
    }

    /// Lets the index know what the room is called, and who owns it.
    pub(super) fn tell_index(&mut self) {
        let (seq, at) = (self.log.head(), self.log.head_at());
        let notice = self.room_notice(seq, at, false);
        self.also(Write::Notice(notice));
    }

    fn tell_membership(&mut self, user: UserId, role: Option<Role>) {
        let (seq, at) = (self.log.head(), self.log.head_at());
        self.also(Write::Notice(Notice::Membership { user, role, seq, at }));
        self.inboxes.changed(user);
    }

    pub(super) fn room_notice(&self, seq: protocol::Seq, at: Timestamp, deleted: bool) -> Notice {
        let (settings, owner) = (self.settings.clone(), self.roster.owner());
        Notice::Room { settings, owner, seq, at, deleted }
    }
}

impl Act {
    /// Who asks.
    fn by(&self) -> UserId {
        match self {
            Self::Join { user, .. }
            | Self::Leave { user }
            | Self::Read { user, .. }
            | Self::Ask { user }
            | Self::Look { user }
            | Self::Rename { user, .. }
            | Self::Depart { user } => *user,
            Self::Add { by, .. }
            | Self::Change { by, .. }
            | Self::Moderate { by, .. }
            | Self::Invite { by, .. }
            | Self::Revoke { by, .. }
            | Self::Upload { by, .. }
            | Self::Uploaded { by, .. }
            | Self::Delete { by }
            | Self::Block { by, .. } => *by,
        }
    }
}
