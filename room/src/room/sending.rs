//! Messages: what a send must be, and what it changes.

use protocol::limits::ATTACHMENTS_MAX;
use protocol::{
    Attachment, AttachmentId, Body, Denial, DeviceId, Entry, Key, Mentions, Message, Nonce,
    Refusal, Send, Seq, Stamp, Timestamp, UserId,
};

use super::Room;
use super::rights::Kind;
use crate::effect::{Effects, Write};
use crate::message::MessageState;
use crate::nonces::LastSend;

impl Room {
    pub(super) fn send(
        &mut self,
        now: Timestamp,
        (user, device): (UserId, DeviceId),
        send: Send,
    ) -> Result<(), Denial> {
        let Send { nonce, body, reply_to, thread, attachments } = send;
        self.need_fresh(user, device, nonce)?;
        check_body(&body, !attachments.is_empty())?;
        self.may_send(now, user, Kind::Message)?;
        self.may_speak_again(now, user)?;
        let mentions = Mentions::of(&body);
        self.may_mention(user, &mentions)?;
        if let Some(target) = reply_to {
            self.need_message(target)?;
        }
        if let Some(root) = thread
            && self.need_message(root)?.thread.is_some()
        {
            return Err(Refusal::NoSuchThread.into());
        }
        let attachments = self.need_uploads(user, &attachments)?;

        let key = Key { device, nonce };
        let (text, files) = (body.clone(), attachments.iter().map(|file| file.id).collect());
        let message = |stamp| Message { stamp, key, body, reply_to, thread, attachments };
        let seq = self.append(now, (user, key), true, |stamp| Entry::Message(message(stamp)))?;
        self.typing.set(now, user, false);
        let state = MessageState::new(seq, user, thread, text);
        self.said(MessageState { attachments: files, ..state }, &mentions);
        Ok(())
    }

    /// Appends what a session sent, and remembers the send.
    pub(super) fn append(
        &mut self,
        now: Timestamp,
        (user, key): (UserId, Key),
        speaks: bool,
        entry: impl FnOnce(Stamp) -> Entry,
    ) -> Result<Seq, Refusal> {
        let seq = self.record(now, (user, key), speaks, entry)?;
        self.sends.charge(now, user);
        if let Some(waiting) = self.log.waiting() {
            waiting.arrivals.push(now);
        }
        Ok(seq)
    }

    /// The same, of what costs its sender nothing.
    pub(super) fn record(
        &mut self,
        now: Timestamp,
        (user, key): (UserId, Key),
        speaks: bool,
        entry: impl FnOnce(Stamp) -> Entry,
    ) -> Result<Seq, Refusal> {
        self.log.accept(now, user, entry)?;
        let seq = self.log.head();
        let spoke_at = if speaks { now } else { Timestamp::default() };
        let (device, nonce) = (key.device, key.nonce);
        self.nonces.record(LastSend { user, device, nonce, seq, spoke_at });
        Ok(seq)
    }

    pub(super) fn need_fresh(
        &self,
        user: UserId,
        device: DeviceId,
        nonce: Nonce,
    ) -> Result<(), Refusal> {
        let is_stale = self.nonces.last(user, device) >= Some(nonce);
        if is_stale { Err(Refusal::StaleNonce) } else { Ok(()) }
    }

    /// A message that was not erased (rules MS1 and AM1).
    pub(super) fn need_message(&self, seq: Seq) -> Result<&MessageState, Refusal> {
        let state = self.messages.get(seq).ok_or(Refusal::NoSuchMessage)?;
        if state.redacted_by.is_some() { Err(Refusal::IsRedacted) } else { Ok(state) }
    }

    /// Stores `write` with what waits, or at once if nothing does: never before what was decided
    /// earlier.
    pub(super) fn write(&mut self, write: Write, effects: &mut Effects) {
        match self.log.waiting() {
            Some(waiting) => waiting.writes.push(write),
            None => effects.write(vec![write]),
        }
    }

    /// Stores `write` with what waits.
    pub(super) fn also(&mut self, write: Write) {
        if let Some(waiting) = self.log.waiting() {
            waiting.writes.push(write);
        }
    }

    fn said(&mut self, state: MessageState, mentions: &Mentions) {
        let MessageState { seq, by, .. } = state;
        self.has_said(state);
        self.read(by, seq);
        let mentioned = self.mentioned(by, mentions);
        self.inboxes.said(seq, by, mentioned);
    }

    /// The entry that was just accepted is a message.
    pub(super) fn has_said(&mut self, state: MessageState) {
        let MessageState { seq, thread, .. } = state;
        for attachment in state.attachments.clone() {
            self.also(Write::Attached { attachment, seq });
        }
        // A log that is told again may begin within a thread.
        if let Some(root) = thread.filter(|root| self.messages.get(*root).is_some()) {
            self.also(Write::Reply { thread: root, seq });
            self.messages.amend(root, |root| {
                root.replies = root.replies.saturating_add(1);
                root.last_reply = Some(seq);
            });
        }
        self.messages.said(state);
    }

    /// Who is told of being mentioned (rule IB2): whoever is named, because the session that is
    /// live may be on another device than the person, and with all members those who are away.
    fn mentioned(&self, by: UserId, mentions: &Mentions) -> Vec<UserId> {
        // Most messages mention nobody, and a room may have many members.
        let all = mentions.room.then(|| self.away()).into_iter().flatten();
        let named = mentions.users.iter().copied();
        all.chain(named).filter(|user| *user != by).collect()
    }

    /// The members without a live session: the others see what is said.
    fn away(&self) -> impl Iterator<Item = UserId> {
        let users = self.roster.all().map(|member| member.user);
        users.filter(|user| !self.presence.is_here(*user))
    }

    fn need_uploads(&self, user: UserId, ids: &[AttachmentId]) -> Result<Vec<Attachment>, Refusal> {
        if ids.len() > ATTACHMENTS_MAX {
            return Err(Refusal::TooManyAttachments);
        }
        let is_twice = ids.iter().enumerate().any(|(n, id)| ids.iter().take(n).any(|i| i == id));
        let find = |id: &AttachmentId| self.messages.upload(user, *id).cloned();
        let found: Option<Vec<Attachment>> = ids.iter().map(find).collect();
        found.filter(|_| !is_twice).ok_or(Refusal::NoSuchAttachment)
    }
}

/// Whether `body` may be a message's (rules SE3 and MS3).
pub(super) fn check_body(body: &str, has_attachments: bool) -> Result<(), Refusal> {
    match Body::check(body) {
        Err(Refusal::BodyEmpty) if has_attachments => Ok(()),
        checked => checked,
    }
}
