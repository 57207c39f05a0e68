//! Ways to break the system on purpose: each proves that an invariant can fail.
//!
//! Faults sit in the world's shells, around inputs, effects and snapshots; the crates under test
//! know nothing of them.

/// A way to break the system.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Fault {
    /// A restored room knows no sockets.
    RestoreForgetsSessions,
    /// A restored room knows the checkpoint, but no send after it.
    RestoreForgetsSends,
    /// A restored room starts another hash chain.
    RestoreForgetsLink,
    /// A restored room believes that the log ends one entry earlier.
    RestoreForgetsHead,
    /// A restored room does not know when the last entry was accepted.
    RestoreForgetsTime,
    /// A restored room takes its log for another one.
    RestoreForgetsEpoch,
    /// A restored room knows no sends, and the last frame that was heard arrives again.
    ForgottenSendsRepeat,
    /// A checkpoint is noted, but its content is lost.
    CheckpointLost,
    /// Frames leave before the rows are written.
    BroadcastBeforeCommit,
    /// A request is answered before the rows are written.
    AnswerBeforeCommit,
    /// A transaction is lost now and then, and the turn goes on.
    CommitLost,
    /// A chunk is stored twice.
    ChunkStoredTwice,
    /// The log is stored, the roster is not.
    RosterChangeLost,
    /// A stored line is changed later.
    LineRewritten,
    /// A replay begins one entry too late.
    ReplayOffByOne,
    /// A replay ends one chunk too early.
    ReplayOmitsLastChunk,
    /// A broadcast does not reach one session now and then.
    BroadcastSkipsSession,
    /// A broadcast reaches its sessions twice.
    BroadcastRepeats,
    /// The sender does not receive its own entry, while its socket lives.
    AnswerDropped,
    /// A refusal is sent to everyone.
    RefusalToEveryone,
    /// Late frames of a superseded socket are taken for frames of the device's new one.
    LateFramesRevived,
    /// The room hears of a socket only when something arrives on it.
    AcceptedWhenHeard,
    /// A superseded socket stays open.
    SupersededStaysOpen,
    /// What the room writes on a socket is lost.
    AttachmentsNotKept,
    /// The room's shell sets no timers.
    RoomTimersIgnored,
    /// The clients' shells set no timers.
    ClientTimersIgnored,
    /// A reloaded client takes fresh nonces for everything in its outbox.
    FreshNoncesAfterReload,
    /// A client's state is not stored.
    PersistIgnored,
    /// A client's shell loses what the person wrote now and then.
    SendsIgnored,
    /// A client's shell hands over what the person wrote in reverse.
    SendsReversed,
    /// A client reads another nonce in `welcome` than the room wrote.
    WelcomeGarbled,
    /// A page of history lacks its last line.
    HistoryOmitsLine,
    /// Digests of presence are not sent.
    DigestsDropped,
    /// A digest names everyone.
    DigestNamesEveryone,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 34] = [
        Self::RestoreForgetsSessions,
        Self::RestoreForgetsSends,
        Self::RestoreForgetsLink,
        Self::RestoreForgetsHead,
        Self::RestoreForgetsTime,
        Self::RestoreForgetsEpoch,
        Self::ForgottenSendsRepeat,
        Self::CheckpointLost,
        Self::BroadcastBeforeCommit,
        Self::AnswerBeforeCommit,
        Self::CommitLost,
        Self::ChunkStoredTwice,
        Self::RosterChangeLost,
        Self::LineRewritten,
        Self::ReplayOffByOne,
        Self::ReplayOmitsLastChunk,
        Self::BroadcastSkipsSession,
        Self::BroadcastRepeats,
        Self::AnswerDropped,
        Self::RefusalToEveryone,
        Self::LateFramesRevived,
        Self::AcceptedWhenHeard,
        Self::SupersededStaysOpen,
        Self::AttachmentsNotKept,
        Self::RoomTimersIgnored,
        Self::ClientTimersIgnored,
        Self::FreshNoncesAfterReload,
        Self::PersistIgnored,
        Self::SendsIgnored,
        Self::SendsReversed,
        Self::WelcomeGarbled,
        Self::HistoryOmitsLine,
        Self::DigestsDropped,
        Self::DigestNamesEveryone,
    ];
}
