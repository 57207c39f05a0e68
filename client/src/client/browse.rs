//! Looking around: pages of history, jumps and threads.

use protocol::{Epoch, Seq};

use crate::client::Client;
use crate::effect::{Effect, Effects};
use crate::item::Kept;
use crate::loads::Want;
use crate::page::{Content, Page, PageId};
use crate::segment::Segment;
use crate::thread::Thread;

/// Where the person wants to be in the log.
#[derive(Debug, Default)]
pub(crate) struct Jump {
    /// The entry that was asked for last and is shown.
    pub(crate) shown: Option<Seq>,
    /// The entry to jump to as soon as the client is level.
    wanted: Option<Seq>,
}

impl Client {
    /// The log is another one, or nothing of it is held.
    pub(super) fn start_over(&mut self, epoch: Epoch) {
        self.timeline.reset(epoch);
        self.thread = None;
        for want in [Want::Older, Want::Newer, Want::Jump, Want::Thread] {
            self.loads.forget(want);
        }
        self.jump.shown = None;
    }

    /// The live stream goes on after `to`; what is shown is fetched again (rule RP2).
    pub(super) fn skip(&mut self, to: Seq, effects: &mut Effects) {
        if !self.timeline.is_at_present() {
            self.jump.wanted = self.jump.shown;
        }
        self.jump.shown = None;
        self.timeline.skip(to);
        self.loads.forget(Want::Older);
        self.loads.forget(Want::Newer);
        if let Some(root) = self.thread.take().map(|thread| thread.root()) {
            self.open_thread(root, effects);
        }
    }

    /// Before which entry a page is missing above what is shown.
    pub(super) fn older_bound(&self) -> Option<Seq> {
        self.timeline.older_bound().filter(|seq| *seq > self.about.first)
    }

    pub(super) fn load_older(&mut self, effects: &mut Effects) {
        let Some(seq) = self.older_bound() else {
            return;
        };
        if !self.loads.is_loading(Want::Older) {
            self.timeline.lean_older(true);
            self.fetch(Page::Before { seq }, effects);
        }
    }

    pub(super) fn load_newer(&mut self, effects: &mut Effects) {
        let Some(seq) = self.timeline.newer_bound() else {
            return;
        };
        if !self.loads.is_loading(Want::Newer) {
            self.fetch(Page::After { seq }, effects);
        }
    }

    pub(super) fn jump(&mut self, seq: Seq, effects: &mut Effects) {
        self.loads.forget(Want::Jump);
        self.jump.wanted = None;
        if self.timeline.focus(seq) {
            self.focused(Some(seq));
            effects.push(Effect::Changed);
        } else if self.memory.is_some() {
            // The first welcome may start over with another log.
            self.jump.wanted = Some(seq);
        } else {
            self.fetch(Page::Around { seq }, effects);
        }
    }

    /// Jumps to where the person wanted to be before the client was level.
    pub(super) fn jump_as_wanted(&mut self, effects: &mut Effects) {
        if let Some(seq) = self.jump.wanted {
            self.jump(seq, effects);
        }
    }

    pub(super) fn present(&mut self, effects: &mut Effects) {
        self.loads.forget(Want::Jump);
        self.jump.wanted = None;
        self.timeline.present();
        self.focused(None);
        effects.push(Effect::Changed);
    }

    pub(super) fn open_thread(&mut self, root: Seq, effects: &mut Effects) {
        self.thread = Some(Thread::new(root, self.timeline.get(root).cloned()));
        self.fetch(Page::Thread { root, before: None }, effects);
    }

    pub(super) fn load_older_in_thread(&mut self, effects: &mut Effects) {
        let Some(thread) = &self.thread else { return };
        let there_is_more = thread.has_older() || !thread.is_loaded();
        if there_is_more && !self.loads.is_loading(Want::Thread) {
            let page = Page::Thread { root: thread.root(), before: thread.older_bound() };
            self.fetch(page, effects);
        }
    }

    pub(super) fn close_thread(&mut self, effects: &mut Effects) {
        self.thread = None;
        self.loads.forget(Want::Thread);
        effects.push(Effect::Changed);
    }

    pub(super) fn page_loaded(
        &mut self,
        id: PageId,
        text: &str,
        more: bool,
        effects: &mut Effects,
    ) {
        // A page that nobody waits for may be of a log that is gone.
        let Some(page) = self.loads.end(id) else {
            return;
        };
        effects.push(Effect::Changed);
        let Some(content) = Content::parse(text) else {
            return self.loads.fail(page.want());
        };
        let Some(entries) = content.held() else {
            return self.loads.fail(page.want());
        };
        if let Page::Before { seq } = page
            && entries.is_empty()
        {
            // What was there expired since the welcome.
            self.about.first = seq;
            return;
        }
        for entry in content.entries.iter().filter_map(|(_, entry)| entry.as_ref()) {
            self.landed(entry);
        }
        let upto = content.upto.unwrap_or_default();
        if self.timeline.amending_since(upto).is_none() {
            return self.fetch(page, effects);
        }
        if !self.take_page(page, entries, upto, more) {
            self.loads.fail(page.want());
        }
    }

    pub(super) fn page_failed(&mut self, id: PageId, effects: &mut Effects) {
        if let Some(page) = self.loads.end(id) {
            self.loads.fail(page.want());
            effects.push(Effect::Changed);
        }
    }

    /// Shows what a page brought, with what amended it since `upto`; `false` if it was of no use.
    fn take_page(
        &mut self,
        page: Page,
        entries: Vec<(Seq, Option<Kept>)>,
        upto: Seq,
        more: bool,
    ) -> bool {
        let Some(since) = self.timeline.amending_since(upto) else {
            return false;
        };
        if let Page::Thread { .. } = page {
            let Some(thread) = &mut self.thread else {
                return false;
            };
            thread.loaded(entries, since, more, self.user);
            return true;
        }
        let Some(mut segment) = Segment::of(entries) else {
            return false;
        };
        for entry in since {
            segment.amend(entry, self.user);
        }
        match page {
            Page::Before { .. } => self.timeline.extend_older(segment),
            Page::After { .. } => self.timeline.extend_newer(segment),
            Page::Around { seq } => {
                let is_shown = self.timeline.show_around(seq, segment);
                if is_shown {
                    self.focused(Some(seq));
                }
                is_shown
            }
            Page::Thread { .. } => false,
        }
    }

    /// The person looks elsewhere now, so what was on its way to the former place is of no use.
    fn focused(&mut self, at: Option<Seq>) {
        self.jump.shown = at;
        self.loads.forget(Want::Older);
        self.loads.forget(Want::Newer);
    }

    fn fetch(&mut self, page: Page, effects: &mut Effects) {
        let id = self.loads.begin(page);
        effects.push(Effect::Fetch { id, page, revision: self.about.revision });
        effects.push(Effect::Changed);
    }
}
