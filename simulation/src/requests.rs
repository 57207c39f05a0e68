//! What goes over HTTP: memberships, moderation, files, invites and history.

use client::{Page, PageId};
use protocol::codec::{decode_room_frame, encode_server_line};
use protocol::{Attachment, Denial, Entry, Seq};
use room::{Act, Answer, Input, RequestId};

use crate::invariant::{Check, Invariant};
use crate::network::Request;
use crate::world::World;

/// Entries that a client asks for in a page of history.
const PAGE_ENTRIES: u64 = 50;

/// Replies on a page of a thread.
const THREAD_ENTRIES: usize = 5;

/// A request that waits for its answer.
#[derive(Debug)]
pub(crate) struct Asked {
    person: usize,
    act: Act,
    /// The last stored entry when it was asked.
    head: Seq,
}

impl World {
    /// A request arrives, or fails on its way.
    pub(crate) fn serve(&mut self, request: Request, fails: bool) -> Check {
        match request {
            Request::Ask { person, act } if fails => {
                if is_about_membership(&act) {
                    self.people[person].is_asking = false;
                }
                Ok(())
            }
            Request::Ask { person, act } => self.ask(person, act),
            Request::Page { person, life, .. } | Request::Amendments { person, life, .. }
                if self.people[person].life != life =>
            {
                Ok(())
            }
            Request::Page { person, id, .. } | Request::Amendments { person, id, .. }
                if fails || !self.ledger.is_member(self.people[person].user) =>
            {
                self.act(person, client::Input::PageFailed { id })
            }
            Request::Page { person, life, id, page: Page::Thread { root, before } } => {
                let _ = life;
                let user = self.people[person].user;
                let page = self.disk.thread(root, before, THREAD_ENTRIES, user);
                let (text, more) = (self.tamper_with_page(page.text), page.more);
                self.judge_page(&text)?;
                self.act(person, client::Input::PageLoaded { id, text, more })
            }
            Request::Page { person, life, id, page } => {
                let lines = self.lines_of(page)?;
                self.network.requests.push(Request::Amendments { person, life, id, lines });
                Ok(())
            }
            Request::Amendments { person, id, lines, .. } => self.amend(person, id, &lines),
        }
    }

    fn lines_of(&mut self, page: Page) -> Result<String, crate::Violation> {
        let lines = match page {
            Page::Before { seq } => self.disk.page_before(seq, PAGE_ENTRIES),
            Page::After { seq } => self.disk.page_after(seq, PAGE_ENTRIES),
            Page::Around { seq } => self.disk.page_around(seq, PAGE_ENTRIES),
            Page::Thread { .. } => String::new(),
        };
        let lines = self.tamper_with_lines(lines);
        self.judge_page(&lines)?;
        Ok(lines)
    }

    /// Hands over a page whose lines came a while ago, with the amendments of now (rule HT4).
    fn amend(&mut self, person: usize, id: PageId, lines: &str) -> Check {
        let seqs = entries(lines).map(|entry| entry.seq());
        let seqs: Vec<Seq> = seqs.collect();
        let (from, to) = (seqs.first().copied(), seqs.last().copied());
        let (from, to) = (from.unwrap_or_default(), to.unwrap_or_default());
        let amendments = self.disk.amendments(from, to, self.people[person].user);
        let amendments = amendments.iter().map(encode_server_line);
        let texts = [lines.to_owned()].into_iter().chain(amendments);
        let text = texts.collect::<Vec<String>>().join("\n");
        let text = self.tamper_with_page(text);
        self.act(person, client::Input::PageLoaded { id, text, more: false })
    }

    /// No page holds what was erased (rule RD2).
    fn judge_page(&self, text: &str) -> Check {
        for entry in entries(text) {
            let is_kept =
                !self.ledger.is_erased(entry.seq()) || matches!(entry, Entry::Redacted(_));
            Invariant::Erased.check(is_kept, || format!("a page holds {entry:?}"))?;
        }
        Ok(())
    }

    fn ask(&mut self, person: usize, mut act: Act) -> Check {
        let request = RequestId(self.host.next_request);
        self.host.next_request += 1;
        match &mut act {
            Act::Upload { by, id, n_uploads, .. } => {
                *n_uploads = self.disk.uploads.values().filter(|upload| upload.by == *by).count();
                self.uploaded.insert(*id, *by);
            }
            Act::Join { user, invite: Some(invite), .. } => {
                self.invites.joining.insert(*user, *invite);
            }
            _ => {}
        }
        let head = self.disk.head();
        self.host.asked.insert(request, Asked { person, act: act.clone(), head });
        self.turn(Input::Request { request, act })
    }

    pub(crate) fn answer(&mut self, request: RequestId, answer: Result<Answer, Denial>) -> Check {
        let Some(Asked { person, act, head }) = self.host.asked.remove(&request) else {
            return Ok(());
        };
        if is_about_membership(&act) {
            self.people[person].is_asking = false;
        }
        let Ok(answer) = answer else {
            return Ok(());
        };
        let has_changed = |user| self.ledger.membership_seq(user) > head;
        let is_stored = match &act {
            Act::Join { user, .. } | Act::Add { user, .. } => {
                self.ledger.is_member(*user) || has_changed(*user)
            }
            Act::Leave { user } => !self.ledger.is_member(*user) || has_changed(*user),
            _ => true,
        };
        Invariant::StoredFirst
            .check(is_stored, || format!("{answer:?} to person {person} is not stored"))?;
        match (act, answer) {
            (Act::Upload { by, id, bytes, .. }, Answer::Done) => {
                let (name, media_type) = ("a.png".to_owned(), "image/png".to_owned());
                let file = Attachment { id, name, media_type, bytes, width: None, height: None };
                let act = Act::Uploaded { by, file };
                self.network.requests.push(Request::Ask { person, act });
            }
            (Act::Uploaded { file, .. }, Answer::Done) => self.people[person].files.push(file),
            (Act::Invite { invite, .. }, Answer::Invited(_)) => self.invites.known.push(invite),
            _ => {}
        }
        Ok(())
    }

    /// The room's memory is lost, and with it every answer.
    pub(crate) fn answer_nobody(&mut self) {
        for asked in std::mem::take(&mut self.host.asked).into_values() {
            self.people[asked.person].is_asking = false;
        }
    }
}

/// Whether a person asks nothing else of the kind before this is answered.
pub(crate) fn is_about_membership(act: &Act) -> bool {
    matches!(act, Act::Join { .. } | Act::Leave { .. })
}

fn entries(text: &str) -> impl Iterator<Item = Entry> {
    let lines = decode_room_frame(text).unwrap_or_default().into_iter();
    lines.filter_map(|line| match line {
        protocol::codec::FromRoom::Entry(entry) => Some(entry),
        _ => None,
    })
}
