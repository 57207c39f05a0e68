//! How far the log is archived, and how much of it expired (rules AR1 to AR9 and EX1 to EX6).

use protocol::archive::Fence;
use protocol::{Link, Seq, Timestamp};

/// How far the log is archived, and how much of it expired.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Archive {
    /// The highest fence that the room saw.
    pub fence: Fence,
    /// Where what was acknowledged ends.
    pub archived: Mark,
    /// The last entry that expired; never beyond `archived`.
    pub expired: Seq,
    /// What will be archived next, once that is fixed.
    pub sealed: Option<Range>,
    /// Whether a legal hold stops expiry, erasure and deletion.
    pub hold: bool,
    /// Whether the index of rooms was told that everything is archived: the next entry tells it
    /// otherwise.
    pub is_drained: bool,
}

/// A place in the log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Mark {
    /// The last entry before it; zero at the beginning.
    pub seq: Seq,
    /// When that was accepted.
    pub at: Timestamp,
    /// The hash chain after it.
    pub link: Link,
}

/// Consecutive entries of the log: whole chunks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Range {
    /// First entry.
    pub from: Seq,
    /// Last entry.
    pub to: Seq,
    /// When the first entry was accepted.
    pub first_at: Timestamp,
    /// When the last entry was accepted.
    pub last_at: Timestamp,
    /// The hash chain after the last entry.
    pub link: Link,
}

impl Default for Mark {
    fn default() -> Self {
        Self { seq: Seq::ZERO, at: Timestamp::default(), link: Link::GENESIS }
    }
}

impl Archive {
    /// The oldest entry that did not expire, whether or not it exists yet.
    #[must_use]
    pub fn first(&self) -> Seq {
        self.expired.next().unwrap_or(self.expired)
    }
}
