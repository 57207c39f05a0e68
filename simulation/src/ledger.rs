//! The reference: the log as it was first stored, against which everything later is judged.

use std::collections::BTreeMap;

use protocol::codec::{FromRoom, decode_room_frame};
use protocol::{DeviceId, Entry, Link, Nonce, Role, Seq, Timestamp, UserId};
use room::{Chunk, Commit, Notice, RosterChange};

use crate::invariant::{Check, Invariant};

/// Everything that was ever stored, in order.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    lines: Vec<String>,
    entries: Vec<Entry>,
    link: Option<Link>,
    seq_by_body: BTreeMap<String, Seq>,
    last_nonces: BTreeMap<(UserId, DeviceId), Nonce>,
    roles: BTreeMap<UserId, Role>,
}

impl Ledger {
    pub(crate) fn head(&self) -> u64 {
        self.lines.len() as u64
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The line at `seq`, if it is stored.
    pub(crate) fn line(&self, seq: Seq) -> Option<&str> {
        let index = usize::try_from(seq.get()).ok()?.checked_sub(1)?;
        self.lines.get(index).map(String::as_str)
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }

    /// Where a text landed.
    pub(crate) fn seq_of(&self, body: &str) -> Option<Seq> {
        self.seq_by_body.get(body).copied()
    }

    pub(crate) fn last_nonce(&self, user: UserId, device: DeviceId) -> Option<Nonce> {
        self.last_nonces.get(&(user, device)).copied()
    }

    /// Who is a member, as the log tells it.
    pub(crate) fn roles(&self) -> &BTreeMap<UserId, Role> {
        &self.roles
    }

    /// Judges and takes a transaction.
    pub(crate) fn commit(&mut self, commit: &Commit) -> Check {
        let chunk = &commit.chunk;
        let entries = decoded(chunk)?;
        self.check_gap_free(chunk, &entries)?;
        self.check_chain(chunk)?;
        self.check_time(chunk, &entries)?;
        check_roster(commit, &entries)?;
        for (line, entry) in chunk.lines.split('\n').zip(entries) {
            self.take(line, entry)?;
        }
        Ok(())
    }

    fn check_gap_free(&self, chunk: &Chunk, entries: &[Entry]) -> Check {
        let seqs: Vec<u64> = entries.iter().map(|entry| entry.seq().get()).collect();
        let (first, last) = (chunk.first_seq.get(), chunk.last_seq.get());
        let want: Vec<u64> = (self.head() + 1..=last).collect();
        Invariant::GapFree.check(first == self.head() + 1 && seqs == want, || {
            format!("{first}..={last} holding {seqs:?} after {}", self.head())
        })
    }

    fn check_chain(&mut self, chunk: &Chunk) -> Check {
        let before = self.link.unwrap_or(Link::GENESIS);
        let link = chunk.lines.split('\n').fold(before, Link::then);
        self.link = Some(link);
        Invariant::Chained.check(link == chunk.link, || {
            format!("the chunk at {} has another link", chunk.first_seq.get())
        })
    }

    fn check_time(&self, chunk: &Chunk, entries: &[Entry]) -> Check {
        let before = self.entries.last().map(Entry::at).unwrap_or_default();
        let times: Vec<Timestamp> = entries.iter().map(Entry::at).collect();
        let rises = std::iter::once(before).chain(times.iter().copied()).is_sorted();
        let ends = (times.first(), times.last()) == (Some(&chunk.first_at), Some(&chunk.last_at));
        Invariant::TimeRises.check(rises && ends, || {
            format!("{times:?} after {before:?} in {}", chunk.first_seq.get())
        })
    }

    fn take(&mut self, line: &str, entry: Entry) -> Check {
        if let Some((user, device, nonce)) = entry.send() {
            let before = self.last_nonces.insert((user, device), nonce);
            Invariant::NoncesRise.check(before < Some(nonce), || {
                format!("{nonce:?} after {before:?} of {device}")
            })?;
        }
        match &entry {
            Entry::Message { seq, body, .. } => {
                let before = self.seq_by_body.insert(body.clone(), *seq);
                Invariant::ExactlyOnce.check(before.is_none(), || {
                    format!("{body:?} landed at {before:?} and at {}", seq.get())
                })?;
            }
            Entry::Join { by, role, .. } => drop(self.roles.insert(*by, *role)),
            Entry::Leave { by, .. } => drop(self.roles.remove(by)),
        }
        self.lines.push(line.to_owned());
        self.entries.push(entry);
        Ok(())
    }
}

fn decoded(chunk: &Chunk) -> Result<Vec<Entry>, crate::Violation> {
    let lines = decode_room_frame(&chunk.lines).unwrap_or_default();
    let mut entries = Vec::with_capacity(lines.len());
    for line in lines {
        match line {
            FromRoom::Entry(entry) => entries.push(entry),
            FromRoom::Line(_) | FromRoom::UnknownEntry(_) | FromRoom::Unknown => {
                Invariant::GapFree.check(false, || "a stored line is no entry".to_owned())?;
            }
        }
    }
    Ok(entries)
}

/// The rows and notices that go with entries say what the entries say.
fn check_roster(commit: &Commit, entries: &[Entry]) -> Check {
    let told = |entry: &Entry| match entry {
        Entry::Join { seq, by, role, .. } => Some((*seq, *by, Some(*role))),
        Entry::Leave { seq, by, .. } => Some((*seq, *by, None)),
        Entry::Message { .. } => None,
    };
    let noticed = |notice: &Notice| match notice {
        Notice::Membership { user, role, seq, .. } => Some((*seq, *user, *role)),
        Notice::Room { .. } => None,
    };
    let changed = |change: &RosterChange| match change {
        RosterChange::Put(member) => (member.user, Some(member.role)),
        RosterChange::Remove(user) => (*user, None),
    };
    let want: Vec<_> = entries.iter().filter_map(told).collect();
    let notices: Vec<_> = commit.notices.iter().filter_map(noticed).collect();
    let rows: Vec<_> = commit.roster.iter().map(changed).collect();
    let want_rows: Vec<_> = want.iter().map(|&(_, user, role)| (user, role)).collect();
    Invariant::RosterTrue.check(notices == want && rows == want_rows, || {
        format!("{want:?} is stored as {rows:?} and told as {notices:?}")
    })
}
