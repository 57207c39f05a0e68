//! When a room flushes, in which waves it tells, and when digests go: rules GC and DG.

use crate::shell::{Shell, crowded, snapshot};
use protocol::limits::{
    BODY_BYTES_MAX, BUSY_PER_S, LEVEL_MS, NAMES_MAX, PRESENCE_GRACE_MS, ROW_ENTRIES, ROW_MS,
    SMALL_ROOM, SWEEP_MS_MAX, TICK_MS, TYPING_MS, WAVES, WINDOW_BYTES_MAX,
};
use room::{Input, Policy};

const NOTHING: [&str; 0] = [];

#[test]
fn gc1_a_quiet_room_answers_in_the_same_turn() {
    let mut shell = Shell::restored(crowded(1_000));
    shell.live(1, 'a', 'a');
    shell.pass(1_000);
    assert_eq!(shell.send(1, 1, "x"), ["store 2..=2", "all: 2 a#1 x"]);
}

#[test]
fn gc2_a_busy_room_stores_a_window_at_once() {
    let mut shell = Shell::restored(crowded(1_000));
    shell.live(1, 'a', 'a');
    shell.send(1, 1, "x");
    shell.oversleep(270);
    shell.pass(10);
    shell.send(1, 2, "x");
    shell.oversleep(480);
    assert_eq!(shell.send(1, 3, "y"), NOTHING);
    assert_eq!(shell.pass(89), NOTHING, "the shorter sweep took 270 ms");
    assert_eq!(shell.send(1, 4, "z"), NOTHING);
    let want = ["store 4..=5", "all: 4 a#3 y, 5 a#4 z"];
    assert_eq!(shell.pass(1), want);
}

#[test]
fn gc3_a_calm_room_sends_as_soon_as_it_can() {
    let mut shell = Shell::restored(crowded(1_000));
    shell.live(1, 'a', 'a');
    shell.send(1, 1, "x");
    shell.oversleep(30);
    shell.pass(10);
    shell.send(1, 2, "x");
    shell.oversleep(30);
    assert_eq!(shell.send(1, 3, "y"), NOTHING, "the sweep is not over yet");
    assert_eq!(shell.pass(0), ["store 4..=4", "all: 4 a#3 y"]);
}

#[test]
fn dg4_a_digest_that_is_nearly_due_comes_with_a_message() {
    let mut shell = Shell::with_live("ab");
    assert_eq!(shell.typing(1, true), ["all: typing a +0"]);
    assert_eq!(shell.typing(2, true), NOTHING);
    shell.pass(TICK_MS / 2 - 1);
    let told = shell.send(2, 1, "x");
    assert!(!told[1].contains("typing"), "not yet: {told:?}");
    shell.pass(1);
    let told = shell.send(1, 1, "y");
    assert!(told[1].contains("a#1 y, typing  +0"), "{told:?}");
    assert_eq!(shell.typing(1, true), NOTHING);
    assert_eq!(shell.pass(TICK_MS), NOTHING, "it came early, and the next one does not");
    assert_eq!(shell.pass(TICK_MS / 2), ["all: typing a +0"]);
}

#[test]
fn dg4_a_large_room_tells_digests_alone_less_often() {
    let mut shell = Shell::restored(crowded(2_998));
    shell.live(1, 'a', 'a');
    shell.join('b');
    shell.live(2, 'b', 'b');
    shell.pass(20_000);
    assert_eq!(shell.typing(1, true), ["wave 0: typing a +0"]);
    assert_eq!(shell.typing(2, true), ["wave 1: typing a +0"]);
    assert_eq!(shell.pass(0), ["wave 2: typing a +0", "wave 3: typing a +0"]);
    assert_eq!(shell.pass(3 * TICK_MS - 1), NOTHING);
    assert_eq!(shell.pass(1).len(), usize::from(WAVES));
    assert_eq!(shell.typing(1, false), NOTHING);
    shell.pass(TICK_MS / 2);
    let told = shell.send(2, 1, "x");
    assert!(told[1].contains("b#1 x, typing  +0"), "with a message it is not late: {told:?}");
}

#[test]
fn dg4_a_message_does_not_wait_until_a_large_room_was_told_a_digest() {
    let mut shell = Shell::restored(crowded(1_000));
    shell.live(1, 'a', 'a');
    shell.pass(20_000);
    assert_eq!(shell.typing(1, true), ["wave 2: typing a +0"]);
    assert_eq!(
        shell.send(1, 1, "x"),
        [
            "store 2..=2",
            "wave 3: typing a +0, 2 a#1 x",
            "wave 0: typing a +0, 2 a#1 x",
            "wave 1: typing a +0, 2 a#1 x",
            "wave 2: 2 a#1 x",
        ]
    );
    assert!(!shell.pass(0).iter().any(|told| told.contains("typing a")));
}

#[test]
fn gc2_the_first_input_after_the_window_flushes_too() {
    let mut shell = Shell::restored(crowded(1_000));
    shell.live(1, 'a', 'a');
    shell.send(1, 1, "x");
    shell.send(1, 2, "y");
    shell.oversleep(SWEEP_MS_MAX);
    let told = shell.typing(1, true);
    assert_eq!(told, ["store 3..=3", "all: 3 a#2 y, typing a +0"], "and the digest comes along");
}

#[test]
fn gc4_a_busy_room_fills_rows() {
    let everybody: String = ('a'..='p').collect();
    let mut shell = Shell::with_live(&everybody);
    let say = |shell: &mut Shell, n: u64| shell.send(n % 16 + 1, n, "x");
    for n in 1..=BUSY_PER_S {
        say(&mut shell, n);
    }
    shell.pass(ROW_MS);
    let mut told = Vec::new();
    for n in 1..=3 * ROW_ENTRIES {
        told.extend(say(&mut shell, BUSY_PER_S + n));
        told.extend(shell.pass(5));
    }
    let n_rows = told.iter().filter(|told| told.starts_with("store")).count();
    assert_eq!(n_rows, 3, "{told:?}");
    assert_eq!(say(&mut shell, 1_000), NOTHING);
    assert_eq!(shell.pass(ROW_MS).len(), 2, "nothing waits for company that does not come");
}

/// A crowd as soon as anything is said.
fn soon_a_crowd() -> Shell {
    let policy = Policy { crowd_per_s: 1_000, ..Policy::default() };
    let (mut shell, _) = Shell::restored_at(1_000_000, crowded(1_000), policy);
    shell.live(1, 'a', 'a');
    shell.pass(0);
    shell
}

#[test]
fn gc5_a_crowd_is_served_in_waves_that_all_get_everything() {
    let mut shell = soon_a_crowd();
    assert_eq!(shell.send(1, 1, "x"), ["store 2..=2", "wave 2: 2 a#1 x"]);
    shell.oversleep(8);
    assert_eq!(shell.send(1, 2, "y"), NOTHING);
    let told = shell.input(Input::Woke);
    assert_eq!(told, ["store 3..=3", "wave 3: 2 a#1 x, 3 a#2 y"], "the first sweep has no pause");
    shell.oversleep(8);
    assert_eq!(shell.input(Input::Woke), NOTHING, "a pause as long as the sweep");
    let want = ["wave 0: 2 a#1 x, 3 a#2 y", "wave 1: 2 a#1 x, 3 a#2 y", "wave 2: 3 a#2 y"];
    assert_eq!(shell.pass(8), want, "nothing waits, so nobody waits for their turn");
}

#[test]
fn gc5_who_comes_into_a_crowd_hears_everything_once() {
    let mut shell = soon_a_crowd();
    shell.send(1, 1, "x");
    shell.send(1, 2, "y");
    let told = shell.live(2, 'a', 'b');
    assert_eq!(told[..2], ["store 3..=3", "wave 3: 2 a#1 x, 3 a#2 y"], "{told:?}");
    assert!(told.contains(&"2: replay after 0".to_owned()), "{told:?}");
    shell.oversleep(SWEEP_MS_MAX);
    shell.send(1, 3, "z");
    let told = shell.pass(1_000);
    let theirs: Vec<_> = told.iter().filter(|told| told.starts_with("wave 3")).collect();
    assert_eq!(theirs, ["wave 3: 4 a#3 z"], "{told:?}");
}

#[test]
fn gc5_a_flush_for_another_reason_brings_everybody_everything() {
    let mut shell = soon_a_crowd();
    shell.send(1, 1, "x");
    let told = shell.input(Input::Flush);
    let want = ["wave 3: 2 a#1 x", "wave 0: 2 a#1 x", "wave 1: 2 a#1 x"];
    assert_eq!(told, want);
}

#[test]
fn gc6_a_crowd_that_lost_its_memory_between_two_waves_comes_back() {
    let live: Vec<(u64, char, char)> =
        ('a'..='z').zip(1..).map(|(device, session)| (session, 'a', device)).collect();
    let restored = |quiet_ms, live: &[(u64, char, char)]| {
        let snapshot = snapshot(live);
        let now_ms = snapshot.head_at.0 + quiet_ms;
        Shell::restored_at(now_ms, snapshot, Policy::default()).1.len()
    };
    assert_eq!(restored(LEVEL_MS, &live), 2 * live.len(), "a `bye` and a close for each");
    assert_eq!(restored(LEVEL_MS + 1, &live), 0, "it hibernated, so nobody lacked anything");
    assert_eq!(restored(LEVEL_MS, &live[..SMALL_ROOM - 1]), 0, "no crowd");
}

#[test]
fn gc2_many_bytes_do_not_wait() {
    let mut shell = Shell::restored(crowded(1_000));
    shell.live(1, 'a', 'a');
    shell.send(1, 1, "x");
    let body = "x".repeat(BODY_BYTES_MAX);
    let n_fit = (WINDOW_BYTES_MAX / (BODY_BYTES_MAX + 200)) as u64;
    for nonce in 2..2 + n_fit {
        assert_eq!(shell.send(1, nonce, &body), NOTHING);
    }
    assert_eq!(shell.send(1, 2 + n_fit, &body).len(), 2);
}

#[test]
fn dg1_presence_counts_everyone_and_names_some() {
    let users: String = ('a'..='z').take(NAMES_MAX + 4).collect();
    let mut shell = Shell::founded();
    for who in users.chars() {
        shell.join(who);
    }
    shell.live(1, 'a', 'a');
    shell.pass(20_000);
    for (who, session) in users.chars().skip(1).zip(2..) {
        shell.live(session, who, who);
    }
    let named: String = ('c'..='z').take(NAMES_MAX).collect();
    // The first who came was told at once; the others a tick later.
    let want = format!("all: presence {} +{named} -", NAMES_MAX + 4);
    assert_eq!(shell.pass(TICK_MS), [want]);
}

#[test]
fn dg2_a_reconnect_is_not_seen() {
    let mut shell = Shell::with_live("ab");
    shell.disconnect(2);
    assert_eq!(shell.pass(PRESENCE_GRACE_MS - 1), NOTHING);
    let told = shell.live(3, 'b', 'b').join("; ");
    assert!(!told.contains("presence"), "{told}");
    assert_eq!(shell.pass(20_000), NOTHING);
    shell.disconnect(3);
    assert_eq!(shell.pass(PRESENCE_GRACE_MS), ["all: presence 1 + -b"]);
}

#[test]
fn dg3_typing_expires_and_ends_with_the_message() {
    let mut shell = Shell::with_live("ab");
    assert_eq!(shell.typing(1, true), ["all: typing a +0"]);
    assert_eq!(shell.pass(TYPING_MS), ["all: typing  +0"]);
    shell.pass(TICK_MS);
    assert_eq!(shell.typing(1, true), ["all: typing a +0"]);
    shell.send(1, 1, "said");
    assert_eq!(shell.pass(TICK_MS), ["all: typing  +0"]);
}

#[test]
fn dg3_typing_names_some_and_counts_the_others() {
    let users: String = ('a'..='z').take(NAMES_MAX + 4).collect();
    let mut shell = Shell::with_live(&users);
    for session in 1..=NAMES_MAX as u64 + 4 {
        shell.typing(session, true);
    }
    let named: String = users.chars().take(NAMES_MAX).collect();
    assert_eq!(shell.pass(TICK_MS), [format!("all: typing {named} +4")]);
}

#[test]
fn dg4_a_digest_comes_once_a_tick_and_only_if_it_differs() {
    let mut shell = Shell::with_live("ab");
    assert_eq!(shell.typing(1, true), ["all: typing a +0"]);
    assert_eq!(shell.typing(2, true), NOTHING, "within the tick");
    assert_eq!(shell.typing(2, false), NOTHING);
    assert_eq!(shell.pass(TICK_MS), NOTHING, "as it was told");
}

#[test]
fn dg4_a_count_that_only_a_welcome_told_is_corrected() {
    let mut shell = Shell::with_live("ab");
    shell.disconnect(2);
    shell.pass(PRESENCE_GRACE_MS - 1);
    // A digest now makes the one of b's absence wait for the next tick.
    shell.join('c');
    shell.live(3, 'c', 'c');
    shell.pass(1);
    let told = shell.live(4, 'a', 'x');
    assert!(told[0].contains("online=2"), "a and c: {told:?}");
    shell.live(5, 'b', 'b');
    assert_eq!(shell.pass(TICK_MS), ["all: presence 3 + -"]);
}
