//! Amendments: edits, erasures, reactions and pins.

use protocol::limits::{EDITS_MAX, PINS_MAX, REACTION_KINDS_MAX};
use protocol::{
    Denial, DeviceId, Edit, Entry, Key, Mentions, Nonce, Pin, React, Redact, Refusal, Seq,
    Timestamp, UserId, emoji,
};

use super::Room;
use super::rights::Kind;
use super::sending::check_body;
use crate::effect::{Deed, DeedKind, Effects, Notice, Write};

impl Room {
    pub(super) fn edit(
        &mut self,
        now: Timestamp,
        (user, device): (UserId, DeviceId),
        nonce: Nonce,
        target: Seq,
        body: String,
    ) -> Result<(), Denial> {
        self.need_fresh(user, device, nonce)?;
        self.may_send(now, user, Kind::Edit)?;
        let state = self.need_message(target)?;
        if state.by != user {
            return Err(Refusal::NotYours.into());
        }
        check_body(&body, !state.attachments.is_empty())?;
        if state.body == body {
            return Err(Refusal::Unchanged.into());
        }
        if state.edits.len() >= EDITS_MAX {
            return Err(Refusal::TooManyEdits.into());
        }
        self.may_mention(user, &Mentions::of(&body))?;

        let (key, text) = (Key { device, nonce }, body.clone());
        self.append(now, (user, key), false, |stamp| {
            Entry::Edit(Edit { stamp, key, target, body })
        })?;
        self.edited(target, text);
        Ok(())
    }

    /// The entry that was just accepted edits a message.
    pub(super) fn edited(&mut self, target: Seq, body: String) {
        let (seq, at) = (self.log.head(), self.log.head_at());
        self.messages.amend(target, |state| {
            state.body = body;
            state.edits.push(seq);
            state.edited_at = Some(at);
        });
    }

    /// Erases a message (rules RD1 and RD2). What waits is stored first, so that what is erased is
    /// in storage.
    pub(super) fn redact(
        &mut self,
        now: Timestamp,
        (user, device): (UserId, DeviceId),
        nonce: Nonce,
        target: Seq,
        effects: &mut Effects,
    ) -> Result<(), Denial> {
        self.need_fresh(user, device, nonce)?;
        self.may_send(now, user, Kind::RedactOwn)?;
        self.need_no_hold()?;
        let state = self.need_message(target)?;
        let is_own = state.by == user;
        let last = state.edits.last().copied().unwrap_or(target).max(target);
        self.may_send(now, user, if is_own { Kind::RedactOwn } else { Kind::Redact })?;

        if last > self.log.stored_head() {
            self.flush(now, effects);
        }
        let key = Key { device, nonce };
        self.append(now, (user, key), false, |stamp| Entry::Redact(Redact { stamp, key, target }))?;
        self.redacted(user, target);
        Ok(())
    }

    /// The entry that was just accepted erases a message, which is stored.
    pub(super) fn redacted(&mut self, user: UserId, target: Seq) {
        let seq = self.log.head();
        let state = self.messages.get(target);
        let author = state.map(|state| state.by);
        let (edits, files) =
            state.map(|state| (state.edits.clone(), state.attachments.clone())).unwrap_or_default();
        self.revision = seq;
        self.pins.remove(&target);
        self.messages.forget_reactions(target);
        self.messages.amend(target, |state| {
            state.body.clear();
            state.attachments.clear();
            state.reactions.clear();
            state.pinned = false;
            state.redacted_by = Some(user);
        });
        self.also(Write::Erase { target, edits, revision: seq });
        if !files.is_empty() {
            self.also(Write::Notice(Notice::Files { files }));
        }
        if author.is_some_and(|author| author != user) {
            let deed = Deed::new(user, DeedKind::Redact, author);
            self.deed(Deed { target: Some(target), ..deed });
        }
    }

    pub(super) fn react(
        &mut self,
        now: Timestamp,
        (user, device): (UserId, DeviceId),
        nonce: Nonce,
        (target, emoji, on): (Seq, String, bool),
    ) -> Result<(), Denial> {
        self.need_fresh(user, device, nonce)?;
        emoji::check(&emoji)?;
        self.may_send(now, user, if on { Kind::React } else { Kind::Unreact })?;
        let state = self.need_message(target)?;
        if self.messages.has_reacted(target, user, &emoji) == on {
            return Err(Refusal::Unchanged.into());
        }
        let is_new = !state.reactions.iter().any(|(known, _)| *known == emoji);
        if is_new && state.reactions.len() >= REACTION_KINDS_MAX {
            return Err(Refusal::TooManyReactions.into());
        }

        let (key, given) = (Key { device, nonce }, emoji.clone());
        self.append(now, (user, key), false, |stamp| {
            Entry::React(React { stamp, key, target, emoji: given, on })
        })?;
        self.reacted(user, target, emoji, on);
        Ok(())
    }

    /// The entry that was just accepted reacts to a message, or takes that back.
    pub(super) fn reacted(&mut self, user: UserId, target: Seq, emoji: String, on: bool) {
        self.messages.react(target, user, &emoji, on);
        self.also(Write::Reaction { target, emoji, user, on });
    }

    pub(super) fn pin(
        &mut self,
        now: Timestamp,
        (user, device): (UserId, DeviceId),
        nonce: Nonce,
        target: Seq,
        on: bool,
    ) -> Result<(), Denial> {
        self.need_fresh(user, device, nonce)?;
        self.may_send(now, user, Kind::Pin)?;
        let state = self.need_message(target)?;
        if state.pinned == on {
            return Err(Refusal::Unchanged.into());
        }
        if on && self.pins.len() >= PINS_MAX {
            return Err(Refusal::TooManyPins.into());
        }

        let key = Key { device, nonce };
        self.append(now, (user, key), false, |stamp| Entry::Pin(Pin { stamp, key, target, on }))?;
        self.pinned(target, on);
        Ok(())
    }

    /// The entry that was just accepted pins a message, or unpins it.
    pub(super) fn pinned(&mut self, target: Seq, on: bool) {
        if on {
            self.pins.insert(target);
        } else {
            self.pins.remove(&target);
        }
        self.messages.amend(target, |state| state.pinned = on);
    }
}
