//! What a user said goes, whoever asks (rules ER1 to ER4).

use protocol::archive::ERASED_NAME;
use protocol::id::ID_RANDOM_BYTES;
use protocol::{DeviceId, Entry, Key, Nonce, Redact, Refusal, Seq, Timestamp, UserId};

use super::Room;
use crate::effect::{Ban, Effects, Write};
use crate::message::MessageState;
use crate::roster::Member;

/// A batch of what a user said.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Said {
    /// Messages that were not erased.
    pub messages: Vec<MessageState>,
    /// Other entries whose lines hold words of the user, or the name.
    pub lines: Vec<Seq>,
    /// Whether the name goes, too: this is the last batch.
    pub is_last: bool,
    /// The user's ban, if there is one.
    pub ban: Option<Ban>,
}

impl Room {
    /// Erases what `user` said, as `redact` by that user would.
    pub(super) fn erase_user(
        &mut self,
        now: Timestamp,
        user: UserId,
        said: Said,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        self.need_no_hold()?;
        // So that what is erased is in storage.
        self.flush(now, effects);
        let Said { messages, lines, is_last, ban } = said;
        let targets: Vec<Seq> = messages.iter().map(|state| state.seq).collect();
        for state in messages {
            self.messages.said(state);
        }
        for target in targets {
            if self.need_message(target).is_ok_and(|state| state.by == user) {
                self.erase_message(now, user, target)?;
            }
        }
        if let Some((&target, edits)) = lines.split_first() {
            self.revision = self.log.head();
            let (edits, revision) = (edits.to_vec(), self.revision);
            self.write(Write::Erase { target, edits, revision }, effects);
        }
        if is_last {
            self.erase_name(user, ban, effects);
        }
        self.flush(now, effects);
        Ok(())
    }

    fn erase_message(&mut self, now: Timestamp, user: UserId, target: Seq) -> Result<(), Refusal> {
        let device = DeviceId::from_random([0; ID_RANDOM_BYTES]);
        // It rises in every room, and nothing has to be remembered for that.
        let nonce = self.log.head().next().ok_or(Refusal::LogFull)?.get();
        let key = Key { device, nonce: Nonce::try_from(nonce).unwrap_or_default() };
        self.record(now, (user, key), false, |stamp| Entry::Redact(Redact { stamp, key, target }))?;
        self.redacted(user, target);
        Ok(())
    }

    fn erase_name(&mut self, user: UserId, ban: Option<Ban>, effects: &mut Effects) {
        let name = || ERASED_NAME.to_owned();
        if let Some(member) = self.member(user).filter(|member| member.name != ERASED_NAME) {
            let member = Member { name: name(), ..member.clone() };
            self.roster.put(member.clone());
            self.write(Write::Member(member), effects);
        }
        if let Some(ban) = ban.filter(|ban| ban.user == user && self.is_banned(user)) {
            self.write(Write::Ban(Ban { name: name(), ..ban }), effects);
        }
    }
}
