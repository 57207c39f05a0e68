//! Looking around in the log.

use client::{Input, More, Phase};
use protocol::Welcome;
use protocol::limits::{AMENDING_MAX, REPLAY_TAIL, TIMELINE_ENTRIES_MAX};

use crate::NOTHING;
use crate::shell::{
    Shell, Welcomed, amended, others, page, react, reaction, replied, said, seq, welcome, welcomed,
};

/// A client that holds the entries after `from` up to `to`.
fn tail(from: u64, to: u64) -> Shell {
    let mut shell = Shell::level(0);
    shell.reconnect();
    shell.welcome_over_gap(welcomed(to, 0), from);
    shell.receive(&messages(from + 1..=to));
    shell
}

fn messages(seqs: impl IntoIterator<Item = u64>) -> Vec<String> {
    seqs.into_iter().map(|at| said(at, "a")).collect()
}

fn jump(shell: &mut Shell, to: u64) -> Vec<String> {
    shell.input(Input::Jump(seq(to)))
}

#[test]
fn ht1_a_jump_shows_an_island_that_grows_until_it_meets_the_tail() {
    let mut shell = tail(90, 100);
    assert_eq!(jump(&mut shell, 50), ["fetch around 50"]);
    assert_eq!(shell.items(), "91-100", "until the page is here");
    shell.page(&messages(45..=55), 100);
    assert_eq!(shell.items(), "45-55");
    let view = shell.client.view();
    assert_eq!((view.jumped_to, view.at_present), (Some(seq(50)), false));
    assert_eq!((view.older, view.newer), (More::Idle, More::Idle));

    assert_eq!(shell.input(Input::LoadOlder), ["fetch before 45"]);
    shell.page(&messages(38..=44), 100);
    assert_eq!(shell.items(), "38-55");
    assert_eq!(shell.input(Input::LoadNewer), ["fetch after 55"]);
    shell.page(&messages(54..=80), 100);
    assert_eq!(shell.items(), "38-80", "a page may hold what is held");
    assert_eq!(shell.input(Input::LoadNewer), ["fetch after 80"]);
    shell.page(&messages(81..=95), 100);
    assert_eq!(shell.items(), "38-100");
    let view = shell.client.view();
    assert_eq!((view.newer, view.at_present), (More::None, true));
    assert_eq!(shell.input(Input::LoadNewer), NOTHING);
}

#[test]
fn ex4_history_begins_where_it_did_not_expire() {
    let expired = |first| Welcome { first: Some(seq(first)), ..welcome(welcomed(100, 0)) };
    let mut shell = Shell::level(0);
    shell.reconnect();
    shell.welcome_to(expired(81), 90);
    shell.receive(&messages(91..=100));
    assert_eq!(shell.client.view().first, seq(81));
    assert_eq!(shell.input(Input::LoadOlder), ["fetch before 91"]);
    shell.page(&messages(81..=90), 100);
    assert_eq!((shell.items().as_str(), shell.client.view().older), ("81-100", More::None));
    assert_eq!(shell.input(Input::LoadOlder), NOTHING);
}

#[test]
fn ex4_a_page_of_which_all_expired_is_where_history_begins() {
    let mut shell = tail(90, 100);
    assert_eq!(shell.client.view().first, seq(0));
    assert_eq!(shell.input(Input::LoadOlder), ["fetch before 91"]);
    shell.page(&[], 100);
    let view = shell.client.view();
    assert_eq!((view.older, view.first), (More::None, seq(91)));
    assert_eq!(shell.input(Input::LoadOlder), NOTHING);
    shell.receive(&messages([101]));
    assert_eq!(shell.items(), "91-101");
}

/// Everything that the client lacks expired: nothing is replayed.
#[test]
fn ex4_an_empty_gap_makes_level() {
    let mut shell = Shell::level(0);
    shell.reconnect();
    let welcome = Welcome { first: Some(seq(101)), ..welcome(welcomed(100, 0)) };
    shell.welcome_to(welcome, 100);
    assert_eq!(shell.client.view().phase, Phase::Live);
    assert_eq!(shell.client.view().older, More::None);
    shell.receive(&messages([101]));
    assert_eq!(shell.items(), "101");
}

#[test]
fn ht1_a_jump_to_what_is_held_fetches_nothing() {
    let mut shell = tail(90, 100);
    assert_eq!(jump(&mut shell, 95), NOTHING);
    assert_eq!(shell.client.view().jumped_to, Some(seq(95)));
    jump(&mut shell, 50);
    shell.page(&messages(45..=55), 100);
    assert_eq!(jump(&mut shell, 47), NOTHING);
    assert_eq!(shell.items(), "45-55");
    assert_eq!(jump(&mut shell, 95), NOTHING);
    assert_eq!(shell.items(), "91-100");
}

#[test]
fn ht1_the_live_stream_goes_on_beside_an_island() {
    let mut shell = tail(90, 100);
    jump(&mut shell, 50);
    shell.page(&messages(45..=55), 100);
    shell.receive(&[amended(101, &react(50, "👍", true)), said(102, "b")]);
    assert_eq!(shell.items(), "45-55");
    assert_eq!(shell.message(50).reactions, [reaction("👍", 1, false)]);
    assert_eq!(shell.reconnect(), ["hello after 102"]);
    shell.input(Input::Present);
    assert_eq!(shell.items(), "91-100 102");
    assert_eq!(shell.client.view().jumped_to, None);
}

#[test]
fn ht1_a_page_that_meets_the_tail_is_one_with_it() {
    let mut shell = tail(90, 100);
    jump(&mut shell, 88);
    shell.page(&messages(83..=93), 100);
    assert_eq!(shell.items(), "83-100");
    assert!(shell.client.view().at_present);
    assert_eq!(shell.client.view().jumped_to, Some(seq(88)));
}

#[test]
fn ht1_a_jump_that_fails_says_so_and_shows_what_was_shown() {
    for text in [None, Some(page(&messages(45..=55), 100)), Some("<html>".to_owned())] {
        let mut shell = tail(90, 100);
        jump(&mut shell, 60);
        let id = shell.asked;
        shell.input(match text {
            None => Input::PageFailed { id },
            Some(text) => Input::PageLoaded { id, text, more: false },
        });
        assert_eq!(shell.items(), "91-100");
        assert!(shell.client.view().jump_failed);
        assert_eq!(jump(&mut shell, 60), ["fetch around 60"]);
        assert!(!shell.client.view().jump_failed);
    }
}

#[test]
fn ht1_a_page_with_a_hole_is_not_shown() {
    let mut shell = tail(90, 100);
    shell.input(Input::LoadOlder);
    shell.page(&messages([80, 81, 90]), 100);
    assert_eq!(shell.items(), "91-100");
    assert_eq!(shell.client.view().older, More::Failed);
    shell.input(Input::LoadOlder);
    shell.page(&messages(70..=80), 100);
    assert_eq!(shell.client.view().older, More::Failed, "nor one that lies elsewhere");
}

#[test]
fn ht4_a_page_is_asked_for_with_the_revision() {
    let mut shell = tail(90, 100);
    shell.receive(&[amended(101, &crate::shell::redact(95))]);
    let effects = shell.effects(Input::LoadOlder);
    let revision = effects.iter().find_map(|effect| match effect {
        client::Effect::Fetch { revision, .. } => Some(*revision),
        _ => None,
    });
    assert_eq!(revision, Some(seq(101)));
}

#[test]
fn a_page_that_nobody_waits_for_is_ignored() {
    let mut shell = tail(90, 100);
    shell.input(Input::LoadOlder);
    let late = shell.asked;
    jump(&mut shell, 50);
    shell.page(&messages(45..=55), 100);
    let text = page(&messages(80..=90), 100);
    shell.input(Input::PageLoaded { id: late, text: text.clone(), more: false });
    assert_eq!(shell.items(), "45-55");
    shell.reconnect();
    shell.input(Input::LoadOlder);
    shell.welcome(Welcomed { head: 3, resumed: false, nonce: 0 });
    shell.receive(&messages(1..=3));
    let id = shell.asked;
    shell.input(Input::PageLoaded { id, text, more: false });
    assert_eq!(shell.items(), "1-3", "it was a page of another log");
}

#[test]
fn rp2_after_a_gap_the_island_is_fetched_again() {
    let mut shell = tail(90, 100);
    jump(&mut shell, 50);
    shell.page(&messages(45..=55), 100);
    shell.reconnect();
    shell.welcome_over_gap(welcomed(5_000, 0), 4_990);
    assert_eq!(shell.items(), "");
    assert_eq!(shell.receive(&messages(4_991..=5_000)), ["fetch around 50"]);
    shell.page(&messages(45..=55), 5_000);
    assert_eq!(shell.items(), "45-55");
}

#[test]
fn a_jump_before_the_first_welcome_waits_for_it() {
    let mut shell = Shell::new(1, None);
    assert_eq!(jump(&mut shell, 2), NOTHING);
    shell.connect();
    shell.welcome(Welcomed { head: 50, resumed: false, nonce: 0 });
    let (from, to) = (seq(1), seq(40));
    let gap = protocol::ServerLine::Gap { from, to };
    shell.receive(&[protocol::codec::encode_server_line(&gap)]);
    assert_eq!(shell.receive(&messages(41..=50)), ["fetch around 2"]);
}

#[test]
fn what_a_person_scrolled_away_from_is_let_go() {
    let max = TIMELINE_ENTRIES_MAX as u64;
    let mut shell = tail(5_000, 5_100);
    let mut first = 5_001;
    while 5_100 - first < max {
        assert_eq!(shell.input(Input::LoadOlder), [format!("fetch before {first}")]);
        shell.page(&messages(first - 200..first), 5_100);
        first -= 200;
    }
    let last = first + max - REPLAY_TAIL - 1;
    assert_eq!(shell.items(), format!("{first}-{last}"), "the far end");
    assert!(!shell.client.view().at_present);
    shell.receive(&messages([5_101]));
    shell.input(Input::LoadOlder);
    shell.page(&messages(first - 200..first), 5_101);
    let first = first - 200;
    assert_eq!(shell.items(), format!("{first}-{}", first + max - 1));

    // And back again.
    let mut last = first + max - 1;
    while !shell.client.view().at_present {
        assert_eq!(shell.input(Input::LoadNewer), [format!("fetch after {last}")]);
        shell.page(&messages(last + 1..=(last + 200).min(5_101)), 5_101);
        assert!(shell.client.items().count() as u64 <= max);
        last += 200;
    }
    assert_eq!(shell.items(), format!("{}-5101", 5_102 - max));
    assert_eq!(shell.client.view().older, More::Idle);
}

#[test]
fn who_stays_at_the_tail_lets_the_oldest_go() {
    let max = TIMELINE_ENTRIES_MAX as u64;
    let mut shell = tail(0, max);
    shell.receive(&messages(max + 1..=max + 300));
    assert_eq!(shell.items(), format!("301-{}", max + 300));
    assert_eq!(shell.input(Input::LoadOlder), ["fetch before 301"]);
}

#[test]
fn who_scrolled_up_keeps_what_is_there_until_the_newest_is_read() {
    let max = TIMELINE_ENTRIES_MAX as u64;
    for reads in [false, true] {
        let mut shell = tail(100, 101);
        shell.input(Input::LoadOlder);
        shell.page(&messages(1..=100), 101);
        shell.receive(&messages(102..=max));
        if reads {
            shell.input(Input::Read(seq(max)));
        }
        shell.receive(&messages([max + 1]));
        assert_eq!(shell.client.view().at_present, reads);
        let first = shell.client.items().next().unwrap().seq();
        assert_eq!(first, if reads { seq(2) } else { seq(1) });
    }
}

#[test]
fn am3_more_amendments_than_are_remembered_make_a_page_too_old() {
    let n = AMENDING_MAX as u64;
    let mut shell = tail(10, 11);
    shell.input(Input::LoadOlder);
    shell.receive(&(12..12 + n).map(|at| toggled(at, 11)).collect::<Vec<_>>());
    let lines = messages(1..=10);
    let kept = shell.page(&lines, 11);
    assert_eq!(kept, NOTHING, "all of them are remembered");
    let mut shell = tail(10, 11);
    shell.input(Input::LoadOlder);
    shell.receive(&(12..=12 + n).map(|at| toggled(at, 11)).collect::<Vec<_>>());
    assert_eq!(shell.page(&lines, 11), ["fetch before 11"]);
}

/// A reaction that is given and taken back, again and again.
fn toggled(at: u64, target: u64) -> String {
    amended(at, &react(target, "👍", at.is_multiple_of(2)))
}

#[test]
fn a_thread_is_its_first_message_and_its_newest_replies() {
    let mut shell = tail(90, 100);
    assert_eq!(shell.input(Input::OpenThread(seq(10))), ["fetch thread 10"]);
    assert_eq!(shell.client.view().thread.unwrap().older, More::Loading);
    shell.receive(&[replied(101, 10, "while it loads")]);
    let lines = [said(10, "first"), replied(50, 10, "b"), replied(60, 10, "c")];
    thread_page(&mut shell, &lines, 100, true);
    assert_eq!(shell.thread_items(), "10 50 60 101");
    assert_eq!(replies(&shell), 1, "the page said of none, and one came since");

    shell.receive(&[replied(102, 10, "d"), said(103, "elsewhere")]);
    shell.receive(&[amended(104, &react(50, "👍", true))]);
    assert_eq!(shell.thread_items(), "10 50 60 101-102");
    assert_eq!(replies(&shell), 2);

    assert_eq!(shell.input(Input::LoadOlderInThread), ["fetch thread 10 before 50"]);
    thread_page(&mut shell, &[said(10, "first"), replied(20, 10, "a")], 104, false);
    assert_eq!(shell.thread_items(), "10 20 50 60 101-102");
    assert_eq!(shell.client.view().thread.unwrap().older, More::None);
    assert_eq!(shell.input(Input::LoadOlderInThread), NOTHING);
    let reacted = shell.client.thread_items().nth(2).unwrap().message().unwrap();
    assert_eq!(reacted.reactions, [reaction("👍", 1, false)]);

    shell.input(Input::CloseThread);
    assert_eq!(shell.client.view().thread, None);
    assert_eq!(shell.thread_items(), "");
}

#[test]
fn a_thread_that_cannot_be_had_says_so_and_is_tried_again() {
    let mut shell = tail(90, 100);
    shell.input(Input::OpenThread(seq(95)));
    assert_eq!(shell.thread_items(), "95", "its first message is held");
    shell.page_fails();
    let thread = shell.client.view().thread.unwrap();
    assert!(thread.failed);
    assert_eq!(shell.input(Input::LoadOlderInThread), ["fetch thread 95"]);
    thread_page(&mut shell, &[said(95, "first")], 100, false);
    let thread = shell.client.view().thread.unwrap();
    assert_eq!((thread.failed, thread.older), (false, More::None));
}

#[test]
fn hs5_a_thread_of_another_log_is_closed() {
    let mut shell = tail(90, 100);
    shell.input(Input::OpenThread(seq(95)));
    shell.reconnect();
    shell.welcome(Welcomed { head: 3, resumed: false, nonce: 0 });
    assert_eq!(shell.client.view().thread, None);
}

#[test]
fn rp2_an_open_thread_is_fetched_again_after_a_gap() {
    let mut shell = tail(90, 100);
    shell.input(Input::OpenThread(seq(95)));
    thread_page(&mut shell, &[said(95, "first"), replied(97, 95, "a")], 100, false);
    shell.reconnect();
    assert_eq!(shell.welcome_over_gap(welcomed(200, 0), 190), ["fetch thread 95"]);
    assert_eq!(shell.thread_items(), "");
    shell.receive(&others(191..=200));
    thread_page(&mut shell, &[said(95, "first"), replied(150, 95, "b")], 200, true);
    assert_eq!(shell.thread_items(), "95 150");
}

fn thread_page(shell: &mut Shell, lines: &[String], upto: u64, more: bool) {
    let (id, text) = (shell.asked, page(lines, upto));
    shell.input(Input::PageLoaded { id, text, more });
}

fn replies(shell: &Shell) -> u32 {
    shell.client.thread_items().next().unwrap().message().unwrap().replies
}
