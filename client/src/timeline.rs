//! The entries that a client holds: the live tail of the log, and an island if a person looks
//! elsewhere.

use std::sync::Arc;

use protocol::limits::{REPLAY_TAIL, TIMELINE_ENTRIES_MAX};
use protocol::{Entry, Epoch, Position, Seq, UserId};

use crate::item::{Item, Kept, amended};
use crate::recent::Recent;
use crate::segment::Segment;

/// Entries that stay at the tail when a person scrolls away from it.
#[expect(clippy::cast_possible_truncation, reason = "it is a hundred")]
const TAIL_ENTRIES: usize = REPLAY_TAIL as usize;

/// A part of one incarnation of a log.
#[derive(Debug)]
pub(crate) struct Timeline {
    epoch: Option<Epoch>,
    /// It ends with the tip: the last entry that the live stream brought, or skipped on purpose.
    tail: Segment,
    /// What the person looks at, if that is not the tail. It ends before the tail begins.
    island: Option<Segment>,
    recent: Recent,
    /// Whether the person scrolled up last, so that the oldest entries are not to be let go.
    leans_older: bool,
}

/// What became of an entry from the live stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Arrival {
    /// It is new.
    New,
    /// It lies before the tip: part of a replay.
    Old,
    /// Entries before it are missing: the stream is broken.
    OutOfOrder,
}

impl Timeline {
    /// A timeline that holds nothing, but knows where the log stood.
    pub(crate) fn resuming(position: Option<Position>) -> Self {
        let (epoch, tip) = position.map_or((None, Seq::ZERO), |at| (Some(at.epoch), at.seq));
        Self {
            epoch,
            tail: Segment::empty_after(tip),
            island: None,
            recent: Recent::after(tip),
            leans_older: false,
        }
    }

    /// What to resume from.
    pub(crate) fn position(&self) -> Option<Position> {
        self.epoch.map(|epoch| Position { epoch, seq: self.tip() })
    }

    /// The last entry that the live stream brought, or skipped on purpose.
    pub(crate) fn tip(&self) -> Seq {
        self.tail.last()
    }

    /// Starts over with another log, or with one of which nothing is held.
    pub(crate) fn reset(&mut self, epoch: Epoch) {
        *self = Self::resuming(Some(Position { epoch, seq: Seq::ZERO }));
    }

    /// The live stream goes on after `to`; what was held may have been amended (rule RP2).
    pub(crate) fn skip(&mut self, to: Seq) {
        let tip = self.tip().max(to);
        *self = Self { epoch: self.epoch, ..Self::resuming(None) };
        self.tail = Segment::empty_after(tip);
        self.recent = Recent::after(tip);
    }

    /// Takes an entry from the live stream, as `me` sees it.
    pub(crate) fn live(&mut self, seq: Seq, entry: Option<&Entry>, me: UserId) -> Arrival {
        if seq <= self.tip() {
            return Arrival::Old;
        }
        if Some(seq) != self.tip().next() {
            return Arrival::OutOfOrder;
        }
        if let Some(entry) = entry.filter(|entry| amended(entry).is_some()) {
            self.recent.push(entry);
            self.tail.amend(entry, me);
            if let Some(island) = &mut self.island {
                island.amend(entry, me);
            }
        }
        self.tail.push(seq, entry.and_then(Kept::live));
        self.bound_tail();
        Arrival::New
    }

    /// Every live entry after `upto` that amends another, oldest first; `None` if some of them
    /// are forgotten.
    pub(crate) fn amending_since(&self, upto: Seq) -> Option<impl Iterator<Item = &Entry>> {
        self.recent.since(upto)
    }

    /// What is held of one entry, wherever it is.
    pub(crate) fn get(&self, seq: Seq) -> Option<&Kept> {
        self.tail.get(seq).or_else(|| self.island.as_ref().and_then(|island| island.get(seq)))
    }

    /// What a person sees, oldest first.
    pub(crate) fn items(&self) -> impl Iterator<Item = &Arc<Item>> {
        self.shown().items()
    }

    /// Whether the tail is shown.
    pub(crate) fn is_at_present(&self) -> bool {
        self.island.is_none()
    }

    /// The first entry that is shown, or would be: a page before it is what is missing above.
    pub(crate) fn older_bound(&self) -> Option<Seq> {
        let before = self.shown().before();
        before.next().filter(|_| before > Seq::ZERO)
    }

    /// The last entry that is shown, if a page after it is missing below.
    pub(crate) fn newer_bound(&self) -> Option<Seq> {
        self.island.as_ref().map(Segment::last)
    }

    /// The person scrolls up, or is down again.
    pub(crate) fn lean_older(&mut self, leans_older: bool) {
        self.leans_older = leans_older;
    }

    /// Takes a page from above what is shown; `false` if that brought nothing.
    pub(crate) fn extend_older(&mut self, mut page: Segment) -> bool {
        page.end_with(self.tip());
        let before = self.shown().before();
        let shown = self.island.as_mut().unwrap_or(&mut self.tail);
        if !shown.touches(&page) || page.before() >= before {
            return false;
        }
        page.end_with(before);
        shown.join(page);
        match &mut self.island {
            Some(island) => island.keep_oldest(TIMELINE_ENTRIES_MAX),
            None => self.bound_tail(),
        }
        true
    }

    /// Takes a page from below what is shown; `false` if that brought nothing.
    pub(crate) fn extend_newer(&mut self, mut page: Segment) -> bool {
        page.end_with(self.tip());
        let Some(island) = &mut self.island else {
            return false;
        };
        if !island.touches(&page) || page.last() <= island.last() {
            return false;
        }
        self.leans_older = false;
        island.join(page);
        island.keep_newest(TIMELINE_ENTRIES_MAX);
        self.land();
        true
    }

    /// Shows what surrounds `seq` if that is held.
    pub(crate) fn focus(&mut self, seq: Seq) -> bool {
        if self.island.as_ref().is_some_and(|island| island.contains(seq)) {
            return true;
        }
        let is_at_tail = self.tail.contains(seq);
        if is_at_tail {
            self.present();
            self.leans_older = true;
        }
        is_at_tail
    }

    /// Takes a page that surrounds `seq`, and shows it; `false` if `seq` is not on it.
    pub(crate) fn show_around(&mut self, seq: Seq, mut page: Segment) -> bool {
        page.end_with(self.tip());
        if !page.contains(seq) {
            return false;
        }
        self.island = Some(page);
        self.leans_older = true;
        self.land();
        true
    }

    /// Shows the tail.
    pub(crate) fn present(&mut self) {
        self.island = None;
        self.leans_older = false;
        self.tail.keep_newest(TIMELINE_ENTRIES_MAX);
    }

    fn shown(&self) -> &Segment {
        self.island.as_ref().unwrap_or(&self.tail)
    }

    /// An island that meets the tail is one with it.
    fn land(&mut self) {
        if let Some(island) = self.island.take_if(|island| island.touches(&self.tail)) {
            self.tail.join(island);
            self.bound_tail();
        }
    }

    /// Lets go of what is too much, at the end that the person does not look at.
    fn bound_tail(&mut self) {
        if self.tail.len() <= TIMELINE_ENTRIES_MAX {
            return;
        }
        if self.leans_older && self.island.is_none() {
            let newest = self.tail.split_newest(TAIL_ENTRIES);
            let mut oldest = std::mem::replace(&mut self.tail, newest);
            oldest.keep_oldest(TIMELINE_ENTRIES_MAX.saturating_sub(TAIL_ENTRIES));
            self.island = Some(oldest);
        } else {
            self.tail.keep_newest(TIMELINE_ENTRIES_MAX);
        }
    }
}
