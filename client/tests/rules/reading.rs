//! How far people have read, and what the room says about itself.

use client::{Input, Phase, UPDATE};
use protocol::codec::{encode_entry, encode_server_line};
use protocol::limits::{READ_AGAIN_MS, READS_PER_S, TYPING_AGAIN_MS};
use protocol::{
    Change, Changed, Entry, Join, Leave, Limits, Moderate, Moderation, ReadStep, Role, ServerLine,
    Timestamp, Welcome, You,
};

use crate::NOTHING;
use crate::shell::{
    Shell, Welcomed, amended, mine, other, others, pin, redact, said, seq, stamp, user, welcome,
    welcomed,
};

fn read(shell: &mut Shell, upto: u64) -> Vec<String> {
    shell.input(Input::Read(seq(upto)))
}

/// A client that is level with a log of nine entries, as this `welcome` tells it.
fn welcome_as(welcome: Welcome) -> Shell {
    let mut shell = Shell::new(1, None);
    shell.connect();
    shell.receive(&[encode_server_line(&ServerLine::Welcome(Box::new(welcome)))]);
    shell.receive(&others(1..=9));
    shell
}

/// A client that is level where so many are online that each tells every `seconds`.
fn among(seconds: u64, seed: u64) -> Shell {
    let online = u32::try_from(seconds * READS_PER_S).unwrap();
    let mut shell = Shell::new(seed, None);
    shell.connect();
    let welcome = Welcome { online, ..nine() };
    shell.receive(&[encode_server_line(&ServerLine::Welcome(Box::new(welcome)))]);
    shell.receive(&others(1..=9));
    shell
}

fn nine() -> Welcome {
    welcome(Welcomed { head: 9, resumed: false, nonce: 0 })
}

#[test]
fn rc1_what_was_read_is_told_now_and_then_and_never_goes_back() {
    let mut shell = Shell::level(9);
    assert_eq!(read(&mut shell, 3), ["read 3"]);
    assert_eq!(read(&mut shell, 5), NOTHING);
    assert_eq!(read(&mut shell, 4), NOTHING);
    assert_eq!(shell.client.view().read, seq(5));
    assert_eq!(shell.pass(READ_AGAIN_MS - 1), NOTHING);
    assert_eq!(shell.pass(1), ["read 5"]);
    assert_eq!(shell.pass(READ_AGAIN_MS), NOTHING, "that is all");
    assert_eq!(read(&mut shell, 99), ["read 9"], "nobody reads beyond the log");
}

#[test]
fn rc1_among_many_each_tells_less_often() {
    let mut shell = among(20, 0);
    assert_eq!(read(&mut shell, 3), ["read 3"]);
    assert_eq!(read(&mut shell, 5), NOTHING);
    assert_eq!(shell.pass(20_000 - 1), NOTHING);
    assert_eq!(shell.pass(1), ["read 5"]);
}

#[test]
fn rc1_many_do_not_tell_the_same_at_once() {
    let place = |seed| {
        let mut shell = among(20, seed);
        let mut waits_s = 0;
        let mut told = read(&mut shell, 3);
        while told.is_empty() {
            waits_s += 1;
            told = shell.pass(1_000);
        }
        assert_eq!(told, ["read 3"]);
        waits_s
    };
    let places: Vec<u32> = (0..20).map(|n| place(n * 1_000)).collect();
    assert_eq!(places, (0..20).collect::<Vec<u32>>());
}

#[test]
fn rc1_who_looks_away_or_leaves_tells_at_once() {
    for (input, also) in [(Input::Away, None), (Input::Stop, Some("close"))] {
        let mut shell = Shell::level(9);
        assert_eq!(read(&mut shell, 3), ["read 3"]);
        assert_eq!(read(&mut shell, 5), NOTHING);
        let told = shell.input(input);
        assert_eq!(told, ["read 5"].into_iter().chain(also).collect::<Vec<_>>());
        assert_eq!(shell.input(Input::Away), NOTHING, "the room knows");
    }
}

#[test]
fn rc1_what_was_read_offline_is_told_when_the_client_is_level() {
    let mut shell = Shell::level(9);
    shell.input(Input::Closed(1006));
    assert_eq!(read(&mut shell, 7), NOTHING);
    shell.connect();
    assert_eq!(shell.welcome(welcomed(9, 0)), ["read 7"]);
    shell.reconnect();
    shell.pass(READ_AGAIN_MS);
    let you = You { read: seq(8), ..welcome(welcomed(9, 0)).you };
    let welcome = Welcome { you, ..welcome(welcomed(9, 0)) };
    let welcome = encode_server_line(&ServerLine::Welcome(Box::new(welcome)));
    assert_eq!(shell.receive(&[welcome]), NOTHING, "another device read further");
    assert_eq!(shell.client.view().read, seq(8));
}

#[test]
fn rc1_an_own_message_is_read() {
    let mut shell = Shell::level(3);
    shell.receive(&[mine(4, 1, "a")]);
    assert_eq!(shell.client.view().read, seq(4));
    assert_eq!(read(&mut shell, 4), NOTHING, "the room knows");
}

#[test]
fn rc2_the_last_digest_counts() {
    let steps = vec![ReadStep { seq: seq(9), readers: 1 }, ReadStep { seq: seq(4), readers: 3 }];
    let mut shell = welcome_as(Welcome { receipts: steps.clone(), ..nine() });
    assert_eq!(shell.client.view().receipts, steps);
    let steps = vec![ReadStep { seq: seq(9), readers: 3 }];
    shell.receive(&[encode_server_line(&ServerLine::Receipts { steps: steps.clone() })]);
    assert_eq!(shell.client.view().receipts, steps);
}

#[test]
fn pn1_pins_are_what_welcome_told_and_what_came_since() {
    let mut shell = welcome_as(Welcome { pins: vec![seq(2), seq(7)], ..nine() });
    shell.receive(&[amended(10, &pin(5, true)), amended(11, &pin(2, false))]);
    assert_eq!(shell.client.view().pins, [seq(5), seq(7)]);
    shell.receive(&[amended(12, &redact(7))]);
    assert_eq!(shell.client.view().pins, [seq(5)]);
    // A replay that `welcome` counted changes nothing.
    shell.reconnect();
    let again = Welcome { pins: vec![seq(5)], ..welcome(welcomed(14, 0)) };
    shell.receive(&[encode_server_line(&ServerLine::Welcome(Box::new(again)))]);
    shell.receive(&[amended(13, &pin(6, true)), amended(14, &pin(6, false))]);
    assert_eq!(shell.client.view().pins, [seq(5)]);
}

#[test]
fn en3_settings_change_what_the_room_is_called() {
    let mut shell = Shell::level(1);
    let change = |change| Entry::Settings(Changed { stamp: stamp(2, other()), change });
    let entry =
        change(Change { name: Some("Attic".into()), slow_ms: Some(5), ..Change::default() });
    shell.receive(&[encode_entry(&entry)]);
    let room = shell.client.view().room.unwrap().clone();
    assert_eq!((room.name.as_str(), room.slow_ms, room.archived), ("Attic", 5, false));
    assert_eq!(shell.items(), "1-2", "and it is seen");
}

#[test]
fn mb8_what_is_done_to_the_person_is_known_at_once() {
    let mut shell = welcome_as(nine());
    let mut at = 9;
    let mut done = |shell: &mut Shell, by, user, act| {
        at += 1;
        let moderate = Entry::Moderate(Moderate { stamp: stamp(at, by), user, act });
        shell.receive(&[encode_entry(&moderate)]);
        let you = shell.client.view().you.unwrap();
        (you.role, you.muted_until)
    };
    let mute = Moderation::Mute { until: Timestamp(99) };
    let role = |role| Moderation::Role { role };
    assert_eq!(done(&mut shell, other(), user(), mute), (Role::Member, Some(Timestamp(99))));
    assert_eq!(done(&mut shell, other(), user(), Moderation::Unmute), (Role::Member, None));
    assert_eq!(done(&mut shell, user(), other(), mute), (Role::Member, None));
    assert_eq!(done(&mut shell, other(), user(), role(Role::Owner)), (Role::Owner, None));
    let handed_over = done(&mut shell, user(), other(), role(Role::Owner));
    assert_eq!(handed_over, (Role::Moderator, None));
}

#[test]
fn mb9_who_is_removed_is_not_counted_any_more() {
    let mut shell = Shell::level(1);
    let members = shell.client.view().members;
    assert_eq!(members, 2, "as `welcome` says, whatever the replay brings");
    let moderate =
        |at, act| Entry::Moderate(Moderate { stamp: stamp(at, other()), user: other(), act });
    let join =
        Join { stamp: stamp(2, other()), name: "Bob".into(), role: Role::Member, hash: None };
    let entries = [
        Entry::Join(join.clone()),
        moderate(3, Moderation::Kick),
        Entry::Join(Join { stamp: stamp(4, other()), ..join }),
        moderate(5, Moderation::Ban),
        moderate(6, Moderation::Unban),
        Entry::Leave(Leave { stamp: stamp(7, other()) }),
    ];
    let counts = entries.map(|entry| {
        shell.receive(&[encode_entry(&entry)]);
        i64::from(shell.client.view().members) - i64::from(members)
    });
    assert_eq!(counts, [1, 0, 1, 0, 0, -1]);
    shell.reconnect();
    shell.welcome(welcomed(8, 0));
    shell.receive(&[encode_entry(&moderate(8, Moderation::Kick))]);
    assert_eq!(shell.client.view().members, members, "`welcome` counted the replay");
}

#[test]
fn hs4_welcome_tells_what_the_room_accepts() {
    let limits = Limits { send_burst: 7, ..Limits::CURRENT };
    let shell = welcome_as(Welcome { limits, revision: seq(4), ..nine() });
    assert_eq!(shell.client.view().limits, Some(&limits));
    assert_eq!(shell.client.view().revision, seq(4));
    assert_eq!(shell.client.view().head, seq(9));
}

#[test]
fn tr4_a_welcome_of_a_later_version_ends_the_client_instead_of_a_loop() {
    let line = encode_server_line(&ServerLine::Welcome(Box::new(nine())));
    for (known, later) in [("\"member\"", "\"bishop\""), ("\"public\"", "\"galactic\"")] {
        let mut shell = Shell::new(1, None);
        shell.connect();
        let later = line.replace(known, later);
        assert_ne!(later, line);
        assert_eq!(shell.receive(&[later]), ["close"]);
        let view = shell.client.view();
        assert_eq!((view.phase, view.ended), (Phase::Ended, Some(UPDATE)));
        assert_eq!(shell.pass(3_600_000), NOTHING);
        assert_eq!(shell.input(Input::Reconnect), ["open"], "when asked to");
    }
}

#[test]
fn dg3_who_writes_says_so_now_and_then() {
    let mut shell = Shell::level(1);
    assert_eq!(shell.input(Input::Typing(true)), ["typing true"]);
    assert_eq!(shell.input(Input::Typing(true)), NOTHING);
    shell.pass(TYPING_AGAIN_MS);
    assert_eq!(shell.input(Input::Typing(true)), ["typing true"]);
    shell.send("a");
    assert_eq!(shell.input(Input::Typing(true)), ["typing true"], "of the next message");
    assert_eq!(shell.input(Input::Typing(false)), ["typing false"]);
    assert_eq!(shell.input(Input::Typing(false)), NOTHING);
}

#[test]
fn dg5_the_newest_name_of_each_member_is_known() {
    let mut shell = Shell::level(1);
    for name in ["Ann", "Bea"] {
        let line = ServerLine::Named { user: other(), name: name.to_owned() };
        shell.receive(&[encode_server_line(&line)]);
    }
    assert_eq!(shell.client.view().named, [(other(), "Bea".to_owned())]);
}

#[test]
fn dg3_who_spoke_does_not_write_any_more() {
    let mut shell = Shell::level(1);
    let typing = ServerLine::Typing { who: vec![other(), user()], more: 2 };
    shell.receive(&[encode_server_line(&typing)]);
    assert_eq!(shell.client.view().typing, [other()]);
    shell.receive(&[said(2, "a")]);
    assert_eq!(shell.client.view().typing, []);
}
