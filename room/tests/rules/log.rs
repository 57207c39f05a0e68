//! The rules of `docs/protocol.md` about sessions, entries, sends and membership, a test each.

use crate::shell::{Shell, at, crowded, member, send, seq, snapshot};
use protocol::codec::{Violation, decode_room_frame};
use protocol::limits::{
    BODY_BYTES_MAX, HELLO_MS_MAX, MEMBERS_MAX, REPLAY_ENTRIES_MAX, REPLAY_TAIL,
};
use protocol::{ClientLine, Epoch, Link, Nonce, Position, Role, UserId};
use room::{Input, Policy, Snapshot};

const NOTHING: [&str; 0] = [];

#[test]
fn bi1_bi2_a_violation_ends_its_session_and_nobody_elses() {
    for (violation, name) in [(Violation::Malformed, "malformed"), (Violation::TooLong, "too_long")]
    {
        let mut shell = Shell::with_live("ab");
        let told = shell.frame(1, Err(violation));
        assert_eq!(told, [format!("1: bye {name}"), format!("close 1 {name}")]);
        let told = shell.send(2, 1, "still here");
        assert_eq!(told, ["store 3..=3", "all: 3 b#1 still here"]);
    }
}

#[test]
fn bi3_hello_comes_first_and_once() {
    let out_of_turn = ["1: bye out_of_turn", "close 1 out_of_turn"];
    for line in [send(1, "too early"), ClientLine::Typing { on: true }, ClientLine::Ping] {
        let mut shell = Shell::founded();
        shell.connect(1, 'a');
        assert_eq!(shell.line(1, line), out_of_turn);
    }
    let mut shell = Shell::with_live("a");
    assert_eq!(shell.hello(1, 'a', None), out_of_turn);
}

#[test]
fn bi3_what_follows_in_the_frame_is_not_applied() {
    let mut shell = Shell::founded();
    shell.connect(1, 'a');
    let told = shell.frame(1, Ok(vec![send(1, "early"), send(2, "and more")]));
    assert_eq!(told, ["1: bye out_of_turn", "close 1 out_of_turn"]);
}

#[test]
fn bi4_a_silent_socket_is_closed_in_time() {
    let mut shell = Shell::with_live("a");
    shell.connect(2, 'a');
    assert_eq!(shell.pass(HELLO_MS_MAX - 1), NOTHING);
    assert_eq!(shell.pass(1), ["2: bye hello_late", "close 2 hello_late"]);
    assert_eq!(shell.pass(HELLO_MS_MAX), NOTHING, "once");
}

#[test]
fn hs1_a_session_is_live_after_hello() {
    let mut shell = Shell::with_live("a");
    shell.connect(2, 'a');
    let told = shell.hello(2, 'x', at(1));
    let welcome = "2: welcome head=1 resumed=true nonce=0 members=1 online=1";
    assert_eq!(told, [welcome]);
    assert_eq!(shell.send(2, 1, "hi"), ["store 2..=2", "all: 2 a#1 hi"]);
}

#[test]
fn hs2_hello_supersedes_the_devices_older_session() {
    let mut shell = Shell::with_live("a");
    shell.connect(2, 'a');
    let told = shell.hello(2, 'a', at(1));
    let welcome = "2: welcome head=1 resumed=true nonce=0 members=1 online=1";
    assert_eq!(told, ["1: bye superseded", "close 1 superseded", welcome]);
    assert_eq!(shell.send(1, 1, "late"), NOTHING);
    assert_eq!(shell.frame(1, Err(Violation::Malformed)), NOTHING);
    assert_eq!(shell.disconnect(1), NOTHING);
}

#[test]
fn hs2_a_late_hello_does_not_end_a_newer_session() {
    let mut shell = Shell::founded();
    shell.connect(1, 'a');
    shell.live(2, 'a', 'a');
    let told = shell.hello(1, 'a', None);
    assert_eq!(told, ["1: bye superseded", "close 1 superseded"]);
    let told = shell.send(2, 1, "still here");
    assert_eq!(told, ["store 2..=2", "all: 2 a#1 still here"]);
}

#[test]
fn hs2_other_devices_of_the_user_stay() {
    let mut shell = Shell::with_live("a");
    let told = shell.live(2, 'a', 'b').join("; ");
    assert!(!told.contains("superseded"), "{told}");
}

#[test]
fn hs3_what_waits_is_stored_before_the_answer() {
    let mut shell = Shell::restored(crowded(1_000));
    shell.live(1, 'a', 'a');
    shell.send(1, 1, "first");
    assert_eq!(shell.send(1, 2, "waits"), NOTHING);
    shell.connect(2, 'a');
    let told = shell.hello(2, 'a', at(1));
    let want = [
        "1: bye superseded",
        "close 1 superseded",
        "store 3..=3",
        "all: 3 a#2 waits",
        "2: welcome head=3 resumed=true nonce=2 members=1001 online=1001",
        "2: replay after 1",
    ];
    assert_eq!(told, want);
}

#[test]
fn hs4_welcome_then_replay_then_live_entries() {
    let mut shell = Shell::with_live("ab");
    shell.send(1, 7, "one");
    shell.connect(3, 'a');
    let told = shell.hello(3, 'x', None);
    let welcome = "3: welcome head=3 resumed=false nonce=0 members=2 online=2";
    assert_eq!(told, [welcome, "3: replay after 0"]);
    assert_eq!(shell.send(2, 1, "two"), ["store 4..=4", "all: 4 b#1 two"]);
    shell.connect(4, 'a');
    let told = shell.hello(4, 'a', at(4));
    assert!(told[2].contains("nonce=7"), "the device's own: {told:?}");
}

#[test]
fn hs5_a_position_of_another_log_is_not_resumed() {
    let epoch = Epoch::from_random([8; 13]);
    let foreign = Some(Position { epoch, seq: seq(1) });
    for (position, resumed) in [
        (Some(at(0)), true),
        (Some(at(1)), true),
        (Some(at(2)), false),
        (foreign, false),
        (None, false),
    ] {
        let mut shell = Shell::founded();
        shell.connect(1, 'a');
        let told = shell.hello(1, 'a', position);
        let want = format!("resumed={resumed} ");
        assert!(told[0].contains(&want), "{position:?}: {told:?}");
    }
}

/// What a client that holds everything up to `held` is told of a log with `head` entries.
fn check_replay(head: u64, held: Option<u64>, want: [&str; 2]) {
    let mut shell = Shell::restored(Snapshot { head: seq(head), ..snapshot(&[(9, 'a', 'z')]) });
    shell.connect(1, 'a');
    let told = shell.hello(1, 'a', held.map(at)).join(", ");
    let from = told.find("online=1").unwrap() + "online=1".len();
    assert_eq!(told[from..], want.concat(), "{head} {held:?}");
}

#[test]
fn rp2_who_is_far_behind_gets_a_gap_and_the_tail() {
    let (max, tail) = (REPLAY_ENTRIES_MAX, REPLAY_TAIL);
    check_replay(max + 5, Some(5), ["", ", 1: replay after 5"]);
    check_replay(max + 5, Some(max + 5), ["", ""]);
    let (gap, replay) =
        (format!(", gap 5..={}", max + 5 - tail), format!(", 1: replay after {}", max + 5 - tail));
    check_replay(max + 5, Some(4), [&gap, &replay]);
    check_replay(tail, None, ["", ", 1: replay after 0"]);
    check_replay(tail + 1, None, [", gap 1..=1", ", 1: replay after 1"]);
}

#[test]
fn en1_seqs_have_no_gaps_also_across_refusals_and_evictions() {
    let mut shell = Shell::with_live("a");
    shell.send(1, 1, "x");
    shell.send(1, 2, " ");
    shell.send(1, 3, "y");
    let mut shell = shell.evicted(&[(1, 'a', 'a')]);
    assert_eq!(shell.send(1, 4, "z"), ["store 4..=4", "all: 4 a#4 z"]);
}

#[test]
fn en2_time_does_not_decrease_when_the_clock_does() {
    let mut shell = Shell::restored(Snapshot {
        head_at: protocol::Timestamp(2_000_000),
        ..snapshot(&[(1, 'a', 'a')])
    });
    shell.send(1, 1, "x");
    assert_eq!(shell.chunk().first_at.0, 2_000_000);
    assert!(shell.chunk().lines.contains("\"at\":2000000,"));
}

#[test]
fn en3_joining_and_leaving_are_entries() {
    let mut shell = Shell::with_live("a");
    let want = ["store 2..=2 +b", "all: 2 join b member", "answer done"];
    assert_eq!(shell.join('b'), want);
    let want = ["store 3..=3 -b", "all: 3 leave b", "answer done"];
    assert_eq!(shell.leave('b'), want);
}

#[test]
fn en4_storing_comes_before_telling_and_answering() {
    let mut shell = Shell::restored(crowded(1_000));
    shell.live(1, 'a', 'a');
    shell.send(1, 1, "first");
    assert_eq!(shell.send(1, 2, "waits"), NOTHING);
    assert_eq!(shell.join('b'), NOTHING, "not even answered");
    let told = shell.pass(0);
    let frame = "all: 3 a#2 waits, 4 join b member";
    assert_eq!(told, ["store 3..=4 +b", frame, "answer done"]);
}

#[test]
fn en5_a_chunk_stores_the_link_after_its_last_line() {
    let mut shell = Shell::with_live("a");
    shell.frame(1, Ok(vec![send(1, "x"), send(2, "y")]));
    let lines = shell.storage.lines.values();
    let link = lines.fold(Link::GENESIS, |link, line| link.then(line));
    assert_eq!(shell.chunk().link, link);
}

#[test]
fn se1_the_senders_own_entry_is_the_acknowledgement() {
    let mut shell = Shell::with_live("ab");
    let told = shell.send(2, 5, "hello");
    assert_eq!(told, ["store 3..=3", "all: 3 b#5 hello"]);
    let lines = &shell.chunk().lines;
    assert_eq!(decode_room_frame(lines).unwrap().len(), 1);
    assert!(lines.contains("\"device\":") && lines.contains("\"nonce\":5"));
}

#[test]
fn se2_nonces_rise_strictly_for_each_device() {
    let mut shell = Shell::with_live("ab");
    shell.send(1, 5, "x");
    assert_eq!(shell.send(1, 5, "again"), ["1: refused 5 stale_nonce"]);
    assert_eq!(shell.send(1, 4, "older"), ["1: refused 4 stale_nonce"]);
    assert_eq!(shell.send(1, 9, "y"), ["store 4..=4", "all: 4 a#9 y"]);
    let other_device = shell.send(2, 5, "mine");
    assert_eq!(other_device, ["store 5..=5", "all: 5 b#5 mine"]);
}

#[test]
fn se2_nonces_are_known_after_a_restore() {
    let sends = vec![room::LastSend {
        user: crate::shell::user('a'),
        device: crate::shell::device_id('a'),
        nonce: Nonce::try_from(5).unwrap(),
        seq: seq(1),
        spoke_at: protocol::Timestamp(0),
    }];
    let mut shell = Shell::restored(Snapshot { sends, ..snapshot(&[(1, 'a', 'a')]) });
    assert_eq!(shell.send(1, 5, "again"), ["1: refused 5 stale_nonce"]);
}

#[test]
fn se3_a_body_has_bounds() {
    let mut shell = Shell::with_live("a");
    assert_eq!(shell.send(1, 1, " \n"), ["1: refused 1 body_empty"]);
    let long = "x".repeat(BODY_BYTES_MAX + 1);
    assert_eq!(shell.send(1, 2, &long), ["1: refused 2 body_too_long"]);
    assert_eq!(shell.send(1, 3, &long[1..]).len(), 2);
}

#[test]
fn se4_a_refusal_leaves_no_trace() {
    let mut shell = Shell::with_live("ab");
    assert_eq!(shell.send(1, 8, " "), ["1: refused 8 body_empty"]);
    let told = shell.send(1, 8, "same nonce");
    assert_eq!(told, ["store 3..=3", "all: 3 a#8 same nonce"]);
}

#[test]
fn mb1_joining_twice_changes_nothing() {
    let mut shell = Shell::with_live("a");
    shell.join('b');
    assert_eq!(shell.join('b'), ["answer done"]);
    assert_eq!(shell.leave('c'), ["answer not_a_member"]);
    assert_eq!(shell.room().role(crate::shell::user('c')), None);
}

#[test]
fn mb1_a_session_whose_owner_is_no_member_is_ended() {
    let mut shell = Shell::founded();
    shell.connect(1, 'z');
    assert_eq!(shell.hello(1, 'z', None), ["1: bye left", "close 1 left"]);
}

/// Who joined in a window that was lost holds a socket of a membership that was never stored.
#[test]
fn mb1_a_socket_of_a_lost_membership_starts_anew() {
    let (mut room, now) = (
        room::Room::restore(snapshot(&[(5, 'b', 'b')]), Policy::default()),
        protocol::Timestamp(1_000_000),
    );
    let effects = room.handle(now, Input::Woke).0;
    let told = format!("{effects:?}");
    assert!(told.contains("Close") && told.contains("Restart"), "{told}");
}

#[test]
fn mb2_leaving_ends_every_session_of_the_user() {
    let mut shell = Shell::with_live("ab");
    shell.live(3, 'b', 'x');
    shell.connect(4, 'b');
    let want = [
        "store 3..=3 -b",
        "all: 3 leave b",
        "2: bye left",
        "close 2 left",
        "3: bye left",
        "close 3 left",
        "4: bye left",
        "close 4 left",
        "answer done",
    ];
    let mut told = shell.leave('b');
    told.retain(|line| !line.contains("presence"));
    assert_eq!(told, want);
}

#[test]
fn mb3_the_owner_stays_while_others_do() {
    let mut shell = Shell::with_live("ab");
    assert_eq!(shell.leave('a'), ["answer owner_stays"]);
    shell.leave('b');
    assert!(shell.leave('a').contains(&"answer done".to_owned()));
}

#[test]
fn mb4_a_room_has_bounds() {
    let mut snapshot = snapshot(&[]);
    for n in 1..MEMBERS_MAX as u64 {
        let mut random = [0; 13];
        random[..8].copy_from_slice(&n.to_be_bytes());
        let user = UserId::from_random(random);
        snapshot.members.push(member(user, Role::Member));
    }
    let mut shell = Shell::restored(snapshot);
    assert_eq!(shell.join('b'), ["answer room_full"]);
    assert_eq!(shell.join('a'), ["answer done"], "who is in stays in");
}

#[test]
fn mb5_whoever_joins_an_empty_room_owns_it() {
    let mut shell = Shell::founded();
    shell.leave('a');
    assert_eq!(shell.room().n_members(), 0);
    assert_eq!(shell.join('b'), ["store 3..=3 +b", "answer done"]);
    assert_eq!(shell.room().role(crate::shell::user('b')), Some(Role::Owner));
}
