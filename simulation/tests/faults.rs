//! Every invariant was seen failing: each fault is found within a bounded number of seeds.
#![allow(
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may panic and print: that is how it reports"
)]

use std::collections::BTreeSet;

use simulation::{Fault, Invariant, run};

/// Seeds within which a fault must be found.
const SEEDS_MAX: u64 = 200;

/// The same for a fault that needs what few worlds do: somebody sends a file that came already.
const RARE_SEEDS_MAX: u64 = 400;

/// Checks that `fault` violates `invariant` in one of the first worlds, and prints in which.
fn check(fault: Fault, invariant: Invariant) {
    let violates = |seed| run(seed, Some(fault)).err();
    let is_rare = matches!(fault, Fault::KnownLendsFiles);
    let found = (1..=if is_rare { RARE_SEEDS_MAX } else { SEEDS_MAX })
        .filter_map(violates)
        .find(|failure| failure.violation.invariant == invariant);
    let Some(failure) = found else {
        panic!("{fault:?} does not violate {invariant:?}");
    };
    println!("{fault:?}: seed {}: {}", failure.seed, failure.violation);
}

macro_rules! faults {
    ($($name:ident: $fault:ident violates $invariant:ident,)*) => {
        $(#[test]
        fn $name() {
            check(Fault::$fault, Invariant::$invariant);
        })*

        const TESTED: &[(Fault, Invariant)] = &[$((Fault::$fault, Invariant::$invariant),)*];
    };
}

faults! {
    restore_forgets_sessions: RestoreForgetsSessions violates StreamWhole,
    restore_forgets_sends: RestoreForgetsSends violates HandshakeTrue,
    restore_forgets_link: RestoreForgetsLink violates Chained,
    restore_forgets_head: RestoreForgetsHead violates HandshakeTrue,
    restore_forgets_time: RestoreForgetsTime violates TimeRises,
    restore_forgets_epoch: RestoreForgetsEpoch violates HandshakeTrue,
    forgotten_sends_repeat: ForgottenSendsRepeat violates NoncesRise,
    checkpoint_lost: CheckpointLost violates HandshakeTrue,
    broadcast_before_commit: BroadcastBeforeCommit violates StoredFirst,
    answer_before_commit: AnswerBeforeCommit violates StoredFirst,
    commit_lost: CommitLost violates StoredFirst,
    chunk_stored_twice: ChunkStoredTwice violates GapFree,
    roster_change_lost: RosterChangeLost violates RosterTrue,
    line_rewritten: LineRewritten violates AppendOnly,
    replay_off_by_one: ReplayOffByOne violates StreamWhole,
    replay_omits_last_chunk: ReplayOmitsLastChunk violates StreamWhole,
    broadcast_skips_session: BroadcastSkipsSession violates StreamWhole,
    broadcast_repeats: BroadcastRepeats violates StreamWhole,
    serve_skipped: ServeSkipped violates StreamWhole,
    joins_other_wave: JoinsOtherWave violates StreamWhole,
    answer_dropped: AnswerDropped violates StreamWhole,
    refusal_to_everyone: RefusalToEveryone violates RefusalOwned,
    late_frames_revived: LateFramesRevived violates RefusalOwned,
    accepted_when_heard: AcceptedWhenHeard violates NewestWins,
    superseded_stays_open: SupersededStaysOpen violates SilentAfterBye,
    attachments_not_kept: AttachmentsNotKept violates CalmLevel,
    room_timers_ignored: RoomTimersIgnored violates WindowBounded,
    client_timers_ignored: ClientTimersIgnored violates CalmLevel,
    fresh_nonces_after_reload: FreshNoncesAfterReload violates ExactlyOnce,
    persist_ignored: PersistIgnored violates NothingVanishes,
    sends_ignored: SendsIgnored violates SendsAccounted,
    sends_reversed: SendsReversed violates OrderKept,
    welcome_garbled: WelcomeGarbled violates UnconfirmedExcused,
    history_omits_line: HistoryOmitsLine violates HealedAlike,
    edit_twice: KnownForgetsEdits violates ExactlyOnce,
    known_forgets_erasure: KnownForgetsErasure violates AmendsOnce,
    known_lends_files: KnownLendsFiles violates FilesOnce,
    restore_forgets_members: RestoreForgetsMembers violates OneOwner,
    restore_forgets_mutes: RestoreForgetsMutes violates Permitted,
    restore_forgets_archive: RestoreForgetsArchive violates ArchiveWhole,
    restore_forgets_fence: RestoreForgetsFence violates FenceKept,
    restore_forgets_pins: RestoreForgetsPins violates HandshakeTrue,
    restore_forgets_told: RestoreForgetsTold violates NoticesBounded,
    restore_takes_all_for_read: RestoreTakesAllForRead violates ReceiptsTrue,
    erasure_lost: ErasureLost violates Erased,
    erasure_leaves_edits: ErasureLeavesEdits violates Erased,
    tombstone_with_other_hash: TombstoneWithOtherHash violates Chained,
    reaction_row_lost: ReactionRowLost violates ReactionsTrue,
    reaction_counted_twice: ReactionCountedTwice violates ReactionsTrue,
    pin_row_lost: PinRowLost violates PinsTrue,
    reply_row_lost: ReplyRowLost violates StatesTrue,
    hand_over_half_stored: HandOverHalfStored violates RosterTrue,
    read_not_stored: ReadNotStored violates ReadsRise,
    invite_use_lost: InviteUseLost violates InvitesKept,
    standing_notice_lost: StandingNoticeLost violates InboxTold,
    membership_notice_lost: MembershipNoticeLost violates InboxTrue,
    kick_leaves_socket: KickLeavesSocket violates StrangersOut,
    rate_doubled: RateDoubled violates RateKept,
    amendments_missing: AmendmentsMissing violates SeenTrue,
    as_of_too_early: AsOfTooEarly violates SeenTrue,
    thread_omits_reply: ThreadOmitsReply violates SeenWhole,
    welcome_pins_garbled: WelcomePinsGarbled violates RoomSeen,
    digests_dropped: DigestsDropped violates CalmDigests,
    digest_names_everyone: DigestNamesEveryone violates NamesBounded,
}

#[test]
fn every_fault_and_every_invariant_is_tested() {
    let faults: BTreeSet<Fault> = TESTED.iter().map(|(fault, _)| *fault).collect();
    assert_eq!(faults, Fault::ALL.into_iter().collect());
    let invariants: BTreeSet<Invariant> = TESTED.iter().map(|(_, found)| *found).collect();
    // From outside nothing makes a core panic; `run` tests that a panic is reported.
    let mut all: BTreeSet<Invariant> = Invariant::ALL.into_iter().collect();
    all.remove(&Invariant::NoPanic);
    assert_eq!(invariants, all);
}
