//! Single messages and amendments: as many as fit.

use crate::said::{Log, seq, user};
use durable_objects::excerpt::{Excerpt, amendments, lines, messages};
use durable_objects::store::{MemoryStore, Store};
use protocol::codec::{FromRoom, decode_room_frame};
use protocol::{Entry, Seq, ServerLine};
use room::{Commit, MessageState, Write};

/// Nine messages of a hundred bytes and more, in chunks of three; `edited` of them are.
fn filled(edited: &[u64]) -> MemoryStore {
    let store = MemoryStore::default();
    let mut log = Log::found(&store);
    for n in 1..=9 {
        log.say(1, &"음".repeat(40));
        if n % 3 == 0 {
            log.flush();
        }
    }
    let state = |n: &u64| MessageState {
        edits: vec![seq(*n)],
        edited_at: Some(protocol::Timestamp(9)),
        ..MessageState::new(seq(*n), user(1), None, "다시".repeat(20))
    };
    let writes = edited.iter().map(state).map(Write::Message).collect();
    store.commit(&Commit { chunk: None, writes }).unwrap();
    store
}

/// The seqs of the entries, those of the amendments after them, and whether that is all.
fn shown(Excerpt { text, is_cut }: &Excerpt) -> (Vec<u64>, Vec<u64>, bool) {
    let (mut entries, mut amended) = (vec![], vec![]);
    for line in decode_room_frame(text.trim_end()).unwrap() {
        if let FromRoom::Entry(Entry::Message(message)) = &line {
            assert!(amended.is_empty(), "amendments come after the lines");
            entries.push(message.stamp.seq.get());
        } else if let FromRoom::Line(ServerLine::Amendment(amendment)) = &line {
            amended.push(amendment.target.get());
        } else {
            assert_eq!(None, Some(line), "nothing else is in here");
        }
    }
    (entries, amended, !is_cut)
}

fn seqs<const N: usize>(seqs: [u64; N]) -> [Seq; N] {
    seqs.map(seq)
}

#[test]
fn ed2_lines_end_once_they_are_long_enough() {
    let store = filled(&[]);
    let read = |max| shown(&lines(&store, &seqs([2, 4, 9]), max).unwrap());
    assert_eq!(read(usize::MAX), (vec![2, 4, 9], vec![], true));
    assert_eq!(read(1), (vec![2], vec![], false), "the first one is always there");
    let two = lines(&store, &seqs([2, 4]), usize::MAX).unwrap().text.len();
    assert_eq!(read(two), (vec![2, 4], vec![], false));
    assert_eq!(read(two + 1), (vec![2, 4, 9], vec![], true));
}

#[test]
fn a_thread_shows_its_first_message_and_as_many_of_the_newest_as_fit() {
    let store = filled(&[1, 8]);
    let asked = seqs([1, 9, 8, 5, 3]);
    let read = |max| shown(&messages(&store, &asked, user(2), max).unwrap());
    assert_eq!(read(usize::MAX), (vec![1, 3, 5, 8, 9], vec![1, 8], true));
    let three = messages(&store, &asked[..3], user(2), usize::MAX).unwrap().text.len();
    let newlines = 3;
    assert_eq!(read(three - newlines), (vec![1, 8, 9], vec![1, 8], false));
}

#[test]
fn am2_amendments_are_read_in_steps_and_end_once_they_are_long_enough() {
    let store = MemoryStore::default();
    let mut log = Log::found(&store);
    (0..300).for_each(|_| log.say(1, "음"));
    log.flush();
    let state = |n| MessageState {
        pinned: true,
        ..MessageState::new(seq(n), user(1), None, String::new())
    };
    let pinned = [1, 64, 65, 128, 129, 300];
    let writes = pinned.map(state).map(Write::Message).to_vec();
    store.commit(&Commit { chunk: None, writes }).unwrap();
    let read = |from, to, max| {
        let (entries, amended, is_all) =
            shown(&amendments(&store, (seq(from), seq(to)), user(2), max).unwrap());
        assert!(entries.is_empty());
        (amended, is_all)
    };
    assert_eq!(read(1, 300, usize::MAX), (pinned.to_vec(), true));
    assert_eq!(read(2, 128, usize::MAX), (vec![64, 65, 128], true));
    assert_eq!(read(300, 300, usize::MAX), (vec![300], true));
    assert_eq!(read(1, 300, 1), (vec![1], false));
    assert_eq!(read(9, 8, usize::MAX).0, Vec::<u64>::new());
}
