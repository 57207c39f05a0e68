//! What a member has not read, counted from the log.

use crate::said::{Log, seq, user};
use durable_objects::store::MemoryStore;
use durable_objects::unread::{Tail, Unread};
use protocol::limits::{REPLAY_ENTRIES_MAX, UNREAD_MAX};

fn unread(store: &MemoryStore, head: u64, after: u64, n: u8) -> (u32, u32) {
    let Unread { messages, mentions } =
        Tail::new(store, seq(head)).unread(seq(after), user(n)).unwrap();
    (messages, mentions.values().sum())
}

#[test]
fn ib2_what_others_said_since_is_unread() {
    let store = MemoryStore::default();
    let mut log = Log::found(&store);
    log.say(1, "하나");
    log.say(2, "둘");
    log.react(2, 1);
    log.flush();
    log.say(1, "셋");
    log.flush();
    assert_eq!(unread(&store, 4, 0, 3), (3, 0));
    assert_eq!(unread(&store, 4, 1, 3), (2, 0));
    assert_eq!(unread(&store, 4, 0, 1), (1, 0), "one's own messages are read");
    assert_eq!(unread(&store, 4, 4, 3), (0, 0));
    assert_eq!(unread(&store, 4, 9, 3), (0, 0), "beyond the head");
    assert_eq!(unread(&MemoryStore::default(), 7, 7, 3), (0, 0), "what is read is not looked at");
}

#[test]
fn mn1_mentions_are_counted_by_name_and_for_all() {
    let store = MemoryStore::default();
    let mut log = Log::found(&store);
    log.say(1, &format!("<@{}> 보세요", user(3)));
    log.say(1, "<@room> 모두");
    log.say(1, "<@here> 지금");
    log.say(3, &format!("<@{}>", user(3)));
    log.flush();
    assert_eq!(unread(&store, 4, 0, 3), (3, 3));
    assert_eq!(unread(&store, 4, 0, 2), (4, 2));
}

#[test]
fn pe3_mentions_are_counted_by_who_wrote_them() {
    let store = MemoryStore::default();
    let mut log = Log::found(&store);
    for by in [1, 2, 1] {
        log.say(by, "<@room>");
    }
    log.say(2, "음");
    log.flush();
    let Unread { mentions, .. } = Tail::new(&store, seq(4)).unread(seq(0), user(3)).unwrap();
    let mentions: Vec<_> = mentions.into_iter().collect();
    assert_eq!(mentions, [(user(1), 2), (user(2), 1)]);
}

#[test]
fn many_unread_messages_are_counted_up_to_a_limit() {
    let store = MemoryStore::default();
    let mut log = Log::found(&store);
    let n = REPLAY_ENTRIES_MAX * 3;
    for i in 1..=n {
        let far = n - REPLAY_ENTRIES_MAX / 2;
        log.say(1, if i == 1 || i == far { "<@room>" } else { "음" });
        if i % 50 == 0 {
            log.flush();
        }
    }
    let mut tail = Tail::new(&store, seq(n));
    for after in [0, 1] {
        let Unread { messages, mentions } = tail.unread(seq(after), user(3)).unwrap();
        let n_mentions: u32 = mentions.values().sum();
        assert_eq!((messages, n_mentions), (UNREAD_MAX, 1), "the far one is not looked for");
    }
    let exact = u64::from(UNREAD_MAX) - 1;
    let Unread { messages, .. } = tail.unread(seq(n - exact), user(3)).unwrap();
    assert_eq!(u64::from(messages), exact);
}

#[test]
fn a_long_log_is_not_read_to_its_beginning() {
    let store = MemoryStore::default();
    let mut log = Log::found(&store);
    let n = 6_000;
    for i in 1..=n {
        log.say(if i == 1 || i == n / 2 { 1 } else { 3 }, "음");
        if i % 500 == 0 {
            log.flush();
        }
    }
    assert_eq!(unread(&store, n, 0, 3), (1, 0), "the first one is too far away");
}
