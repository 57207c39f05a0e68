//! The one function that turns effects into I/O.

use protocol::{Seq, SessionId, Timestamp};
use room::{Commit, Effect, Effects, Write};

use crate::room_object::Shell;
use crate::store::{Store, StoreError};
use crate::{clock, outbox};

/// Milliseconds that a timer may keep the room awake; what must happen later needs an alarm.
const TIMER_MS_MAX: u64 = 10_000;

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
                Effect::Serve { wave, frame } => dead.extend(self.sockets.serve(wave, &frame)),
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
        self.replays.stored(commit, clock::now());
        self.arm_for(commit)?;
        let is_notice = |write: &Write| matches!(write, Write::Notice(_) | Write::Expire { .. });
        if commit.writes.iter().any(is_notice)
            && let Some(shell) = self.me.upgrade()
        {
            // It begins after this turn, and nobody needs to wait for it.
            drop(outbox::start(&shell));
        }
        Ok(())
    }

    /// Sends stored text as it is (rule RP3).
    fn replay(&self, session: SessionId, after: Seq) -> Result<(), StoreError> {
        for frame in self.replays.after(clock::now(), &self.store, after)? {
            self.sockets.send_text(session, &frame);
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
