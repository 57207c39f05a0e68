//! What the shell must do, in order.

use protocol::{CloseCode, Epoch, Link, Refusal, Role, Seq, SessionId, Timestamp, UserId};

use crate::input::RequestId;
use crate::nonces::LastSend;
use crate::roster::Member;
use crate::sessions::SocketState;
use crate::snapshot::Settings;

/// One thing that the shell must do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Effect {
    /// Create the tables and store what the room is. First effect of a new room, never again.
    Found {
        /// What it is called, and who may enter.
        settings: Settings,
        /// The incarnation of its log.
        epoch: Epoch,
    },
    /// Store all of this, atomically.
    Commit(Commit),
    /// Send one frame to every live session, that is, every one that said `hello`.
    Broadcast(String),
    /// Send one frame to one session.
    Send {
        /// Receiver.
        session: SessionId,
        /// The frame.
        frame: String,
    },
    /// Send the stored lines after `after`, oldest first, as they are, to one session.
    Replay {
        /// Receiver.
        session: SessionId,
        /// Exclusive lower bound.
        after: Seq,
    },
    /// Write this on the socket, so that it survives hibernation.
    Keep {
        /// The socket.
        session: SessionId,
        /// What to write.
        state: SocketState,
    },
    /// Close this socket and forget it; no [`crate::Input::Disconnected`] is due for it.
    Close {
        /// The socket.
        session: SessionId,
        /// Why.
        code: CloseCode,
    },
    /// Answer a request.
    Answer {
        /// Which.
        request: RequestId,
        /// What to say.
        answer: Result<Answer, Refusal>,
    },
    /// Call back with [`crate::Input::Woke`] at this time or soon after, instead of when an earlier
    /// call said; `None`: do not call back, so that the room may hibernate.
    WakeAt(Option<Timestamp>),
}

/// What is stored in one transaction: one flush.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Commit {
    /// The accepted entries.
    pub chunk: Chunk,
    /// What they changed in the roster, in order.
    pub roster: Vec<RosterChange>,
    /// What others must learn of it, at least once.
    pub notices: Vec<Notice>,
    /// The last send of every device up to the chunk's end, when a checkpoint is due.
    pub checkpoint: Option<Vec<LastSend>>,
}

/// One flush in storage: the exact text that is broadcast.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Chunk {
    /// First entry.
    pub first_seq: Seq,
    /// Last entry.
    pub last_seq: Seq,
    /// When the first entry was accepted.
    pub first_at: Timestamp,
    /// When the last entry was accepted.
    pub last_at: Timestamp,
    /// The lines, joined by newlines.
    pub lines: String,
    /// The hash chain after the last entry (rule EN5).
    pub link: Link,
}

/// A change of one row of the roster.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RosterChange {
    /// Insert or replace.
    Put(Member),
    /// Delete.
    Remove(UserId),
}

/// Something that the index of rooms and memberships must learn, at least once, in any order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Notice {
    /// The room is called this.
    Room {
        /// What it is called, and who may enter.
        settings: Settings,
        /// Who owns it.
        owner: UserId,
        /// The entry that made it so; a lower one never replaces a higher one.
        seq: Seq,
        /// When.
        at: Timestamp,
    },
    /// A membership began, changed or ended.
    Membership {
        /// Whose.
        user: UserId,
        /// What the user is now; `None` for one who left.
        role: Option<Role>,
        /// The entry that made it so; a lower one never replaces a higher one.
        seq: Seq,
        /// When.
        at: Timestamp,
    },
}

/// What a request that was not refused is answered with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Answer {
    /// The user is a member.
    Joined,
    /// The user is not a member any more.
    Left,
}

/// The effects of one input, to be executed front to back, in one turn without `await`.
#[derive(Debug, Default)]
#[must_use = "a room's decision is lost unless its effects are executed"]
pub struct Effects(pub Vec<Effect>);

impl Effects {
    pub(crate) fn push(&mut self, effect: Effect) {
        self.0.push(effect);
    }
}
