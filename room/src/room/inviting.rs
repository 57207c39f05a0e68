//! Invites: how people enter a room that nobody finds.

use protocol::limits::{INVITE_MS, INVITE_MS_MAX, INVITE_USES_MAX, INVITES_MAX};
use protocol::{InviteId, Refusal, Role, RoomKind, Timestamp, UserId};

use super::Room;
use crate::effect::{Effects, Write};
use crate::snapshot::Invite;

impl Room {
    pub(super) fn invite(
        &mut self,
        now: Timestamp,
        by: UserId,
        id: InviteId,
        expires_in_ms: Option<u64>,
        uses: Option<u32>,
        effects: &mut Effects,
    ) -> Result<Invite, Refusal> {
        self.need_changeable()?;
        let is_private = self.settings.kind == RoomKind::Private;
        self.need_role(by, if is_private { Role::Member } else { Role::Moderator })?;
        let (ms, uses_left) = (expires_in_ms.unwrap_or(INVITE_MS), uses.unwrap_or(INVITE_USES_MAX));
        if !(1..=INVITE_MS_MAX).contains(&ms) || !(1..=INVITE_USES_MAX).contains(&uses_left) {
            return Err(Refusal::SettingInvalid);
        }
        for expired in self.forget_expired(now) {
            self.write(expired, effects);
        }
        if self.invites.len() >= INVITES_MAX {
            return Err(Refusal::TooManyInvites);
        }
        let invite = Invite { id, by, expires_at: now.plus_ms(ms), uses_left };
        self.invites.insert(id, invite);
        self.write(Write::Invite(invite), effects);
        Ok(invite)
    }

    /// Closes an invite: whoever opened it may, and moderators.
    pub(super) fn revoke(
        &mut self,
        by: UserId,
        id: InviteId,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        let member = self.need_member(by)?;
        let invite = self.invites.get(&id).ok_or(Refusal::InviteSpent)?;
        if invite.by != by && member.role < Role::Moderator {
            return Err(Refusal::NotAllowed);
        }
        self.invites.remove(&id);
        self.write(Write::NoInvite(id), effects);
        Ok(())
    }

    /// An invite that can be used (rule MB6).
    pub(super) fn need_invite(&self, now: Timestamp, id: InviteId) -> Result<Invite, Refusal> {
        let open = self.invites.get(&id).filter(|invite| invite.expires_at > now);
        open.copied().ok_or(Refusal::InviteSpent)
    }

    /// Uses an invite once, in the transaction that stores who came with it.
    pub(super) fn spend(&mut self, id: InviteId) {
        let Some(invite) = self.invites.get_mut(&id) else {
            return;
        };
        invite.uses_left = invite.uses_left.saturating_sub(1);
        let invite = *invite;
        if invite.uses_left == 0 {
            self.invites.remove(&id);
            self.also(Write::NoInvite(id));
        } else {
            self.also(Write::Invite(invite));
        }
    }

    fn forget_expired(&mut self, now: Timestamp) -> Vec<Write> {
        let mut forgotten = Vec::new();
        self.invites.retain(|id, invite| {
            let is_open = invite.expires_at > now;
            if !is_open {
                forgotten.push(Write::NoInvite(*id));
            }
            is_open
        });
        forgotten
    }
}
