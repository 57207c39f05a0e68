//! What a person sees, read from a client.

use protocol::{RoomInfo, Timestamp, UserId, You};

use crate::outbox::Pending;

/// The state of a client, except for its items, which [`crate::Client::items`] lists.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct View<'a> {
    /// How far the connection is.
    pub phase: Phase,
    /// The time of the next attempt, while waiting for it.
    pub retry_at: Option<Timestamp>,
    /// The name of the close that ended the connection for good.
    pub ended: Option<&'static str>,
    /// How many entries the replay still owes.
    pub behind: u64,
    /// The room, once it is known.
    pub room: Option<&'a RoomInfo>,
    /// Who the room takes the caller for.
    pub you: Option<You>,
    /// How many members the room has.
    pub members: u32,
    /// How many of them are online.
    pub online: u32,
    /// Bytes of a message.
    pub body_bytes_max: usize,
    /// What has not landed.
    pub pending: &'a [Pending],
    /// Whether the person has to wait before writing more.
    pub outbox_full: bool,
    /// Some of those who write.
    pub typing: &'a [UserId],
    /// How many more write.
    pub typing_more: u32,
    /// Whether older entries can be loaded.
    pub older: Older,
}

/// How far the connection is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Phase {
    /// Not asked to connect.
    Idle,
    /// Opening a socket, or waiting for `welcome`.
    Connecting,
    /// Receiving what was missed.
    Resuming,
    /// Level with the room.
    Live,
    /// Waiting for the next attempt.
    Waiting,
    /// Told not to come back.
    Ended,
}

/// Whether older entries can be loaded.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Older {
    /// There are none.
    #[default]
    None,
    /// There are some.
    Idle,
    /// A page is on its way.
    Loading,
    /// The last page could not be had.
    Failed,
}
