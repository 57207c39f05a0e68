//! Logs and objects to test with.
#![expect(clippy::arithmetic_side_effects, reason = "tests count no further than thousands")]

use std::ops::RangeInclusive;
use std::sync::Arc;

use protocol::codec::encode_entry;
use protocol::{Entry, Epoch, Key, Link, Message, RoomId, Seq, Stamp, Timestamp};

use crate::config::Config;
use crate::context::{Clock, Context, Stop};
use crate::damage::Damage;
use crate::layout;
use crate::metrics::Metrics;
use crate::progress::Progress;
use crate::record::{Kind, Object, Run};
use crate::segment;
use crate::store::Store;

/// 2026-05-17, 10:00 UTC.
pub(crate) const MORNING: Timestamp = Timestamp(1_779_012_000_000);

pub(crate) fn seq(seq: u64) -> Seq {
    Seq::try_from(seq).unwrap()
}

pub(crate) fn room(number: u64) -> RoomId {
    format!("{number:020}").parse().unwrap()
}

pub(crate) fn epoch() -> Epoch {
    "e0000000000000000000".parse().unwrap()
}

/// Entry `n` of a room's log, which was accepted `n` seconds after [`MORNING`].
pub(crate) fn line(room: u64, n: u64) -> String {
    encode_entry(&Entry::Message(Message {
        stamp: Stamp {
            seq: seq(n),
            at: MORNING.plus_ms(n * 1000),
            by: "00000000000000000001".parse().unwrap(),
        },
        key: Key {
            device: "00000000000000000002".parse().unwrap(),
            nonce: protocol::Nonce::try_from(n).unwrap(),
        },
        body: format!("message {n} of room {room}"),
        reply_to: None,
        thread: None,
        attachments: Vec::new(),
    }))
}

/// Lines of a room's log, and the run that they are.
pub(crate) fn lines(number: u64, range: RangeInclusive<u64>) -> (String, Run) {
    let (from, to) = (*range.start(), *range.end());
    let link = |to| (1..=to).fold(Link::GENESIS, |link, n| link.then(&line(number, n))).to_hex();
    let run = Run {
        room: room(number),
        epoch: epoch(),
        from: seq(from),
        to: seq(to),
        first_at: MORNING.plus_ms(from * 1000),
        last_at: MORNING.plus_ms(to * 1000),
        entries: to - from + 1,
        link_before: link(from - 1),
        link: link(to),
        revision: Seq::ZERO,
    };
    (range.map(|n| line(number, n) + "\n").collect(), run)
}

/// A segment of a room that is not in any store.
pub(crate) fn object(number: u64, range: RangeInclusive<u64>) -> Object {
    let (lines, run) = lines(number, range);
    let bytes = segment::encode(&lines).unwrap();
    Object {
        path: layout::segment(run.room, run.epoch, (run.from, run.to), run.revision),
        bytes: bytes.len() as u64,
        sha256: crate::store::sha256(&bytes),
        day: segment::day(run.first_at),
        kind: Kind::Segment,
        runs: vec![run],
    }
}

/// Puts a segment of a room into a store.
pub(crate) async fn put(store: &Store, number: u64, range: RangeInclusive<u64>) -> Object {
    let (lines, run) = lines(number, range.clone());
    let object = object(number, range);
    segment::put(store, &object.path, &lines, &run).await.unwrap();
    object
}

/// What commands are given, a day after [`MORNING`], without a Maru.
pub(crate) fn context(store: Store) -> Context {
    Context {
        config: Arc::new(Config::default()),
        store,
        metrics: Metrics::new(),
        progress: Progress::silent(),
        stop: Stop::never(),
        clock: Clock::At(MORNING.plus_ms(24 * 60 * 60 * 1000)),
        dry_run: false,
        damage: Damage::default(),
    }
}

/// Puts an index where the embedded one is that another version of the program made.
pub(crate) fn make_index_of_another_version(context: &Context) {
    let folder = context.config.data.join("index");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("index.json"), r#"{"version":7}"#).unwrap();
}
