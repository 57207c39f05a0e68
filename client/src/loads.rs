//! The pages that are on their way, and those that could not be had.

use std::collections::{BTreeMap, BTreeSet};

use crate::page::{Page, PageId};
use crate::view::More;

/// What a page is for. There is at most one under way for each.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Want {
    /// What lies above what is shown.
    Older,
    /// What lies below what is shown.
    Newer,
    /// What the person jumps to.
    Jump,
    /// The open thread.
    Thread,
}

/// The pages that are on their way, and those that could not be had.
#[derive(Debug, Default)]
pub(crate) struct Loads {
    last: PageId,
    under_way: BTreeMap<Want, (PageId, Page)>,
    failed: BTreeSet<Want>,
}

impl Page {
    /// What it is for.
    pub(crate) fn want(self) -> Want {
        match self {
            Self::Before { .. } => Want::Older,
            Self::After { .. } => Want::Newer,
            Self::Around { .. } => Want::Jump,
            Self::Thread { .. } => Want::Thread,
        }
    }
}

impl Loads {
    /// A page is asked for; it replaces another one for the same end.
    pub(crate) fn begin(&mut self, page: Page) -> PageId {
        self.last = PageId(self.last.0.wrapping_add(1));
        self.failed.remove(&page.want());
        self.under_way.insert(page.want(), (self.last, page));
        self.last
    }

    /// A page came, or failed; `None` if nobody waits for it any more.
    pub(crate) fn end(&mut self, id: PageId) -> Option<Page> {
        let want = self.under_way.iter().find(|(_, (under_way, _))| *under_way == id);
        let want = want.map(|(want, _)| *want)?;
        self.under_way.remove(&want).map(|(_, page)| page)
    }

    /// A page could not be had, or was of no use.
    pub(crate) fn fail(&mut self, want: Want) {
        self.failed.insert(want);
    }

    /// Nobody waits any more.
    pub(crate) fn forget(&mut self, want: Want) {
        self.under_way.remove(&want);
        self.failed.remove(&want);
    }

    pub(crate) fn is_loading(&self, want: Want) -> bool {
        self.under_way.contains_key(&want)
    }

    pub(crate) fn has_failed(&self, want: Want) -> bool {
        self.failed.contains(&want)
    }

    /// What a person is told, given whether there is more.
    pub(crate) fn more(&self, want: Want, there_is_more: bool) -> More {
        if self.is_loading(want) {
            More::Loading
        } else if !there_is_more {
            More::None
        } else if self.has_failed(want) {
            More::Failed
        } else {
            More::Idle
        }
    }
}
