//! What is durable: the rows, exactly as the room's effects ask for them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use protocol::codec::{decode_entry, erase_line};
use protocol::{
    AttachmentId, Ending, Entry, Epoch, InviteId, Redacted, Seq, SessionId, Timestamp, UserId,
};
use room::{
    Archive, Ban, Chunk, ChunkSize, Commit, Deed, Invite, LastSend, Member, MessageState, Notice,
    Range, Settings, Snapshot, SocketState, Upload, Write,
};

/// Milliseconds of a day, of which worlds see several.
const DAY_MS: u64 = 20_000;

/// The rows of one room.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    pub(crate) founded: Option<(Settings, Epoch)>,
    pub(crate) chunks: Vec<Chunk>,
    pub(crate) members: BTreeMap<UserId, Member>,
    pub(crate) bans: BTreeMap<UserId, Ban>,
    pub(crate) invites: BTreeMap<InviteId, Invite>,
    /// The messages that were amended.
    pub(crate) messages: BTreeMap<Seq, MessageState>,
    pub(crate) reactions: BTreeSet<(Seq, String, UserId)>,
    /// The messages of each thread.
    pub(crate) replies: BTreeSet<(Seq, Seq)>,
    pub(crate) uploads: BTreeMap<AttachmentId, Upload>,
    /// The message that each file came with.
    pub(crate) attached: BTreeMap<AttachmentId, Seq>,
    pub(crate) deeds: Vec<Deed>,
    pub(crate) blockers: Vec<UserId>,
    pub(crate) endings: BTreeMap<UserId, Vec<Ending>>,
    pub(crate) told: Vec<(UserId, Seq)>,
    /// What is to be delivered.
    pub(crate) notices: VecDeque<Notice>,
    pub(crate) revision: Seq,
    pub(crate) archive: Archive,
    checkpoint_seq: Seq,
    checkpoint: Vec<LastSend>,
}

impl Disk {
    pub(crate) fn found(&mut self, settings: Settings, epoch: Epoch) {
        self.founded = Some((settings, epoch));
    }

    pub(crate) fn epoch(&self) -> Epoch {
        self.founded.as_ref().expect("the room was founded").1
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.founded.as_ref().expect("the room was founded").0
    }

    pub(crate) fn head(&self) -> Seq {
        self.chunks.last().map_or(self.archive.archived.seq, |chunk| chunk.last_seq)
    }

    pub(crate) fn commit(&mut self, commit: Commit) {
        self.chunks.extend(commit.chunk);
        for write in commit.writes {
            self.write(write);
        }
    }

    fn write(&mut self, write: Write) {
        match write {
            Write::Member(member) => drop(self.members.insert(member.user, member)),
            Write::NoMember(user) => drop(self.members.remove(&user)),
            Write::Ban(ban) => drop(self.bans.insert(ban.user, ban)),
            Write::NoBan(user) => drop(self.bans.remove(&user)),
            Write::Settings(settings) => {
                let epoch = self.epoch();
                self.founded = Some((settings, epoch));
            }
            Write::Invite(invite) => drop(self.invites.insert(invite.id, invite)),
            Write::NoInvite(id) => drop(self.invites.remove(&id)),
            Write::Message(state) => drop(self.messages.insert(state.seq, state)),
            Write::Reaction { target, emoji, user, on: true } => {
                self.reactions.insert((target, emoji, user));
            }
            Write::Reaction { target, emoji, user, on: false } => {
                self.reactions.remove(&(target, emoji, user));
            }
            Write::Reply { thread, seq } => drop(self.replies.insert((thread, seq))),
            Write::Erase { target, edits, revision } => self.erase(target, &edits, revision),
            Write::Upload(upload) => drop(self.uploads.insert(upload.id, upload)),
            Write::Uploaded(file) => {
                if let Some(upload) = self.uploads.get_mut(&file.id) {
                    upload.file = Some(file);
                }
            }
            Write::Attached { attachment, seq } => drop(self.attached.insert(attachment, seq)),
            Write::Deed(deed) => self.deeds.push(deed),
            Write::Read { user, seq } => {
                if let Some(member) = self.members.get_mut(&user) {
                    member.read = seq;
                }
            }
            Write::Blockers(users) => self.blockers = users,
            Write::Endings { user, endings } => drop(self.endings.insert(user, endings)),
            Write::Told(told) => self.told = told,
            Write::Notice(notice) => self.notices.push_back(notice),
            Write::Checkpoint(sends) => {
                self.checkpoint_seq = self.head();
                self.checkpoint = sends;
            }
            Write::Archive(archive) => self.archive = archive,
            Write::Expire { upto, keeps_erasures } => self.expire(upto, keeps_erasures),
            Write::Everything => {
                let notices = std::mem::take(&mut self.notices);
                *self = Self { notices, ..Self::default() };
            }
        }
    }

    /// Nothing of what was said stays (rule RD2).
    fn erase(&mut self, target: Seq, edits: &[Seq], revision: Seq) {
        for seq in edits.iter().copied().chain([target]) {
            self.replace_line(seq, |line| erase_line(line).expect("a stored line is an entry"));
        }
        self.reactions.retain(|(seq, ..)| *seq != target);
        self.uploads.retain(|id, _| self.attached.get(id) != Some(&target));
        self.attached.retain(|_, message| *message != target);
        self.revision = revision;
    }

    /// Nothing of what is old stays, except which edits an erased message had (rule EX2).
    fn expire(&mut self, upto: Seq, keeps_erasures: bool) {
        self.chunks.retain(|chunk| chunk.last_seq > upto);
        let is_kept = |state: &MessageState| keeps_erasures && state.redacted_by.is_some();
        self.messages.retain(|seq, state| *seq > upto || is_kept(state));
        self.reactions.retain(|(seq, ..)| *seq > upto);
        self.replies.retain(|(thread, _)| *thread > upto);
        self.uploads.retain(|id, _| self.attached.get(id).is_none_or(|seq| *seq > upto));
        self.attached.retain(|_, message| *message > upto);
    }

    /// What can be sealed after `after` (rule AR1); days are short here.
    pub(crate) fn next_range(&self, after: Seq, bytes_max: u64) -> Option<Range> {
        let day = |chunk: &Chunk| chunk.first_at.0 / DAY_MS;
        let mut chunks = self.after(after).iter();
        let first = chunks.next()?;
        let (mut last, mut n_bytes) = (first, first.lines.len() as u64 + 1);
        for chunk in chunks {
            n_bytes += chunk.lines.len() as u64 + 1;
            if n_bytes > bytes_max || day(chunk) != day(first) {
                break;
            }
            last = chunk;
        }
        Some(Range {
            from: first.first_seq,
            to: last.last_seq,
            first_at: first.first_at,
            last_at: last.last_at,
            link: last.link,
        })
    }

    /// The end of the oldest chunks that can expire (rules EX1 and EX3).
    pub(crate) fn expirable(&self, before: Timestamp) -> Option<Seq> {
        let archived = self.archive.archived.seq;
        let is_old = |chunk: &&Chunk| chunk.last_at < before && chunk.last_seq <= archived;
        self.chunks.iter().take_while(is_old).last().map(|chunk| chunk.last_seq)
    }

    /// Replaces a stored line.
    pub(crate) fn replace_line(&mut self, seq: Seq, other: impl FnOnce(&str) -> String) {
        let at = self.chunks.partition_point(|chunk| chunk.last_seq < seq);
        let Some(chunk) = self.chunks.get_mut(at).filter(|chunk| chunk.first_seq <= seq) else {
            return;
        };
        let mut lines: Vec<String> = chunk.lines.split('\n').map(str::to_owned).collect();
        let line = &mut lines[(seq.since(chunk.first_seq)) as usize];
        *line = other(line);
        chunk.lines = lines.join("\n");
    }

    /// A stored line.
    pub(crate) fn line(&self, seq: Seq) -> Option<&str> {
        let at = self.chunks.partition_point(|chunk| chunk.last_seq < seq);
        let chunk = self.chunks.get(at).filter(|chunk| chunk.first_seq <= seq)?;
        chunk.lines.split('\n').nth(seq.since(chunk.first_seq) as usize)
    }

    pub(crate) fn pins(&self) -> impl Iterator<Item = Seq> {
        self.messages.values().filter(|state| state.pinned).map(|state| state.seq)
    }

    /// What a fresh instance starts from.
    pub(crate) fn snapshot(&self, sockets: Vec<(SessionId, SocketState)>) -> Snapshot {
        let (settings, epoch) = self.founded.clone().expect("the room was founded");
        let last = self.chunks.last();
        let (sends, last_message) = self.sends();
        Snapshot {
            settings,
            epoch,
            head: self.head(),
            head_at: last.map_or(self.archive.archived.at, |chunk| chunk.last_at),
            link: last.map_or(self.archive.archived.link, |chunk| chunk.link),
            last_message,
            revision: self.revision,
            archive: self.archive,
            members: self.members.values().cloned().collect(),
            bans: self.bans.keys().copied().collect(),
            invites: self.invites.values().copied().collect(),
            pins: self.pins().collect(),
            blockers: self.blockers.clone(),
            endings: self.endings.clone().into_iter().collect(),
            told: self.told.clone(),
            checkpoint_seq: self.checkpoint_seq,
            sends,
            recent: self.chunks.iter().map(size).collect(),
            sockets,
        }
    }

    /// The checkpoint and the sends stored after it, and the last message.
    fn sends(&self) -> (Vec<LastSend>, Seq) {
        let mut sends = self.checkpoint.clone();
        let mut last_message = self.last_message_until(self.checkpoint_seq);
        for chunk in self.after(self.checkpoint_seq) {
            for line in chunk.lines.split('\n') {
                let entry = decode_entry(line).expect("stored lines can be read");
                let Some(entry) = entry else { continue };
                let Some((user, device, nonce)) = entry.send() else { continue };
                let seq = entry.seq();
                let spoke_at = if is_message(&entry) { entry.at() } else { Timestamp::default() };
                last_message = if is_message(&entry) { seq } else { last_message };
                sends.push(LastSend { user, device, nonce, seq, spoke_at });
            }
        }
        (sends, last_message)
    }

    fn last_message_until(&self, until: Seq) -> Seq {
        let lines = self.chunks.iter().rev().flat_map(|chunk| chunk.lines.rsplit('\n'));
        let entries =
            lines.filter_map(|line| decode_entry(line).expect("stored lines can be read"));
        let mut messages = entries.filter(|entry| entry.seq() <= until && is_message(entry));
        messages.next().map_or(Seq::ZERO, |entry| entry.seq())
    }

    /// The chunks that reach beyond `after`.
    pub(crate) fn after(&self, after: Seq) -> &[Chunk] {
        let first = self.chunks.partition_point(|chunk| chunk.last_seq <= after);
        &self.chunks[first..]
    }
}

/// Whether somebody said this, erased or not.
fn is_message(entry: &Entry) -> bool {
    matches!(entry, Entry::Message(_) | Entry::Redacted(Redacted { target: None, .. }))
}

fn size(chunk: &Chunk) -> ChunkSize {
    ChunkSize { first_seq: chunk.first_seq, n_bytes: chunk.lines.len() }
}
