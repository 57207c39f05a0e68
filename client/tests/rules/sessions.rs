//! Connecting, resuming, sending: what a session is to a client.

use client::{Input, More, Phase};
use protocol::CloseCode;
use protocol::limits::{ANSWER_MS_MAX, BACKOFF_MS, BACKOFF_MS_MAX, HEARTBEAT_MS, PONG_MS_MAX};

use crate::NOTHING;
use crate::shell::{Shell, Welcomed, mine, nonce, others, welcomed};

#[test]
fn tr4_what_is_not_known_is_ignored() {
    let mut shell = Shell::level(1);
    let told = shell.receive(&[
        r#"{"t":"reaction","seq":"any"}"#.to_owned(),
        r#"{"t":"presence","online":7,"came":[],"went":[],"since":1}"#.to_owned(),
    ]);
    assert_eq!(told, NOTHING);
    assert_eq!(shell.client.view().phase, Phase::Live);
    assert_eq!(shell.client.view().online, 7);
}

#[test]
fn tr4_what_is_broken_ends_the_session() {
    for frame in ["{", r#"{"t":"gap"}"#, r#"{"seq":1}"#] {
        let mut shell = Shell::level(1);
        assert_eq!(shell.receive(&[frame.to_owned()]), ["close"], "{frame}");
        assert_eq!(shell.client.view().phase, Phase::Waiting);
    }
}

#[test]
fn hs1_who_holds_nothing_resumes_nothing() {
    let mut shell = Shell::new(1, None);
    assert_eq!(shell.connect(), ["hello"]);
    let mut shell = Shell::level(3);
    assert_eq!(shell.reconnect(), ["hello after 3"]);
}

#[test]
fn hs5_another_log_replaces_what_was_held() {
    let mut shell = Shell::level(3);
    shell.send("in doubt");
    shell.reconnect();
    shell.welcome(Welcomed { head: 1, resumed: false, nonce: 0 });
    assert_eq!(shell.items(), "");
    shell.receive(&others([1]));
    assert_eq!(shell.items(), "1");
    assert_eq!(shell.pending(), ["#1 in doubt unconfirmed"]);
}

#[test]
fn rp1_what_is_held_is_ignored_and_a_hole_is_not_accepted() {
    let mut shell = Shell::level(3);
    shell.reconnect();
    shell.welcome(welcomed(5, 0));
    assert_eq!(shell.client.view().phase, Phase::Resuming);
    assert_eq!(shell.client.view().behind, 2);
    shell.receive(&others(2..=5));
    assert_eq!(shell.items(), "1-5");
    assert_eq!(shell.client.view().phase, Phase::Live);
    assert_eq!(shell.receive(&others([7])), ["close"]);
    assert_eq!(shell.items(), "1-5");
}

#[test]
fn rp2_what_was_held_before_a_gap_is_forgotten_and_fetched_when_it_is_looked_at() {
    let mut shell = Shell::level(1);
    shell.reconnect();
    shell.welcome_over_gap(welcomed(7, 0), 5);
    shell.receive(&others(6..=7));
    assert_eq!(shell.items(), "6-7");
    assert_eq!(shell.client.view().older, More::Idle);

    assert_eq!(shell.input(Input::LoadOlder), ["fetch before 6"]);
    assert_eq!(shell.input(Input::LoadOlder), NOTHING, "one at a time");
    assert_eq!(shell.client.view().older, More::Loading);
    shell.page_fails();
    assert_eq!(shell.client.view().older, More::Failed);

    assert_eq!(shell.input(Input::LoadOlder), ["fetch before 6"]);
    shell.page(&others(4..=5), 7);
    assert_eq!(shell.items(), "4-7");
    assert_eq!(shell.input(Input::LoadOlder), ["fetch before 4"]);
    shell.page(&others(1..=3), 7);
    assert_eq!(shell.items(), "1-7");
    assert_eq!(shell.client.view().older, More::None);
    assert_eq!(shell.input(Input::LoadOlder), NOTHING);
}

#[test]
fn se5_after_a_complete_replay_what_did_not_land_is_sent_again() {
    let mut shell = Shell::level(1);
    assert_eq!(shell.send("landed"), ["send #1 landed"]);
    assert_eq!(shell.send("lost"), ["send #2 lost"]);
    shell.reconnect();
    assert_eq!(shell.send("written offline"), NOTHING);
    shell.welcome(welcomed(2, 1));
    let told = shell.receive(&[mine(2, 1, "landed")]);
    assert_eq!(told, ["send #2 lost, send #3 written offline"]);
}

#[test]
fn se5_a_repetition_gets_a_fresh_nonce_if_a_higher_one_landed() {
    let mut shell = Shell::level(1);
    shell.send("lost with the room's memory");
    shell.send("landed");
    shell.reconnect();
    shell.welcome(welcomed(2, 2));
    let told = shell.receive(&[mine(2, 2, "landed")]);
    assert_eq!(told, ["send #3 lost with the room's memory"]);
}

#[test]
fn se5_what_was_refused_is_not_repeated_but_may_be_retried() {
    let mut shell = Shell::level(1);
    shell.send("rude");
    shell.refuse(1);
    assert_eq!(shell.pending(), ["#1 rude refused"]);
    shell.reconnect();
    assert_eq!(shell.welcome(welcomed(1, 0)), NOTHING);
    assert_eq!(shell.input(Input::Retry(nonce(1))), ["send #2 rude"]);
    shell.refuse(2);
    shell.input(Input::Discard(nonce(2)));
    assert_eq!(shell.pending(), NOTHING);
}

#[test]
fn se3_what_the_room_would_refuse_does_not_leave() {
    let mut shell = Shell::level(1);
    assert_eq!(shell.send(" "), NOTHING);
    assert_eq!(shell.pending(), ["#1   refused"]);
    assert_eq!(shell.input(Input::Retry(nonce(1))), NOTHING);
    assert_eq!(shell.send(&"x".repeat(200_000)), NOTHING, "it would end the session");
    assert_eq!(shell.send("fine"), ["send #4 fine"]);
}

#[test]
fn se5_after_a_gap_only_the_highest_nonce_landed_for_certain() {
    let mut shell = Shell::level(1);
    for body in ["a", "b", "c"] {
        shell.send(body);
    }
    shell.reconnect();
    shell.welcome_over_gap(welcomed(6, 2), 5);
    let told = shell.receive(&others([6]));
    assert_eq!(told, ["send #3 c"]);
    assert_eq!(shell.pending(), ["#1 a unconfirmed", "#3 c sent"]);
    // History shows it after all.
    shell.input(Input::LoadOlder);
    shell.page(&[others(1..=1), vec![mine(2, 1, "a")], others(3..=5)].concat(), 6);
    assert_eq!(shell.pending(), ["#3 c sent"]);
}

#[test]
fn se5_the_outbox_outlives_a_reload() {
    let mut shell = Shell::level(2);
    shell.send("landed");
    shell.send("lost");
    let mut shell = shell.reloaded();
    assert_eq!(shell.connect(), ["hello after 2"]);
    shell.welcome(welcomed(3, 1));
    let told = shell.receive(&[mine(3, 1, "landed")]);
    assert_eq!(told, ["send #2 lost"]);
}

#[test]
fn se6_who_gets_no_answer_connects_again() {
    let mut shell = Shell::level(1);
    shell.send("lost");
    assert_eq!(shell.pass(ANSWER_MS_MAX - 1), NOTHING);
    assert_eq!(shell.pass(1), ["close"]);
    assert_eq!(shell.pass(BACKOFF_MS), ["open"]);
    shell.input(Input::Opened);
    assert_eq!(shell.welcome(welcomed(1, 0)), ["send #1 lost"]);
}

/// A device that stored nothing of its first life, in which nonces up to 3 landed.
fn forgetful() -> Shell {
    let mut shell = Shell::new(1, None);
    shell.send("written before the welcome");
    shell
}

#[test]
fn se7_a_nonce_that_an_earlier_life_used_is_not_used_again() {
    let mut shell = forgetful();
    shell.connect();
    shell.welcome(Welcomed { head: 1, resumed: false, nonce: 3 });
    let told = shell.receive(&[mine(1, 1, "of the earlier life")]);
    assert_eq!(told, ["send #4 written before the welcome"]);
}

#[test]
fn se7_history_before_the_welcome_answers_no_send_of_this_life() {
    let mut shell = Shell::level(1);
    shell.send("stored");
    let stored = shell.saved.last().cloned();
    let mut shell = Shell::new(1, stored);
    shell.send("written before the welcome");
    assert_eq!(shell.input(Input::LoadOlder), ["fetch before 2"]);
    shell.page(&[mine(1, 2, "of the earlier life")], 1);
    let want = ["#1 stored sent", "#2 written before the welcome queued"];
    assert_eq!(shell.pending(), want);
}

#[test]
fn se7_what_a_forgetful_device_stored_is_unconfirmed_until_the_log_shows_it() {
    let mut shell = Shell::level(1);
    shell.send("landed");
    shell.send("sent again as #3 by the life that was not stored");
    let mut shell = shell.reloaded();
    shell.connect();
    shell.welcome(welcomed(3, 3));
    let told = shell.receive(&[mine(2, 1, "landed"), mine(3, 3, "sent again as #3")]);
    assert_eq!(told, NOTHING);
    assert_eq!(
        shell.pending(),
        ["#2 sent again as #3 by the life that was not stored unconfirmed"]
    );
}

#[test]
fn se7_a_life_that_was_never_welcome_does_not_hide_what_was_forgotten() {
    let mut shell = forgetful().reloaded();
    shell.connect();
    shell.welcome(Welcomed { head: 1, resumed: false, nonce: 3 });
    shell.receive(&[mine(1, 1, "of the earliest life")]);
    assert_eq!(
        shell.pending(),
        ["#4 written before the welcome unconfirmed"],
        "neither gone, nor sent without a word"
    );
}

#[test]
fn cc1_the_close_code_says_whether_to_come_back() {
    for code in CloseCode::ALL.map(CloseCode::number) {
        let mut shell = Shell::level(1);
        shell.input(Input::Closed(code));
        let comes_back = shell.pass(BACKOFF_MS) == ["open"];
        assert_eq!(comes_back, CloseCode::may_reconnect(code), "{code}");
    }
    let mut shell = Shell::level(1);
    shell.input(Input::Closed(CloseCode::Left.number()));
    assert_eq!(shell.client.view().ended, Some("left"));
    assert_eq!(shell.input(Input::Reconnect), ["open"], "when asked to");
}

#[test]
fn cc2_waits_grow_within_bounds_until_the_next_welcome() {
    let mut longest = 0;
    for seed in 0..50 {
        let mut shell = Shell::new(seed, None);
        shell.connect();
        for attempt in 0..12_u32 {
            shell.input(Input::Closed(1006));
            let retry_at = shell.client.view().retry_at.unwrap();
            let wait = retry_at.0 - shell.now_ms;
            let bound = (BACKOFF_MS << attempt).min(BACKOFF_MS_MAX);
            assert!(wait <= bound, "attempt {attempt}: {wait} > {bound}");
            longest = longest.max(wait);
            shell.connect();
        }
        shell.welcome(Welcomed { head: 0, resumed: false, nonce: 0 });
        shell.input(Input::Closed(1006));
        let retry_at = shell.client.view().retry_at.unwrap();
        assert!(retry_at.0 - shell.now_ms <= BACKOFF_MS, "seed {seed}");
    }
    assert!(longest > BACKOFF_MS_MAX / 2, "{longest}");
}

#[test]
fn cc3_silence_is_asked_about_and_then_given_up() {
    let mut shell = Shell::level(1);
    assert_eq!(shell.pass(HEARTBEAT_MS - 1), NOTHING);
    assert_eq!(shell.pass(1), ["ping"]);
    shell.receive(&[r#"{"t":"pong"}"#.to_owned()]);
    assert_eq!(shell.pass(HEARTBEAT_MS), ["ping"]);
    assert_eq!(shell.pass(PONG_MS_MAX - 1), NOTHING);
    assert_eq!(shell.pass(1), ["close"]);
    assert_eq!(shell.client.view().phase, Phase::Waiting);
}

#[test]
fn cc3_who_asks_twice_whether_anybody_is_there_pings_once() {
    let mut shell = Shell::level(1);
    assert_eq!(shell.input(Input::Reconnect), ["ping"]);
    shell.pass(1_000);
    assert_eq!(shell.input(Input::Reconnect), NOTHING);
    assert_eq!(shell.pass(PONG_MS_MAX - 1_000), ["close"], "since the first");
}
