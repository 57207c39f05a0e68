//! A room in memory: what the SQL means, in plain code, for tests.

use std::cell::RefCell;
use std::collections::BTreeMap;

use protocol::limits::REPLAY_ENTRIES_MAX;
use protocol::{Epoch, Link, Seq, Timestamp, UserId};
use room::{Chunk, ChunkSize, Commit, LastSend, Member, Notice, RosterChange, Settings};

use super::rows::sends_of;
use super::{NoticeId, Store, StoreError, Stored, StoredChunk};

/// A room in memory.
#[derive(Debug, Default)]
pub struct MemoryStore(RefCell<Option<Tables>>);

#[derive(Debug)]
struct Tables {
    settings: Settings,
    epoch: Epoch,
    chunks: BTreeMap<Seq, Chunk>,
    members: BTreeMap<UserId, Member>,
    notices: BTreeMap<NoticeId, Notice>,
    checkpoint: (Seq, Vec<LastSend>),
}

impl Store for MemoryStore {
    fn load(&self) -> Result<Option<Stored>, StoreError> {
        let tables = self.0.borrow();
        let Some(tables) = tables.as_ref() else {
            return Ok(None);
        };
        let (checkpoint_seq, mut sends) = tables.checkpoint.clone();
        for chunk in tables.chunks.values().filter(|chunk| chunk.last_seq > checkpoint_seq) {
            sends.extend(sends_of(&chunk.lines)?);
        }
        let last = tables.chunks.last_key_value().map(|(_, chunk)| chunk);
        let nothing = (Seq::ZERO, Timestamp::default(), Link::GENESIS);
        Ok(Some(Stored {
            settings: tables.settings.clone(),
            epoch: tables.epoch,
            head: last.map_or(nothing, |chunk| (chunk.last_seq, chunk.last_at, chunk.link)),
            members: tables.members.values().cloned().collect(),
            checkpoint_seq,
            sends,
            recent: newest(&tables.chunks),
        }))
    }

    fn found(&self, settings: &Settings, epoch: Epoch) -> Result<(), StoreError> {
        let mut tables = self.0.borrow_mut();
        if tables.is_some() {
            return Err(StoreError::Sql("table meta already exists".into()));
        }
        *tables = Some(Tables {
            settings: settings.clone(),
            epoch,
            chunks: BTreeMap::new(),
            members: BTreeMap::new(),
            notices: BTreeMap::new(),
            checkpoint: (Seq::ZERO, Vec::new()),
        });
        Ok(())
    }

    fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        let Commit { chunk, roster, notices, checkpoint } = commit;
        self.with(|tables| {
            if tables.chunks.contains_key(&chunk.first_seq) {
                return Err(StoreError::Sql("chunk.first_seq is taken".into()));
            }
            tables.chunks.insert(chunk.first_seq, chunk.clone());
            for change in roster {
                match change.clone() {
                    RosterChange::Put(member) => drop(tables.members.insert(member.user, member)),
                    RosterChange::Remove(user) => drop(tables.members.remove(&user)),
                }
            }
            for notice in notices {
                let last = tables.notices.last_key_value().map_or(0, |(id, _)| id.0);
                tables.notices.insert(NoticeId(last.saturating_add(1)), notice.clone());
            }
            if let Some(sends) = checkpoint {
                tables.checkpoint = (chunk.last_seq, sends.clone());
            }
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

    fn notices(&self, limit: usize) -> Result<Vec<(NoticeId, Notice)>, StoreError> {
        self.with(|tables| {
            let notices = tables.notices.iter().take(limit);
            Ok(notices.map(|(&id, notice)| (id, notice.clone())).collect())
        })
    }

    fn forget_notices(&self, upto: NoticeId) -> Result<(), StoreError> {
        self.with(|tables| {
            tables.notices.retain(|&id, _| id > upto);
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

fn newest(chunks: &BTreeMap<Seq, Chunk>) -> Vec<ChunkSize> {
    let limit = usize::try_from(REPLAY_ENTRIES_MAX).unwrap_or(usize::MAX);
    let size = |chunk: &Chunk| ChunkSize { first_seq: chunk.first_seq, n_bytes: chunk.lines.len() };
    let mut sizes: Vec<ChunkSize> = chunks.values().rev().take(limit).map(size).collect();
    sizes.reverse();
    sizes
}

fn stored(chunk: &Chunk) -> StoredChunk {
    let Chunk { first_seq, last_seq, lines, .. } = chunk.clone();
    StoredChunk { first_seq, last_seq, lines }
}
