//! The records of a manifest, as they are stored.

use protocol::archive::Fence;
use protocol::{Epoch, RoomId, Seq, Timestamp};
use serde::{Deserialize, Serialize};

/// The version of manifests that this program writes.
pub const VERSION: u32 = 1;

/// One change of a bucket's contents.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// [`VERSION`]; another one is refused.
    pub version: u32,
    /// Its place: one above the change before it, the first is 1.
    pub number: u64,
    /// The lease under which it was made.
    pub fence: Fence,
    /// When, by the job's clock; for people.
    pub at: Timestamp,
    /// Objects that are part of the archive from now on.
    pub add: Vec<Object>,
    /// Paths of objects that are not part of it any more.
    pub remove: Vec<String>,
}

/// All of a bucket's contents after a change.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Contents {
    /// The last change in it; zero if there was none.
    pub number: u64,
    /// The latest lease under which one was made.
    pub fence: Fence,
    /// What the archive of the bucket is, in the order of paths.
    pub objects: Vec<Object>,
}

/// [`Contents`], as they are stored.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// [`VERSION`]; another one is refused.
    pub version: u32,
    /// What it is.
    #[serde(flatten)]
    pub contents: Contents,
}

/// One object of the archive.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Object {
    /// Its name in the store.
    pub path: String,
    /// How long it is.
    pub bytes: u64,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// The day of its first entry, `YYYY-MM-DD`, UTC.
    pub day: String,
    /// What it holds.
    pub kind: Kind,
    /// Of whom and from where to where, sorted by room, epoch and seq.
    pub runs: Vec<Run>,
}

/// What an object holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Lines of one room.
    Segment,
    /// Lines of a day and a bucket, as a table.
    Table,
    /// What a room is beside its log.
    State,
}

/// Consecutive entries of one log.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The room.
    pub room: RoomId,
    /// The incarnation of its log.
    pub epoch: Epoch,
    /// First entry.
    pub from: Seq,
    /// Last entry.
    pub to: Seq,
    /// When the first one was accepted.
    pub first_at: Timestamp,
    /// When the last one was accepted.
    pub last_at: Timestamp,
    /// How many there are.
    pub entries: u64,
    /// The hash chain before the first one, in lower-case hexadecimal (rule EN5).
    pub link_before: String,
    /// The hash chain after the last one.
    pub link: String,
    /// What was erased up to this entry is not in it.
    pub revision: Seq,
}
