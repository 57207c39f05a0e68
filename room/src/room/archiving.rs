//! What the archive job asks: to fix what comes next, to note what it has, to forget what is old.

use protocol::archive::Fence;
use protocol::{Link, Refusal, Seq, Timestamp};

use super::Room;
use crate::archive::{Mark, Range};
use crate::effect::{Answer, Effect, Effects, Notice, Write};
use crate::input::{Archiving, RequestId};

impl Room {
    /// Does what the archive job asks, and stores what follows from it at once.
    pub(super) fn archiving(
        &mut self,
        now: Timestamp,
        request: RequestId,
        act: Archiving,
        effects: &mut Effects,
    ) {
        let before = self.archive;
        let mut writes = Vec::new();
        let decided = match act {
            Archiving::Seal { fence, next } => self.seal(fence, next),
            Archiving::Acknowledge { fence, to, link, next_at } => {
                self.acknowledge(fence, (to, link), next_at, &mut writes)
            }
            Archiving::Expire { fence, upto } => {
                self.expire(now, fence, upto, &mut writes, effects)
            }
            Archiving::Erase { fence, user, said } => {
                let heeded = self.heed(fence);
                heeded.and_then(|()| self.erase_user(now, user, said, effects))
            }
            Archiving::Hold { on } => {
                self.archive.hold = on;
                Ok(())
            }
            Archiving::Delete => self.end_of_all(now, effects),
        };
        if self.archive != before {
            writes.push(Write::Archive(self.archive));
        }
        effects.write(writes);
        let answer = decided.map(|()| Answer::Done).map_err(Into::into);
        effects.push(Effect::Answer { request, answer });
        if self.is_deleted {
            effects.push(Effect::Gone);
        }
    }

    /// Tells the index of rooms that a flush, which begins with an entry accepted at `at`, is not
    /// archived, unless it knows of another one (rule AR8).
    pub(super) fn tell_unarchived(&mut self, at: Timestamp, writes: &mut Vec<Write>) {
        if std::mem::take(&mut self.archive.is_drained) {
            writes.push(Write::Notice(Notice::Unarchived { seq: self.log.head(), at }));
            writes.push(Write::Archive(self.archive));
        }
    }

    /// Nothing is erased under a legal hold (rule EX6).
    pub(super) fn need_no_hold(&self) -> Result<(), Refusal> {
        if self.archive.hold { Err(Refusal::Held) } else { Ok(()) }
    }

    /// Fixes what is archived next, unless that is fixed (rules AR1 and AR2).
    fn seal(&mut self, fence: Fence, next: Option<Range>) -> Result<(), Refusal> {
        self.heed(fence)?;
        if self.archive.sealed.is_none() {
            self.archive.sealed = next.filter(|next| {
                Some(next.from) == self.archive.archived.seq.next()
                    && next.from <= next.to
                    && next.to <= self.log.stored_head()
            });
        }
        Ok(())
    }

    /// What is sealed is archived (rules AR4 and AR5).
    fn acknowledge(
        &mut self,
        fence: Fence,
        (to, link): (Seq, Link),
        next_at: Option<Timestamp>,
        writes: &mut Vec<Write>,
    ) -> Result<(), Refusal> {
        self.heed(fence)?;
        let archived = self.archive.archived;
        if to < archived.seq || (to, link) == (archived.seq, archived.link) {
            return Ok(());
        }
        let sealed = self.archive.sealed.filter(|_| to > archived.seq);
        if sealed.is_none() && to > archived.seq {
            return Err(Refusal::NothingSealed);
        }
        let is_it = |sealed: &Range| (sealed.to, sealed.link) == (to, link);
        let sealed = sealed.filter(is_it).ok_or(Refusal::LinkMismatch)?;
        self.archive.archived = Mark { seq: to, at: sealed.last_at, link };
        self.archive.sealed = None;
        let head = self.log.stored_head();
        self.archive.is_drained = to == head;
        if to < head {
            let at = next_at.unwrap_or(sealed.last_at);
            writes.push(Write::Notice(Notice::Unarchived { seq: head, at }));
        }
        Ok(())
    }

    /// Forgets what is old, as far as it is archived and nobody holds it (rules EX1 to EX5).
    fn expire(
        &mut self,
        now: Timestamp,
        fence: Fence,
        upto: Option<Seq>,
        writes: &mut Vec<Write>,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        self.heed(fence)?;
        let may_go = self.archive.expired.next()..=Some(self.archive.archived.seq);
        let Some(upto) = upto.filter(|upto| may_go.contains(&Some(*upto)) && !self.archive.hold)
        else {
            return Ok(());
        };
        // What waits may be about what goes.
        self.flush(now, effects);
        if self.log.take_checkpoint_after(upto) {
            writes.push(Write::Checkpoint(self.nonces.all().collect()));
        }
        let keeps_erasures = self.revision > self.archive.archived.seq;
        writes.push(Write::Expire { upto, keeps_erasures });
        self.archive.expired = upto;
        self.pins.retain(|pin| *pin > upto);
        let is_away = |user| !self.presence.is_here(user);
        self.inboxes.expired(upto, is_away);
        writes.extend(self.inboxes.take());
        Ok(())
    }

    /// Follows the highest fence: whoever has a lower one lost the lease (rule AR6).
    fn heed(&mut self, fence: Fence) -> Result<(), Refusal> {
        if fence < self.archive.fence {
            return Err(Refusal::Fenced);
        }
        self.archive.fence = fence;
        Ok(())
    }
}
