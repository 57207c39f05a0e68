//! What becomes of the sessions of sign-ins and tokens that end, and of those that may only look.

use protocol::{ClientLine, CloseCode, Ending, Grant, SessionId, Timestamp, Which};
use room::{Effect, Input, Policy, Room};

use crate::shell::{Shell, snapshot, user};

fn grant(id: char, may_write: bool) -> Grant {
    let id = id.to_string().repeat(20).parse().unwrap();
    Grant { id, issued_at: Timestamp(5), is_token: !may_write, may_write, until: None }
}

/// A live session, whose device has the letter of the sign-in.
fn live(shell: &mut Shell, session: u64, who: char, grant: Grant) -> Vec<String> {
    let user = user(who);
    shell.input(Input::Connected { session: SessionId(session), user, grant: Some(grant) });
    shell.hello(session, grant.id.as_str().chars().next().unwrap(), None)
}

fn signed_out(shell: &mut Shell, who: char, of: Which) -> Vec<String> {
    let ending = Ending { of, at: Timestamp(10) };
    shell.input(Input::SignedOut { user: user(who), ending })
}

#[test]
fn tk5_the_sessions_of_a_sign_in_close_and_others_stay() {
    let mut shell = Shell::with_live("a");
    shell.join('b');
    live(&mut shell, 7, 'a', grant('x', true));
    live(&mut shell, 8, 'a', grant('y', true));
    live(&mut shell, 9, 'b', grant('z', true));
    let of = Which::One { id: grant('x', true).id };
    let told = signed_out(&mut shell, 'a', of);
    assert_eq!(told[0], "write endings a 1", "stored before it is done");
    assert_eq!(told[1..], ["7: bye signed_out", "close 7 signed_out"]);
    assert!(signed_out(&mut shell, 'a', of).is_empty(), "told twice");
    assert!(shell.room().has_ended(user('a'), &grant('x', true)));
    assert!(!shell.room().has_ended(user('a'), &grant('y', true)));
    assert!(!shell.room().has_ended(user('b'), &grant('x', true)));
    assert_eq!(shell.send(8, 1, "still here").len(), 2);
}

#[test]
fn tk5_everything_of_a_user_ends_whatever_let_it_in() {
    let mut shell = Shell::with_live("ab");
    live(&mut shell, 7, 'a', grant('x', false));
    let told = signed_out(&mut shell, 'a', Which::All);
    let closed = told.iter().filter(|told| told.starts_with("close"));
    let closed: Vec<&String> = closed.collect();
    assert_eq!(closed, ["close 1 signed_out", "close 7 signed_out"], "one is from before");
    assert_eq!(shell.send(2, 1, "b stays").len(), 2);
}

#[test]
fn tk5_an_eviction_forgets_no_ending() {
    let mut shell = Shell::with_live("a");
    shell.send(1, 1, "an entry");
    signed_out(&mut shell, 'a', Which::One { id: grant('x', true).id });
    let shell = shell.evicted(&[(1, 'a', 'a')]);
    assert!(shell.room().has_ended(user('a'), &grant('x', true)));
    assert!(!shell.room().has_ended(user('a'), &grant('y', true)));
}

#[test]
fn tk5_a_session_lasts_no_longer_than_its_token() {
    let mut shell = Shell::with_live("a");
    let soon = Timestamp(1_080_000);
    let ends = |id, until| Grant { until: Some(until), ..grant(id, false) };
    live(&mut shell, 7, 'a', ends('x', soon));
    live(&mut shell, 8, 'a', ends('y', soon.plus_ms(1)));
    assert_eq!(shell.room().next_end(), Some(soon));
    shell.pass(59_999);
    assert!(shell.input(Input::Woke).is_empty(), "not before");
    shell.pass(1);
    let closed = |told: Vec<String>| told.into_iter().filter(|told| told.starts_with("close"));
    assert!(closed(shell.input(Input::Woke)).eq(["close 7 signed_out"]));
    assert_eq!(shell.room().next_end(), Some(soon.plus_ms(1)));
    shell.disconnect(8);
    assert_eq!(shell.room().next_end(), None, "nobody is waited for who is gone");
    assert_eq!(shell.send(1, 1, "a stays").len(), 2);
}

#[test]
fn tk5_a_session_that_outlived_its_token_in_sleep_ends_on_waking() {
    let mut asleep = snapshot(&[(7, 'a', 'a'), (8, 'a', 'b')]);
    let until = Some(Timestamp(50));
    asleep.sockets[0].1.grant = Some(Grant { until, ..grant('x', true) });
    let mut room = Room::restore(asleep, Policy::default());
    assert_eq!(room.next_end(), until);
    let effects = room.handle(Timestamp(50), Input::Woke);
    let is_close = |effect: &&Effect| matches!(effect, Effect::Close { .. });
    let closed: Vec<&Effect> = effects.0.iter().filter(is_close).collect();
    assert_eq!(closed, [&Effect::Close { session: SessionId(7), code: CloseCode::SignedOut }]);
}

#[test]
fn tk2_a_session_without_the_scope_looks_and_does_nothing() {
    let mut shell = Shell::with_live("ab");
    shell.send(1, 1, "a message");
    live(&mut shell, 7, 'b', grant('r', false));
    let target = 3;
    for told in [
        shell.send(7, 1, "x"),
        shell.edit(7, 2, target, "y"),
        shell.redact(7, 3, target),
        shell.react(7, 4, target, "👍"),
    ] {
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("scope_missing"), "{told:?}");
    }
    assert!(shell.line(7, ClientLine::Typing { on: true }).is_empty());
    let told = shell.pass(5_000);
    assert!(!told.iter().any(|told| told.contains("typing")), "nobody is shown: {told:?}");
    assert_eq!(shell.typing(1, true), ["all: typing a +0"], "only one who may is shown");
    shell.typing(1, false);
    shell.pass(5_000);
    assert_eq!(shell.send(1, 2, "goes on").len(), 2);
}
