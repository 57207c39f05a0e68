//! What can happen to a room.

use protocol::codec::Violation;
use protocol::{ClientLine, Epoch, SessionId, UserId};

use crate::snapshot::Settings;

/// Everything that can happen to a room.
#[derive(Clone, Debug)]
pub enum Input {
    /// A socket was accepted for `user`, whom [`crate::Room::role`] knows.
    Connected {
        /// The new socket.
        session: SessionId,
        /// Its authenticated owner.
        user: UserId,
    },
    /// A frame arrived.
    Frame {
        /// On this socket.
        session: SessionId,
        /// What it holds, as the codec sees it.
        frame: Result<Vec<ClientLine>, Violation>,
    },
    /// The socket is gone, or the shell lost it.
    Disconnected {
        /// That socket.
        session: SessionId,
    },
    /// Somebody asks over HTTP; answered with [`crate::Effect::Answer`].
    Request {
        /// The shell's name for the request.
        request: RequestId,
        /// What is asked.
        act: Act,
    },
    /// The time that the room asked for has come, or the room was just restored.
    Woke,
}

/// The shell's name for a request that waits for an answer; unique among those that wait.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct RequestId(pub u64);

/// What may be asked over HTTP.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Act {
    /// Become a member.
    Join {
        /// Who.
        user: UserId,
        /// The display name.
        name: String,
    },
    /// Cease to be one.
    Leave {
        /// Who.
        user: UserId,
    },
}

/// What a new room is made of.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Founding {
    /// What it is called, and who may enter.
    pub settings: Settings,
    /// The incarnation of its log; fresh and random.
    pub epoch: Epoch,
    /// The first member and owner.
    pub owner: UserId,
    /// The owner's display name.
    pub owner_name: String,
}
