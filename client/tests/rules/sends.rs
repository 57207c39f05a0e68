//! What a person does, and what becomes of it.

use std::collections::VecDeque;

use client::{Act, Input, PendingState, Saved};
use proptest::prelude::*;
use protocol::codec::encode_server_line;
use protocol::limits::{ANSWER_MS_MAX, ATTACHMENTS_MAX};
use protocol::{Refusal, Refused, ServerLine, Timestamp};

use crate::NOTHING;
use crate::shell::{
    Shell, amended_by_me, edit, file, mine, nonce, others, pin, react, redact, said,
    said_with_file, seq, welcomed,
};

const SLOW: Refusal = Refusal::SlowMode;
const FAST: Refusal = Refusal::RateLimited;

#[test]
fn se1_every_act_is_a_send_and_its_entry_the_acknowledgement() {
    let mut shell = Shell::level(1);
    let acts = [edit(1, "a"), redact(1), react(1, "👍", true), pin(1, false)];
    let told: Vec<String> =
        acts.iter().flat_map(|act| shell.input(Input::Act(act.clone()))).collect();
    assert_eq!(told, ["edit #1 1 a", "redact #2 1", "react #3 1 👍 true", "pin #4 1 false"]);
    for (at, act) in (2..).zip(&acts) {
        assert_eq!(shell.pending().len(), 4 + 2 - at);
        shell.receive(&[amended_by_me(at as u64, at as u64 - 1, act)]);
    }
    assert_eq!(shell.pending(), NOTHING);
}

#[test]
fn se5_an_amendment_is_repeated_like_a_message() {
    let mut shell = Shell::level(1);
    shell.send("landed");
    shell.input(Input::Act(react(1, "👍", true)));
    shell.reconnect();
    shell.welcome(welcomed(2, 1));
    assert_eq!(shell.receive(&[mine(2, 1, "landed")]), ["react #2 1 👍 true"]);
    let mut shell = shell.reloaded();
    shell.connect();
    assert_eq!(shell.welcome(welcomed(2, 1)), ["react #2 1 👍 true"], "after a reload, too");
}

#[test]
fn se5_what_an_earlier_version_stored_is_sent() {
    let stored = r#"{"position":{"epoch":"0c1g60r30c1g60r30c1g","seq":1},"outbox":{"last_nonce":2,
        "pending":[{"nonce":1,"body":"refused","at":5,"state":{"is":"refused",
        "code":"log_full","retry_after_ms":null}},{"nonce":2,"body":"lost","at":6,
        "state":{"is":"sent","at":7}}]}}"#;
    let mut shell = Shell::new(1, Some(Saved::parse(stored).unwrap()));
    assert_eq!(shell.connect(), ["hello after 1"]);
    assert_eq!(shell.welcome(welcomed(1, 0)), ["send #2 lost"]);
    assert_eq!(shell.pending(), ["#1 refused refused", "#2 lost sent"]);
}

#[test]
fn ms3_a_body_may_be_empty_beside_attachments() {
    let mut shell = Shell::level(1);
    let with_files = |n: usize| Act::Send {
        body: String::new(),
        reply_to: None,
        thread: None,
        attachments: vec![file(); n],
    };
    assert_eq!(shell.input(Input::Act(with_files(1))), ["send #1 "]);
    assert_eq!(shell.input(Input::Act(with_files(0))), NOTHING);
    assert_eq!(shell.input(Input::Act(with_files(ATTACHMENTS_MAX + 1))), NOTHING);
    assert_eq!(shell.pending(), ["#1  sent", "#2  refused", "#3  refused"]);
}

#[test]
fn ms3_a_message_without_files_is_not_edited_to_nothing() {
    let mut shell = Shell::level(0);
    shell.receive(&[said(1, "a"), said_with_file(2, None, "b")]);
    assert_eq!(shell.input(Input::Act(edit(1, ""))), NOTHING);
    assert_eq!(shell.input(Input::Act(edit(2, "\n"))), ["edit #2 2 \n"]);
    assert_eq!(shell.pending(), ["#1 edit 1  refused", "#2 edit 2 \n sent"]);
}

#[test]
fn rx2_text_does_not_leave_as_a_reaction() {
    let mut shell = Shell::level(1);
    assert_eq!(shell.input(Input::Act(react(1, "yes", true))), NOTHING);
    assert_eq!(shell.pending(), ["#1 react 1 yes refused"]);
}

#[test]
fn am4_an_amendment_that_would_change_nothing_is_forgotten() {
    let mut shell = Shell::level(1);
    shell.input(Input::Act(pin(1, true)));
    shell.refuse_for(1, Refusal::Unchanged, None);
    assert_eq!(shell.pending(), NOTHING);
    shell.input(Input::Act(pin(1, true)));
    shell.refuse_for(2, Refusal::TooManyPins, None);
    assert_eq!(shell.pending(), ["#2 pin 1 refused"], "any other refusal is shown");
    shell.input(Input::Discard(nonce(2)));
    assert_eq!(shell.pending(), NOTHING);
}

#[test]
fn rl4_what_was_too_fast_is_sent_again_in_the_same_order() {
    let mut shell = Shell::level(1);
    for body in ["a", "b", "c"] {
        shell.send(body);
    }
    shell.receive(&[mine(2, 1, "a")]);
    assert_eq!(shell.refuse_for(2, FAST, Some(200)), NOTHING);
    assert_eq!(shell.refuse_for(3, FAST, Some(200)), NOTHING);
    assert_eq!(shell.send("d"), NOTHING, "it is held back");
    assert_eq!(shell.pending(), ["#2 b held", "#3 c held", "#4 d queued"]);
    assert_eq!(shell.pass(199), NOTHING);
    assert_eq!(shell.pass(1), ["send #5 b"], "one at a time from now on");
    assert_eq!(shell.receive(&[mine(3, 5, "b")]), ["send #6 c"]);
    assert_eq!(shell.refuse_for(6, FAST, Some(100)), NOTHING);
    assert_eq!(shell.pass(100), ["send #8 c"]);
    assert_eq!(shell.receive(&[mine(4, 8, "c")]), ["send #9 d"]);
    shell.receive(&[mine(5, 9, "d")]);
    assert_eq!(
        (shell.send("e"), shell.send("f")),
        (vec!["send #10 e".into()], vec!["send #11 f".into()])
    );
}

#[test]
fn rl4_nothing_overtakes_what_is_held() {
    let mut shell = Shell::level(1);
    shell.send("a");
    shell.send("b");
    shell.refuse_for(1, FAST, Some(200));
    assert_eq!(shell.pass(200), NOTHING, "b may be refused yet");
    assert_eq!(shell.receive(&others([2])), NOTHING);
    assert_eq!(shell.refuse_for(2, FAST, Some(50)), ["send #3 a"]);
    assert_eq!(shell.receive(&[mine(3, 3, "a")]), ["send #4 b"]);
}

#[test]
fn rl4_slow_mode_holds_messages_back_and_nothing_else() {
    let mut shell = Shell::level(1);
    shell.send("a");
    shell.refuse_for(1, SLOW, Some(30_000));
    let held = shell.client.view().pending[0].state;
    assert_eq!(held, PendingState::Held { until: Timestamp(shell.now_ms + 30_000), code: SLOW });
    assert_eq!(shell.send("b"), NOTHING);
    assert_eq!(shell.input(Input::Act(react(1, "👍", true))), ["react #3 1 👍 true"]);
    shell.receive(&[amended_by_me(2, 3, &react(1, "👍", true))]);
    assert_eq!(shell.input(Input::Discard(nonce(1))), ["send #2 b"], "the person gave it up");
}

#[test]
fn rl4_what_is_held_outlives_a_reload() {
    let mut shell = Shell::level(1);
    shell.send("a");
    shell.refuse_for(1, SLOW, Some(5_000));
    let mut shell = shell.reloaded();
    shell.connect();
    assert_eq!(shell.welcome(welcomed(1, 0)), NOTHING);
    assert_eq!(shell.pass(5_000), ["send #2 a"]);
}

#[test]
fn rl4_what_is_held_while_nobody_answers_is_not_lost() {
    let mut shell = Shell::level(1);
    shell.send("a");
    shell.send("b");
    shell.refuse_for(1, FAST, Some(200));
    assert_eq!(shell.pass(ANSWER_MS_MAX), ["close"], "b was never answered");
    shell.connect();
    assert_eq!(shell.welcome(welcomed(1, 0)), ["send #3 a"]);
    assert_eq!(shell.receive(&[mine(2, 3, "a")]), ["send #4 b"]);
}

#[test]
fn mb9_a_muted_person_is_told_and_nothing_is_sent_again() {
    let mut shell = Shell::level(1);
    shell.send("a");
    shell.refuse_for(1, Refusal::Muted, Some(60_000));
    assert_eq!(shell.pending(), ["#1 a refused"]);
    assert_eq!(shell.send("b"), ["send #2 b"]);
    shell.receive(&others(2..=2));
    shell.receive(&[said(3, "x")]);
    assert_eq!(shell.client.tip(), seq(3));
}

/// A room that takes one message every so often, and answers after a while.
struct Patient {
    every_ms: u64,
    answer_ms: u64,
    free_at: u64,
    /// Answers on their way.
    answers: VecDeque<(u64, String)>,
    /// The bodies that it took.
    log: Vec<String>,
}

impl Patient {
    fn hear(&mut self, now_ms: u64, frames: &[String]) {
        for line in frames.iter().flat_map(|frame| frame.split(", ")) {
            let (number, body) = line.strip_prefix("send #").unwrap().split_once(' ').unwrap();
            let nonce = nonce(number.parse().unwrap());
            let answer = if now_ms >= self.free_at {
                self.free_at = now_ms + self.every_ms;
                self.log.push(body.to_owned());
                mine(self.log.len() as u64, nonce.get(), body)
            } else {
                let retry_after_ms = Some(self.free_at - now_ms);
                encode_server_line(&ServerLine::Refused(Refused {
                    nonce,
                    code: FAST,
                    retry_after_ms,
                }))
            };
            self.answers.push_back((now_ms + self.answer_ms, answer));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rl4_everything_lands_once_and_in_order(
        // Nobody writes while a refusal is on its way: what is sent then may overtake it.
        waits in proptest::collection::vec(prop_oneof![Just(0), 50..400_u64], 1..30),
        every_ms in 1..500_u64,
        answer_ms in 0..50_u64,
    ) {
        let (answers, log) = (VecDeque::new(), Vec::new());
        let mut room = Patient { every_ms, answer_ms, free_at: 0, answers, log };
        let mut shell = Shell::level(0);
        let mut due: VecDeque<(u64, String)> = VecDeque::new();
        for (n, wait) in waits.iter().enumerate() {
            let at = due.back().map_or(shell.now_ms, |(at, _)| *at) + wait;
            due.push_back((at, n.to_string()));
        }
        let want: Vec<String> = due.iter().map(|(_, body)| body.clone()).collect();
        let end = shell.now_ms + 60_000;
        while shell.now_ms < end {
            let told = shell.pass(1);
            room.hear(shell.now_ms, &told);
            while let Some((_, answer)) = room.answers.pop_front_if(|(at, _)| *at <= shell.now_ms) {
                let told = shell.receive(&[answer]);
                room.hear(shell.now_ms, &told);
            }
            while let Some((_, body)) = due.pop_front_if(|(at, _)| *at <= shell.now_ms) {
                let told = shell.send(&body);
                room.hear(shell.now_ms, &told);
            }
            if room.log.len() == want.len() && shell.pending().is_empty() {
                break;
            }
        }
        prop_assert_eq!(room.log, want);
    }
}
