//! What the promises are about: a room, its members, and what they say.

use protocol::codec::encode_entry;
use protocol::{
    Attachment, AttachmentId, DeviceId, Edit, Entry, Epoch, Key, Link, Message, Nonce, Role,
    RoomId, RoomKind, Seq, Stamp, Timestamp, UserId,
};
use room::{Chunk, Commit, LastSend, Member, Notice, Settings, Snapshot, Write};

use super::Broken;
use crate::store::{Store, StoreError};

pub(super) fn found(store: &dyn Store) -> Result<(), Broken> {
    ok(store.found(&settings(), epoch()))
}

pub(super) fn load(store: &dyn Store) -> Result<Snapshot, Broken> {
    ok(store.load())?.ok_or_else(|| "nothing is loaded".to_owned())
}

pub(super) fn ok<T>(result: Result<T, StoreError>) -> Result<T, Broken> {
    result.map_err(|error| error.to_string())
}

pub(super) fn fails<T>(what: &str, result: &Result<T, StoreError>) -> Result<(), Broken> {
    if result.is_ok() { Err(format!("{what} succeeded")) } else { Ok(()) }
}

pub(super) fn same<T: PartialEq + std::fmt::Debug>(
    what: &str,
    got: &T,
    want: &T,
) -> Result<(), Broken> {
    if got == want { Ok(()) } else { Err(format!("{what}: got {got:?}, want {want:?}")) }
}

/// A snapshot, in a form that can be compared.
pub(super) fn shown(snapshot: &Snapshot) -> String {
    format!("{snapshot:?}")
}

pub(super) fn seq(n: u64) -> Seq {
    Seq::try_from(n).unwrap_or_default()
}

pub(super) fn seqs(found: &[Seq]) -> Vec<u64> {
    found.iter().map(|seq| seq.get()).collect()
}

pub(super) fn settings() -> Settings {
    Settings {
        id: RoomId::from_random([7; 13]),
        name: "마루".into(),
        kind: RoomKind::Public,
        topic: "it's \"here\"".into(),
        slow_ms: 0,
        archived: false,
    }
}

pub(super) fn epoch() -> Epoch {
    Epoch::from_random([9; 13])
}

pub(super) fn user(n: u8) -> UserId {
    UserId::from_random([n; 13])
}

pub(super) fn member(n: u8, name: &str) -> Member {
    Member {
        user: user(n),
        name: name.into(),
        role: Role::Member,
        joined_at: Timestamp(u64::from(n)),
        read: Seq::ZERO,
        muted_until: None,
    }
}

pub(super) fn membership(n: u8) -> Notice {
    Notice::Membership { user: user(n), role: None, seq: Seq::ZERO, at: Timestamp(u64::from(n)) }
}

pub(super) fn file(n: u8) -> Attachment {
    Attachment {
        id: AttachmentId::from_random([n; 13]),
        name: "그림.png".into(),
        media_type: "image/png".into(),
        bytes: 3,
        width: Some(1),
        height: Some(2),
    }
}

/// The send of entry `n`: each entry is of the same device, and its nonce is its seq.
pub(super) fn send(n: u64) -> LastSend {
    LastSend {
        user: user(1),
        device: DeviceId::from_random([2; 13]),
        nonce: Nonce::try_from(n).unwrap_or_default(),
        seq: seq(n),
        spoke_at: Timestamp(n),
    }
}

pub(super) fn stamp(n: u64) -> (Stamp, Key) {
    let LastSend { user, device, nonce, seq, .. } = send(n);
    (Stamp { seq, at: Timestamp(n), by: user }, Key { device, nonce })
}

pub(super) fn message(n: u64) -> Message {
    let (stamp, key) = stamp(n);
    let (body, attachments) = (format!("안녕 {n}"), Vec::new());
    Message { stamp, key, body, reply_to: None, thread: None, attachments }
}

pub(super) fn edit(n: u64, target: u64, body: &str) -> Entry {
    let (stamp, key) = stamp(n);
    Entry::Edit(Edit { stamp, key, target: seq(target), body: body.into() })
}

/// A flush of the entries `first..=last`, each a message.
pub(super) fn commit(first: u64, last: u64) -> Commit {
    let entries: Vec<Entry> = (first..=last).map(|n| Entry::Message(message(n))).collect();
    flush(&entries, Vec::new())
}

/// A flush of these entries.
pub(super) fn flush(entries: &[Entry], writes: Vec<Write>) -> Commit {
    let lines: Vec<String> = entries.iter().map(encode_entry).collect();
    let first = entries.first().map(Entry::stamp);
    let last = entries.last().map(Entry::stamp);
    let chunk = first.zip(last).map(|(first, last)| Chunk {
        first_seq: first.seq,
        last_seq: last.seq,
        first_at: first.at,
        last_at: last.at,
        link: lines.iter().fold(Link::GENESIS, |link, line| link.then(line)),
        lines: lines.join("\n"),
    });
    Commit { chunk, writes }
}

/// A commit of no entry.
pub(super) fn writes(writes: Vec<Write>) -> Commit {
    Commit { chunk: None, writes }
}
