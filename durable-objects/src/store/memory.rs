//! A room in memory: what the SQL means, in plain code, for tests.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use protocol::limits::REPLAY_ENTRIES_MAX;
use protocol::{AttachmentId, Ending, Epoch, InviteId, RoomId, Seq, Timestamp, UserId};
use room::{
    Archive, Ban, Chunk, ChunkSize, Commit, Deed, Invite, LastSend, Member, MessageState, Notice,
    Range, Settings, Snapshot, Upload, Write,
};

use super::scan::{Scan, message_before};
use super::{
    Amended, DeedId, Extent, NoticeId, Store, StoreError, StoredChunk, StoredFile, Waiting,
};

/// A room in memory.
#[derive(Debug, Default)]
pub struct MemoryStore(RefCell<Option<Tables>>);

#[derive(Clone, Debug)]
struct Tables {
    settings: Settings,
    epoch: Epoch,
    deleted: bool,
    revision: Seq,
    archive: Archive,
    blockers: Vec<UserId>,
    endings: BTreeMap<UserId, Vec<Ending>>,
    told: Vec<(UserId, Seq)>,
    checkpoint: (Seq, Vec<LastSend>),
    chunks: BTreeMap<Seq, Chunk>,
    members: BTreeMap<UserId, Member>,
    bans: BTreeMap<UserId, Ban>,
    invites: BTreeMap<InviteId, Invite>,
    messages: BTreeMap<Seq, MessageState>,
    reactions: BTreeSet<(Seq, UserId, String)>,
    replies: BTreeSet<(Seq, Seq)>,
    files: BTreeMap<AttachmentId, StoredFile>,
    deeds: Vec<Deed>,
    notices: BTreeMap<NoticeId, Waiting>,
}

impl Store for MemoryStore {
    fn load(&self) -> Result<Option<Snapshot>, StoreError> {
        let tables = self.0.borrow();
        let found = tables.as_ref().filter(|tables| !tables.deleted).map(Tables::snapshot);
        drop(tables);
        let Some(mut snapshot) = found.transpose()? else {
            return Ok(None);
        };
        if snapshot.last_message == Seq::ZERO {
            snapshot.last_message = message_before(self, snapshot.checkpoint_seq)?;
        }
        Ok(Some(snapshot))
    }

    fn deleted(&self) -> Result<Option<RoomId>, StoreError> {
        let tables = self.0.borrow();
        Ok(tables.as_ref().filter(|tables| tables.deleted).map(|tables| tables.settings.id))
    }

    fn found(&self, settings: &Settings, epoch: Epoch) -> Result<(), StoreError> {
        let mut tables = self.0.borrow_mut();
        if tables.is_some() {
            return Err(StoreError::Sql("table meta already exists".into()));
        }
        *tables = Some(Tables::new(settings.clone(), epoch));
        Ok(())
    }

    fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        // What fails halfway leaves what was there.
        self.with(|tables| {
            let mut next = tables.clone();
            if let Some(chunk) = &commit.chunk {
                if next.chunks.contains_key(&chunk.first_seq) {
                    return Err(StoreError::Sql("chunk.first_seq is taken".into()));
                }
                next.chunks.insert(chunk.first_seq, chunk.clone());
            }
            commit.writes.iter().try_for_each(|write| next.write(write))?;
            *tables = next;
            Ok(())
        })
    }

    fn chunks_after(&self, after: Seq, limit: usize) -> Result<Vec<StoredChunk>, StoreError> {
        self.with(|tables| {
            let chunks = tables.chunks.values().filter(|chunk| chunk.last_seq > after);
            Ok(chunks.take(limit).map(stored).collect())
        })
    }

    fn chunks_before(&self, before: Seq, limit: usize) -> Result<Vec<StoredChunk>, StoreError> {
        self.with(|tables| {
            let chunks = tables.chunks.values().rev().filter(|chunk| chunk.first_seq < before);
            Ok(chunks.take(limit).map(stored).collect())
        })
    }

    fn extents_after(&self, after: Seq, limit: usize) -> Result<Vec<Extent>, StoreError> {
        self.with(|tables| {
            let chunks = tables.chunks.values().filter(|chunk| chunk.first_seq > after);
            Ok(chunks.take(limit).map(extent).collect())
        })
    }

    fn amended(&self, from: Seq, to: Seq) -> Result<Vec<(Seq, Amended)>, StoreError> {
        self.with(|tables| {
            let messages = tables.messages.values().filter(|m| from <= m.seq && m.seq <= to);
            Ok(messages.map(|message| (message.seq, Amended::of(message))).collect())
        })
    }

    fn reactions(&self, target: Seq, user: UserId) -> Result<Vec<String>, StoreError> {
        self.with(|tables| {
            let theirs = tables.reactions.iter().filter(|(t, u, _)| *t == target && *u == user);
            Ok(theirs.map(|(_, _, emoji)| emoji.clone()).collect())
        })
    }

    fn reactors(&self, target: Seq, emoji: &str, limit: usize) -> Result<Vec<UserId>, StoreError> {
        self.with(|tables| {
            let given = tables.reactions.iter().filter(|(t, _, e)| *t == target && e == emoji);
            Ok(given.map(|&(_, user, _)| user).take(limit).collect())
        })
    }

    fn replies(&self, thread: Seq, before: Seq, limit: usize) -> Result<Vec<Seq>, StoreError> {
        self.with(|tables| {
            let replies = tables.replies.iter().rev();
            let replies = replies.filter(|(root, seq)| *root == thread && *seq < before);
            Ok(replies.map(|&(_, seq)| seq).take(limit).collect())
        })
    }

    fn bans(&self) -> Result<Vec<Ban>, StoreError> {
        self.with(|tables| Ok(tables.bans.values().cloned().collect()))
    }

    fn deeds(
        &self,
        before: Option<DeedId>,
        limit: usize,
    ) -> Result<Vec<(DeedId, Deed)>, StoreError> {
        self.with(|tables| {
            let deeds = (1_u64..).map(DeedId).zip(tables.deeds.iter().cloned());
            let is_before = |id: DeedId| before.is_none_or(|before| id < before);
            let mut deeds: Vec<_> = deeds.filter(|(id, _)| is_before(*id)).collect();
            deeds.reverse();
            deeds.truncate(limit);
            Ok(deeds)
        })
    }

    fn file(&self, id: AttachmentId) -> Result<Option<StoredFile>, StoreError> {
        self.with(|tables| Ok(tables.files.get(&id).cloned()))
    }

    fn revision(&self) -> Result<Seq, StoreError> {
        self.with(|tables| Ok(tables.revision))
    }

    fn n_uploads(&self, user: UserId, begun: Timestamp) -> Result<usize, StoreError> {
        self.with(|tables| {
            let is_counted = |upload: &&Upload| upload.file.is_some() || upload.at >= begun;
            let own = tables.uploads().filter(|upload| upload.by == user);
            Ok(own.filter(is_counted).count())
        })
    }

    fn forget_upload(&self, id: AttachmentId) -> Result<(), StoreError> {
        self.with(|tables| {
            if tables.uploads().any(|upload| upload.id == id) {
                tables.give_up(vec![id]);
            }
            Ok(())
        })
    }

    fn oldest_upload(&self) -> Result<Option<Timestamp>, StoreError> {
        self.with(|tables| Ok(tables.uploads().map(|upload| upload.at).min()))
    }

    fn expire_uploads(&self, before: Timestamp, limit: usize) -> Result<(), StoreError> {
        self.with(|tables| {
            let mut stale: Vec<_> = tables.uploads().filter(|upload| upload.at < before).collect();
            stale.sort_by_key(|upload| (upload.at, upload.id));
            let files: Vec<_> = stale.iter().take(limit).map(|upload| upload.id).collect();
            if !files.is_empty() {
                tables.give_up(files);
            }
            Ok(())
        })
    }

    fn notices(&self, now: Timestamp, limit: usize) -> Result<Vec<Waiting>, StoreError> {
        self.with(|tables| {
            let due = tables.notices.values().filter(|waiting| waiting.due_at <= now);
            Ok(due.take(limit).cloned().collect())
        })
    }

    fn next_notice_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.with(|tables| Ok(tables.notices.values().map(|waiting| waiting.due_at).min()))
    }

    fn forget_notices(&self, ids: &[NoticeId]) -> Result<(), StoreError> {
        self.with(|tables| {
            tables.notices.retain(|id, _| !ids.contains(id));
            Ok(())
        })
    }

    fn put_off(&self, waiting: &Waiting) -> Result<(), StoreError> {
        self.with(|tables| {
            if let Some(stored) = tables.notices.get_mut(&waiting.id) {
                let notice = waiting.notice.clone().or_else(|| stored.notice.take());
                *stored = Waiting { notice, ..waiting.clone() };
            }
            Ok(())
        })
    }
}

impl MemoryStore {
    fn with<T>(
        &self,
        work: impl FnOnce(&mut Tables) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut tables = self.0.borrow_mut();
        let missing = || StoreError::Sql("no such table: meta".into());
        work(tables.as_mut().ok_or_else(missing)?)
    }
}

impl Tables {
    fn new(settings: Settings, epoch: Epoch) -> Self {
        Self {
            settings,
            epoch,
            deleted: false,
            revision: Seq::ZERO,
            archive: Archive::default(),
            blockers: Vec::new(),
            endings: BTreeMap::new(),
            told: Vec::new(),
            checkpoint: (Seq::ZERO, Vec::new()),
            chunks: BTreeMap::new(),
            members: BTreeMap::new(),
            bans: BTreeMap::new(),
            invites: BTreeMap::new(),
            messages: BTreeMap::new(),
            reactions: BTreeSet::new(),
            replies: BTreeSet::new(),
            files: BTreeMap::new(),
            deeds: Vec::new(),
            notices: BTreeMap::new(),
        }
    }

    fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let (checkpoint_seq, sends) = self.checkpoint.clone();
        let mut scan = Scan::new(sends);
        for chunk in self.chunks.values().filter(|chunk| chunk.last_seq > checkpoint_seq) {
            scan.read(&chunk.lines)?;
        }
        let last = self.chunks.last_key_value().map(|(_, chunk)| chunk);
        let end = self.archive.archived;
        let pinned = self.messages.values().filter(|message| message.pinned);
        Ok(Snapshot {
            settings: self.settings.clone(),
            epoch: self.epoch,
            head: last.map_or(end.seq, |chunk| chunk.last_seq),
            head_at: last.map_or(end.at, |chunk| chunk.last_at),
            link: last.map_or(end.link, |chunk| chunk.link),
            last_message: scan.last_message,
            revision: self.revision,
            archive: self.archive,
            members: self.members.values().cloned().collect(),
            bans: self.bans.keys().copied().collect(),
            invites: self.invites.values().copied().collect(),
            pins: pinned.map(|message| message.seq).collect(),
            blockers: self.blockers.clone(),
            endings: self.endings.clone().into_iter().collect(),
            told: self.told.clone(),
            checkpoint_seq,
            sends: scan.sends,
            recent: newest(&self.chunks),
            sockets: Vec::new(),
        })
    }

    fn write(&mut self, write: &Write) -> Result<(), StoreError> {
        match write.clone() {
            Write::Member(member) => drop(self.members.insert(member.user, member)),
            Write::NoMember(user) => drop(self.members.remove(&user)),
            Write::Ban(ban) => drop(self.bans.insert(ban.user, ban)),
            Write::NoBan(user) => drop(self.bans.remove(&user)),
            Write::Settings(settings) => self.settings = settings,
            Write::Invite(invite) => drop(self.invites.insert(invite.id, invite)),
            Write::NoInvite(invite) => drop(self.invites.remove(&invite)),
            Write::Message(state) => drop(self.messages.insert(state.seq, state)),
            Write::Reaction { target, emoji, user, on } => {
                let reaction = (target, user, emoji);
                if on {
                    self.reactions.insert(reaction)
                } else {
                    self.reactions.remove(&reaction)
                };
            }
            Write::Reply { thread, seq } => drop(self.replies.insert((thread, seq))),
            Write::Erase { target, edits, revision } => {
                self.erase(target, &edits)?;
                self.revision = revision;
            }
            Write::Upload(upload) => self.add_upload(upload)?,
            Write::Uploaded(file) => {
                if let Some(stored) = self.files.get_mut(&file.id) {
                    stored.upload.file = Some(file);
                }
            }
            Write::Attached { attachment, seq } => {
                if let Some(stored) = self.files.get_mut(&attachment) {
                    stored.message = Some(seq);
                }
            }
            Write::Deed(deed) => self.deeds.push(deed),
            Write::Read { user, seq } => {
                if let Some(member) = self.members.get_mut(&user) {
                    member.read = seq;
                }
            }
            Write::Blockers(users) => self.blockers = users,
            Write::Endings { user, endings } if endings.is_empty() => {
                self.endings.remove(&user);
            }
            Write::Endings { user, endings } => drop(self.endings.insert(user, endings)),
            Write::Told(told) => self.told = told,
            Write::Notice(notice) => self.add_notice(notice),
            Write::Checkpoint(sends) => {
                let last = self.chunks.last_key_value().map(|(_, chunk)| chunk.last_seq);
                self.checkpoint = (last.unwrap_or(self.archive.archived.seq), sends);
            }
            Write::Archive(archive) => self.archive = archive,
            Write::Expire { upto, keeps_erasures } => self.expire(upto, keeps_erasures),
            Write::Everything => {
                let notices = std::mem::take(&mut self.notices);
                *self = Self::new(self.settings.clone(), self.epoch);
                (self.notices, self.deleted) = (notices, true);
            }
        }
        Ok(())
    }

    fn add_upload(&mut self, upload: Upload) -> Result<(), StoreError> {
        if self.files.contains_key(&upload.id) {
            return Err(StoreError::Sql("attachment.id is taken".into()));
        }
        self.files.insert(upload.id, StoredFile { upload, message: None });
        Ok(())
    }

    fn erase(&mut self, target: Seq, edits: &[Seq]) -> Result<(), StoreError> {
        let seqs: protocol::ordered::Set<Seq> = edits.iter().copied().chain([target]).collect();
        for chunk in self.chunks.values_mut() {
            let mut erased = stored(chunk);
            let files = erased.erase(&seqs)?;
            chunk.lines = erased.lines;
            self.files.retain(|id, _| !files.contains(id));
        }
        self.reactions.retain(|(message, _, _)| *message != target);
        Ok(())
    }

    fn expire(&mut self, upto: Seq, keeps_erasures: bool) {
        self.chunks.retain(|_, chunk| chunk.last_seq > upto);
        let is_kept = |state: &MessageState| keeps_erasures && state.redacted_by.is_some();
        self.messages.retain(|seq, state| *seq > upto || is_kept(state));
        self.reactions.retain(|(seq, _, _)| *seq > upto);
        self.replies.retain(|(thread, _)| *thread > upto);
        let gone = self.files.values().filter(|file| file.message.is_some_and(|seq| seq <= upto));
        let files: Vec<AttachmentId> = gone.map(|file| file.upload.id).collect();
        if !files.is_empty() {
            self.give_up(files);
        }
    }

    fn add_notice(&mut self, notice: Notice) {
        let last = self.notices.last_key_value().map_or(0, |(id, _)| id.0);
        let id = NoticeId(last.saturating_add(1));
        let waiting =
            Waiting { id, notice: Some(notice), n_failures: 0, due_at: Timestamp::default() };
        self.notices.insert(id, waiting);
    }

    fn give_up(&mut self, files: Vec<AttachmentId>) {
        self.files.retain(|id, _| !files.contains(id));
        self.add_notice(Notice::Files { files });
    }

    fn uploads(&self) -> impl Iterator<Item = &Upload> {
        self.files.values().filter(|file| file.message.is_none()).map(|file| &file.upload)
    }
}

fn newest(chunks: &BTreeMap<Seq, Chunk>) -> Vec<ChunkSize> {
    let limit = usize::try_from(REPLAY_ENTRIES_MAX).unwrap_or(usize::MAX);
    let size = |chunk: &Chunk| ChunkSize { first_seq: chunk.first_seq, n_bytes: chunk.lines.len() };
    let mut sizes: Vec<ChunkSize> = chunks.values().rev().take(limit).map(size).collect();
    sizes.reverse();
    sizes
}

fn extent(chunk: &Chunk) -> Extent {
    let &Chunk { first_seq, last_seq, first_at, last_at, link, .. } = chunk;
    let range = Range { from: first_seq, to: last_seq, first_at, last_at, link };
    Extent { range, n_bytes: u64::try_from(chunk.lines.len()).unwrap_or(u64::MAX) }
}

fn stored(chunk: &Chunk) -> StoredChunk {
    let Chunk { first_seq, last_seq, lines, .. } = chunk.clone();
    StoredChunk { first_seq, last_seq, lines }
}
