//! The one function that turns effects into I/O.

use protocol::limits::REPLAY_FRAME_BYTES;
use protocol::{Seq, SessionId, Timestamp};
use room::{Commit, Effect, Effects, Write};

use crate::room_object::Shell;
use crate::store::{Store, StoreError};
use crate::{clock, outbox};

/// Milliseconds that a timer may keep the room awake; what must happen later needs an alarm.
const TIMER_MS_MAX: u64 = 10_000;

/// How many chunks are read at once for a replay: at most a few megabytes in memory.
const CHUNKS_PER_READ: usize = 16;

/// What a turn left to the shell.
#[derive(Debug, Default)]
pub(crate) struct Executed {
    /// The sessions whose sockets turned out to be dead.
    pub(crate) dead: Vec<SessionId>,
    /// Whether the room was deleted.
    pub(crate) is_gone: bool,
}

impl Shell {
    /// Carries out effects front to back, in one turn without `await`.
    pub(crate) fn execute(&self, effects: Effects) -> Result<Executed, StoreError> {
        let Executed { mut dead, mut is_gone } = Executed::default();
        for effect in effects.0 {
            match effect {
                Effect::Found { settings, epoch } => self.store.found(&settings, epoch)?,
                Effect::Commit(commit) => self.commit(&commit)?,
                Effect::Broadcast(frame) => dead.extend(self.sockets.broadcast(&frame)),
                Effect::Send { session, frame } => {
                    if !self.sockets.send(session, &frame) {
                        dead.push(session);
                    }
                }
                Effect::Replay { session, after } => self.replay(session, after)?,
                Effect::Keep { session, state } => self
                    .sockets
                    .keep(session, &state)
                    .map_err(|error| StoreError::Sql(error.to_string()))?,
                Effect::Close { session, code } => self.sockets.close(session, code),
                Effect::Answer { request, answer } => {
                    if let Some(sender) = self.waiting.borrow_mut().remove(&request) {
                        // Whoever asked may have gone away.
                        let _ = sender.send(answer);
                    }
                }
                Effect::WakeAt(at) => self.wake_at(at),
                Effect::Gone => is_gone = true,
            }
        }
        Ok(Executed { dead, is_gone })
    }

    fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        self.store.commit(commit)?;
        self.arm_for(commit)?;
        let is_notice = |write: &Write| matches!(write, Write::Notice(_));
        if commit.writes.iter().any(is_notice)
            && let Some(shell) = self.me.upgrade()
        {
            // It begins after this turn, and nobody needs to wait for it.
            drop(outbox::start(&shell));
        }
        Ok(())
    }

    /// Sends stored text as it is, in frames of about [`REPLAY_FRAME_BYTES`] (rule RP3).
    fn replay(&self, session: SessionId, mut after: Seq) -> Result<(), StoreError> {
        let mut frame = String::new();
        loop {
            let chunks = self.store.chunks_after(after, CHUNKS_PER_READ)?;
            let Some(last) = chunks.last() else { break };
            after = last.last_seq;
            for chunk in &chunks {
                if !frame.is_empty() {
                    frame.push('\n');
                }
                frame.push_str(&chunk.lines);
                if frame.len() > REPLAY_FRAME_BYTES {
                    self.sockets.send(session, &frame);
                    frame.clear();
                }
            }
        }
        if !frame.is_empty() {
            self.sockets.send(session, &frame);
        }
        Ok(())
    }

    /// The room asks for nothing later than [`TIMER_MS_MAX`]; if a clock was set back it looks so,
    /// and it is asked again in time.
    fn wake_at(&self, at: Option<Timestamp>) {
        match at {
            None => self.timer.clear(),
            Some(at) => self.timer.set(at.ms_since(clock::now()).min(TIMER_MS_MAX)),
        }
    }
}
