//! The thread that a person has open.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::limits::TIMELINE_ENTRIES_MAX;
use protocol::{Entry, Seq, UserId};

use crate::item::{Item, Kept, amended};

/// A thread: its first message and its newest replies, without a hole between them.
#[derive(Debug)]
pub(crate) struct Thread {
    root: Seq,
    first: Option<Kept>,
    replies: BTreeMap<Seq, Kept>,
    /// Whether a page arrived; before, only live replies are held.
    is_loaded: bool,
    has_older: bool,
}

impl Thread {
    /// The thread that begins at `root`, of which `first` may be held already.
    pub(crate) fn new(root: Seq, first: Option<Kept>) -> Self {
        Self { root, first, replies: BTreeMap::new(), is_loaded: false, has_older: false }
    }

    pub(crate) fn root(&self) -> Seq {
        self.root
    }

    pub(crate) fn is_loaded(&self) -> bool {
        self.is_loaded
    }

    pub(crate) fn has_older(&self) -> bool {
        self.has_older
    }

    /// The first message, if it is held, and then the replies, oldest first.
    pub(crate) fn items(&self) -> impl Iterator<Item = &Arc<Item>> {
        self.first.iter().chain(self.replies.values()).map(|held| &held.item)
    }

    /// The bound of the page to fetch next: the oldest reply that a page brought.
    pub(crate) fn older_bound(&self) -> Option<Seq> {
        self.replies.keys().next().copied().filter(|_| self.is_loaded)
    }

    /// Takes an entry from the live stream, as `me` sees it.
    pub(crate) fn live(&mut self, entry: &Entry, me: UserId) {
        let Some(target) = amended(entry) else {
            return;
        };
        if target == self.root
            && let Some(reply) = Kept::live(entry)
        {
            self.replies.entry(entry.seq()).or_insert(reply);
            if self.replies.len() > TIMELINE_ENTRIES_MAX {
                self.replies.pop_first();
                self.has_older = true;
            }
        }
        let held = if target == self.root { self.first.as_mut() } else { None };
        if let Some(held) = held.or_else(|| self.replies.get_mut(&target)) {
            held.fold(entry, me);
        }
    }

    /// Takes a page, and the live entries that amended something since.
    pub(crate) fn loaded<'a>(
        &mut self,
        page: Vec<(Seq, Option<Kept>)>,
        since: impl Iterator<Item = &'a Entry>,
        more: bool,
        me: UserId,
    ) {
        for (seq, held) in page {
            let message = held.and_then(|held| Some((held.item.message()?.thread, held)));
            match message {
                Some((_, held)) if seq == self.root => self.first = Some(held),
                Some((Some(root), held)) if root == self.root => {
                    self.replies.insert(seq, held);
                }
                Some(_) | None => {}
            }
        }
        for entry in since {
            self.live(entry, me);
        }
        self.is_loaded = true;
        self.has_older = more;
    }
}
