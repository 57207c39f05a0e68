//! Positions in a log and the nonces of sends; all arithmetic is checked.

use serde::{Deserialize, Serialize};

use crate::id::Epoch;
use crate::limits::INTEGER_MAX;

/// A number on the wire that JavaScript would not keep exactly.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a number is at most {INTEGER_MAX}")]
pub struct IntegerError;

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize,
        )]
        #[serde(into = "u64", try_from = "u64")]
        pub struct $name(u64);

        impl $name {
            /// The number as it is on the wire.
            #[must_use]
            pub const fn get(self) -> u64 {
                self.0
            }

            /// The number after this one; `None` at the largest.
            #[must_use]
            pub fn next(self) -> Option<Self> {
                self.0.checked_add(1).and_then(|next| Self::try_from(next).ok())
            }
        }

        impl TryFrom<u64> for $name {
            type Error = IntegerError;
            fn try_from(number: u64) -> Result<Self, IntegerError> {
                if number <= INTEGER_MAX { Ok(Self(number)) } else { Err(IntegerError) }
            }
        }

        impl From<$name> for u64 {
            fn from(number: $name) -> Self {
                number.0
            }
        }
    };
}

number!(
    /** Position in a room's log: 1-based, gap-free, assigned only by the room. Zero is "nothing". */
    Seq
);
number!(
    /** Client-chosen key of a send; rises strictly for each device. */
    Nonce
);

impl Seq {
    /// The position before the first entry.
    pub const ZERO: Self = Self(0);

    /// The position `entries` earlier, or [`Seq::ZERO`] if there is none.
    #[must_use]
    pub fn back(self, entries: u64) -> Self {
        Self(self.0.saturating_sub(entries))
    }

    /// How many entries lie after `earlier` up to and including this one.
    #[must_use]
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// What a client resumes from: a seq means something only within its epoch.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// The incarnation of the log.
    pub epoch: Epoch,
    /// The last entry that the client holds.
    pub seq: Seq,
}
