//! Who may do what, judged over the log alone, in plain code: the rules of the protocol once more,
//! written without a look at the room's.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    Change, Changed, Edit, Entry, Join, Leave, Mentions, Message, Moderate, Moderation, Pin, React,
    Redact, Role, RoomKind, Timestamp, UserId,
};
use room::Settings;

use crate::fold::Fold;

/// What a member is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Standing {
    pub(crate) role: Role,
    pub(crate) muted_until: Option<Timestamp>,
}

/// The room as the log up to here makes it.
#[derive(Debug)]
pub(crate) struct Law {
    pub(crate) settings: Settings,
    pub(crate) members: BTreeMap<UserId, Standing>,
    pub(crate) bans: BTreeSet<UserId>,
    /// When each user said the last message, on the clock of the room.
    spoke_at: BTreeMap<UserId, Timestamp>,
    /// Whether somebody was banned who was no member: no client can tell that from the log.
    pub(crate) has_banned_stranger: bool,
    /// Whether the first members are in, so that a direct room is closed.
    pub(crate) is_founded: bool,
}

/// What an entry does to memberships, in order: a role, or none any more.
pub(crate) type Memberships = Vec<(UserId, Option<Role>)>;

/// Why an entry should not be in the log.
type Breach = &'static str;

impl Law {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            settings,
            members: BTreeMap::new(),
            bans: BTreeSet::new(),
            spoke_at: BTreeMap::new(),
            has_banned_stranger: false,
            is_founded: false,
        }
    }

    pub(crate) fn role(&self, user: UserId) -> Option<Role> {
        self.members.get(&user).map(|standing| standing.role)
    }

    /// Whether a room with members has exactly one owner, and a direct room none.
    pub(crate) fn is_owned(&self) -> bool {
        let owners = self.members.values().filter(|standing| standing.role == Role::Owner).count();
        let is_direct = self.settings.kind == RoomKind::Direct;
        owners == usize::from(!is_direct && !self.members.is_empty())
    }

    /// Judges an entry, which `fold` does not hold yet, and applies it. `now` is what the room's
    /// clock said when it was accepted.
    pub(crate) fn take(
        &mut self,
        entry: &Entry,
        fold: &Fold,
        now: Timestamp,
    ) -> Result<Memberships, Breach> {
        match entry {
            Entry::Message(message) => self.message(message, now).map(|()| Vec::new()),
            Entry::Edit(Edit { stamp, target, body, .. }) => {
                need(fold.get(*target).is_some_and(|m| m.by == stamp.by), "an edit by another")?;
                self.may_write(entry, Role::Member, false)?;
                self.may_mention(stamp.by, body).map(|()| Vec::new())
            }
            Entry::Redact(Redact { stamp, target, .. }) => {
                let is_own = fold.get(*target).is_some_and(|m| m.by == stamp.by);
                let needed = if is_own { Role::Guest } else { Role::Moderator };
                self.may_write(entry, needed, is_own).map(|()| Vec::new())
            }
            Entry::React(React { on, .. }) => {
                self.may_write(entry, Role::Guest, !on).map(|()| Vec::new())
            }
            Entry::Pin(Pin { .. }) => {
                let is_direct = self.settings.kind == RoomKind::Direct;
                let needed = if is_direct { Role::Member } else { Role::Moderator };
                self.may_write(entry, needed, false).map(|()| Vec::new())
            }
            Entry::Join(join) => self.join(join),
            Entry::Leave(Leave { stamp }) => self.leave(stamp.by),
            Entry::Moderate(moderate) => self.moderate(moderate),
            Entry::Settings(changed) => self.change(changed).map(|()| Vec::new()),
            Entry::Redacted(_) => Err("nobody sends a tombstone"),
        }
    }

    fn message(&mut self, message: &Message, now: Timestamp) -> Result<(), Breach> {
        let Message { stamp, body, .. } = message;
        let is_announcement = self.settings.kind == RoomKind::Announcement;
        let needed = if is_announcement { Role::Moderator } else { Role::Member };
        self.may_write(&Entry::Message(message.clone()), needed, false)?;
        self.may_mention(stamp.by, body)?;
        let before = self.spoke_at.insert(stamp.by, now);
        let is_slow = before.is_some_and(|at| now.ms_since(at) < self.settings.slow_ms);
        let is_bound = self.role(stamp.by) < Some(Role::Moderator);
        need(!is_slow || !is_bound, "a message too soon in slow mode")
    }

    /// Whether the author of `entry` may write it: not in an archived room, unless it erases, not
    /// below the role, and not while muted, unless something is taken back.
    fn may_write(&self, entry: &Entry, needed: Role, takes_back: bool) -> Result<(), Breach> {
        let member = self.members.get(&entry.by()).ok_or("an entry by a stranger")?;
        let erases = matches!(entry, Entry::Redact(_));
        need(!self.settings.archived || erases, "an entry in an archived room")?;
        need(member.role >= needed, "an entry below the role that it needs")?;
        let is_muted = member.muted_until.is_some_and(|until| until > entry.at());
        need(!is_muted || takes_back, "an entry by a muted member")
    }

    fn may_mention(&self, by: UserId, body: &str) -> Result<(), Breach> {
        let mentions = Mentions::of(body);
        let are_members = mentions.users.iter().all(|user| self.members.contains_key(user));
        need(are_members, "a mention of a stranger")?;
        let is_direct = self.settings.kind == RoomKind::Direct;
        let may_call = is_direct || self.role(by) >= Some(Role::Moderator);
        need(may_call || !(mentions.here || mentions.room), "a call by one who may not")
    }

    fn join(&mut self, join: &Join) -> Result<Memberships, Breach> {
        let Join { stamp, role, .. } = join;
        let is_direct = self.settings.kind == RoomKind::Direct;
        need(!is_direct || !self.is_founded, "a direct room with another member")?;
        need(!self.bans.contains(&stamp.by), "a join by one who is banned")?;
        need(!self.members.contains_key(&stamp.by), "a join by a member")?;
        Ok(vec![self.put(stamp.by, Standing { role: *role, muted_until: None })])
    }

    fn leave(&mut self, user: UserId) -> Result<Memberships, Breach> {
        let standing = self.members.get(&user).ok_or("a stranger leaves")?;
        need(self.settings.kind != RoomKind::Direct, "somebody leaves a direct room")?;
        let is_bound = standing.role == Role::Owner && self.members.len() > 1;
        need(!is_bound, "the owner leaves a room with members")?;
        Ok(vec![self.remove(user)])
    }

    fn moderate(&mut self, moderate: &Moderate) -> Result<Memberships, Breach> {
        let Moderate { stamp, user, act } = moderate;
        let actor = self.role(stamp.by).ok_or("a stranger moderates")?;
        need(actor >= Role::Moderator, "one who may not moderates")?;
        need(self.settings.kind != RoomKind::Direct, "somebody moderates a direct room")?;
        let is_about_ban = matches!(act, Moderation::Ban | Moderation::Unban);
        let Some(standing) = self.members.get(user).copied() else {
            need(is_about_ban, "an act upon a stranger")?;
            self.has_banned_stranger |= matches!(act, Moderation::Ban);
            let has_changed = match act {
                Moderation::Ban => self.bans.insert(*user),
                _ => self.bans.remove(user),
            };
            return need(has_changed, "a ban that changes nothing").map(|()| Vec::new());
        };
        need(actor > standing.role, "an act upon one of no lower role")?;
        match act {
            Moderation::Role { role } => {
                let may_give = *role < actor || actor == Role::Owner;
                need(may_give, "a role that is not below the giver's")?;
                let mut changes = vec![self.put(*user, Standing { role: *role, ..standing })];
                if *role == Role::Owner {
                    let giver = self.members[&stamp.by];
                    changes.push(self.put(stamp.by, Standing { role: Role::Moderator, ..giver }));
                }
                Ok(changes)
            }
            Moderation::Kick => Ok(vec![self.remove(*user)]),
            Moderation::Ban => {
                self.bans.insert(*user);
                Ok(vec![self.remove(*user)])
            }
            Moderation::Unban => Err("a member was banned"),
            Moderation::Mute { until } => {
                Ok(vec![self.put(*user, Standing { muted_until: Some(*until), ..standing })])
            }
            Moderation::Unmute => {
                Ok(vec![self.put(*user, Standing { muted_until: None, ..standing })])
            }
        }
    }

    fn change(&mut self, changed: &Changed) -> Result<(), Breach> {
        let Changed { stamp, change } = changed;
        let Change { name, topic, slow_ms, archived } = change.clone();
        let needed = if archived.is_some() { Role::Owner } else { Role::Moderator };
        need(self.role(stamp.by) >= Some(needed), "settings by one who may not")?;
        let before = self.settings.clone();
        self.settings.name = name.unwrap_or(before.name.clone());
        self.settings.topic = topic.unwrap_or(before.topic.clone());
        self.settings.slow_ms = slow_ms.unwrap_or(before.slow_ms);
        self.settings.archived = archived.unwrap_or(before.archived);
        need(self.settings != before, "settings that change nothing")
    }

    fn put(&mut self, user: UserId, standing: Standing) -> (UserId, Option<Role>) {
        self.members.insert(user, standing);
        (user, Some(standing.role))
    }

    fn remove(&mut self, user: UserId) -> (UserId, Option<Role>) {
        self.members.remove(&user);
        (user, None)
    }
}

fn need(holds: bool, breach: Breach) -> Result<(), Breach> {
    if holds { Ok(()) } else { Err(breach) }
}
