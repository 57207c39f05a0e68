//! What survives eviction: rows, and what is written on the sockets.

use protocol::{
    Ending, Epoch, InviteId, Link, RoomId, RoomKind, Seq, SessionId, Timestamp, UserId,
};

use crate::archive::Archive;
use crate::nonces::LastSend;
use crate::recent::ChunkSize;
use crate::roster::Member;
use crate::sessions::SocketState;

/// What a room is called, and who may enter and write.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Settings {
    /// The room.
    pub id: RoomId,
    /// Its name; empty for a direct room.
    pub name: String,
    /// Who may enter.
    pub kind: RoomKind,
    /// What it is about; empty if nobody said.
    pub topic: String,
    /// Milliseconds between two messages of a member who is not a moderator; zero for none.
    pub slow_ms: u64,
    /// Whether nobody may write.
    pub archived: bool,
}

/// Something that lets people in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Invite {
    /// Its secret.
    pub id: InviteId,
    /// Who opened it.
    pub by: UserId,
    /// When it ends.
    pub expires_at: Timestamp,
    /// How often it can be used yet; never zero.
    pub uses_left: u32,
}

/// The durable part of a room: what a fresh instance needs after eviction.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// What the room is called, and who may enter.
    pub settings: Settings,
    /// The incarnation of its log.
    pub epoch: Epoch,
    /// The last stored entry.
    pub head: Seq,
    /// When it was accepted.
    pub head_at: Timestamp,
    /// The hash chain after it.
    pub link: Link,
    /// The last message; zero if there is none after the checkpoint, nor shortly before it.
    pub last_message: Seq,
    /// The last erasure.
    pub revision: Seq,
    /// How far the log is archived, and how much of it expired.
    pub archive: Archive,
    /// The roster.
    pub members: Vec<Member>,
    /// Who may not join.
    pub bans: Vec<UserId>,
    /// Who takes no messages of the other one, in a direct room.
    pub blockers: Vec<UserId>,
    /// What has ended of users' sign-ins and tokens, that included which is over meanwhile.
    pub endings: Vec<(UserId, Vec<Ending>)>,
    /// The open invites, those included that expired meanwhile.
    pub invites: Vec<Invite>,
    /// The pinned messages.
    pub pins: Vec<Seq>,
    /// Who was told of something unread, and of what.
    pub told: Vec<(UserId, Seq)>,
    /// The last entry that the checkpoint covers.
    pub checkpoint_seq: Seq,
    /// The checkpoint, followed by the sends stored after it, in order. Of these, messages alone
    /// have a `spoke_at`.
    pub sends: Vec<LastSend>,
    /// The newest chunks, oldest first: at least those of the last `REPLAY_ENTRIES_MAX` entries.
    pub recent: Vec<ChunkSize>,
    /// The sockets that are still open.
    pub sockets: Vec<(SessionId, SocketState)>,
}

impl Snapshot {
    /// A room in which nothing has happened.
    pub(crate) fn empty(settings: Settings, epoch: Epoch) -> Self {
        Self {
            settings,
            epoch,
            head: Seq::ZERO,
            head_at: Timestamp::default(),
            link: Link::GENESIS,
            last_message: Seq::ZERO,
            revision: Seq::ZERO,
            archive: Archive::default(),
            members: Vec::new(),
            bans: Vec::new(),
            blockers: Vec::new(),
            endings: Vec::new(),
            invites: Vec::new(),
            pins: Vec::new(),
            told: Vec::new(),
            checkpoint_seq: Seq::ZERO,
            sends: Vec::new(),
            recent: Vec::new(),
            sockets: Vec::new(),
        }
    }
}
