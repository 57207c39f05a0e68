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
    /// A wave is not served now and then.
    ServeSkipped,
    /// A session that comes in is put into a wave of which nobody knows what it lacks.
    JoinsOtherWave,
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
    /// A restored room has no members.
    RestoreForgetsMembers,
    /// A restored room does not know who is muted.
    RestoreForgetsMutes,
    /// A restored room does not know what is archived.
    RestoreForgetsArchive,
    /// A restored room follows any fence.
    RestoreForgetsFence,
    /// A restored room knows no pins.
    RestoreForgetsPins,
    /// A restored room does not know who was told of something unread.
    RestoreForgetsTold,
    /// A restored room believes that everybody has read everything.
    RestoreTakesAllForRead,
    /// Storage tells the room the text before an edit, and edits are heard twice.
    KnownForgetsEdits,
    /// Storage does not tell the room that a message was erased.
    KnownForgetsErasure,
    /// Storage tells the room of every file, whosever it is and whether or not it was used.
    KnownLendsFiles,
    /// An erased message stays in its chunk.
    ErasureLost,
    /// The edits of an erased message stay in their chunks.
    ErasureLeavesEdits,
    /// A tombstone holds the hash of another line.
    TombstoneWithOtherHash,
    /// The row of a reaction is lost now and then.
    ReactionRowLost,
    /// The totals of a message count a reaction twice.
    ReactionCountedTwice,
    /// The row of a message does not say that it is pinned.
    PinRowLost,
    /// The row of a message in a thread is lost.
    ReplyRowLost,
    /// Of two members in one transaction only the first is stored.
    HandOverHalfStored,
    /// Read positions are not stored.
    ReadNotStored,
    /// The use of an invite is not stored.
    InviteUseLost,
    /// A notice for inboxes is lost now and then, between write and delivery.
    StandingNoticeLost,
    /// A notice for the index is lost now and then.
    MembershipNoticeLost,
    /// The socket of a member who was kicked stays open.
    KickLeavesSocket,
    /// A restored room allows twice what it should.
    RateDoubled,
    /// A page has no amendments, and says that it counts everything.
    AmendmentsMissing,
    /// A page says that its amendments count fewer entries than they do.
    AsOfTooEarly,
    /// A page of a thread lacks its last reply.
    ThreadOmitsReply,
    /// A client reads another pin in `welcome` than the room wrote.
    WelcomePinsGarbled,
    /// Digests of presence are not sent.
    DigestsDropped,
    /// A digest names everyone.
    DigestNamesEveryone,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 64] = [
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
        Self::ServeSkipped,
        Self::JoinsOtherWave,
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
        Self::RestoreForgetsMembers,
        Self::RestoreForgetsMutes,
        Self::RestoreForgetsArchive,
        Self::RestoreForgetsFence,
        Self::RestoreForgetsPins,
        Self::RestoreForgetsTold,
        Self::RestoreTakesAllForRead,
        Self::KnownForgetsEdits,
        Self::KnownForgetsErasure,
        Self::KnownLendsFiles,
        Self::ErasureLost,
        Self::ErasureLeavesEdits,
        Self::TombstoneWithOtherHash,
        Self::ReactionRowLost,
        Self::ReactionCountedTwice,
        Self::PinRowLost,
        Self::ReplyRowLost,
        Self::HandOverHalfStored,
        Self::ReadNotStored,
        Self::InviteUseLost,
        Self::StandingNoticeLost,
        Self::MembershipNoticeLost,
        Self::KickLeavesSocket,
        Self::RateDoubled,
        Self::AmendmentsMissing,
        Self::AsOfTooEarly,
        Self::ThreadOmitsReply,
        Self::WelcomePinsGarbled,
        Self::DigestsDropped,
        Self::DigestNamesEveryone,
    ];
}
