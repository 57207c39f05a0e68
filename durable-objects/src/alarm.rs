//! The one alarm of a room: what must happen later, whether or not the room is awake then.

use std::cell::Cell;
use std::rc::Rc;

use protocol::Timestamp;
use protocol::limits::{INDEX_ENTRIES, UPLOAD_MS_MAX};
use room::{Commit, Input, Write};

use crate::room_object::Shell;
use crate::store::{Store, StoreError};
use crate::{clock, outbox, sockets};

/// Milliseconds after which something that did not succeed is tried again.
pub(crate) const RETRY_MS: u64 = 15_000;

/// Milliseconds after which uploads that could not be given up yet are looked at again.
const AGAIN_MS: u64 = 1_000;

/// Blocks that one alarm indexes: tens of milliseconds, in which the room does nothing else.
const BLOCKS_PER_ALARM: usize = 4;

/// Uploads that one alarm gives up.
const UPLOADS_PER_ALARM: usize = 500;

/// Entries after which to look whether the index is due.
const LOOK_ENTRIES: u64 = INDEX_ENTRIES / 8;

/// What this instance knows of the alarm.
#[derive(Debug, Default)]
pub(crate) struct Alarm {
    /// What it is set for; `None` if this instance did not set it.
    set_for: Cell<Option<Timestamp>>,
    /// The index is not filled up before.
    index_from: Cell<Timestamp>,
}

impl Shell {
    /// Sets the alarm for what `commit`, which was just stored, leaves to be done later. It is part
    /// of the same turn, so a crash cannot come between the two.
    pub(crate) fn arm_for(&self, commit: &Commit) -> Result<(), StoreError> {
        let is_later = |write: &Write| {
            matches!(write, Write::Notice(_) | Write::Upload(_) | Write::Expire { .. })
        };
        let is_index = commit.chunk.as_ref().is_some_and(|chunk| {
            let step = |seq: u64| seq / LOOK_ENTRIES;
            step(chunk.last_seq.get()) != step(chunk.first_seq.back(1).get())
        });
        if commit.writes.iter().any(is_later) || is_index {
            self.arm()?;
        }
        Ok(())
    }

    /// Makes sure that the alarm rings when the next thing is due.
    #[inline(never)]
    pub(crate) fn arm(&self) -> Result<(), StoreError> {
        let now = clock::now();
        let notices = self.store.next_notice_at()?.map(|at| self.delivery.look_at(now, at));
        let (mut index, mut uploads) = (None, None);
        if self.store.deleted()?.is_none() {
            index = self.store.index_is_due()?.then(|| self.alarm.index_from.get().max(now));
            // One that is due already could not be given up a moment ago.
            let expiry = |at: Timestamp| at.plus_ms(UPLOAD_MS_MAX).max(now.plus_ms(AGAIN_MS));
            uploads = self.store.oldest_upload()?.map(expiry);
        }
        let ends = self.room.borrow().as_ref().and_then(room::Room::next_end);
        let report = self.meter.next_ring(now);
        if let Some(at) = [notices, index, uploads, ends, report].into_iter().flatten().min() {
            self.ring_at(now, at);
        }
        Ok(())
    }

    /// Makes sure that the alarm rings at `at` or earlier.
    pub(crate) fn ring_at(&self, now: Timestamp, at: Timestamp) {
        // One that should have rung was set by a clock that went back, or is ringing now.
        let set_for = self.alarm.set_for.get().filter(|set_for| *set_for > now);
        if set_for.is_none_or(|set_for| at < set_for) {
            self.alarm.set_for.set(Some(at));
            self.meter.rings_at(at);
            sockets::arm_alarm(&self.state.storage(), at.0);
        }
    }
}

/// Does what is due.
pub(crate) async fn rang(shell: &Rc<Shell>) {
    shell.alarm.set_for.set(None);
    if shell.is_there().is_ok() {
        shell.meter.rang();
    }
    shell.input_or_log(Input::Woke);
    if let Err(error) = expire(shell) {
        shell.log("room_uploads", &error);
    }
    outbox::start(shell).await;
    if let Err(error) = index(shell) {
        shell.log("room_index", &error);
        shell.alarm.index_from.set(clock::now().plus_ms(RETRY_MS));
    }
    if let Err(error) = shell.arm() {
        shell.log("room_alarm", &error);
        let now = clock::now();
        shell.ring_at(now, now.plus_ms(RETRY_MS));
    }
}

fn expire(shell: &Shell) -> Result<(), StoreError> {
    // A message that waits for a flush may be the one that a file comes with.
    if !shell.is_there()? || !shell.is_flushed()? {
        return Ok(());
    }
    let before = Timestamp(clock::now().0.saturating_sub(UPLOAD_MS_MAX));
    shell.store.expire_uploads(before, UPLOADS_PER_ALARM)
}

fn index(shell: &Shell) -> Result<(), StoreError> {
    if !shell.is_there()? {
        return Ok(());
    }
    for _ in 0..BLOCKS_PER_ALARM {
        if !shell.store.index_block()? {
            break;
        }
    }
    Ok(())
}
