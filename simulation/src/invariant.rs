//! What must hold, whatever happens, and how its violation is reported.

use std::fmt;

/// What must hold, whatever happens.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Invariant {
    /// The stored log has every seq from 1 to its head once (rule EN1).
    GapFree,
    /// A stored line never changes (rule EN1).
    AppendOnly,
    /// A chunk's link is that of its lines (rule EN5).
    Chained,
    /// The time of entries never decreases (rule EN2).
    TimeRises,
    /// The nonces of a device rise in the log (rule SE2).
    NoncesRise,
    /// What a person wrote once is in the log at most once.
    ExactlyOnce,
    /// The stored roster is what the log's joins and leaves make of it, and so are the notices.
    RosterTrue,
    /// What is delivered or answered is what is stored (rule EN4).
    StoredFirst,
    /// Accepted entries wait no longer than a window (rule GC2).
    WindowBounded,
    /// `welcome` and `gap` say what the log says (rules HS4, HS5 and RP2).
    HandshakeTrue,
    /// A session receives every entry once and in order (rules HS4 and RP1).
    StreamWhole,
    /// A session receives nothing after its `bye`.
    SilentAfterBye,
    /// The socket that a client holds is its newest, and is never superseded (rule HS2).
    NewestWins,
    /// A refusal goes to the session that sent (rule SE4).
    RefusalOwned,
    /// Digests name a bounded number of users (rules DG1 and DG3).
    NamesBounded,
    /// A send leaves the outbox only if it landed, or its person gave it up.
    NothingVanishes,
    /// A send is unconfirmed only after a gap, or after its device forgot what it did (rule SE5).
    UnconfirmedExcused,
    /// Once nothing breaks any more, timers alone make every client level (rule SE6).
    CalmLevel,
    /// Once nothing changes any more, digests have told everyone what is so.
    CalmDigests,
    /// Once everyone is back, every member sees the stored log.
    HealedAlike,
    /// Once everyone is back, every send is in the log, or its person knows better.
    SendsAccounted,
    /// What a device sent without a refusal lands in the order it was written.
    OrderKept,
    /// Nothing panics.
    NoPanic,
}

/// An invariant that did not hold.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Violation {
    /// Which.
    pub invariant: Invariant,
    /// What was seen.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.invariant, self.detail)
    }
}

/// The outcome of looking at an invariant.
pub(crate) type Check = Result<(), Violation>;

impl Invariant {
    /// Every invariant.
    pub const ALL: [Self; 23] = [
        Self::GapFree,
        Self::AppendOnly,
        Self::Chained,
        Self::TimeRises,
        Self::NoncesRise,
        Self::ExactlyOnce,
        Self::RosterTrue,
        Self::StoredFirst,
        Self::WindowBounded,
        Self::HandshakeTrue,
        Self::StreamWhole,
        Self::SilentAfterBye,
        Self::NewestWins,
        Self::RefusalOwned,
        Self::NamesBounded,
        Self::NothingVanishes,
        Self::UnconfirmedExcused,
        Self::CalmLevel,
        Self::CalmDigests,
        Self::HealedAlike,
        Self::SendsAccounted,
        Self::OrderKept,
        Self::NoPanic,
    ];

    /// Reports a violation unless `holds`.
    pub(crate) fn check(self, holds: bool, detail: impl FnOnce() -> String) -> Check {
        if holds {
            return Ok(());
        }
        Err(Violation { invariant: self, detail: detail() })
    }
}
