//! The inboxes of the users and the index of rooms: what a room's notices make of them.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{AttachmentId, Entry, Mentions, Message, Role, Seq, UserId};
use room::{Input, Notice};

use crate::invariant::{Check, Invariant};
use crate::world::World;

/// What a user's inbox knows of the room.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Row {
    pub(crate) role: Option<Role>,
    pub(crate) name: String,
    pub(crate) archived: bool,
    pub(crate) unread: u32,
}

/// Everything that learns from notices.
#[derive(Debug, Default)]
pub(crate) struct Inboxes {
    rows: BTreeMap<UserId, Row>,
    /// Those whose inbox is open.
    pub(crate) open: BTreeSet<UserId>,
    /// What the index of rooms knows of memberships, and as of which entry.
    index: BTreeMap<UserId, (Seq, Option<Role>)>,
    /// The files that were told to be deleted.
    pub(crate) deleted: BTreeSet<AttachmentId>,
    /// Reasons to tell each user something, of which every notice uses up one.
    reasons: BTreeMap<UserId, i64>,
}

impl Inboxes {
    /// There is a reason to tell `user` something, which is not what others write.
    pub(crate) fn may_tell(&mut self, user: UserId) {
        *self.reasons.entry(user).or_default() += 1;
    }

    /// `user` has read something: that, and the first message after it, are to be told.
    pub(crate) fn may_tell_of_reading(&mut self, user: UserId) {
        self.may_tell(user);
        self.may_tell(user);
    }

    /// Counts the reasons that an entry gives.
    pub(crate) fn note_entry(&mut self, entry: &Entry, members: &[UserId]) {
        match entry {
            Entry::Message(Message { stamp, body, .. }) => {
                self.may_tell_of_reading(stamp.by);
                let mentions = Mentions::of(body);
                let all = members.iter().filter(|_| mentions.room);
                all.chain(&mentions.users).for_each(|user| self.may_tell(*user));
            }
            Entry::Settings(_) => members.iter().for_each(|user| self.may_tell(*user)),
            Entry::Join(_) => {
                // That it is so, and the first message after that.
                self.may_tell(entry.by());
                self.may_tell(entry.by());
            }
            Entry::Leave(_) => self.may_tell(entry.by()),
            Entry::Moderate(moderate) => {
                self.may_tell(moderate.user);
                self.may_tell(entry.by());
            }
            Entry::Edit(_)
            | Entry::Redact(_)
            | Entry::React(_)
            | Entry::Pin(_)
            | Entry::Redacted(_) => {}
        }
    }

    /// Whether anybody is told to be a member.
    pub(crate) fn shows_anybody(&self) -> bool {
        self.rows.values().any(|row| row.role.is_some())
            || self.index.values().any(|(_, role)| role.is_some())
    }

    /// Counts a notice that was stored: they are as many as the episodes, not as the messages
    /// (rule IB2).
    pub(crate) fn note_notice(&mut self, notice: &Notice) -> Check {
        let Notice::Standing { users } = notice else {
            return Ok(());
        };
        for user in users {
            let reasons = self.reasons.entry(*user).or_default();
            *reasons -= 1;
            Invariant::NoticesBounded
                .check(*reasons >= 0, || format!("{user} is told again without a reason"))?;
        }
        Ok(())
    }
}

impl World {
    /// A notice arrives; `again` if the room does not hear that it did, and will repeat it.
    pub(crate) fn deliver_notice(&mut self, at: usize, again: bool) -> Check {
        self.wake_room()?;
        let notices = &mut self.disk.notices;
        let notice = if again { notices.get(at).cloned() } else { notices.remove(at) };
        match notice {
            Some(Notice::Standing { users }) => {
                for user in users {
                    self.update_inbox(user)?;
                }
            }
            Some(Notice::Membership { user, role, seq, .. }) => {
                let known = self.inboxes.index.entry(user).or_insert((seq, role));
                *known = if seq > known.0 { (seq, role) } else { *known };
            }
            Some(Notice::Files { files }) => self.inboxes.deleted.extend(files),
            Some(Notice::Room { .. } | Notice::Unarchived { .. } | Notice::AllFiles) | None => {}
        }
        Ok(())
    }

    /// An inbox asks for the standing of its user, as it is now.
    fn update_inbox(&mut self, user: UserId) -> Check {
        let read = self.read_of(user);
        let row = match self.disk.members.get(&user) {
            Some(member) => Row {
                role: Some(member.role),
                name: self.disk.settings().name.clone(),
                archived: self.disk.settings().archived,
                unread: self.ledger.fold.unread(user, read),
            },
            None => Row { role: None, name: String::new(), archived: false, unread: 0 },
        };
        self.inboxes.rows.insert(user, row);
        if !self.inboxes.open.contains(&user) {
            return Ok(());
        }
        self.inboxes.may_tell(user);
        self.turn(Input::Watching { user })
    }

    /// How far `user` has read, as the room says.
    fn read_of(&self, user: UserId) -> Seq {
        let member = self.host.room.as_ref().and_then(|room| room.member(user));
        member.map_or(Seq::ZERO, |member| member.read)
    }

    /// Once every notice is delivered, inboxes know what is so (rules IB2, IB3 and IB4).
    pub(crate) fn check_inboxes(&self) -> Check {
        for (user, row) in &self.inboxes.rows {
            let settings = &self.ledger.law.settings;
            let is_member = self.ledger.is_member(*user);
            let is_so = row.role == self.ledger.role(*user)
                && (!is_member || (&row.name, row.archived) == (&settings.name, settings.archived));
            Invariant::InboxTrue.check(is_so, || {
                format!("{user} is {:?} in {settings:?}, and sees {row:?}", self.ledger.role(*user))
            })?;
        }
        for (user, (_, role)) in &self.inboxes.index {
            Invariant::InboxTrue.check(*role == self.ledger.role(*user), || {
                format!("{user} is {:?}, and indexed as {role:?}", self.ledger.role(*user))
            })?;
        }
        for user in self.ledger.law.members.keys().filter(|user| !self.is_here(**user)) {
            let read = self.read_of(*user);
            let unread = self.ledger.fold.unread(*user, read);
            let told = self.inboxes.rows.get(user).map_or(0, |row| row.unread);
            Invariant::InboxTold.check((told > 0) == (unread > 0), || {
                format!("{user} read {} and has {unread} unread, and sees {told}", read.get())
            })?;
        }
        Ok(())
    }

    /// Whether `user` has a live session, as the platform knows.
    fn is_here(&self, user: UserId) -> bool {
        let sockets = self.network.sockets.values();
        sockets.filter(|socket| socket.is_live()).any(|socket| socket.user == user)
            || self.host.crowd.iter().any(|(_, state)| state.user == user)
    }
}
