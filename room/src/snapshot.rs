//! What survives eviction: rows, and what is written on the sockets.

use protocol::{Epoch, Link, RoomId, RoomKind, Seq, SessionId, Timestamp};

use crate::nonces::LastSend;
use crate::recent::ChunkSize;
use crate::roster::Member;
use crate::sessions::SocketState;

/// What a room is called, and who may enter.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Settings {
    /// The room.
    pub id: RoomId,
    /// Its name.
    pub name: String,
    /// Who may enter.
    pub kind: RoomKind,
    /// What it is about; empty if nobody said.
    pub topic: String,
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
    /// The roster.
    pub members: Vec<Member>,
    /// The last entry that the checkpoint covers.
    pub checkpoint_seq: Seq,
    /// The checkpoint, followed by the sends stored after it, in order.
    pub sends: Vec<LastSend>,
    /// The newest chunks, oldest first: at least those of the last `REPLAY_ENTRIES_MAX` entries.
    pub recent: Vec<ChunkSize>,
    /// The sockets that are still open.
    pub sockets: Vec<(SessionId, SocketState)>,
}
