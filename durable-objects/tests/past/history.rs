//! Pages of history: which entries they hold, and whether they stay as they are.

use crate::said::{Log, seq};
use durable_objects::history::{Place, page};
use durable_objects::store::MemoryStore;
use protocol::limits::PAGE_BYTES;

/// Twelve entries, in chunks of these lengths.
const CHUNKS: [u64; 5] = [1, 4, 1, 3, 3];

fn filled() -> MemoryStore {
    let store = MemoryStore::default();
    let mut log = Log::found(&store);
    for n in CHUNKS {
        for _ in 0..n {
            log.say(1, "안녕");
        }
        log.flush();
    }
    store
}

/// The first and last entry of a page, and whether it is settled.
fn shown(store: &MemoryStore, place: Place, limit: u64) -> (Option<(u64, u64)>, bool) {
    let (page, is_settled) = page(store, place, limit, seq(12)).unwrap();
    let gapless = page
        .chunks
        .windows(2)
        .all(|two| matches!(two, [one, next] if one.last_seq.next() == Some(next.first_seq)));
    assert!(gapless, "{page:?}");
    (page.extent().map(|(first, last)| (first.get(), last.get())), is_settled)
}

#[test]
fn ht1_a_page_holds_whole_chunks() {
    let store = filled();
    let before = |n, limit| shown(&store, Place::Before(seq(n)), limit).0;
    assert_eq!(before(13, 1), Some((10, 12)));
    assert_eq!(before(13, 4), Some((7, 12)));
    assert_eq!(before(4, 2), Some((2, 5)));
    assert_eq!(before(4, 3), Some((1, 5)), "only what is below counts");
    assert_eq!(before(1, 9), None);
    let after = |n, limit| shown(&store, Place::After(seq(n)), limit).0;
    assert_eq!(after(0, 1), Some((1, 1)));
    assert_eq!(after(3, 2), Some((2, 5)));
    assert_eq!(after(3, 3), Some((2, 6)));
    assert_eq!(after(12, 9), None);
}

#[test]
fn ht1_around_is_half_of_each() {
    let store = filled();
    let around = |n, limit| shown(&store, Place::Around(seq(n)), limit).0;
    assert_eq!(around(6, 2), Some((6, 9)));
    assert_eq!(around(6, 4), Some((2, 9)));
    assert_eq!(around(3, 2), Some((2, 6)), "the chunk of the middle is there once");
    assert_eq!(around(12, 2), Some((10, 12)));
    assert_eq!(around(99, 2), Some((10, 12)));
    assert_eq!(around(0, 2), Some((1, 1)));
}

#[test]
fn ht1_a_page_is_bounded_in_bytes() {
    let store = MemoryStore::default();
    let mut log = Log::found(&store);
    for _ in 0..5 {
        log.say(1, &"가".repeat(PAGE_BYTES / 6));
        log.flush();
    }
    let (page, is_settled) = page(&store, Place::After(seq(0)), 200, seq(5)).unwrap();
    assert_eq!(page.extent(), Some((seq(1), seq(2))));
    assert!(is_settled, "what comes later does not fit either");
}

#[test]
fn ht4_only_what_later_entries_cannot_extend_is_settled() {
    let store = filled();
    let is_settled = |place, limit| shown(&store, place, limit).1;
    assert!(is_settled(Place::Before(seq(13)), 200), "everything below was said");
    assert!(!is_settled(Place::Before(seq(14)), 1));
    assert!(is_settled(Place::Before(seq(1)), 200));
    assert!(is_settled(Place::After(seq(0)), 12));
    assert!(!is_settled(Place::After(seq(0)), 13));
    assert!(!is_settled(Place::After(seq(12)), 1));
    assert!(is_settled(Place::Around(seq(6)), 4));
    assert!(!is_settled(Place::Around(seq(12)), 2));
    assert!(!is_settled(Place::Around(seq(99)), 2));
}
