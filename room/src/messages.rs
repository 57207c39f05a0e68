//! The messages that waiting entries touch: what storage knows of them, ahead by what waits.

use protocol::ordered::{Map, Set};

use protocol::{Attachment, AttachmentId, Seq, UserId};

use crate::input::Known;
use crate::message::MessageState;

/// What is known of messages until everything is stored; then storage knows it.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    states: Map<Seq, MessageState>,
    /// Those of which storage knows another state.
    changed: Set<Seq>,
    /// The reactions of a member to a message.
    reactions: Map<(Seq, UserId), Set<String>>,
    uploads: Map<(UserId, AttachmentId), Attachment>,
    /// The uploads that waiting messages use.
    used: Set<AttachmentId>,
}

impl Messages {
    /// Learns what storage knows of `asked`, unless it is known better.
    pub(crate) fn learn(&mut self, user: UserId, asked: &[Seq], known: Known) {
        for seq in asked {
            self.reactions.or_insert_with((*seq, user), Set::default);
        }
        for (seq, emoji) in known.reactions {
            self.reactions.or_insert_with((seq, user), Set::default).insert(emoji);
        }
        for state in known.messages {
            self.states.or_insert_with(state.seq, || state);
        }
        for upload in known.uploads {
            self.uploads.insert((user, upload.id), upload);
        }
    }

    /// Whether nothing about `seq` has to be learned to judge what `user` does to it.
    pub(crate) fn knows(&self, seq: Seq, user: UserId) -> bool {
        self.states.contains_key(&seq) && self.reactions.contains_key(&(seq, user))
    }

    pub(crate) fn get(&self, seq: Seq) -> Option<&MessageState> {
        self.states.get(&seq)
    }

    /// A message was said.
    pub(crate) fn said(&mut self, state: MessageState) {
        self.used.extend(state.attachments.iter().copied());
        self.states.insert(state.seq, state);
    }

    /// Changes the state of a message.
    pub(crate) fn amend(&mut self, seq: Seq, amend: impl FnOnce(&mut MessageState)) {
        if let Some(state) = self.states.get_mut(&seq) {
            amend(state);
            self.changed.insert(seq);
        }
    }

    pub(crate) fn has_reacted(&self, seq: Seq, user: UserId, emoji: &str) -> bool {
        self.reactions.get(&(seq, user)).is_some_and(|given| given.contains(emoji))
    }

    /// A member reacted, or took that back.
    pub(crate) fn react(&mut self, seq: Seq, user: UserId, emoji: &str, on: bool) {
        let given = self.reactions.or_insert_with((seq, user), Set::default);
        if on {
            given.insert(emoji.to_owned());
        } else {
            given.remove(emoji);
        }
        self.amend(seq, |state| count(&mut state.reactions, emoji, on));
    }

    /// The reactions to a message are gone.
    pub(crate) fn forget_reactions(&mut self, seq: Seq) {
        self.reactions.retain(|(of, _), given| {
            if *of == seq {
                given.clear();
            }
            true
        });
    }

    /// An upload of `user` that no message uses.
    pub(crate) fn upload(&self, user: UserId, id: AttachmentId) -> Option<&Attachment> {
        self.uploads.get(&(user, id)).filter(|_| !self.used.contains(&id))
    }

    /// The states that storage does not know; it will.
    pub(crate) fn take_changed(&mut self) -> Vec<MessageState> {
        let changed = std::mem::take(&mut self.changed);
        changed.into_iter().filter_map(|seq| self.states.get(&seq).cloned()).collect()
    }

    /// Everything is stored.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }
}

fn count(reactions: &mut Vec<(String, u32)>, emoji: &str, on: bool) {
    match reactions.iter_mut().find(|(known, _)| known == emoji) {
        Some((_, n)) if on => *n = n.saturating_add(1),
        Some((_, n)) => *n = n.saturating_sub(1),
        None if on => reactions.push((emoji.to_owned(), 1)),
        None => {}
    }
    reactions.retain(|(_, n)| *n > 0);
}
