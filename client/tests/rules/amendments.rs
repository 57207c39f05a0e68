//! What a message becomes.

use std::sync::Arc;

use protocol::codec::erase_line;
use protocol::{Amendment, Timestamp};

use crate::shell::{
    Shell, Welcomed, amended, amended_by_me, amendment, edit, file, mine, other, pin, plain, react,
    reaction, redact, replied, said, said_with_file, seq, user,
};
use client::{Input, More, fold_page};

/// A client that is level with these entries.
fn level(lines: &[String]) -> Shell {
    let mut shell = Shell::level(0);
    shell.receive(lines);
    shell
}

#[test]
fn am1_a_message_is_its_line_folded_with_its_amendments() {
    let mut shell = level(&[
        said(1, "draft"),
        amended(2, &edit(1, "final")),
        amended(3, &react(1, "👍", true)),
        amended_by_me(4, 1, &react(1, "👍", true)),
        amended(5, &react(1, "🎉", true)),
        amended(6, &pin(1, true)),
    ]);
    let message = shell.message(1);
    assert_eq!(message.body, "final");
    assert_eq!(message.edited_at, Some(Timestamp(2)));
    assert_eq!(message.reactions, [reaction("👍", 2, true), reaction("🎉", 1, false)]);
    assert!(message.pinned);
    assert_eq!(shell.items(), "1", "what amends shows nothing itself");
    shell.receive(&[
        amended_by_me(7, 2, &react(1, "👍", false)),
        amended(8, &react(1, "🎉", false)),
        amended(9, &pin(1, false)),
    ]);
    let message = shell.message(1);
    assert_eq!(message.reactions, [reaction("👍", 1, false)]);
    assert!(!message.pinned);
}

#[test]
fn am1_a_message_of_a_thread_amends_the_threads_first() {
    let shell = level(&[said(1, "first"), replied(2, 1, "a"), said(3, "x"), replied(4, 1, "b")]);
    assert_eq!((shell.message(1).replies, shell.message(1).last_reply), (2, Some(seq(4))));
    assert_eq!(shell.items(), "1-4", "a reply is in the room, too");
}

#[test]
fn am2_a_page_tells_the_state_and_its_lines_are_not_folded() {
    let mut shell = Shell::level(0);
    over_gap(&mut shell, 3);
    shell.input(Input::LoadOlder);
    let state = Amendment {
        body: Some("final".into()),
        edited_at: Some(Timestamp(2)),
        reactions: vec![reaction("👍", 1, true)],
        replies: 4,
        last_reply: Some(seq(9)),
        ..plain(1)
    };
    let lines = [
        said(1, "draft"),
        amended(2, &edit(1, "final")),
        amended(3, &react(1, "👍", true)),
        amendment(state),
    ];
    shell.page(&lines, 3);
    let message = shell.message(1);
    assert_eq!(message.body, "final");
    assert_eq!(message.reactions, [reaction("👍", 1, true)]);
    assert_eq!((message.replies, message.last_reply), (4, Some(seq(9))));
}

#[test]
fn am3_what_came_after_the_page_was_made_is_folded_into_it() {
    let mut shell = Shell::level(0);
    over_gap(&mut shell, 2);
    shell.input(Input::LoadOlder);
    // While the page is on its way:
    shell.receive(&[amended(3, &react(1, "👍", true)), amended(4, &react(1, "🎉", true))]);
    let state = Amendment { reactions: vec![reaction("👍", 1, false)], ..plain(1) };
    shell.page(&[said(1, "a"), said(2, "b"), amendment(state)], 3);
    let want = [reaction("👍", 1, false), reaction("🎉", 1, false)];
    assert_eq!(shell.message(1).reactions, want, "3 was counted by the page, 4 was not");
    shell.receive(&[amended(5, &react(2, "🎉", true))]);
    assert_eq!(shell.message(2).reactions, [reaction("🎉", 1, false)]);
}

#[test]
fn am3_a_page_may_be_ahead_of_the_live_stream() {
    let mut shell = Shell::level(0);
    over_gap(&mut shell, 1);
    shell.input(Input::LoadOlder);
    let state = Amendment { reactions: vec![reaction("👍", 1, false)], ..plain(1) };
    shell.page(&[said(1, "a"), amended(2, &react(1, "👍", true)), amendment(state)], 2);
    shell.receive(&[amended(2, &react(1, "👍", true))]);
    assert_eq!(shell.message(1).reactions, [reaction("👍", 1, false)], "counted once");
}

#[test]
fn am3_a_page_that_is_too_old_is_fetched_again() {
    let mut shell = Shell::level(0);
    over_gap(&mut shell, 4);
    assert_eq!(shell.input(Input::LoadOlder), ["fetch before 5"]);
    // Made before entry 4, of which nobody can say whether it amends something.
    let lines: Vec<String> = (1..=4).map(|at| said(at, "a")).collect();
    assert_eq!(shell.page(&lines, 3), ["fetch before 5"]);
    assert_eq!(shell.client.view().older, More::Loading);
    shell.page(&lines, 4);
    assert_eq!(shell.items(), "1-4");
}

#[test]
fn am3_a_page_that_does_not_say_as_of_when_is_not_shown() {
    let mut shell = Shell::level(0);
    over_gap(&mut shell, 1);
    shell.input(Input::LoadOlder);
    let (id, text) = (shell.asked, said(1, "a"));
    shell.input(Input::PageLoaded { id, text, more: false });
    assert_eq!(shell.items(), "");
    assert_eq!(shell.client.view().older, More::Failed);
}

#[test]
fn rd2_a_tombstone_keeps_place_and_thread() {
    let secret = said_with_file(2, Some(1), "secret");
    let shell = level(&[
        said(1, "first"),
        erase_line(&secret).unwrap(),
        erase_line(&amended(3, &edit(2, "more"))).unwrap(),
        amended(4, &react(2, "👍", true)),
        amended_by_me(5, 1, &redact(2)),
    ]);
    let message = shell.message(2);
    assert_eq!((message.body.as_str(), message.attachments.len()), ("", 0));
    assert_eq!(message.reactions, [], "what was said before it was erased is not shown");
    assert_eq!((message.redacted_by, message.thread), (Some(user()), Some(seq(1))));
    assert_eq!(shell.message(1).replies, 1);
    assert_eq!(shell.items(), "1-2");
}

#[test]
fn rd2_who_erased_is_the_author_until_it_is_known() {
    let shell = level(&[erase_line(&said(1, "secret")).unwrap()]);
    assert_eq!(shell.message(1).redacted_by, Some(other()));
}

#[test]
fn rd3_redact_forgets_everything_but_the_place() {
    let mut shell = level(&[
        said_with_file(1, None, "secret"),
        amended(2, &edit(1, "other secret")),
        amended(3, &react(1, "👍", true)),
        amended(4, &pin(1, true)),
        replied(5, 1, "reply"),
        amended(6, &redact(1)),
        amended(7, &react(1, "👍", true)),
    ]);
    let message = shell.message(1);
    assert_eq!((message.body.as_str(), message.edited_at), ("", None));
    assert_eq!((message.attachments.len(), message.reactions.len(), message.pinned), (0, 0, false));
    assert_eq!((message.redacted_by, message.replies), (Some(other()), 1));
    assert_eq!(shell.client.view().pins, []);
    assert_eq!(shell.client.view().revision, seq(6));
    shell.receive(&[mine(8, 1, "x")]);
    assert_eq!(shell.message(8).body, "x");
}

#[test]
fn rd3_a_page_made_before_the_erasure_does_not_bring_it_back() {
    let mut shell = Shell::level(0);
    over_gap(&mut shell, 1);
    shell.input(Input::LoadOlder);
    shell.receive(&[amended(2, &redact(1))]);
    shell.page(&[said_with_file(1, None, "secret")], 1);
    assert_eq!((shell.message(1).body.as_str(), shell.message(1).attachments.len()), ("", 0));
}

#[test]
fn an_item_is_the_same_one_as_long_as_it_does_not_change() {
    let mut shell = level(&[said(1, "a"), said(2, "b")]);
    let before: Vec<_> = shell.client.items().map(Arc::clone).collect();
    shell.receive(&[amended(3, &edit(2, "c")), said(4, "d")]);
    let same: Vec<bool> =
        shell.client.items().zip(&before).map(|(now, then)| Arc::ptr_eq(now, then)).collect();
    assert_eq!(same, [true, false]);
    assert_eq!(before[1].message().unwrap().body, "b", "what was shown does not change");
}

#[test]
fn a_page_that_nobody_holds_is_folded_by_itself() {
    let lines = [
        said_with_file(1, None, "pinned"),
        amended(7, &react(1, "👍", true)),
        amendment(Amendment { body: Some("pinned, edited".into()), pinned: true, ..plain(1) }),
    ];
    let items = fold_page(&crate::shell::page(&lines, 9)).unwrap();
    assert_eq!(items.len(), 1);
    let message = items[0].message().unwrap();
    assert_eq!((message.body.as_str(), message.pinned), ("pinned, edited", true));
    assert_eq!(message.attachments, [file()]);
    assert_eq!(fold_page("<html>"), None);
}

/// The client comes back and finds everything up to `to` left out.
fn over_gap(shell: &mut Shell, to: u64) {
    shell.reconnect();
    shell.welcome_over_gap(Welcomed { head: to, resumed: true, nonce: 0 }, to);
    assert_eq!(shell.items(), "");
}
