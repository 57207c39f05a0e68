//! A log that a test fills.

use durable_objects::store::Store;
use protocol::codec::encode_entry;
use protocol::{
    DeviceId, Entry, Epoch, Key, Link, Message, Nonce, React, RoomId, RoomKind, Seq, Stamp,
    Timestamp, UserId,
};
use room::{Chunk, Commit, Settings};

/// A log that a test fills, a flush at a time.
pub(crate) struct Log<'a> {
    store: &'a dyn Store,
    head: u64,
    waiting: Vec<Entry>,
}

pub(crate) fn seq(n: u64) -> Seq {
    Seq::try_from(n).unwrap()
}

pub(crate) fn user(n: u8) -> UserId {
    UserId::from_random([n; 13])
}

impl<'a> Log<'a> {
    pub(crate) fn found(store: &'a dyn Store) -> Self {
        let settings = Settings {
            id: RoomId::from_random([7; 13]),
            name: "마루".into(),
            kind: RoomKind::Public,
            topic: String::new(),
            slow_ms: 0,
            archived: false,
        };
        store.found(&settings, Epoch::from_random([9; 13])).unwrap();
        Self { store, head: 0, waiting: Vec::new() }
    }

    pub(crate) fn say(&mut self, by: u8, body: &str) {
        let (stamp, key) = self.next(by);
        let (body, attachments) = (body.to_owned(), Vec::new());
        let message = Message { stamp, key, body, reply_to: None, thread: None, attachments };
        self.waiting.push(Entry::Message(message));
    }

    pub(crate) fn react(&mut self, by: u8, target: u64) {
        let (stamp, key) = self.next(by);
        let (target, emoji) = (seq(target), "👍".to_owned());
        self.waiting.push(Entry::React(React { stamp, key, target, emoji, on: true }));
    }

    pub(crate) fn flush(&mut self) {
        let entries = std::mem::take(&mut self.waiting);
        let lines: Vec<String> = entries.iter().map(encode_entry).collect();
        let (first, last) = (entries.first().unwrap(), entries.last().unwrap());
        let chunk = Chunk {
            first_seq: first.seq(),
            last_seq: last.seq(),
            first_at: first.at(),
            last_at: last.at(),
            lines: lines.join("\n"),
            link: Link::GENESIS,
        };
        self.store.commit(&Commit { chunk: Some(chunk), writes: Vec::new() }).unwrap();
    }

    fn next(&mut self, by: u8) -> (Stamp, Key) {
        self.head = self.head.saturating_add(1);
        let stamp = Stamp { seq: seq(self.head), at: Timestamp(self.head), by: user(by) };
        let device = DeviceId::from_random([by; 13]);
        (stamp, Key { device, nonce: Nonce::try_from(self.head).unwrap() })
    }
}
