//! The log's end: what was accepted, what of it waits to be stored, and until when.

use protocol::codec::encode_entry;
use protocol::limits::{CHECKPOINT_ENTRIES, WINDOW_BYTES_MAX};
use protocol::{Entry, Epoch, Link, Refusal, Seq, Stamp, Timestamp, UserId};

use crate::effect::{Answer, Chunk, Write};
use crate::input::RequestId;
use crate::recent::{ChunkSize, Recent};
use crate::window::Window;

/// The end of a log.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) epoch: Epoch,
    /// The last accepted entry, stored or waiting.
    head: Seq,
    head_at: Timestamp,
    link: Link,
    window: Window,
    recent: Recent,
    checkpoint_seq: Seq,
    waiting: Option<Waiting>,
}

/// What one flush stores.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    first_seq: Seq,
    first_at: Timestamp,
    lines: String,
    /// What the entries change beside the log.
    pub(crate) writes: Vec<Write>,
    /// When the sends among them arrived.
    pub(crate) arrivals: Vec<Timestamp>,
    /// Who waits for the flush.
    pub(crate) answers: Vec<(RequestId, Answer)>,
}

impl Log {
    /// A log whose last stored entry is `head`.
    pub(crate) fn restore(
        epoch: Epoch,
        (head, head_at, link): (Seq, Timestamp, Link),
        checkpoint_seq: Seq,
        recent: Vec<ChunkSize>,
    ) -> Self {
        Self {
            epoch,
            head,
            head_at,
            link,
            window: Window::default(),
            recent: Recent::restore(recent),
            checkpoint_seq,
            waiting: None,
        }
    }

    /// The last accepted entry.
    pub(crate) fn head(&self) -> Seq {
        self.head
    }

    /// When it was accepted.
    pub(crate) fn head_at(&self) -> Timestamp {
        self.head_at
    }

    /// The last entry that is stored.
    pub(crate) fn stored_head(&self) -> Seq {
        self.waiting.as_ref().map_or(self.head, |waiting| waiting.first_seq.back(1))
    }

    /// Accepts the entry that `entry` makes of its stamp; time never decreases.
    pub(crate) fn accept(
        &mut self,
        now: Timestamp,
        by: UserId,
        entry: impl FnOnce(Stamp) -> Entry,
    ) -> Result<&mut Waiting, Refusal> {
        let seq = self.head.next().ok_or(Refusal::LogFull)?;
        let at = now.max(self.head_at);
        let line = encode_entry(&entry(Stamp { seq, at, by }));
        self.window.accepted(now);
        Ok(self.append(seq, at, self.link.then(&line), &line))
    }

    /// Takes an entry that was accepted before, with its line as it was stored; `None` if it does
    /// not follow.
    pub(crate) fn take_back(&mut self, line: &str, entry: &Entry) -> Option<&mut Waiting> {
        let seq = self.head.next().filter(|next| *next == entry.seq())?;
        let link = self.link.then_stored(line, entry)?;
        Some(self.append(seq, entry.at(), link, line))
    }

    fn append(&mut self, seq: Seq, at: Timestamp, link: Link, line: &str) -> &mut Waiting {
        self.head = seq;
        self.head_at = at;
        self.link = link;
        let waiting = self.waiting.get_or_insert_with(|| Waiting {
            first_seq: seq,
            first_at: at,
            ..Waiting::default()
        });
        if !waiting.lines.is_empty() {
            waiting.lines.push('\n');
        }
        waiting.lines.push_str(line);
        waiting
    }

    /// What waits, if anything does.
    pub(crate) fn waiting(&mut self) -> Option<&mut Waiting> {
        self.waiting.as_mut()
    }

    /// The hash chain after the last accepted entry.
    pub(crate) fn link(&self) -> Link {
        self.link
    }

    /// Whether `n_live` sessions that are told everything hear `per_s` entries in a second.
    pub(crate) fn is_crowded(&self, now: Timestamp, n_live: usize, per_s: u64) -> bool {
        let n_live = u64::try_from(n_live).unwrap_or(u64::MAX);
        self.window.pace(now).saturating_mul(n_live) >= per_s
    }

    /// When the window ends, whatever waits.
    pub(crate) fn rest_at(&self, now: Timestamp) -> Timestamp {
        self.window.rest_at(now)
    }

    /// Until when what waits may wait.
    pub(crate) fn due_at(&self, now: Timestamp) -> Option<Timestamp> {
        let waiting = self.waiting.as_ref()?;
        if waiting.lines.len() >= WINDOW_BYTES_MAX {
            return Some(now);
        }
        let n_waiting = self.head.since(waiting.first_seq).saturating_add(1);
        Some(self.window.due_at(now, n_waiting))
    }

    /// The room was called back.
    pub(crate) fn woke(&mut self, now: Timestamp) {
        self.window.woke(now);
    }

    /// When to call the room back, whether or not anything waits.
    pub(crate) fn wakes_at(&self) -> Option<Timestamp> {
        self.window.wakes_at()
    }

    /// A frame goes to one of `n_waves` parts of `n_live` sessions.
    pub(crate) fn sweeps(&mut self, now: Timestamp, n_live: usize, n_waves: u8) {
        self.window.flushed(now, n_live, n_waves);
    }

    /// Takes what waits, as the chunk to store.
    pub(crate) fn flush(&mut self) -> Option<(Chunk, Waiting)> {
        let mut waiting = self.waiting.take()?;
        let size = ChunkSize { first_seq: waiting.first_seq, n_bytes: waiting.lines.len() };
        self.recent.push(size, self.head);
        let chunk = Chunk {
            first_seq: waiting.first_seq,
            last_seq: self.head,
            first_at: waiting.first_at,
            last_at: self.head_at,
            lines: std::mem::take(&mut waiting.lines),
            link: self.link,
        };
        Some((chunk, waiting))
    }

    /// The seq after which the log fits into one replay, in bytes.
    pub(crate) fn replayable_after(&self) -> Seq {
        self.recent.first_that_fits().map_or(Seq::ZERO, |first| first.back(1))
    }

    /// Whether a checkpoint must be made because the sends up to `seq` will not be in the log; if
    /// so it counts as made. Nothing may wait.
    pub(crate) fn take_checkpoint_after(&mut self, seq: Seq) -> bool {
        let due = self.checkpoint_seq < seq;
        if due {
            self.checkpoint_seq = self.head;
        }
        due
    }

    /// Whether the flush that ends at the head carries a checkpoint; if so it counts as made.
    pub(crate) fn take_checkpoint(&mut self) -> bool {
        let due = self.head.since(self.checkpoint_seq) >= CHECKPOINT_ENTRIES;
        if due {
            self.checkpoint_seq = self.head;
        }
        due
    }
}
