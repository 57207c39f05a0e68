//! The reference: the log as it was first stored, against which everything later is judged.

use std::collections::{BTreeMap, BTreeSet};

use protocol::codec::{FromRoom, decode_room_frame, erase_line};
use protocol::{
    AttachmentId, DeviceId, Entry, Join, Link, Message, Nonce, Redact, Role, Seq, Timestamp, UserId,
};
use room::{Chunk, Commit, Notice, Settings, Write};

use crate::fold::Fold;
use crate::invariant::{Check, Invariant};
use crate::law::{Law, Memberships};
use crate::utterance;

/// Everything that was ever stored, in order.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// The lines as they are to be now: erased ones are replaced.
    lines: Vec<String>,
    /// The entries as they were first stored.
    entries: Vec<Entry>,
    erased: BTreeSet<Seq>,
    link: Link,
    /// The last entry that expired, and the link after it.
    pub(crate) expired: Seq,
    links: Vec<Link>,
    /// Where everything landed that people did, by its name.
    landed: BTreeMap<String, Seq>,
    last_nonces: BTreeMap<(UserId, DeviceId), Nonce>,
    /// The entry that made each user a member, or ceased to.
    memberships: BTreeMap<UserId, Seq>,
    /// The entries of which a person sees a row.
    shown: Vec<Seq>,
    files: BTreeMap<AttachmentId, Seq>,
    pub(crate) revision: Seq,
    pub(crate) fold: Fold,
    pub(crate) law: Law,
}

/// What the shell knows of an entry beside its line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Acceptance {
    /// The world's time.
    pub(crate) at_ms: u64,
    /// The time on the room's clock.
    pub(crate) now: Timestamp,
}

/// Where the shell finds what it knows of entries, and who uploaded which file.
pub(crate) struct Witness<'a> {
    pub(crate) accepted: &'a BTreeMap<u64, Acceptance>,
    pub(crate) uploaded: &'a BTreeMap<AttachmentId, UserId>,
}

impl Ledger {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            lines: Vec::new(),
            entries: Vec::new(),
            erased: BTreeSet::new(),
            link: Link::GENESIS,
            expired: Seq::ZERO,
            links: vec![Link::GENESIS],
            landed: BTreeMap::new(),
            last_nonces: BTreeMap::new(),
            memberships: BTreeMap::new(),
            shown: Vec::new(),
            files: BTreeMap::new(),
            revision: Seq::ZERO,
            fold: Fold::default(),
            law: Law::new(settings),
        }
    }

    pub(crate) fn head(&self) -> u64 {
        self.lines.len() as u64
    }

    /// The entry at `seq` as it was first stored.
    pub(crate) fn entry(&self, seq: Seq) -> Option<&Entry> {
        self.entries.get(index(seq)?)
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The line at `seq` as it is to be now, if it is stored.
    pub(crate) fn line(&self, seq: Seq) -> Option<&str> {
        self.lines.get(index(seq)?).map(String::as_str)
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }

    pub(crate) fn is_erased(&self, seq: Seq) -> bool {
        self.erased.contains(&seq)
    }

    /// The entries of `first..=last` of which a person sees a row.
    pub(crate) fn shown(&self, first: Seq, last: Seq) -> &[Seq] {
        let start = self.shown.partition_point(|seq| *seq < first);
        let end = self.shown.partition_point(|seq| *seq <= last);
        &self.shown[start..end.max(start)]
    }

    pub(crate) fn first_shown(&self) -> Option<Seq> {
        self.shown.iter().find(|seq| **seq > self.expired).copied()
    }

    pub(crate) fn last_shown(&self) -> Option<Seq> {
        self.shown.last().filter(|seq| **seq > self.expired).copied()
    }

    /// Where something landed that a person did.
    pub(crate) fn seq_of(&self, name: &str) -> Option<Seq> {
        self.landed.get(name).copied()
    }

    pub(crate) fn last_nonce(&self, user: UserId, device: DeviceId) -> Option<Nonce> {
        self.last_nonces.get(&(user, device)).copied()
    }

    /// The last entry that made `user` a member, or ceased to.
    pub(crate) fn membership_seq(&self, user: UserId) -> Seq {
        self.memberships.get(&user).copied().unwrap_or_default()
    }

    pub(crate) fn is_member(&self, user: UserId) -> bool {
        self.role(user).is_some()
    }

    /// What `user` is, as the log tells it.
    pub(crate) fn role(&self, user: UserId) -> Option<Role> {
        self.law.role(user)
    }

    /// Judges and takes a transaction; answers the entries in it.
    pub(crate) fn commit(
        &mut self,
        commit: &Commit,
        witness: &Witness<'_>,
    ) -> Result<Vec<Entry>, crate::Violation> {
        let mut memberships = Vec::new();
        let mut entries = Vec::new();
        if let Some(chunk) = &commit.chunk {
            entries = decoded(chunk)?;
            self.check_gap_free(chunk, &entries)?;
            self.check_chain(chunk)?;
            self.check_time(chunk, &entries)?;
            for (line, entry) in chunk.lines.split('\n').zip(&entries) {
                let changes = self.take(line, entry, witness)?;
                memberships.extend(changes.into_iter().map(|c| (entry.seq(), c.0, c.1)));
            }
        }
        for write in &commit.writes {
            if let Write::Expire { upto, .. } = write {
                self.expired = *upto;
                self.fold.expire(*upto);
            }
        }
        check_roster(commit, &memberships)?;
        Ok(entries)
    }

    /// The hash chain after what expired.
    pub(crate) fn first_link(&self) -> Link {
        self.links[self.expired.get() as usize]
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
        for line in chunk.lines.split('\n') {
            self.link = self.link.then(line);
            self.links.push(self.link);
        }
        Invariant::Chained.check(self.link == chunk.link, || {
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

    fn take(
        &mut self,
        line: &str,
        entry: &Entry,
        witness: &Witness<'_>,
    ) -> Result<Memberships, crate::Violation> {
        self.note_landed(entry)?;
        self.check_files(entry, witness)?;
        let accepted = witness.accepted.get(&entry.seq().get());
        let now = accepted.map_or(entry.at(), |accepted| accepted.now);
        let judged = self.law.take(entry, &self.fold, now);
        let breach = judged.as_ref().err().copied();
        Invariant::Permitted.check(breach.is_none(), || format!("{breach:?}: {line}"))?;
        let memberships = judged.unwrap_or_default();
        let is_owned = self.law.is_owned() || !self.law.is_founded;
        Invariant::OneOwner.check(is_owned, || format!("other owners than one after {line}"))?;
        let folded = self.fold.take(entry);
        Invariant::AmendsOnce.check(folded.is_ok(), || folded.err().unwrap_or_default())?;
        for (user, _) in &memberships {
            self.memberships.insert(*user, entry.seq());
        }
        self.lines.push(line.to_owned());
        self.entries.push(entry.clone());
        if let Entry::Redact(Redact { target, .. }) = entry {
            self.erase(*target);
            self.revision = entry.seq();
        }
        if is_shown(entry) {
            self.shown.push(entry.seq());
        }
        Ok(memberships)
    }

    fn note_landed(&mut self, entry: &Entry) -> Check {
        let Some((user, device, nonce)) = entry.send() else {
            return Ok(());
        };
        let before = self.last_nonces.insert((user, device), nonce);
        Invariant::NoncesRise
            .check(before < Some(nonce), || format!("{nonce:?} after {before:?} of {device}"))?;
        let name = utterance::landed_name(entry);
        let before = self.landed.insert(name.clone(), entry.seq());
        Invariant::ExactlyOnce.check(before.is_none(), || {
            format!("{name:?} landed at {before:?} and at {}", entry.seq().get())
        })
    }

    /// A file comes with one message, which its owner wrote (rule MS2).
    fn check_files(&mut self, entry: &Entry, witness: &Witness<'_>) -> Check {
        let Entry::Message(Message { stamp, attachments, .. }) = entry else {
            return Ok(());
        };
        for file in attachments {
            let before = self.files.insert(file.id, stamp.seq);
            let is_own = witness.uploaded.get(&file.id) == Some(&stamp.by);
            Invariant::FilesOnce.check(before.is_none() && is_own, || {
                format!("{} came with {before:?} and {}", file.id, stamp.seq.get())
            })?;
        }
        Ok(())
    }

    fn erase(&mut self, target: Seq) {
        let edits = self.fold.get(target).map(|message| message.edits.clone());
        for seq in edits.into_iter().flatten().chain([target]) {
            if let Some(line) = index(seq).and_then(|index| self.lines.get_mut(index)) {
                *line = erase_line(line).expect("a stored line is an entry");
                self.erased.insert(seq);
            }
        }
    }
}

fn index(seq: Seq) -> Option<usize> {
    usize::try_from(seq.get()).ok()?.checked_sub(1)
}

/// Whether a person sees a row of it, rather than a change of another.
fn is_shown(entry: &Entry) -> bool {
    match entry {
        Entry::Message(_)
        | Entry::Join(Join { .. })
        | Entry::Leave(_)
        | Entry::Moderate(_)
        | Entry::Settings(_) => true,
        Entry::Edit(_)
        | Entry::Redact(_)
        | Entry::React(_)
        | Entry::Pin(_)
        | Entry::Redacted(_) => false,
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
fn check_roster(commit: &Commit, want: &[(Seq, UserId, Option<Role>)]) -> Check {
    let noticed = |write: &Write| match write {
        Write::Notice(Notice::Membership { user, role, seq, .. }) => Some((*seq, *user, *role)),
        _ => None,
    };
    let changed = |write: &Write| match write {
        Write::Member(member) => Some((member.user, Some(member.role))),
        Write::NoMember(user) => Some((*user, None)),
        _ => None,
    };
    if commit.writes.contains(&Write::Everything) {
        return Ok(());
    }
    let notices: Vec<_> = commit.writes.iter().filter_map(noticed).collect();
    let rows: Vec<_> = commit.writes.iter().filter_map(changed).collect();
    let want_rows: Vec<_> = want.iter().map(|&(_, user, role)| (user, role)).collect();
    Invariant::RosterTrue.check(notices == want && rows == want_rows, || {
        format!("{want:?} is stored as {rows:?} and told as {notices:?}")
    })
}
