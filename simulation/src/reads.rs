//! How far the members have read: what they said, and what the room made of it.

use std::collections::BTreeMap;

use protocol::{ReadStep, Seq, UserId};
use room::{Member, Room};

use crate::invariant::{Check, Invariant};

/// How far the members have read.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    /// The furthest that anybody said; the room may know less after a crash, but never more.
    said: BTreeMap<UserId, Seq>,
    /// What the room knew last.
    known: BTreeMap<UserId, Seq>,
}

impl Reads {
    /// `user` says, or shows by writing, to have read up to `seq`.
    pub(crate) fn said(&mut self, user: UserId, seq: Seq) {
        let before = self.said.entry(user).or_default();
        *before = seq.max(*before);
    }

    /// `user` is not a member any more.
    pub(crate) fn left(&mut self, user: UserId) {
        self.said.remove(&user);
        self.known.remove(&user);
    }

    /// The machine died: what was not stored is lost.
    pub(crate) fn crashed(&mut self) {
        self.known.clear();
    }

    /// Looks at what the room knows now: it never goes back while nothing crashes (rule RC1), and
    /// is never more than was said (rule RC4).
    pub(crate) fn look(&mut self, room: &Room) -> Check {
        for Member { user, read, .. } in room.members_after(None) {
            let before = self.known.insert(*user, *read).unwrap_or_default();
            Invariant::ReadsRise.check(*read >= before, || {
                format!("{user} fell back from {} to {}", before.get(), read.get())
            })?;
            let said = self.said.get(user).copied().unwrap_or_default();
            Invariant::ReceiptsTrue.check(*read <= said, || {
                format!("{user} has read {}, and said {}", read.get(), said.get())
            })?;
        }
        Ok(())
    }

    /// Judges what a room tells of its readers (rule RC2).
    pub(crate) fn judge(&self, steps: &[ReadStep]) -> Check {
        for ReadStep { seq, readers } in steps {
            let most = self.said.values().filter(|said| *said >= seq).count();
            Invariant::ReceiptsTrue.check(*readers as usize <= most, || {
                format!("{readers} have read {}, of {most} who said so", seq.get())
            })?;
        }
        let is_falling = steps.is_sorted_by(|a, b| a.seq > b.seq && a.readers < b.readers);
        Invariant::ReceiptsTrue.check(is_falling, || format!("{steps:?} are no steps"))
    }
}
