//! The storage port of a room and its implementations.
//!
//! [`SqlStore`] is the one that deployments run; its SQL text is shared by the Durable Object and
//! by native SQLite. [`MemoryStore`] says in plain code what the SQL means. Both, and the real
//! object, are held to [`contract`].

#[cfg(any(test, feature = "testing"))]
pub mod contract;
mod durable;
mod memory;
mod rows;
mod sql;

pub use durable::DurableSql;
pub use memory::MemoryStore;
use protocol::{Epoch, Link, Seq, Timestamp};
use room::{ChunkSize, Commit, LastSend, Member, Notice, Settings, Snapshot, SocketState};
pub use sql::{Sql, SqlStore, Value};

/// What a room keeps. Every method is synchronous, because a turn has no `await`.
pub trait Store {
    /// Reads everything a room needs to go on; `None` if it was never founded.
    ///
    /// # Errors
    /// If storage fails or holds what this version does not understand.
    fn load(&self) -> Result<Option<Stored>, StoreError>;

    /// Creates the tables and stores what the room is.
    ///
    /// # Errors
    /// If storage fails.
    fn found(&self, settings: &Settings, epoch: Epoch) -> Result<(), StoreError>;

    /// Stores one flush: all of it or nothing.
    ///
    /// # Errors
    /// If storage fails, or the chunk's first seq is taken.
    fn commit(&self, commit: &Commit) -> Result<(), StoreError>;

    /// The chunks that hold entries after `after`, oldest first, at most `limit` of them. The
    /// first one may begin at or before `after`.
    ///
    /// # Errors
    /// If storage fails.
    fn chunks_after(&self, after: Seq, limit: usize) -> Result<Vec<StoredChunk>, StoreError>;

    /// The chunks that hold entries before `before`, newest first, at most `limit` of them. The
    /// first one may end at or after `before`.
    ///
    /// # Errors
    /// If storage fails.
    fn chunks_before(&self, before: Seq, limit: usize) -> Result<Vec<StoredChunk>, StoreError>;

    /// The notices that are not delivered, oldest first, at most `limit` of them.
    ///
    /// # Errors
    /// If storage fails.
    fn notices(&self, limit: usize) -> Result<Vec<(NoticeId, Notice)>, StoreError>;

    /// Forgets the notices up to and including `upto`, because they were delivered.
    ///
    /// # Errors
    /// If storage fails.
    fn forget_notices(&self, upto: NoticeId) -> Result<(), StoreError>;
}

/// A stored room: a [`Snapshot`] without its sockets.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stored {
    /// What the room is called, and who may enter.
    pub settings: Settings,
    /// The incarnation of the log.
    pub epoch: Epoch,
    /// The last entry, when it was accepted, and the hash chain after it.
    pub head: (Seq, Timestamp, Link),
    /// The roster, in the order of ids.
    pub members: Vec<Member>,
    /// The last entry that the checkpoint covers.
    pub checkpoint_seq: Seq,
    /// The checkpoint, followed by the sends stored after it, in order.
    pub sends: Vec<LastSend>,
    /// The newest `REPLAY_ENTRIES_MAX` chunks, oldest first.
    pub recent: Vec<ChunkSize>,
}

impl Stored {
    /// Adds the sockets that are still open.
    #[must_use]
    pub fn with_sockets(self, sockets: Vec<(protocol::SessionId, SocketState)>) -> Snapshot {
        let (head, head_at, link) = self.head;
        Snapshot {
            settings: self.settings,
            epoch: self.epoch,
            head,
            head_at,
            link,
            members: self.members,
            checkpoint_seq: self.checkpoint_seq,
            sends: self.sends,
            recent: self.recent,
            sockets,
        }
    }
}

/// A chunk as history needs it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredChunk {
    /// First entry.
    pub first_seq: Seq,
    /// Last entry.
    pub last_seq: Seq,
    /// The lines, joined by newlines.
    pub lines: String,
}

/// The place of a notice in the outbox.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct NoticeId(pub u64);

/// Why storage did not do what was asked.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum StoreError {
    /// The database refused or failed.
    #[error("storage failed: {0}")]
    Sql(String),
    /// A row that this version does not understand.
    #[error("a row of {table} is not understood: {detail}")]
    Row {
        /// In this table.
        table: &'static str,
        /// What is wrong with it.
        detail: String,
    },
}
