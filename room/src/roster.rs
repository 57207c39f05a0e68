//! Who may be here: the room is the authority on its members.

use std::cmp::Reverse;

use protocol::ordered::Map;

use protocol::limits::MEMBERS_MAX;
use protocol::{Refusal, Role, Seq, Timestamp, UserId};

/// A user in the room.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// The display name.
    pub name: String,
    /// What the member is.
    pub role: Role,
    /// Since when.
    pub joined_at: Timestamp,
    /// How far the member has read.
    pub read: Seq,
    /// Until when the member may not write, if a moderator said so.
    pub muted_until: Option<Timestamp>,
}

/// The members of a room, in the order of their ids.
#[derive(Debug, Default)]
pub(crate) struct Roster(Map<UserId, Member>);

impl Roster {
    pub(crate) fn restore(members: Vec<Member>) -> Self {
        Self(Map::of(members.into_iter().map(|member| (member.user, member))))
    }

    pub(crate) fn get(&self, user: UserId) -> Option<&Member> {
        self.0.get(&user)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Everybody, in the order of ids.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Member> {
        self.0.values()
    }

    /// Who owns the room.
    pub(crate) fn owner(&self) -> Option<UserId> {
        self.all().find(|member| member.role == Role::Owner).map(|member| member.user)
    }

    /// Moves the read position of `user` forward to `seq`; answers where it was, if it moved.
    pub(crate) fn read(&mut self, user: UserId, seq: Seq) -> Option<Seq> {
        let member = self.0.get_mut(&user).filter(|member| member.read < seq)?;
        Some(std::mem::replace(&mut member.read, seq))
    }

    /// What somebody who joins becomes: whoever joins an empty room owns it (rule MB5).
    pub(crate) fn role_of_next(&self) -> Result<Role, Refusal> {
        match self.0.len() {
            0 => Ok(Role::Owner),
            MEMBERS_MAX.. => Err(Refusal::RoomFull),
            1.. => Ok(Role::Member),
        }
    }

    /// Whether `user` may leave (rule MB3).
    pub(crate) fn may_leave(&self, user: UserId) -> Result<(), Refusal> {
        match self.0.get(&user).map(|member| member.role) {
            None => Err(Refusal::NotAMember),
            Some(Role::Owner) if self.0.len() > 1 => Err(Refusal::OwnerStays),
            Some(_) => Ok(()),
        }
    }

    /// Who owns the room after `owner`: the member of the highest role who is here the longest.
    pub(crate) fn successor(&self, owner: UserId) -> Option<&Member> {
        let others = self.all().filter(|member| member.user != owner);
        others.min_by_key(|member| (Reverse(member.role), member.joined_at, member.user))
    }

    pub(crate) fn put(&mut self, member: Member) {
        self.0.insert(member.user, member);
    }

    pub(crate) fn remove(&mut self, user: UserId) {
        self.0.remove(&user);
    }

    /// Members with an id after `after`, in the order of ids.
    pub(crate) fn after(&self, after: Option<UserId>) -> impl Iterator<Item = &Member> {
        self.0.iter_after(after.as_ref()).map(|(_, member)| member)
    }
}
