//! The rules of `docs/protocol.md` about archiving and expiry that concern a room.

use crate::shell::{Shell, at, react, reply, seq};
use protocol::{Link, RoomKind, Timestamp};
use room::{Act, Archiving, Notice, Range, Write};

const DONE: &str = "answer done";

/// All that is stored of `shell` after what was acknowledged.
fn rest(shell: &Shell) -> Range {
    let (archived, last) = (shell.room().archive().archived, shell.chunk());
    Range {
        from: archived.seq.next().unwrap(),
        to: last.last_seq,
        first_at: Timestamp(7),
        last_at: last.last_at,
        link: last.link,
    }
}

fn seal(shell: &mut Shell, fence: u64) -> Vec<String> {
    let next = Some(rest(shell)).filter(|next| next.from <= next.to);
    shell.archive(Archiving::Seal { fence, next })
}

fn acknowledge(shell: &mut Shell, fence: u64, to: u64, link: Link) -> Vec<String> {
    shell.archive(Archiving::Acknowledge { fence, to: seq(to), link, next_at: None })
}

/// Archives everything that is stored.
fn drain(shell: &mut Shell) {
    seal(shell, 1);
    let Range { to, link, .. } = shell.room().archive().sealed.unwrap();
    assert_eq!(acknowledge(shell, 1, to.get(), link).last().unwrap(), DONE);
}

fn expire(shell: &mut Shell, upto: u64) -> Vec<String> {
    shell.archive(Archiving::Expire { fence: 1, upto: Some(seq(upto)) })
}

/// What the index of rooms is told is not archived, since the last call.
fn take_unarchived(shell: &mut Shell) -> Vec<u64> {
    let commits = std::mem::take(&mut shell.commits);
    let mut told = Vec::new();
    for write in commits.iter().flat_map(|commit| &commit.writes) {
        if let Write::Notice(Notice::Unarchived { seq, .. }) = write {
            told.push(seq.get());
        }
    }
    // The last chunk stays, for what is sealed next.
    shell.commits.extend(commits.into_iter().rev().find(|commit| commit.chunk.is_some()));
    for commit in &mut shell.commits {
        commit.writes.clear();
    }
    told
}

#[test]
fn ar1_only_what_follows_and_is_stored_is_sealed() {
    let mut shell = Shell::with_live("ab");
    let whole = rest(&shell);
    for wrong in [
        Range { from: seq(2), ..whole },
        Range { to: seq(9), ..whole },
        Range { to: seq(0), ..whole },
    ] {
        shell.archive(Archiving::Seal { fence: 1, next: Some(wrong) });
        assert_eq!(shell.room().archive().sealed, None, "{wrong:?}");
    }
    assert_eq!(seal(&mut shell, 1), ["write archived 0", DONE]);
    assert_eq!(shell.room().archive().sealed, Some(whole));
}

#[test]
fn ar2_what_is_sealed_stays_also_after_an_eviction() {
    let mut shell = Shell::with_live("ab");
    seal(&mut shell, 1);
    let sealed = shell.room().archive().sealed;
    shell.send(1, 1, "later");
    assert_eq!(seal(&mut shell, 1), [DONE], "nothing is stored, because nothing changes");
    assert_eq!(shell.room().archive().sealed, sealed);
    let mut shell = shell.evicted(&[]);
    seal(&mut shell, 2);
    assert_eq!(shell.room().archive().sealed, sealed);
}

#[test]
fn ar4_an_acknowledgement_is_of_what_is_sealed() {
    let mut shell = Shell::with_live("ab");
    let (to, link) = (2, shell.chunk().link);
    assert_eq!(acknowledge(&mut shell, 1, to, link)[1], "answer nothing_sealed");
    seal(&mut shell, 1);
    assert_eq!(acknowledge(&mut shell, 1, to, Link::GENESIS), ["answer link_mismatch"]);
    assert_eq!(acknowledge(&mut shell, 1, 9, link), ["answer link_mismatch"]);
    assert_eq!(shell.room().archive().archived.seq, seq(0));
    assert_eq!(acknowledge(&mut shell, 1, to, link), ["write archived 2", DONE]);
    let archive = shell.room().archive();
    assert_eq!((archive.archived.seq, archive.archived.link), (seq(2), link));
    assert_eq!(archive.sealed, None);
}

#[test]
fn ar5_an_acknowledgement_may_be_repeated() {
    let mut shell = Shell::with_live("ab");
    drain(&mut shell);
    let link = shell.chunk().link;
    assert_eq!(acknowledge(&mut shell, 1, 2, link), [DONE]);
    shell.send(1, 1, "more");
    drain(&mut shell);
    assert_eq!(acknowledge(&mut shell, 1, 2, link), [DONE], "an older one, too");
    assert_eq!(acknowledge(&mut shell, 1, 3, link), ["answer link_mismatch"], "of other lines");
    assert_eq!(shell.room().archive().archived.seq, seq(3));
}

#[test]
fn ar6_a_lower_fence_changes_nothing() {
    let mut shell = Shell::with_live("ab");
    seal(&mut shell, 5);
    let (before, link) = (*shell.room().archive(), shell.chunk().link);
    assert_eq!(seal(&mut shell, 4), ["answer fenced"]);
    assert_eq!(acknowledge(&mut shell, 4, 2, link), ["answer fenced"]);
    let expire = Archiving::Expire { fence: 4, upto: Some(seq(1)) };
    assert_eq!(shell.archive(expire), ["answer fenced"]);
    assert_eq!(*shell.room().archive(), before);
    let mut shell = shell.evicted(&[]);
    assert_eq!(acknowledge(&mut shell, 4, 2, link), ["answer fenced"], "and an eviction");
    assert_eq!(acknowledge(&mut shell, 6, 2, link).last().unwrap(), DONE);
}

#[test]
fn ar8_the_index_is_told_once_a_round() {
    let mut shell = Shell::with_live("ab");
    shell.send(1, 1, "one");
    assert_eq!(take_unarchived(&mut shell), [0; 0], "a room that is new counts as unarchived");
    drain(&mut shell);
    assert_eq!(take_unarchived(&mut shell), [0; 0]);
    shell.send(1, 2, "two");
    shell.send(1, 3, "three");
    assert_eq!(take_unarchived(&mut shell), [4], "the first alone");
    seal(&mut shell, 1);
    let link = shell.chunk().link;
    shell.send(1, 4, "four");
    assert_eq!(acknowledge(&mut shell, 1, 5, link)[1], DONE);
    assert_eq!(take_unarchived(&mut shell), [6], "something was said meanwhile");
    let mut shell = shell.evicted(&[(1, 'a', 'a')]);
    shell.send(1, 5, "five");
    assert_eq!(take_unarchived(&mut shell), [0; 0], "it knows already");
}

#[test]
fn ex2_what_is_known_of_an_entry_goes_with_it() {
    let mut shell = Shell::with_live("ab");
    shell.send(1, 1, "pinned");
    shell.pin(1, 2, 3, true);
    shell.send(1, 3, "pinned, too");
    shell.pin(1, 4, 5, true);
    drain(&mut shell);
    assert_eq!(expire(&mut shell, 4), ["write expire 4 archived 6", DONE]);
    assert_eq!(shell.room().pins().collect::<Vec<_>>(), [seq(5)]);
}

#[test]
fn ex2_what_waits_about_it_goes_with_it() {
    let mut shell = Shell::restored(crate::shell::crowded(100));
    shell.join('b');
    shell.live(1, 'a', 'a');
    shell.send(1, 1, "first");
    shell.pass(60_000);
    drain(&mut shell);
    let said = shell.room().head().get();
    shell.send(1, 2, "busy");
    shell.line(1, react(3, said, "👍", true));
    let told = expire(&mut shell, said);
    assert!(told[0].starts_with("store"), "what waits is stored first: {told:?}");
    assert_eq!(shell.storage.messages.get(&seq(said)), None);
}

#[test]
fn ex3_nothing_expires_that_is_not_archived() {
    let mut shell = Shell::with_live("ab");
    assert_eq!(expire(&mut shell, 2).last().unwrap(), DONE);
    assert_eq!(shell.room().archive().expired, seq(0));
    drain(&mut shell);
    shell.send(1, 1, "not archived");
    expire(&mut shell, 3);
    assert_eq!(shell.room().archive().expired, seq(0));
    expire(&mut shell, 2);
    assert_eq!(shell.room().archive().expired, seq(2));
    assert_eq!(expire(&mut shell, 2), [DONE], "it goes once");
}

#[test]
fn ex4_the_log_goes_on_where_it_was() {
    let mut shell = Shell::with_live("ab");
    shell.send(1, 1, "one");
    drain(&mut shell);
    let link = shell.chunk().link;
    assert_eq!(expire(&mut shell, 3).last().unwrap(), DONE);
    let checkpoint = shell.commits.iter().flat_map(|commit| &commit.writes).find_map(|write| {
        if let Write::Checkpoint(sends) = write { Some(sends.clone()) } else { None }
    });
    assert_eq!(checkpoint.unwrap().len(), 1, "the nonce is kept");
    assert_eq!(shell.send(1, 1, "again"), ["1: refused 1 stale_nonce"]);
    shell.send(1, 2, "two");
    let chunk = shell.chunk();
    assert_eq!((chunk.first_seq, chunk.link), (seq(4), link.then(&chunk.lines)));
}

#[test]
fn ex4_who_comes_back_to_before_it_gets_a_gap() {
    let mut shell = Shell::with_live("ab");
    for n in 1..=4 {
        shell.send(1, n, "words");
    }
    drain(&mut shell);
    expire(&mut shell, 4);
    shell.connect(7, 'b');
    let told = shell.hello(7, 'x', at(2));
    assert!(told[0].ends_with("gap 5..=4"), "nothing is missing but what expired: {told:?}");
    assert_eq!(told[1], "7: replay after 4");
    shell.connect(8, 'b');
    let told = shell.hello(8, 'y', at(5));
    assert!(!told[0].contains("gap"), "{told:?}");
    expire(&mut shell, 6);
    shell.connect(9, 'b');
    let told = shell.hello(9, 'z', None);
    assert!(told[0].contains("welcome head=6") && told[0].ends_with("gap 7..=6"), "{told:?}");
    assert!(!told.iter().any(|line| line.contains("replay")), "{told:?}");
}

#[test]
fn ex5_an_expired_message_does_not_exist() {
    let mut shell = Shell::with_live("ab");
    shell.send(1, 1, "old");
    drain(&mut shell);
    expire(&mut shell, 3);
    let refused = |n: u64| vec![format!("1: refused {n} no_such_message")];
    assert_eq!(shell.edit(1, 2, 3, "new"), refused(2));
    assert_eq!(shell.redact(1, 3, 3), refused(3));
    assert_eq!(shell.react(1, 4, 3, "👍"), refused(4));
    assert_eq!(shell.pin(1, 5, 3, true), refused(5));
    assert_eq!(shell.line(1, reply(6, 3, 0)), refused(6));
    assert_eq!(shell.line(1, reply(7, 0, 3)), refused(7));
}

#[test]
fn ex5_what_expired_is_not_unread() {
    let mut shell = Shell::with_live("a");
    shell.join('b');
    shell.send(1, 1, "one");
    assert_eq!(shell.take_standing(), "abb", "b joined, and is told of a message");
    drain(&mut shell);
    expire(&mut shell, 3);
    assert_eq!(shell.take_standing(), "b", "nothing is unread any more");
    shell.send(1, 2, "two");
    assert_eq!(shell.take_standing(), "b", "the next message is told");
    shell.send(1, 3, "three");
    drain(&mut shell);
    expire(&mut shell, 4);
    assert_eq!(shell.take_standing(), "b", "one of two is left");
    expire(&mut shell, 5);
    assert_eq!(shell.take_standing(), "b");
    let mut shell = shell.evicted(&[(1, 'a', 'a')]);
    assert_eq!(shell.take_standing(), "");
    shell.send(1, 4, "four");
    assert_eq!(shell.take_standing(), "b");
}

#[test]
fn ex6_nothing_goes_under_a_hold() {
    let mut shell = Shell::with_live("ab");
    shell.send(1, 1, "evidence");
    drain(&mut shell);
    let hold = |on| Archiving::Hold { on };
    assert_eq!(shell.archive(hold(true)), ["write archived 3", DONE]);
    assert_eq!(shell.archive(hold(true)), [DONE], "it is so already");
    let mut shell = shell.evicted(&[(1, 'a', 'a')]);
    expire(&mut shell, 3);
    assert_eq!(shell.room().archive().expired, seq(0));
    assert_eq!(shell.redact(1, 2, 3), ["1: refused 2 held"]);
    let delete = || Act::Delete { by: crate::shell::user('a') };
    assert_eq!(shell.request(delete()), ["answer held"]);
    assert_eq!(shell.archive(hold(false)).last().unwrap(), DONE);
    assert!(shell.redact(1, 2, 3)[0].starts_with("store 4..=4 erase 3 ~3"));
    assert!(shell.request(delete()).contains(&"gone".to_owned()));
}

#[test]
fn mb11_an_archive_job_deletes_any_room_unless_it_is_held() {
    for kind in [RoomKind::Public, RoomKind::Direct] {
        let mut shell = Shell::of_kind(kind, "ab");
        shell.live(1, 'a', 'a');
        shell.send(1, 1, "words");
        shell.archive(Archiving::Hold { on: true });
        assert_eq!(shell.archive(Archiving::Delete), ["answer held"]);
        shell.archive(Archiving::Hold { on: false });
        let told = shell.archive(Archiving::Delete);
        assert!(told.contains(&"close 1 room_deleted".to_owned()), "{told:?}");
        assert_eq!(told[told.len() - 2..], [DONE, "gone"]);
    }
}
