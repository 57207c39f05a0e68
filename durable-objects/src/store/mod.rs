//! The storage port of a room and its implementations.
//!
//! [`SqlStore`] is the one that deployments run; its SQL text is shared by the Durable Object and
//! by native SQLite. [`MemoryStore`] says in plain code what the SQL means. Both, and the real
//! object, are held to [`contract`].

mod amended;
#[cfg(any(test, feature = "testing"))]
pub mod contract;
mod durable;
mod errands;
mod expire;
mod memory;
mod meters;
mod past;
mod restoring;
mod rows;
mod scan;
mod schema;
mod search;
mod sql;
mod sql_commit;
mod sql_load;
mod standings;

pub use amended::Amended;
pub use durable::DurableSql;
pub use errands::{Errands, Waiting as ErrandWaiting};
pub use memory::MemoryStore;
pub use meters::Meters;
pub(crate) use past::entry as decode_stored;
use protocol::{Amendment, AttachmentId, Epoch, RoomId, Seq, Timestamp, UserId};
use room::{Ban, Commit, Deed, Known, Needs, Notice, Range, Settings, Snapshot, Upload};
pub use search::{Found, Search};
pub use sql::{Sql, SqlStore, Value};
pub use standings::Standings;

/// What a room keeps. Every method is synchronous, because a turn has no `await`.
///
/// # Errors
/// Every method fails if storage fails or holds what this version does not understand.
#[expect(clippy::missing_errors_doc, reason = "said once, above")]
pub trait Store {
    /// Reads everything a room needs to go on, except its sockets; `None` if it was never founded,
    /// or deleted.
    fn load(&self) -> Result<Option<Snapshot>, StoreError>;

    /// The room whose deletion is stored, while its notices wait.
    fn deleted(&self) -> Result<Option<RoomId>, StoreError>;

    /// Creates the tables and stores what the room is.
    fn found(&self, settings: &Settings, epoch: Epoch) -> Result<(), StoreError>;

    /// Stores one commit: all of it or nothing. Fails if the chunk's first seq is taken.
    fn commit(&self, commit: &Commit) -> Result<(), StoreError>;

    /// The chunks that hold entries after `after`, oldest first, at most `limit` of them. The
    /// first one may begin at or before `after`.
    fn chunks_after(&self, after: Seq, limit: usize) -> Result<Vec<StoredChunk>, StoreError>;

    /// The chunks that hold entries before `before`, newest first, at most `limit` of them. The
    /// first one may end at or after `before`.
    fn chunks_before(&self, before: Seq, limit: usize) -> Result<Vec<StoredChunk>, StoreError>;

    /// The chunks after `after`, which ends one, without their lines, oldest first, at most `limit`
    /// of them.
    fn extents_after(&self, after: Seq, limit: usize) -> Result<Vec<Extent>, StoreError>;

    /// What later entries made of the messages `from..=to`, in the order of seqs; only of those
    /// that were amended.
    fn amended(&self, from: Seq, to: Seq) -> Result<Vec<(Seq, Amended)>, StoreError>;

    /// The reactions that `user` gave to a message.
    fn reactions(&self, target: Seq, user: UserId) -> Result<Vec<String>, StoreError>;

    /// Who gave a reaction to a message, in the order of ids, at most `limit` of them.
    fn reactors(&self, target: Seq, emoji: &str, limit: usize) -> Result<Vec<UserId>, StoreError>;

    /// The messages of a thread before `before`, newest first, at most `limit` of them.
    fn replies(&self, thread: Seq, before: Seq, limit: usize) -> Result<Vec<Seq>, StoreError>;

    /// Who may not join, in the order of ids.
    fn bans(&self) -> Result<Vec<Ban>, StoreError>;

    /// The moderation log before `before`, newest first, at most `limit` acts of it.
    fn deeds(
        &self,
        before: Option<DeedId>,
        limit: usize,
    ) -> Result<Vec<(DeedId, Deed)>, StoreError>;

    /// A file.
    fn file(&self, id: AttachmentId) -> Result<Option<StoredFile>, StoreError>;

    /// The entry that erased something last (rule HT4).
    fn revision(&self) -> Result<Seq, StoreError>;

    /// How many files of `user` came with no message, those left out that are not complete and
    /// whose upload began before `begun`.
    fn n_uploads(&self, user: UserId, begun: Timestamp) -> Result<usize, StoreError>;

    /// Forgets a file that came with no message, if there is such a one; a notice to delete its
    /// bytes takes its place.
    fn forget_upload(&self, id: AttachmentId) -> Result<(), StoreError>;

    /// When the oldest upload began of a file that came with no message.
    fn oldest_upload(&self) -> Result<Option<Timestamp>, StoreError>;

    /// Forgets files that came with no message and whose upload began before `before`, at most
    /// `limit` of them; a notice to delete their bytes takes their place.
    fn expire_uploads(&self, before: Timestamp, limit: usize) -> Result<(), StoreError>;

    /// The notices that are due at `now`, oldest first, at most `limit` of them.
    fn notices(&self, now: Timestamp, limit: usize) -> Result<Vec<Waiting>, StoreError>;

    /// When the next notice is due; `None` if none waits.
    fn next_notice_at(&self) -> Result<Option<Timestamp>, StoreError>;

    /// Forgets notices, because they were delivered.
    fn forget_notices(&self, ids: &[NoticeId]) -> Result<(), StoreError>;

    /// Puts a notice off, with what is left of it.
    fn put_off(&self, waiting: &Waiting) -> Result<(), StoreError>;

    /// The lines of these entries, in the order asked for; entries that do not exist are left out.
    fn lines(&self, seqs: &[Seq]) -> Result<Vec<(Seq, String)>, StoreError> {
        past::lines(self, seqs)
    }

    /// Calls `each` with the lines of these entries, in the order asked for, until it answers that
    /// it has enough. One chunk is in memory at a time.
    fn each_line(
        &self,
        seqs: &[Seq],
        each: &mut dyn FnMut(Seq, &str) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        past::each_line(self, seqs, each)
    }

    /// Calls `each` with the lines of the entries `first..=last` that exist, oldest first. A few
    /// chunks are in memory at a time.
    fn each_between(
        &self,
        first: Seq,
        last: Seq,
        each: &mut dyn FnMut(&str) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        past::each_between(self, first, last, each)
    }

    /// What the room must know of the past to judge a frame.
    fn known(&self, needs: &Needs) -> Result<Known, StoreError> {
        past::known(self, needs)
    }

    /// The current state of those of the messages `from..=to` that were amended, for `caller`.
    fn amendments(&self, from: Seq, to: Seq, caller: UserId) -> Result<Vec<Amendment>, StoreError> {
        past::amendments(self, from, to, caller)
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

/// A chunk without its lines.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Extent {
    /// Its entries.
    pub range: Range,
    /// Bytes of its lines.
    pub n_bytes: u64,
}

/// A file, and the message that it came with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredFile {
    /// The file.
    pub upload: Upload,
    /// The message; `None` if it came with none yet.
    pub message: Option<Seq>,
}

/// A notice that is not delivered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Waiting {
    /// Its place in the outbox.
    pub id: NoticeId,
    /// What is left to deliver; `None` if this version does not understand it.
    pub notice: Option<Notice>,
    /// How often that failed.
    pub n_failures: u32,
    /// Not before.
    pub due_at: Timestamp,
}

/// The place of a notice in the outbox.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct NoticeId(pub u64);

/// The place of an act in the moderation log.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct DeedId(pub u64);

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
