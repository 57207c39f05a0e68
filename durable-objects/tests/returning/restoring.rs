//! Random rooms are restored from their logs.

use durable_objects::store::{SqlStore, Store};
use proptest::prelude::*;
use protocol::archive::{BeginRestore, RoomState};
use protocol::{Link, Seq};
use room::{Commit, Restoring, Write, cut};

use crate::native::Native;
use crate::original::{Original, Wish, epoch, lines, link_of, rows, seq, settings};

/// Begins to restore a room of this state.
fn begun(begin: BeginRestore) -> SqlStore<Native> {
    let store = SqlStore(Native::fresh());
    let from = (begin.state.seq, begin.expired);
    let (settings, rows) = Restoring::begin(settings().id, begin).unwrap();
    store.begin_restore(&settings, epoch(2), from, &rows).unwrap();
    store
}

/// Tells a part of a log, as a job does that may be killed before and after.
fn tell(store: &SqlStore<Native>, lines: &[String]) {
    let mut restoring = store.restoring().unwrap().unwrap();
    let text = lines.join("\n");
    let chunks = cut(&text).unwrap();
    let entries = chunks.concat();
    let from = restoring.room().head();
    let to = seq(from.get() + u64::try_from(lines.len()).unwrap());
    let link = entries
        .iter()
        .fold(restoring.link(), |link, (line, entry)| link.then_stored(line, entry).unwrap());
    assert!(restoring.is_next(&chunks, to, link));
    assert!(!restoring.is_next(&chunks, to, Link::GENESIS), "another chain");
    assert!(!restoring.is_next(&[entries[1..].to_vec()], to, link), "a gap");
    assert!(!store.is_told(to, link).unwrap());
    store.tell(&mut restoring, chunks).unwrap();
    assert!(store.is_told(to, link).unwrap());
}

fn finish(store: &SqlStore<Native>) -> Vec<Write> {
    assert!(store.load().unwrap().is_none(), "there is no room until it is finished");
    let writes = store.restoring().unwrap().unwrap().finish();
    store.finish_restore(&writes).unwrap();
    writes
}

/// What follows from the log alone.
const FOLDED: [&str; 6] = [
    "SELECT * FROM amendment ORDER BY seq",
    "SELECT * FROM reaction ORDER BY target, user, emoji",
    "SELECT * FROM reply ORDER BY thread, seq",
    "SELECT id, by, seq, file FROM attachment WHERE seq IS NOT NULL ORDER BY id",
    "SELECT json_remove(deed, '$.reason') FROM deed ORDER BY id",
    "SELECT value FROM meta WHERE key = 'revision'",
];

/// What is known otherwise up to a state, and follows from the log after it.
const KNOWN: [&str; 3] = [
    "SELECT member, name, role, joined_at, muted_until FROM member ORDER BY member",
    "SELECT user, by, at FROM ban ORDER BY user",
    "SELECT value FROM meta WHERE key = 'settings'",
];

pub(crate) fn wishes() -> impl Strategy<Value = Vec<Wish>> {
    prop::collection::vec(any::<Wish>(), 1..160)
}

/// A random room, and what was known of it otherwise some time before its end.
fn lived(wishes: Vec<Wish>, n_before_state: usize) -> (Original, RoomState) {
    let mut original = Original::founded();
    let mut state = original.state();
    for (n, wish) in wishes.into_iter().enumerate() {
        original.wish(wish);
        if n <= n_before_state {
            state = original.state();
        }
    }
    (original, state)
}

fn restored(begin: BeginRestore, log: &[String], parts: &[usize]) -> SqlStore<Native> {
    let store = begun(begin);
    let mut left = log;
    for n in parts.iter().cycle() {
        let (part, rest) = left.split_at((*n).min(left.len()));
        if part.is_empty() {
            break;
        }
        tell(&store, part);
        left = rest;
    }
    store
}

fn whole(state: RoomState) -> BeginRestore {
    BeginRestore { state, expired: Seq::ZERO, link: Link::GENESIS.to_hex(), hold: false }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn rs3_rs4_a_restored_room_has_what_the_one_has_that_wrote_its_log(
        wishes in wishes(),
        n_before_state in 0_usize..160,
        parts in prop::collection::vec(1_usize..40, 1..8),
        is_as_written in any::<bool>(),
    ) {
        let (original, state) = lived(wishes, n_before_state);
        let log = lines(&original.store);
        // An archive may hold words yet that were erased: they do not come back.
        let archived = if is_as_written { &original.written } else { &log };
        let store = restored(whole(state), archived, &parts);
        finish(&store);

        prop_assert_eq!(&lines(&store), &log);
        for sql in FOLDED.into_iter().chain(KNOWN) {
            prop_assert_eq!(rows(&store, sql), rows(&original.store, sql), "{}", sql);
        }
        let restored = store.load().unwrap().unwrap();
        let wrote = original.store.load().unwrap().unwrap();
        prop_assert_eq!(restored.head, wrote.head);
        prop_assert_eq!(restored.head_at, wrote.head_at);
        prop_assert_eq!(restored.link, wrote.link);
        prop_assert_eq!(restored.last_message, wrote.last_message);
        prop_assert_eq!(restored.sends, wrote.sends);
        prop_assert_ne!(restored.epoch, wrote.epoch);
        prop_assert_eq!(restored.archive.archived.seq, wrote.head);
    }

    #[test]
    fn rs3_a_log_may_begin_after_what_expired(
        wishes in wishes(),
        expired in 1_usize..60,
        parts in prop::collection::vec(1_usize..40, 1..8),
    ) {
        let (original, state) = lived(wishes, usize::MAX);
        let log = lines(&original.store);
        // A quiet room stores each entry by itself.
        let expired = expired.min(log.len() - 1);
        let link = link_of(&log[..expired]);
        let upto = seq(u64::try_from(expired).unwrap());
        let expire = Write::Expire { upto, keeps_erasures: false };
        original.store.commit(&Commit { chunk: None, writes: vec![expire] }).unwrap();

        let begin = BeginRestore { expired: upto, link: link.to_hex(), ..whole(state) };
        let store = restored(begin, &log[expired..], &parts);
        finish(&store);
        prop_assert_eq!(&lines(&store), &log[expired..]);
        for sql in FOLDED[..4].iter().chain(&KNOWN) {
            prop_assert_eq!(rows(&store, sql), rows(&original.store, sql), "{}", sql);
        }
        let restored = store.load().unwrap().unwrap();
        prop_assert_eq!(restored.head, original.room.head());
        prop_assert_eq!(restored.archive.expired, upto);
    }
}

#[test]
fn rs2_what_was_begun_goes_on_and_what_exists_stays() {
    let (original, state) = lived(vec![(4, 0, 0, 1); 9], usize::MAX);
    let log = lines(&original.store);
    let store = restored(whole(state.clone()), &log[..4], &[2]);
    let (settings, rows) = Restoring::begin(settings().id, whole(state)).unwrap();
    let again = store.begin_restore(&settings, epoch(3), (Seq::ZERO, Seq::ZERO), &rows);
    assert!(again.is_err(), "once is enough");
    assert_eq!(store.restoring().unwrap().unwrap().room().head(), seq(4), "nothing is lost");
    tell(&store, &log[4..]);
    finish(&store);
    assert!(store.restoring().unwrap().is_none());
    assert_eq!(store.load().unwrap().unwrap().epoch, epoch(2));
}

#[test]
fn rs3_a_part_is_stored_as_a_whole_or_not_at_all() {
    let (original, state) = lived(vec![(5, 0, 0, 250); 40], usize::MAX);
    let log = lines(&original.store);
    let store = begun(whole(state));
    tell(&store, &log[..2]);
    store
        .0
        .0
        .execute(
            "CREATE TRIGGER full BEFORE INSERT ON chunk WHEN new.last_seq > 20
        BEGIN SELECT raise(FAIL, 'the disk is full'); END",
            [],
        )
        .unwrap();
    let text = log[2..].join("\n");
    let chunks = cut(&text).unwrap();
    assert!(chunks.len() > 2, "it is several chunks");
    let mut restoring = store.restoring().unwrap().unwrap();
    assert!(store.tell(&mut restoring, chunks).is_err());
    assert_eq!(lines(&store), log[..2]);
    store.0.0.execute("DROP TRIGGER full", []).unwrap();
    tell(&store, &log[2..]);
    assert_eq!(lines(&store), log);
}

#[test]
fn rs3_what_expired_is_not_indexed_again() {
    let (_, state) = lived(Vec::new(), usize::MAX);
    let begin = BeginRestore { expired: seq(100_000), ..whole(state) };
    let store = begun(begin);
    assert_eq!(store.restoring().unwrap().unwrap().room().head(), seq(100_000));
    let indexed = rows(&store, "SELECT value FROM meta WHERE key = 'indexed_seq'");
    assert_eq!(indexed, [r#"[Text("99840")]"#], "the blocks before are over");
}

#[test]
fn ex6_a_room_that_was_held_comes_back_held() {
    let (original, state) = lived(Vec::new(), usize::MAX);
    for hold in [true, false] {
        let begin = BeginRestore { hold, ..whole(state.clone()) };
        let store = restored(begin, &lines(&original.store), &[1]);
        finish(&store);
        assert_eq!(store.load().unwrap().unwrap().archive.hold, hold);
    }
}

#[test]
fn rs3_no_chunk_goes_on_on_another_day() {
    let (original, _) = lived(vec![(5, 0, 0, 255), (5, 0, 0, 1), (5, 0, 0, 255)], usize::MAX);
    let log = lines(&original.store).join("\n");
    for chunk in cut(&log).unwrap() {
        let days: Vec<u64> = chunk.iter().map(|(_, entry)| entry.at().0 / 86_400_000).collect();
        assert!(days.windows(2).all(|pair| pair[0] == pair[1]), "{days:?}");
    }
    assert!(cut("{}").is_err());
    assert!(cut(r#"{"t":"later","seq":3,"at":1,"by":"x"}"#).is_err(), "of a later version");
}
