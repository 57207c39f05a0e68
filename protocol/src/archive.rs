//! What a room and the archive job say to each other (rules AR1 to AR9).

use serde::{Deserialize, Serialize};

use crate::id::{AttachmentId, Epoch, InviteId, RoomId, UserId};
use crate::position::Seq;
use crate::room::{Role, RoomKind};
use crate::time::Timestamp;

/// A fencing token: rises with every lease that is granted; a room follows the highest it saw.
pub type Fence = u64;

/// `POST archive/rooms/{room}/seal`: fix the next entries that will be archived.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct SealRequest {
    /// The lease under which the job works.
    pub fence: Fence,
    /// Bytes of lines at most; a chunk that is longer is sealed alone.
    pub bytes_max: u64,
}

/// What a room answers to `seal`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Sealed {
    /// What is fixed now, and until it is acknowledged; `None` if nothing waits.
    pub range: Option<SealedRange>,
    /// Where the room stands.
    pub status: LogStatus,
    /// What cannot be rebuilt from the log; there if the range ends at the head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<RoomState>,
}

/// Whole chunks of one day, of which the first begins after what was acknowledged.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct SealedRange {
    /// First entry.
    pub from: Seq,
    /// Last entry.
    pub to: Seq,
    /// When the first one was accepted; its day (UTC) is the range's.
    pub first_at: Timestamp,
    /// When the last one was accepted.
    pub last_at: Timestamp,
    /// The hash chain before the first entry, in lower-case hexadecimal (rule EN5).
    pub link_before: String,
    /// The hash chain after the last entry.
    pub link: String,
    /// For every `redact` of the range: what it erased, the message and its edits. The job erases
    /// in the archive those of them that it holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub erased: Vec<Seq>,
}

/// Where a room's log stands.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct LogStatus {
    /// The room.
    pub room: RoomId,
    /// The incarnation of its log.
    pub epoch: Epoch,
    /// The last stored entry.
    pub head: Seq,
    /// The last entry whose archiving was acknowledged.
    pub archived: Seq,
    /// The last entry that expired; zero if none did.
    pub expired: Seq,
    /// The last erasure (rule HT4).
    pub revision: Seq,
    /// When the oldest entry that the room still has was accepted; `None` if it has none.
    pub oldest_at: Option<Timestamp>,
    /// Whether a legal hold stops expiry.
    pub hold: bool,
}

/// `POST archive/rooms/{room}/acknowledge`: this range is in the archive, verified and committed.
/// Answered with [`LogStatus`]; a repetition is answered alike and changes nothing.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Acknowledge {
    /// The lease under which the job works.
    pub fence: Fence,
    /// The last entry of the range.
    pub to: Seq,
    /// The hash chain after it, as the job computed it from what it read back.
    pub link: String,
}

/// `POST archive/rooms/{room}/expire`: forget what is older. Answered with [`Expired`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Expire {
    /// The lease under which the job works.
    pub fence: Fence,
    /// Chunks whose last entry was accepted before this go, as far as they are archived.
    pub before: Timestamp,
}

/// What one bounded batch of expiry did.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Expired {
    /// Entries that went.
    pub entries: u64,
    /// Whether to ask again.
    pub has_more: bool,
    /// Where the room stands now.
    pub status: LogStatus,
}

/// `PUT archive/rooms/{room}/hold`: a legal hold begins or ends. Answered with [`LogStatus`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Hold {
    /// Whether expiry, erasure and deletion of the room stop.
    pub on: bool,
}

/// `POST archive/rooms/{room}/erase`: erase what a user said, as if by `redact`, one bounded batch.
/// Answered with [`ErasedBatch`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct EraseUser {
    /// The lease under which the job works.
    pub fence: Fence,
    /// Whose words.
    pub user: UserId,
    /// Only messages after this one: where the last batch ended.
    #[serde(default)]
    pub after: Seq,
}

/// The display name of somebody whose words and name were erased.
pub const ERASED_NAME: &str = "(erased)";

/// What one bounded batch of erasure did.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct ErasedBatch {
    /// The messages that it erased.
    pub seqs: Vec<Seq>,
    /// What to put into [`EraseUser::after`]; `None` at the end of the log.
    pub after: Option<Seq>,
}

/// What a room is, beside its log: what cannot be rebuilt from entries.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct RoomState {
    /// The entry up to which this is so.
    pub seq: Seq,
    /// The name; empty for a direct room.
    pub name: String,
    /// Who may enter.
    pub kind: RoomKind,
    /// What it is about.
    pub topic: String,
    /// Milliseconds between two messages of a member; zero for none.
    pub slow_ms: u64,
    /// Whether nobody may write.
    pub archived: bool,
    /// Everybody in it.
    pub members: Vec<MemberState>,
    /// Who may not join.
    pub bans: Vec<BanState>,
    /// What lets people in.
    pub invites: Vec<InviteState>,
}

/// A member.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct MemberState {
    /// Who.
    pub user: UserId,
    /// The display name.
    pub name: String,
    /// What the member may do.
    pub role: Role,
    /// Since when.
    pub joined_at: Timestamp,
    /// How far the member has read.
    pub read: Seq,
    /// May not write until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Timestamp>,
}

/// Somebody who may not join.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct BanState {
    /// Who.
    pub user: UserId,
    /// The display name, if the user was a member.
    pub name: String,
    /// By whom.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// Why; may be empty.
    pub reason: String,
}

/// Something that lets people in.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct InviteState {
    /// Its secret.
    pub id: InviteId,
    /// Who opened it.
    pub by: UserId,
    /// When it ends.
    pub expires_at: Timestamp,
    /// How often it can be used yet.
    pub uses_left: u32,
}

/// `PUT archive/rooms/{room}/restore`: begin a room that comes back from the archive, with a new
/// epoch. Refused if the room exists, except one that this very restoring began.
/// Answered with [`LogStatus`].
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct BeginRestore {
    /// What cannot be rebuilt from entries.
    pub state: RoomState,
    /// The entries before the first that will come: they expired. Zero if none did.
    pub expired: Seq,
    /// The hash chain after them.
    pub link: String,
    /// Whether the room was under a legal hold: it is again, from the beginning.
    #[serde(default)]
    pub hold: bool,
}

/// `POST archive/rooms/{room}/restore?from=&to=&link=`: the next entries, as lines, which continue
/// the chain; a repetition changes nothing. Answered with [`LogStatus`].
/// `POST archive/rooms/{room}/restore/finish`: members may enter from now on. Answered alike.
pub const RESTORE_BYTES_MAX: usize = 1024 * 1024;

/// `POST archive/leases`: work on these buckets, if nobody else does. Answered with [`Lease`], or
/// with 409 `leased` and the holder's name in `detail`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct LeaseRequest {
    /// The buckets, of 256: all of them are granted, or none.
    pub buckets: Vec<u8>,
    /// Who asks, for people: host, process, start.
    pub holder: String,
    /// Milliseconds until it ends unless it is renewed.
    pub ttl_ms: u64,
}

/// A lease. `PUT archive/leases/{fence}` with [`LeaseRequest`] renews it (409 `fenced` if it was
/// lost), `DELETE archive/leases/{fence}` ends it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Lease {
    /// Higher than that of every lease before.
    pub fence: Fence,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// `GET archive/rooms?cursor=&state=dirty|expiring|deleted|held|all&before=MS`: rooms as D1 knows
/// them. No room is woken.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct RoomList {
    /// In the order of ids.
    pub rooms: Vec<RoomListing>,
    /// What to ask for next; `null` at the end.
    pub cursor: Option<String>,
}

/// A room as D1 knows it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct RoomListing {
    /// The room.
    pub room: RoomId,
    /// An entry that is not archived, or the last one that was.
    pub head: Seq,
    /// The last entry whose archiving was acknowledged.
    pub archived: Seq,
    /// When the oldest entry of `archived..` that waits was accepted; `None` if none is known of.
    pub dirty_since: Option<Timestamp>,
    /// When the oldest entry that the room has was accepted, as of the last acknowledgement.
    pub oldest_at: Option<Timestamp>,
    /// Whether a legal hold stops expiry.
    pub hold: bool,
    /// Whether the room was deleted.
    pub deleted: bool,
}

/// `GET archive/rooms/{room}/attachments?cursor=`: the files that the store has of a room, whether
/// or not there is such a room (rule AA8).
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct AttachmentList {
    /// In the order of ids.
    pub attachments: Vec<StoredAttachment>,
    /// What to ask for next; `null` at the end.
    pub cursor: Option<String>,
}

/// A file that the store has.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct StoredAttachment {
    /// The file.
    pub id: AttachmentId,
    /// Its length.
    pub bytes: u64,
}

/// `POST archive/runs`: what a job did, told when it ended (rule AA9).
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct JobRun {
    /// The command.
    pub command: String,
    /// When it began, by the clock of the job.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// The exit code of the command.
    pub exit: u8,
    /// How many entries were archived.
    pub archived: u64,
    /// How many entries rooms forgot.
    pub expired: u64,
    /// Why it did not do all that it was told, in one line; empty if it did.
    pub says: String,
}

/// Characters of [`JobRun::says`], at most.
pub const RUN_SAYS_CHARS_MAX: usize = 200;
