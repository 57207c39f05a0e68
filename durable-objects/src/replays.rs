//! The last replay, kept for those who ask for the same.
//!
//! When a deploy or a broken cable cuts off everybody, a thousand clients come back within seconds
//! and lack the same entries. The first of them costs reading the rows; the others cost a frame.

use std::cell::RefCell;

use protocol::limits::REPLAY_FRAME_BYTES;
use protocol::{Seq, Timestamp};
use room::{Commit, Write};

use crate::sockets::Text;
use crate::store::{Store, StoreError};

/// How many chunks are read at once: at most a few megabytes in memory.
const CHUNKS_PER_READ: usize = 16;

/// Milliseconds after which a replay that nobody asked for again is dropped.
const KEPT_MS: u64 = 5_000;

/// What was replayed last.
#[derive(Debug, Default)]
pub(crate) struct Replays(RefCell<Option<Replay>>);

/// The stored text after an entry, in frames.
#[derive(Debug)]
struct Replay {
    after: Seq,
    upto: Seq,
    frames: Vec<Text>,
    /// What does not fill a frame yet, and the same as the runtime holds it.
    rest: String,
    rest_frame: Option<Text>,
    asked_at: Timestamp,
}

impl Replays {
    /// Everything that is stored after `after`, in frames of about [`REPLAY_FRAME_BYTES`].
    pub(crate) fn after(
        &self,
        now: Timestamp,
        store: &impl Store,
        after: Seq,
    ) -> Result<Vec<Text>, StoreError> {
        let kept = self.0.take().filter(|kept| kept.after == after);
        let mut replay = kept.unwrap_or_else(|| Replay::new(after));
        replay.asked_at = now;
        replay.read_on(store)?;
        let frames = replay.frames();
        self.0.replace(Some(replay));
        Ok(frames)
    }

    /// Forgets what `commit` makes untrue, and what is of no more use.
    pub(crate) fn stored(&self, commit: &Commit, now: Timestamp) {
        let changes = |write: &Write| {
            matches!(write, Write::Erase { .. } | Write::Expire { .. } | Write::Everything)
        };
        let is_of_use = |kept: &Replay| now.ms_since(kept.asked_at) < KEPT_MS;
        let mut kept = self.0.borrow_mut();
        if commit.writes.iter().any(changes) || !kept.as_ref().is_some_and(is_of_use) {
            *kept = None;
        }
    }

    /// Forgets everything.
    pub(crate) fn forget(&self) {
        self.0.take();
    }
}

impl Replay {
    fn new(after: Seq) -> Self {
        Self {
            after,
            upto: after,
            frames: Vec::new(),
            rest: String::new(),
            rest_frame: None,
            asked_at: Timestamp::default(),
        }
    }

    /// Adds what was stored since.
    fn read_on(&mut self, store: &impl Store) -> Result<(), StoreError> {
        loop {
            let chunks = store.chunks_after(self.upto, CHUNKS_PER_READ)?;
            let Some(last) = chunks.last() else { return Ok(()) };
            self.upto = last.last_seq;
            self.rest_frame = None;
            for chunk in &chunks {
                if !self.rest.is_empty() {
                    self.rest.push('\n');
                }
                self.rest.push_str(&chunk.lines);
                if self.rest.len() > REPLAY_FRAME_BYTES {
                    self.frames.push(Text::new(&self.rest));
                    self.rest.clear();
                }
            }
        }
    }

    fn frames(&mut self) -> Vec<Text> {
        if self.rest_frame.is_none() && !self.rest.is_empty() {
            self.rest_frame = Some(Text::new(&self.rest));
        }
        self.frames.iter().chain(&self.rest_frame).cloned().collect()
    }
}
