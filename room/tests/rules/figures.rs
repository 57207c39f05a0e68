//! What a room counts for those who run the deployment (rule LF2).

use crate::shell::{Shell, crowded};
use protocol::Role;
use protocol::codec::Violation;
use room::{Demand, Tally};

fn errors(tally: &Tally) -> Vec<(&str, u64)> {
    tally.errors.iter().map(|(code, n)| (code.as_str(), *n)).collect()
}

#[test]
fn lf2_what_live_sessions_are_handed_is_counted_for_each_of_them() {
    let mut shell = Shell::with_live("abc");
    shell.take_tally();
    shell.connect(9, 'a');
    shell.send(1, 1, "one");
    shell.react(2, 1, shell.room().head().get(), "👍");
    shell.read(2, 3);
    shell.typing(2, true);
    let tally = shell.take_tally();
    assert_eq!((tally.messages, tally.deliveries), (2, 2 * 3), "who said no hello gets nothing");
    assert_eq!(tally.latency.buckets[0], 2, "a quiet room hands on at once");
    assert!(errors(&tally).is_empty());

    shell.disconnect(3);
    shell.send(1, 2, "two");
    assert_eq!(shell.take_tally().deliveries, 2, "nobody is handed what they are not there for");
    shell.live(4, 'b', 'b');
    shell.send(1, 3, "three");
    assert_eq!(shell.take_tally().deliveries, 2, "the older session of a device is gone");
    shell.live(5, 'b', 'x');
    shell.pass(20_000);
    shell.take_tally();
    shell.moderate('a', 'b', Demand::Role(Role::Moderator));
    let tally = shell.take_tally();
    assert_eq!((tally.messages, tally.deliveries), (0, 3), "an entry that nobody sent");
}

#[test]
fn lf2_every_refusal_is_counted_by_its_code() {
    let mut shell = Shell::with_live("ab");
    let mine = shell.room().head().get() + 1;
    shell.send(1, 1, "mine");
    shell.take_tally();
    shell.edit(2, 1, mine, "yours");
    shell.edit(2, 2, mine, "yours");
    shell.send(2, 3, "");
    shell.moderate('b', 'a', Demand::Kick);
    assert_eq!(
        errors(&shell.take_tally()),
        [("body_empty", 1), ("not_allowed", 1), ("not_yours", 2)]
    );
    shell.frame(2, Err(Violation::Malformed));
    shell.disconnect(2);
    assert_eq!(errors(&shell.take_tally()), [("malformed", 1)]);
    shell.live(3, 'b', 'b');
    shell.live(4, 'b', 'b');
    shell.moderate('a', 'b', Demand::Kick);
    assert_eq!(errors(&shell.take_tally()), [], "nobody did anything wrong");
}

#[test]
fn lf2_who_waits_for_the_window_is_counted_with_the_wait() {
    let mut shell = Shell::restored(crowded(1_000));
    shell.live(1, 'a', 'a');
    shell.pass(20_000);
    shell.take_tally();
    shell.send(1, 1, "at once");
    shell.send(1, 2, "waits");
    assert_eq!(shell.take_tally().messages, 1, "what is not stored may still be lost");
    shell.oversleep(40);
    shell.pass(1_000);
    let tally = shell.take_tally();
    assert_eq!(tally.messages, 1);
    assert_eq!(tally.latency.buckets[5], 1, "more than 20 and at most 50 ms: {tally:?}");
}
