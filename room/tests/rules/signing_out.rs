//! What becomes of the sessions of sign-ins and tokens that end, and of those that may only look.

use protocol::{ClientLine, Ending, Grant, SessionId, Timestamp, Which};
use room::Input;

use crate::shell::{Shell, user};

fn grant(id: char, may_write: bool) -> Grant {
    let id = id.to_string().repeat(20).parse().unwrap();
    Grant { id, issued_at: Timestamp(5), is_token: !may_write, may_write }
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
    assert_eq!(shell.send(1, 2, "goes on").len(), 2);
}
