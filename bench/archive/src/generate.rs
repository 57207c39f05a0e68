//! An archive as the job makes it, of rooms that nobody was ever in.

use std::collections::BTreeMap;

use anyhow::Result;
use archive_job::record::{Kind, Object, Run};
use archive_job::store::{Store, sha256};
use archive_job::{layout, manifest, segment};
use fastrand::Rng;
use protocol::codec::encode_entry;
use protocol::{
    DeviceId, Entry, Epoch, Key, Link, Message, Nonce, RoomId, Seq, Stamp, Timestamp, UserId,
};

use crate::words::{Words, zipf};

pub(crate) const DAYS: u64 = 90;
pub(crate) const DAY_MS: u64 = 86_400_000;
const N_ROOMS: usize = 300;
const N_USERS: usize = 2_000;

/// Everything that was said, in the order of time.
pub(crate) struct Talk {
    words: Words,
    rng: Rng,
    /// How much each room has said.
    heads: Vec<u64>,
    n: u64,
    said: u64,
    begins_at: u64,
}

/// Something that was said.
pub(crate) struct Said {
    pub(crate) room: usize,
    pub(crate) message: Message,
}

impl Talk {
    /// So many messages, until now.
    pub(crate) fn new(n: u64, now: Timestamp) -> Self {
        let begins_at = (now.0 / DAY_MS - DAYS) * DAY_MS;
        let (words, rng) = (Words::new(), Rng::with_seed(42));
        Self { words, rng, heads: vec![0; N_ROOMS], n, said: 0, begins_at }
    }
}

impl Iterator for Talk {
    type Item = Said;

    fn next(&mut self) -> Option<Said> {
        if self.said >= self.n {
            return None;
        }
        let at = self.begins_at + self.said * (DAYS - 3) * DAY_MS / self.n;
        self.said += 1;
        let room = zipf(&mut self.rng, N_ROOMS);
        self.heads[room] += 1;
        let seq = Seq::try_from(self.heads[room]).expect("few");
        let by = user(zipf(&mut self.rng, N_USERS));
        let message = Message {
            stamp: Stamp { seq, at: Timestamp(at), by },
            key: Key {
                device: DeviceId::from_random([7; 13]),
                nonce: Nonce::try_from(self.heads[room]).expect("few"),
            },
            body: self.words.body(&mut self.rng),
            reply_to: None,
            thread: None,
            attachments: Vec::new(),
        };
        Some(Said { room, message })
    }
}

pub(crate) fn room(nth: usize) -> RoomId {
    RoomId::from_random(random(nth, 1))
}

fn user(nth: usize) -> UserId {
    UserId::from_random(random(nth, 2))
}

fn random(nth: usize, kind: u8) -> [u8; 13] {
    let mut random = [kind; 13];
    random[..8].copy_from_slice(&(nth as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    random
}

/// A room's log so far, and what of it is not in a segment yet.
struct Log {
    link: Link,
    lines: String,
    run: Option<Run>,
}

/// Puts an archive of `n` messages into the store; answers its bytes of lines.
pub(crate) async fn archive(store: &Store, n: u64, now: Timestamp) -> Result<u64> {
    let mut logs: BTreeMap<usize, Log> = BTreeMap::new();
    let mut objects: BTreeMap<u8, Vec<Object>> = BTreeMap::new();
    let (mut day, mut n_bytes) = (0, 0);
    for Said { room: nth, message } in Talk::new(n, now) {
        let at = message.stamp.at;
        if at.0 / DAY_MS != day {
            day = at.0 / DAY_MS;
            for (nth, log) in &mut logs {
                put(store, *nth, log, &mut objects).await?;
            }
        }
        let log = logs.entry(nth).or_insert_with(|| Log {
            link: Link::GENESIS,
            lines: String::new(),
            run: None,
        });
        let seq = message.stamp.seq;
        let line = encode_entry(&Entry::Message(message));
        n_bytes += line.len() as u64 + 1;
        let run = log.run.get_or_insert_with(|| Run {
            room: room(nth),
            epoch: Epoch::from_random([9; 13]),
            from: seq,
            to: seq,
            first_at: at,
            last_at: at,
            entries: 0,
            link_before: log.link.to_hex(),
            link: String::new(),
            revision: Seq::ZERO,
        });
        (run.to, run.last_at, run.entries) = (seq, at, run.entries + 1);
        log.link = log.link.then(&line);
        log.lines.push_str(&line);
        log.lines.push('\n');
    }
    for (nth, log) in &mut logs {
        put(store, *nth, log, &mut objects).await?;
    }
    for (bucket, objects) in objects {
        manifest::commit(store, bucket, 1, now, objects, Vec::new()).await?;
    }
    Ok(n_bytes)
}

async fn put(
    store: &Store,
    nth: usize,
    log: &mut Log,
    objects: &mut BTreeMap<u8, Vec<Object>>,
) -> Result<()> {
    let Some(mut run) = log.run.take() else { return Ok(()) };
    run.link = log.link.to_hex();
    let path = layout::segment(run.room, run.epoch, (run.from, run.to), run.revision);
    let bytes = segment::encode(&log.lines)?;
    log.lines.clear();
    let object = Object {
        bytes: bytes.len() as u64,
        sha256: sha256(&bytes),
        day: segment::day(run.first_at),
        kind: Kind::Segment,
        runs: vec![run],
        path,
    };
    store.create(&object.path, bytes).await?;
    objects.entry(layout::bucket(room(nth))).or_default().push(object);
    Ok(())
}
