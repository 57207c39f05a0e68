//! What a client knows of its room beside the entries themselves.

use protocol::{
    Change, Entry, Limits, Moderate, Moderation, Pin, ReadStep, Role, RoomInfo, Seq, Welcome, You,
};

/// What `welcome` told, folded with the entries after it.
#[derive(Debug, Default)]
pub(crate) struct About {
    pub(crate) room: Option<RoomInfo>,
    pub(crate) you: Option<You>,
    pub(crate) members: u32,
    pub(crate) online: u32,
    pub(crate) limits: Option<Limits>,
    /// The pinned messages, in the order of the log.
    pub(crate) pins: Vec<Seq>,
    pub(crate) receipts: Vec<ReadStep>,
    /// The last erasure.
    pub(crate) revision: Seq,
    /// The oldest entry that did not expire; zero if none did.
    pub(crate) first: Seq,
    /// The last entry that is counted in all this.
    pub(crate) head: Seq,
}

impl About {
    pub(crate) fn welcome(&mut self, welcome: Welcome) {
        *self = Self {
            room: Some(welcome.room),
            you: Some(welcome.you),
            members: welcome.members,
            online: welcome.online,
            limits: Some(welcome.limits),
            pins: welcome.pins,
            receipts: welcome.receipts,
            revision: welcome.revision,
            first: welcome.first.unwrap_or_default(),
            head: welcome.head,
        };
    }

    /// Folds an entry of the live stream, unless `welcome` counted it.
    pub(crate) fn entry(&mut self, seq: Seq, entry: Option<&Entry>) {
        if seq <= self.head {
            return;
        }
        self.head = seq;
        match entry {
            Some(Entry::Join(_)) => self.members = self.members.saturating_add(1),
            Some(Entry::Leave(_)) => self.members = self.members.saturating_sub(1),
            Some(Entry::Moderate(moderate)) => self.moderate(moderate),
            Some(Entry::Settings(changed)) => self.change(&changed.change),
            Some(Entry::Pin(Pin { target, on, .. })) => self.pin(*target, *on),
            Some(Entry::Redact(redact)) => {
                self.revision = seq;
                self.pin(redact.target, false);
            }
            Some(Entry::Message(_) | Entry::Edit(_) | Entry::React(_) | Entry::Redacted(_))
            | None => {}
        }
    }

    fn moderate(&mut self, moderate: &Moderate) {
        let Moderate { stamp, user, act } = moderate;
        if matches!(act, Moderation::Kick | Moderation::Ban) {
            self.members = self.members.saturating_sub(1);
        }
        let Some(you) = &mut self.you else { return };
        let is_mine = you.user == *user;
        match *act {
            Moderation::Mute { until } if is_mine => you.muted_until = Some(until),
            Moderation::Unmute if is_mine => you.muted_until = None,
            Moderation::Role { role } if is_mine => you.role = role,
            // Who makes another the owner is a moderator from then on (rule MB8).
            Moderation::Role { role: Role::Owner } if you.user == stamp.by => {
                you.role = Role::Moderator;
            }
            // A session of who is kicked or banned ends, with a close code that says so.
            Moderation::Mute { .. }
            | Moderation::Unmute
            | Moderation::Role { .. }
            | Moderation::Kick
            | Moderation::Ban
            | Moderation::Unban => {}
        }
    }

    fn change(&mut self, change: &Change) {
        let Some(room) = &mut self.room else { return };
        if let Some(name) = &change.name {
            room.name.clone_from(name);
        }
        if let Some(topic) = &change.topic {
            room.topic.clone_from(topic);
        }
        room.slow_ms = change.slow_ms.unwrap_or(room.slow_ms);
        room.archived = change.archived.unwrap_or(room.archived);
    }

    fn pin(&mut self, target: Seq, on: bool) {
        self.pins.retain(|pin| *pin != target);
        if on {
            let place = self.pins.partition_point(|pin| *pin < target);
            self.pins.insert(place, target);
        }
    }
}
