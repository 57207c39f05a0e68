//! What can happen to an inbox.

use protocol::{Ending, Grant, InboxRoom, RoomId, Seq, SessionId};

/// Everything that can happen to an inbox.
#[derive(Clone, Debug)]
pub enum Input {
    /// A socket of the user was accepted.
    Connected {
        /// The new socket.
        session: SessionId,
        /// What let the user in, if the Worker said so. The shell has asked whether
        /// [`crate::Inbox::has_ended`].
        grant: Option<Grant>,
    },
    /// A frame arrived that the platform did not answer; a client has nothing to say (rule IB1).
    Frame {
        /// On this socket.
        session: SessionId,
    },
    /// The socket is gone, or the shell lost it.
    Disconnected {
        /// That socket.
        session: SessionId,
    },
    /// A room says how the user stands in it; at least once, in any order (rule IB4).
    Told(Standing),
    /// What is stored of a room that the inbox does not [`crate::Inbox::holds`], before something
    /// is said about it.
    Recalled(Standing),
    /// Some of the user's sign-ins and tokens have ended (rule TK5); at least once.
    SignedOut(Ending),
    /// The time of [`crate::Inbox::next_end`] has come.
    Woke,
    /// The user founds a room; not before [`crate::Inbox::found_wait_ms`] have passed.
    Found,
    /// The user does, or does not, want to be told of what is unread in a room.
    Mute {
        /// Which room; one that [`crate::Inbox::has`].
        room: RoomId,
        /// Whether the user does not.
        muted: bool,
    },
}

/// How a user stood in a room at one time; also what is stored of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Standing {
    /// The room.
    pub room: RoomId,
    /// The room's head at that time.
    pub seq: Seq,
    /// What the list shows, `None` if the user is no member. A room does not know what is muted:
    /// of what it tells, [`InboxRoom::muted`] is not looked at.
    pub shown: Option<InboxRoom>,
}

impl Standing {
    /// What orders standings in one room: reading moves no head, and a departure is the last word
    /// of its time.
    pub(crate) fn order(&self) -> (Seq, bool, Seq) {
        let read_seq = self.shown.as_ref().map_or(Seq::ZERO, |shown| shown.read_seq);
        (self.seq, self.shown.is_none(), read_seq)
    }
}
