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
    /// An amendment has a message that it can amend, and changes it, once (rules AM1 and AM4).
    AmendsOnce,
    /// Whoever is in the log was allowed to do that at that point of the log.
    Permitted,
    /// A room with members has exactly one owner, a direct room none (rules MB5 and MB8).
    OneOwner,
    /// Who is not a member has no open socket (rules MB2 and MB9).
    StrangersOut,
    /// Nobody comes in with an invite that is spent (rule MB6).
    InvitesKept,
    /// A file comes with one message, of the member who uploaded it (rule MS2).
    FilesOnce,
    /// Nothing of what was erased is stored, replayed or on a page (rule RD2).
    Erased,
    /// The row of an amended message is what the log makes of it (rule AM1).
    StatesTrue,
    /// Reactions count every member once for each emoji (rule RX1).
    ReactionsTrue,
    /// The pinned messages are those of the log (rule PN1).
    PinsTrue,
    /// Whoever is level sees every message as the log makes it (rules AM1 to AM3).
    SeenTrue,
    /// Whoever is level sees no hole between entries, nor in a thread.
    SeenWhole,
    /// Whoever is level knows settings, the own role and pins.
    RoomSeen,
    /// A read position does not go back while nothing crashes (rules RC1 and RC4).
    ReadsRise,
    /// Nobody is told to have read more than was said (rule RC2).
    ReceiptsTrue,
    /// Nobody does more than the rate of the room allows (rule RL1).
    RateKept,
    /// Who is away and has not read everything was told (rule IB2).
    InboxTold,
    /// An inbox to which everything was delivered knows what is so (rules IB3 and IB4).
    InboxTrue,
    /// Notices are as many as episodes, not as messages (rule IB2).
    NoticesBounded,
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
    /// The archive and the room together hold every entry, in order and once (rule AR9).
    ArchiveWhole,
    /// A job that lost its lease changes nothing (rule AR6).
    FenceKept,
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
    pub const ALL: [Self; 44] = [
        Self::GapFree,
        Self::AppendOnly,
        Self::Chained,
        Self::TimeRises,
        Self::NoncesRise,
        Self::ExactlyOnce,
        Self::AmendsOnce,
        Self::Permitted,
        Self::OneOwner,
        Self::StrangersOut,
        Self::InvitesKept,
        Self::FilesOnce,
        Self::Erased,
        Self::StatesTrue,
        Self::ReactionsTrue,
        Self::PinsTrue,
        Self::SeenTrue,
        Self::SeenWhole,
        Self::RoomSeen,
        Self::ReadsRise,
        Self::ReceiptsTrue,
        Self::RateKept,
        Self::InboxTold,
        Self::InboxTrue,
        Self::NoticesBounded,
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
        Self::ArchiveWhole,
        Self::FenceKept,
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
