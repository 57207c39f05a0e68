//! Logs and archives for tests.

#![expect(clippy::arithmetic_side_effects, reason = "tests count little")]

pub(crate) mod maru;

use protocol::codec::encode_entry;
use protocol::{
    DeviceId, Edit, Entry, Epoch, Key, Link, Message, Nonce, RoomId, Seq, Stamp, Timestamp, UserId,
};

use crate::record::{Contents, Kind, Object, Run};
use crate::store::Store;
use crate::{layout, manifest, segment};

/// 2026-05-17, 00:00 UTC.
pub(crate) const MIDNIGHT: u64 = 1_778_976_000_000;

/// Everything of these tests is in this bucket.
pub(crate) const BUCKET: u8 = 0x96;

pub(crate) fn seq(seq: u64) -> Seq {
    Seq::try_from(seq).unwrap()
}

pub(crate) fn user(of: u8) -> UserId {
    UserId::from_random([of; 13])
}

pub(crate) fn epoch(of: u8) -> Epoch {
    Epoch::from_random([of; 13])
}

/// The `of`-th room of [`BUCKET`].
pub(crate) fn room(of: usize) -> RoomId {
    let random = |n: u32| {
        let mut random = [0; 13];
        random[..4].copy_from_slice(&n.to_be_bytes());
        RoomId::from_random(random)
    };
    let rooms = (0..u32::MAX).map(random).filter(|&room| layout::bucket(room) == BUCKET);
    rooms.take(of + 1).last().unwrap()
}

/// A log that grows.
pub(crate) struct Log {
    pub(crate) room: RoomId,
    pub(crate) epoch: Epoch,
    pub(crate) head: Seq,
    pub(crate) link: Link,
    /// All lines, each ended by a newline.
    pub(crate) all: String,
}

impl Log {
    pub(crate) fn new(room: RoomId, epoch: Epoch) -> Self {
        Self { room, epoch, head: Seq::ZERO, link: Link::GENESIS, all: String::new() }
    }

    /// The next entries: what users said, from a time on, and their run.
    pub(crate) fn say(&mut self, at: u64, said: &[(u8, &str)]) -> (String, Run) {
        let entry = |stamp: Stamp, body: &str| {
            let key = Key { device: DeviceId::from_random([9; 13]), nonce: Nonce::default() };
            let body = body.to_owned();
            match body.strip_prefix("edit:") {
                Some(body) => {
                    Entry::Edit(Edit { stamp, key, target: seq(1), body: body.to_owned() })
                }
                None => Entry::Message(Message {
                    stamp,
                    key,
                    body,
                    reply_to: None,
                    thread: None,
                    attachments: Vec::new(),
                }),
            }
        };
        let (before, from) = (self.link, self.head.next().unwrap());
        let mut lines = String::new();
        for (of, &(by, body)) in said.iter().enumerate() {
            self.head = self.head.next().unwrap();
            let at = Timestamp(at + u64::try_from(of).unwrap());
            let line = encode_entry(&entry(Stamp { seq: self.head, at, by: user(by) }, body));
            self.link = self.link.then(&line);
            lines.push_str(&line);
            lines.push('\n');
        }
        self.all.push_str(&lines);
        let run = Run {
            room: self.room,
            epoch: self.epoch,
            from,
            to: self.head,
            first_at: Timestamp(at),
            last_at: Timestamp(at + u64::try_from(said.len()).unwrap() - 1),
            entries: u64::try_from(said.len()).unwrap(),
            link_before: before.to_hex(),
            link: self.link.to_hex(),
            revision: Seq::ZERO,
        };
        (lines, run)
    }

    /// As [`Log::say`], and archives it as a segment.
    pub(crate) async fn archive(&mut self, store: &Store, at: u64, said: &[(u8, &str)]) -> Object {
        let (lines, run) = self.say(at, said);
        archive(store, &lines, run).await
    }
}

/// Archives lines as a segment.
pub(crate) async fn archive(store: &Store, lines: &str, run: Run) -> Object {
    let path = layout::segment(run.room, run.epoch, (run.from, run.to), run.revision);
    let stored = segment::put(store, &path, lines, &run).await.unwrap();
    let object = Object {
        path,
        bytes: stored.bytes,
        sha256: stored.sha256,
        day: segment::day(run.first_at),
        kind: Kind::Segment,
        runs: vec![run],
    };
    manifest::commit(store, BUCKET, 1, Timestamp(1), vec![object.clone()], vec![]).await.unwrap();
    object
}

/// What the archive holds.
pub(crate) async fn contents(store: &Store) -> Contents {
    manifest::load(store, BUCKET).await.unwrap()
}
