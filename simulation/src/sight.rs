//! What people see, compared with what the log makes of every message.

use client::{Item, MessageItem, More, Phase};
use protocol::{Entry, Seq, UserId};

use crate::fold::Folded;
use crate::invariant::{Check, Invariant};
use crate::world::World;

impl World {
    /// Whether a client has heard everything.
    pub(crate) fn is_level(&self, index: usize) -> bool {
        let client = &self.people[index].client;
        client.view().phase == Phase::Live && client.tip().get() == self.ledger.head()
    }

    /// Whoever is level sees of every message exactly what the log makes of it (rule AM1).
    pub(crate) fn check_sight(&self, index: usize) -> Check {
        if !self.is_level(index) || !self.is_member(index) {
            return Ok(());
        }
        let person = &self.people[index];
        let seqs: Vec<Seq> = person.client.items().map(|item| item.seq()).collect();
        if let (Some(first), Some(last)) = (seqs.first(), seqs.last()) {
            let want = self.ledger.shown(*first, *last);
            Invariant::SeenWhole.check(seqs == want, || {
                format!("person {index} sees {seqs:?} instead of {want:?}")
            })?;
        }
        for item in person.client.items() {
            self.check_item(index, item)?;
        }
        self.check_thread(index)?;
        self.check_room_seen(index)
    }

    fn check_item(&self, index: usize, item: &Item) -> Check {
        // What was seen before it expired may still be seen.
        if item.seq() <= self.ledger.expired {
            return Ok(());
        }
        let user = self.people[index].user;
        let entry = self.ledger.entry(item.seq());
        let is_so = match (item, entry) {
            (Item::Message(message), Some(Entry::Message(_))) => {
                let folded = self.ledger.fold.get(item.seq());
                folded.is_some_and(|folded| is_seen(message, folded, user))
            }
            (Item::Join(seen), Some(Entry::Join(join))) => seen == join,
            (Item::Leave(seen), Some(Entry::Leave(leave))) => seen == leave,
            (Item::Moderate(seen), Some(Entry::Moderate(moderate))) => seen == moderate,
            (Item::Settings(seen), Some(Entry::Settings(changed))) => seen == changed,
            _ => false,
        };
        Invariant::SeenTrue.check(is_so, || {
            let folded = self.ledger.fold.get(item.seq());
            format!("person {index} sees {item:?} instead of {folded:?}")
        })
    }

    /// The open thread, once a page of it is there, has no hole.
    fn check_thread(&self, index: usize) -> Check {
        let client = &self.people[index].client;
        let Some(thread) = client.view().thread.filter(|t| t.root > self.ledger.expired) else {
            return Ok(());
        };
        for item in client.thread_items() {
            self.check_item(index, item)?;
        }
        if thread.failed || matches!(thread.older, More::Loading | More::Failed) {
            return Ok(());
        }
        let seen = client.thread_items().map(|item| item.seq());
        let seen: Vec<Seq> = seen.filter(|seq| *seq != thread.root).collect();
        let first =
            if thread.older == More::None { Some(Seq::ZERO) } else { seen.first().copied() };
        let replies = self.ledger.fold.messages();
        let replies = replies.filter(|(_, message)| message.thread == Some(thread.root));
        let want: Vec<Seq> =
            replies.map(|(seq, _)| seq).filter(|seq| first.is_some_and(|f| *seq >= f)).collect();
        Invariant::SeenWhole
            .check(seen == want, || format!("person {index} sees {seen:?} of the thread {want:?}"))
    }

    /// Pins, settings and roles are as the log says.
    fn check_room_seen(&self, index: usize) -> Check {
        let person = &self.people[index];
        let view = person.client.view();
        let law = &self.ledger.law;
        let settings = &law.settings;
        let room = view.room.is_some_and(|room| {
            (&room.name, &room.topic) == (&settings.name, &settings.topic)
                && (room.slow_ms, room.archived) == (settings.slow_ms, settings.archived)
        });
        let role = view.you.map(|you| you.role) == law.role(person.user);
        let pins = view.pins.iter().copied().filter(|pin| *pin > self.ledger.expired);
        let pins = pins.eq(self.ledger.fold.pins());
        Invariant::RoomSeen.check(room && role && pins, || {
            let (you, pins) = (view.you, view.pins);
            format!("person {index} sees {:?}, {you:?} and pins {pins:?} of {law:?}", view.room)
        })
    }
}

/// Whether `user` sees what the log says.
fn is_seen(item: &MessageItem, folded: &Folded, user: UserId) -> bool {
    let is_erased = folded.redacted_by.is_some();
    let edited_at = folded.edited_at.filter(|_| !is_erased);
    let reactions = folded
        .reactions
        .iter()
        .map(|(emoji, users)| (emoji.as_str(), users.len(), users.contains(&user)));
    let seen = item.reactions.iter().map(|r| (r.emoji.as_str(), r.count as usize, r.mine));
    item.stamp.by == folded.by
        && item.body == folded.body
        && item.edited_at == edited_at
        && item.redacted_by == folded.redacted_by
        && item.thread == folded.thread
        && item.attachments.iter().map(|file| file.id).eq(folded.files.iter().copied())
        && item.pinned == folded.pinned
        && (item.replies, item.last_reply) == (folded.replies, folded.last_reply)
        && seen.eq(reactions)
}
