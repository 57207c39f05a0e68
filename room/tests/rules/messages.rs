//! The rules of `docs/protocol.md` about messages and what becomes of them, one test each.

use crate::shell::{Shell, crowded, nonce, react, reply, send, seq, user};
use protocol::codec::decode_entry;
use protocol::limits::{ATTACHMENTS_MAX, EDITS_MAX, MENTIONS_MAX, PINS_MAX, REACTION_KINDS_MAX};
use protocol::{Attachment, AttachmentId, ClientLine, Link, Role, RoomKind, Send};
use room::{Act, Demand, LastSend, Snapshot, Write};

const NOTHING: [&str; 0] = [];

#[test]
fn ms1_a_reply_names_a_message() {
    let mut shell = Shell::with_live("ab");
    shell.send(1, 1, "root");
    let told = shell.line(2, reply(1, 3, 0));
    assert_eq!(told, ["store 4..=4", "all: 4 b#1 re"]);
    assert!(shell.chunk().lines.contains(r#""reply_to":3"#));
    assert_eq!(shell.line(2, reply(2, 2, 0)), ["2: refused 2 no_such_message"], "a join");
    assert_eq!(shell.line(2, reply(2, 99, 0)), ["2: refused 2 no_such_message"]);
    shell.redact(1, 2, 3);
    assert_eq!(shell.line(2, reply(2, 3, 0)), ["2: refused 2 redacted"]);
}

#[test]
fn ms1_a_thread_has_one_root() {
    let mut shell = Shell::with_live("ab");
    shell.send(1, 1, "root");
    let told = shell.line(2, reply(1, 0, 3));
    assert_eq!(told, ["store 4..=4 thread 3 ~3", "all: 4 b#1 re"]);
    assert_eq!(shell.line(2, reply(2, 0, 4)), ["2: refused 2 no_such_thread"]);
    shell.line(2, reply(3, 4, 3));
    let root = &shell.storage.messages[&seq(3)];
    assert_eq!((root.replies, root.last_reply), (2, Some(seq(5))));
}

#[test]
fn ms2_a_file_comes_with_one_message() {
    let mut shell = Shell::with_live("ab");
    let file = |n: u8| Attachment {
        id: AttachmentId::from_random([n; 13]),
        name: "floor.png".into(),
        media_type: "image/png".into(),
        bytes: 7,
        width: None,
        height: None,
    };
    shell.storage.upload(user('a'), file(1));
    shell.storage.upload(user('b'), file(2));
    let with = |number: u64, body: &str, files: &[u8]| {
        let attachments = files.iter().map(|n| AttachmentId::from_random([*n; 13])).collect();
        ClientLine::Send(Send { attachments, ..Send::text(nonce(number), body.into()) })
    };
    let refused = ["1: refused 1 no_such_attachment"];
    assert_eq!(shell.line(1, with(1, "x", &[3])), refused, "never uploaded");
    assert_eq!(shell.line(1, with(1, "x", &[1, 2])), refused, "another's");
    assert_eq!(shell.line(1, with(1, "x", &[1, 1])), refused, "twice");
    let many = [9; ATTACHMENTS_MAX + 1];
    assert_eq!(shell.line(1, with(1, "x", &many)), ["1: refused 1 too_many_attachments"]);
    assert_eq!(shell.line(1, with(1, "", &[])), ["1: refused 1 body_empty"]);
    let frame = Ok(vec![with(1, "", &[1]), with(2, "again", &[1])]);
    let told = shell.frame(1, frame);
    let want = ["1: refused 2 no_such_attachment", "store 3..=3 attached", "all: 3 a#1 "];
    assert_eq!(told, want, "also within one frame");
    assert!(shell.chunk().lines.contains("floor.png"));
    assert_eq!(shell.line(1, with(3, "x", &[1])), ["1: refused 3 no_such_attachment"]);
    assert_eq!(shell.edit(1, 4, 3, "").len(), 1, "nothing changes");
    assert_eq!(shell.edit(1, 4, 3, "words")[0], "store 4..=4 ~3");
    assert_eq!(shell.edit(1, 5, 3, "")[0], "store 5..=5 ~3", "a file needs no words");
}

#[test]
fn mn2_whom_a_message_may_mention() {
    let mut shell = Shell::with_live("ab");
    let (a, z) = (user('a'), user('z'));
    assert_eq!(shell.send(2, 1, &format!("<@{a}>")).len(), 2);
    assert_eq!(shell.send(2, 2, &format!("<@{z}>")), ["2: refused 2 no_such_member"]);
    assert_eq!(shell.send(2, 2, "<@room>"), ["2: refused 2 not_allowed"]);
    assert_eq!(shell.send(2, 2, "<@here>"), ["2: refused 2 not_allowed"]);
    assert_eq!(shell.send(1, 2, "<@here><@room>").len(), 2, "the owner may");
    let people = (0..=u8::MAX).map(|n| format!("<@{}>", protocol::UserId::from_random([n; 13])));
    let many = people.take(MENTIONS_MAX + 1).collect::<Vec<_>>().concat();
    assert_eq!(shell.send(2, 2, &many), ["2: refused 2 too_many_mentions"]);
    assert_eq!(shell.edit(2, 2, 3, "<@room>"), ["2: refused 2 not_allowed"], "edits, too");
}

#[test]
fn ed1_only_the_author_edits() {
    let mut shell = Shell::with_live("ab");
    shell.send(2, 1, "firts");
    assert_eq!(shell.edit(1, 1, 3, "mine"), ["1: refused 1 not_yours"], "not even the owner");
    assert_eq!(shell.edit(2, 2, 3, " "), ["2: refused 2 body_empty"]);
    let told = shell.edit(2, 2, 3, "first");
    assert_eq!(told, ["store 4..=4 ~3", "all: 4 b#2 edit 3 first"]);
    assert_eq!(shell.edit(2, 2, 3, "again"), ["2: refused 2 stale_nonce"]);
    assert_eq!(shell.edit(2, 3, 3, "first"), ["2: refused 3 unchanged"], "rule AM4");
    assert_eq!(shell.edit(2, 3, 2, "x"), ["2: refused 3 no_such_message"]);
    let mut shell = shell.evicted(&[(2, 'b', 'b')]);
    assert_eq!(shell.edit(2, 3, 3, "first"), ["2: refused 3 unchanged"], "after an eviction, too");
    assert_eq!(shell.storage.messages[&seq(3)].edits, [seq(4)]);
}

#[test]
fn ed1_edits_have_bounds() {
    let mut shell = Shell::with_live("a");
    shell.send(1, 1, "x");
    for number in 1..=EDITS_MAX as u64 {
        shell.oversleep(1_000);
        assert_eq!(shell.edit(1, 1 + number, 2, &format!("{number}")).len(), 2);
    }
    assert_eq!(shell.edit(1, 999, 2, "once more"), ["1: refused 999 too_many_edits"]);
    assert_eq!(shell.redact(1, 999, 2).len(), 2, "what can be erased");
}

#[test]
fn am1_what_waits_is_amended_like_what_is_stored() {
    let mut shell = Shell::restored(crowded(1_000));
    shell.join('b');
    shell.live(1, 'a', 'a');
    shell.live(2, 'b', 'b');
    shell.pass(20_000);
    shell.send(1, 1, "first");
    assert_eq!(shell.send(1, 2, "waits"), NOTHING);
    assert_eq!(shell.react(2, 1, 4, "👍"), NOTHING);
    assert_eq!(shell.react(2, 2, 4, "👍"), ["2: refused 2 unchanged"]);
    assert_eq!(shell.edit(1, 3, 4, "waited"), NOTHING);
    assert_eq!(shell.edit(2, 4, 4, "stolen"), ["2: refused 4 not_yours"]);
    assert_eq!(shell.line(2, reply(5, 0, 4)), NOTHING);
    let told = shell.pass(100);
    let frame = "all: 4 a#2 waits, 5 b#1 👍 4, 6 a#3 edit 4 waited, 7 b#5 re";
    assert_eq!(told, ["store 4..=7 👍 thread 4 ~4", frame]);
    let state = &shell.storage.messages[&seq(4)];
    assert_eq!((state.body.as_str(), state.replies), ("waited", 1));
    assert_eq!(state.reactions, [("👍".to_owned(), 1)]);
}

#[test]
fn rd1_who_may_erase() {
    let mut shell = Shell::with_live("abc");
    for (session, nonce) in [(1, 1), (2, 1), (2, 2), (3, 1)] {
        shell.send(session, nonce, "secret");
    }
    assert_eq!(shell.redact(3, 2, 5), ["3: refused 2 not_allowed"]);
    assert_eq!(shell.redact(2, 3, 5), ["store 8..=8 erase 5 ~5", "all: 8 b#3 redact 5"]);
    let told = shell.redact(1, 2, 6);
    assert_eq!(told, ["store 9..=9 erase 6 deed redact ~6", "all: 9 a#2 redact 6"]);
    assert_eq!(shell.redact(1, 3, 6), ["1: refused 3 redacted"], "once");
    let written: Vec<&str> = shell.storage.lines.values().map(String::as_str).collect();
    assert_eq!(written.iter().filter(|line| line.contains("secret")).count(), 2);
    assert_eq!(shell.room().revision(), seq(9));
}

#[test]
fn rd2_nothing_of_an_erased_message_stays_and_the_chain_verifies() {
    let mut shell = Shell::with_live("ab");
    shell.send(2, 1, "secret");
    shell.edit(2, 2, 3, "secret, too");
    shell.react(1, 1, 3, "👍");
    shell.pin(1, 2, 3, true);
    let told = shell.redact(2, 3, 3);
    assert_eq!(told[0], "store 7..=7 erase 3+4 ~3");
    assert!(shell.storage.lines.values().all(|line| !line.contains("secret")));
    let link = shell.storage.lines.values().fold(Link::GENESIS, |link, line| {
        link.then_stored(line, &decode_entry(line).unwrap().unwrap()).unwrap()
    });
    assert_eq!(link, shell.chunk().link);
    let state = &shell.storage.messages[&seq(3)];
    assert_eq!(state.redacted_by, Some(user('b')));
    assert!(state.body.is_empty() && state.reactions.is_empty() && !state.pinned);
    assert_eq!(shell.room().pins().count(), 0);
    let mut shell = shell.evicted(&[(1, 'a', 'a')]);
    for told in [shell.edit(1, 9, 3, "x"), shell.react(1, 9, 3, "👍"), shell.pin(1, 9, 3, true)] {
        assert!(told[0].starts_with("1: refused 9 "), "{told:?}");
    }
    assert_eq!(shell.room().revision(), seq(7), "known after an eviction");
}

#[test]
fn rd2_what_waits_is_stored_before_it_is_erased() {
    let mut shell = Shell::restored(crowded(1_000));
    shell.live(1, 'a', 'a');
    shell.send(1, 1, "first");
    assert_eq!(shell.send(1, 2, "waits"), NOTHING);
    assert_eq!(shell.redact(1, 3, 3), ["store 3..=3", "all: 3 a#2 waits"]);
    assert_eq!(shell.pass(200), ["store 4..=4 erase 3 ~3", "all: 4 a#3 redact 3"]);
}

#[test]
fn rx1_a_member_counts_once_for_each_emoji() {
    let mut shell = Shell::with_live("ab");
    shell.send(1, 1, "x");
    assert_eq!(shell.react(1, 2, 3, "👍"), ["store 4..=4 👍 ~3", "all: 4 a#2 👍 3"]);
    assert_eq!(shell.react(1, 3, 3, "👍"), ["1: refused 3 unchanged"]);
    assert_eq!(shell.react(1, 3, 3, "🎉").len(), 2);
    assert_eq!(shell.react(2, 1, 3, "👍").len(), 2);
    let counts = shell.storage.messages[&seq(3)].reactions.clone();
    assert_eq!(counts, [("👍".to_owned(), 2), ("🎉".to_owned(), 1)]);
    let mut shell = shell.evicted(&[(1, 'a', 'a')]);
    assert_eq!(shell.react(1, 4, 3, "👍"), ["1: refused 4 unchanged"], "after an eviction, too");
    assert_eq!(shell.line(1, react(4, 3, "🎉", false))[0], "store 7..=7 -🎉 ~3");
    assert_eq!(shell.line(1, react(5, 3, "🎉", false)), ["1: refused 5 unchanged"]);
    assert_eq!(shell.storage.messages[&seq(3)].reactions, [("👍".to_owned(), 2)]);
}

#[test]
fn rx2_reactions_have_bounds() {
    let mut shell = Shell::with_live("ab");
    shell.send(1, 1, "x");
    assert_eq!(shell.react(1, 2, 3, "yes"), ["1: refused 2 emoji_invalid"]);
    let kinds = ('\u{1F600}'..).take(REACTION_KINDS_MAX + 1).map(String::from);
    let kinds: Vec<String> = kinds.collect();
    for (emoji, number) in kinds.iter().take(REACTION_KINDS_MAX).zip(2..) {
        assert_eq!(shell.react(1, number, 3, emoji).len(), 2);
    }
    let last = kinds.last().unwrap();
    assert_eq!(shell.react(2, 1, 3, last), ["2: refused 1 too_many_reactions"]);
    assert_eq!(shell.react(2, 1, 3, &kinds[0]).len(), 2, "one that is there already");
}

#[test]
fn pn1_moderators_pin() {
    let mut shell = Shell::with_live("ab");
    shell.send(2, 1, "x");
    assert_eq!(shell.pin(2, 2, 3, true), ["2: refused 2 not_allowed"]);
    assert_eq!(shell.pin(1, 1, 3, true), ["store 4..=4 ~3", "all: 4 a#1 pin 3 true"]);
    assert_eq!(shell.pin(1, 2, 3, true), ["1: refused 2 unchanged"]);
    assert_eq!(shell.evicted(&[]).room().pins().collect::<Vec<_>>(), [seq(3)]);

    let mut shell = Shell::of_kind(RoomKind::Direct, "ab");
    shell.live(1, 'b', 'b');
    shell.send(1, 1, "x");
    assert_eq!(shell.pin(1, 2, 3, true).len(), 2, "everybody in a direct room");
}

#[test]
fn pn1_pins_have_bounds() {
    let mut shell = Shell::with_live("a");
    for number in 1..=PINS_MAX as u64 + 1 {
        shell.send(1, 2 * number, "x");
        shell.oversleep(1_000);
        let told = shell.pin(1, 2 * number + 1, 2 * number, true);
        if number > PINS_MAX as u64 {
            assert!(told[0].ends_with("too_many_pins"), "{told:?}");
        } else {
            assert_eq!(told.len(), 2, "{told:?}");
        }
        shell.oversleep(1_000);
    }
}

#[test]
fn ib2_the_first_unread_message_is_told_to_those_who_are_away() {
    let mut shell = Shell::with_live("ab");
    shell.join('c');
    shell.take_standing();
    shell.send(1, 1, "x");
    assert_eq!(shell.take_standing(), "c", "b sees it");
    shell.send(1, 2, "y");
    assert_eq!(shell.take_standing(), "");
    shell.send(1, 3, &format!("<@{}>", user('c')));
    assert_eq!(shell.take_standing(), "c", "a mention is always told");
    let mut shell = shell.evicted(&[(1, 'a', 'a'), (2, 'b', 'b')]);
    shell.send(1, 4, "z");
    assert_eq!(shell.take_standing(), "", "an eviction is no new episode");
    shell.live(3, 'c', 'c');
    shell.read(3, 9);
    assert_eq!(shell.take_standing(), "c", "the other devices of c");
    shell.disconnect(3);
    shell.pass(20_000);
    assert_eq!(shell.take_standing(), "");
    shell.send(1, 5, "news");
    assert_eq!(shell.take_standing(), "c");
}

#[test]
fn ib2_a_mention_is_told_to_the_other_devices_of_who_is_here() {
    let mut shell = Shell::with_live("ab");
    shell.join('c');
    shell.take_standing();
    shell.send(1, 1, &format!("<@{}> and <@{}>", user('b'), user('a')));
    assert_eq!(shell.take_standing(), "bc", "b by name, c of the first message, a wrote it");
    shell.send(1, 2, "on");
    assert_eq!(shell.take_standing(), "", "b is here still, and c was told");
    shell.send(1, 3, "<@room>");
    assert_eq!(shell.take_standing(), "c", "those who are here see what is for all");
    shell.read(2, 99);
    assert_eq!(shell.take_standing(), "b", "read on one device is read on all");
    shell.send(1, 4, "more");
    assert_eq!(shell.take_standing(), "", "b is told of nothing else while here");
    shell.disconnect(2);
    shell.pass(20_000);
    assert_eq!(shell.take_standing(), "b", "and of that on leaving");
}

#[test]
fn ib2_who_leaves_with_something_unread_is_told() {
    let mut shell = Shell::with_live("ab");
    shell.take_standing();
    shell.send(1, 1, "x");
    shell.disconnect(2);
    assert_eq!(shell.take_standing(), "");
    shell.pass(20_000);
    assert_eq!(shell.take_standing(), "b");
}

#[test]
fn rc1_read_positions_never_go_back() {
    let mut shell = Shell::with_live("ab");
    for number in 1..=3 {
        shell.send(1, number, "x");
    }
    let readers = |shell: &Shell, upto| shell.room().n_readers(seq(upto));
    assert_eq!(readers(&shell, 5), 1, "the author");
    shell.read(2, 4);
    shell.read(2, 3);
    assert_eq!((readers(&shell, 4), readers(&shell, 5)), (2, 1));
    shell.read(2, 99);
    assert_eq!((readers(&shell, 5), readers(&shell, 6)), (2, 0), "beyond the head is the head");
    assert_eq!(shell.disconnect(2), ["write read b=5"], "rule RC4");
    shell.leave('b');
    assert_eq!(readers(&shell, 1), 1, "who left reads nothing");
}

#[test]
fn rc4_a_socket_holds_the_position_through_an_eviction() {
    let mut shell = Shell::with_live("ab");
    shell.send(1, 1, "x");
    let evicted = shell.evicted(&[(1, 'a', 'a'), (2, 'b', 'b')]);
    assert_eq!(evicted.room().n_readers(seq(3)), 0, "the test's sockets say nothing");
    let mut snapshot = crate::shell::snapshot(&[(1, 'a', 'a')]);
    snapshot.head = seq(7);
    snapshot.sockets[0].1.read = seq(5);
    let member = snapshot.members[0].clone();
    let mut shell = Shell::restored(snapshot);
    shell.storage.members.insert(member.user, member);
    assert_eq!(shell.room().n_readers(seq(5)), 1);
    assert_eq!(shell.disconnect(1), ["write read a=5"], "it is stored when the session ends");
}

#[test]
fn rc4_a_position_is_stored_when_the_socket_that_held_it_ends() {
    let mut shell = Shell::with_live("ab");
    shell.live(3, 'b', 'c');
    shell.send(1, 1, "x");
    shell.read(2, 3);
    assert_eq!(shell.disconnect(2), ["write read b=3"], "the other socket does not hold it");
}

#[test]
fn rc4_an_own_message_counts_as_read_after_an_eviction_and_a_reaction_does_not() {
    let readers = |spoke_at| {
        let sends = vec![LastSend {
            user: user('a'),
            device: crate::shell::device_id('a'),
            nonce: nonce(5),
            seq: seq(7),
            spoke_at: protocol::Timestamp(spoke_at),
        }];
        let snapshot = crate::shell::snapshot(&[]);
        let shell = Shell::restored(Snapshot { head: seq(7), sends, ..snapshot });
        shell.room().n_readers(seq(7))
    };
    assert_eq!((readers(1), readers(0)), (1, 0));
}

#[test]
fn rc4_a_row_that_waits_does_not_set_a_position_back() {
    let mut shell = Shell::restored(crowded(1_000));
    shell.join('b');
    shell.pass(1_000);
    shell.send(1_000, 1, "makes the room busy");
    shell.moderate('a', 'b', Demand::Mute(1));
    let whom = user('b');
    shell.request(Act::Read { user: whom, seq: seq(9) });
    shell.pass(1_000);
    let writes = shell.commits.iter().flat_map(|commit| &commit.writes);
    let rows = writes.filter_map(|write| match write {
        Write::Member(member) if member.user == whom => Some(member.read),
        Write::Read { user: of, seq } if *of == whom => Some(*seq),
        _ => None,
    });
    let rows: Vec<_> = rows.collect();
    assert!(rows.is_sorted() && rows.len() == 3, "{rows:?}");
}

#[test]
fn roles_bind_what_is_sent() {
    let mut shell = Shell::with_live("ab");
    shell.send(1, 1, "x");
    shell.role('a', 'b', Role::Guest);
    assert_eq!(shell.send(2, 1, "y"), ["2: refused 1 not_allowed"], "a guest reads");
    assert_eq!(shell.react(2, 1, 3, "👍").len(), 2, "and reacts");
    let by_guest = shell.commits.iter().flat_map(|commit| &commit.writes);
    assert!(by_guest.clone().any(|write| matches!(write, Write::Reaction { .. })));
    assert_eq!(shell.line(2, send(2, " ")), ["2: refused 2 body_empty"]);
}
