//! What a person sees, read from a client.

use protocol::{Limits, ReadStep, RoomInfo, Seq, Timestamp, UserId, You};

use crate::outbox::Pending;

/// The state of a client, except for its items, which [`crate::Client::items`] and
/// [`crate::Client::thread_items`] list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct View<'a> {
    /// How far the connection is.
    pub phase: Phase,
    /// The time of the next attempt, while waiting for it.
    pub retry_at: Option<Timestamp>,
    /// Why the connection ended for good: the name of a close code, or [`crate::UPDATE`].
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
    /// What the room accepts.
    pub limits: Option<&'a Limits>,
    /// What has not landed.
    pub pending: &'a [Pending],
    /// Whether the person has to wait before writing more.
    pub outbox_full: bool,
    /// Some of those who write.
    pub typing: &'a [UserId],
    /// How many more write.
    pub typing_more: u32,
    /// Members who were renamed meanwhile, with their new names.
    pub named: &'a [(UserId, String)],
    /// Whether entries before those that are shown can be loaded.
    pub older: More,
    /// The oldest entry that did not expire; zero if none did (rule EX4).
    pub first: Seq,
    /// Whether entries after those that are shown can be loaded.
    pub newer: More,
    /// Whether the newest entries are shown.
    pub at_present: bool,
    /// The entry that the person asked for last, once it is shown.
    pub jumped_to: Option<Seq>,
    /// Whether the entry that the person asked for last could not be had.
    pub jump_failed: bool,
    /// How far the person has read.
    pub read: Seq,
    /// The last entry of the log, as far as it is known.
    pub head: Seq,
    /// How far the members have read (rule RC2).
    pub receipts: &'a [ReadStep],
    /// The pinned messages, in the order of the log.
    pub pins: &'a [Seq],
    /// The thread that is open.
    pub thread: Option<ThreadView>,
    /// The last erasure, which names the version of the pages of history (rule HT4).
    pub revision: Seq,
}

/// The state of the open thread, except for its items.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ThreadView {
    /// Its first message.
    pub root: Seq,
    /// Whether older replies can be loaded.
    pub older: More,
    /// Whether nothing of it could be had yet.
    pub failed: bool,
}

/// How far the connection is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Phase {
    /// Not asked to connect.
    Idle,
    /// Opening a socket, or waiting for what is said first.
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

/// Whether more entries can be loaded.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum More {
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
