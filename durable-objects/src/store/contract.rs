//! What every store must do. Each promise is one function; [`check`] runs them all.
//!
//! The suite answers with text instead of panicking, because a panic inside an object would stop
//! every room that shares its isolate.

use protocol::codec::encode_entry;
use protocol::{
    DeviceId, Entry, Epoch, Link, Nonce, Role, RoomId, RoomKind, Seq, Timestamp, UserId,
};
use room::{Chunk, ChunkSize, Commit, LastSend, Member, Notice, RosterChange, Settings};

use super::{Store, StoreError, Stored};

/// A promise that a store broke.
pub type Broken = String;

/// One promise: a name, and what must hold on a store that holds nothing.
type Promise = (&'static str, fn(&dyn Store) -> Result<(), Broken>);

const PROMISES: [Promise; 8] = [
    ("a store that was not founded is empty", unfounded),
    ("what was founded is loaded, and cannot be founded again", founded),
    ("the head is that of the last chunk, and the sizes are those of all", head),
    ("chunks are found from any position, in both directions", chunks),
    ("a taken seq is refused and nothing of that commit is kept", atomic),
    ("the roster follows its changes", roster),
    ("a checkpoint replaces the sends before it", checkpoint),
    ("notices stay until they are forgotten", notices),
];

/// Holds fresh stores, which `fresh` makes, to every promise. Answers the names of those kept.
///
/// # Errors
/// The first broken promise.
pub fn check<S: Store>(mut fresh: impl FnMut() -> S) -> Result<Vec<&'static str>, Broken> {
    let mut kept = Vec::new();
    for (name, promise) in PROMISES {
        promise(&fresh()).map_err(|broken| format!("{name}: {broken}"))?;
        kept.push(name);
    }
    Ok(kept)
}

fn unfounded(store: &dyn Store) -> Result<(), Broken> {
    same("load", &ok(store.load())?, &None)?;
    fails("commit", &store.commit(&commit(1, 1)))
}

fn founded(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    let want = Stored {
        settings: settings(),
        epoch: epoch(),
        head: (Seq::ZERO, Timestamp::default(), Link::GENESIS),
        members: vec![],
        checkpoint_seq: Seq::ZERO,
        sends: vec![],
        recent: vec![],
    };
    same("load", &ok(store.load())?, &Some(want))?;
    fails("a second found", &store.found(&settings(), epoch()))
}

fn head(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    ok(store.commit(&commit(1, 2)))?;
    let last = commit(3, 3);
    ok(store.commit(&last))?;
    let chunk = last.chunk;
    let stored = load(store)?;
    same("head", &stored.head, &(chunk.last_seq, chunk.last_at, chunk.link))?;
    let size = |chunk: &Chunk| ChunkSize { first_seq: chunk.first_seq, n_bytes: chunk.lines.len() };
    same("recent", &stored.recent, &vec![size(&commit(1, 2).chunk), size(&chunk)])
}

fn chunks(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    for (first, last) in [(1, 1), (2, 5), (6, 6), (7, 9)] {
        ok(store.commit(&commit(first, last)))?;
    }
    let after = |seq_: u64, limit| -> Result<Vec<u64>, Broken> {
        let chunks = ok(store.chunks_after(seq(seq_)?, limit))?;
        Ok(chunks.iter().map(|chunk| chunk.first_seq.get()).collect())
    };
    same("after 0", &after(0, 9)?, &vec![1, 2, 6, 7])?;
    same("after 1", &after(1, 9)?, &vec![2, 6, 7])?;
    same("inside a chunk", &after(3, 9)?, &vec![2, 6, 7])?;
    same("at a chunk's end", &after(5, 9)?, &vec![6, 7])?;
    same("limited", &after(0, 2)?, &vec![1, 2])?;
    same("after the head", &after(9, 9)?, &vec![])?;
    same("beyond the head", &after(99, 9)?, &vec![])?;
    let before = |seq_: u64, limit| -> Result<Vec<u64>, Broken> {
        let chunks = ok(store.chunks_before(seq(seq_)?, limit))?;
        Ok(chunks.iter().map(|chunk| chunk.last_seq.get()).collect())
    };
    same("before the end", &before(10, 9)?, &vec![9, 6, 5, 1])?;
    same("before, inside a chunk", &before(4, 9)?, &vec![5, 1])?;
    same("before, limited", &before(10, 2)?, &vec![9, 6])?;
    same("before the first", &before(1, 9)?, &vec![])?;
    let first = ok(store.chunks_after(seq(1)?, 1))?;
    let lines = first.first().map(|chunk| chunk.lines.clone());
    same("lines", &lines, &Some(commit(2, 5).chunk.lines))
}

fn atomic(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    ok(store.commit(&commit(1, 2)))?;
    let before = load(store)?;
    let mut taken = commit(1, 1);
    taken.roster = vec![RosterChange::Put(member(1, "Ann"))];
    taken.notices = vec![membership(1)];
    taken.checkpoint = Some(vec![]);
    fails("a taken seq", &store.commit(&taken))?;
    same("load", &load(store)?, &before)?;
    same("notices", &ok(store.notices(9))?.len(), &0)
}

fn roster(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    let mut first = commit(1, 1);
    first.roster = [(2, "Bob"), (1, "Ann"), (3, "Cho 조")]
        .map(|(n, name)| RosterChange::Put(member(n, name)))
        .to_vec();
    ok(store.commit(&first))?;
    let mut second = commit(2, 2);
    let promoted = Member { role: Role::Owner, ..member(1, "Ann B.") };
    second.roster =
        vec![RosterChange::Put(promoted.clone()), RosterChange::Remove(member(2, "").user)];
    ok(store.commit(&second))?;
    same("members", &load(store)?.members, &vec![promoted, member(3, "Cho 조")])
}

fn checkpoint(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    ok(store.commit(&commit(1, 2)))?;
    let nonces = |stored: &Stored| -> Vec<u64> {
        stored.sends.iter().map(|send| send.nonce.get()).collect()
    };
    same("sends from the log", &nonces(&load(store)?), &vec![1, 2])?;
    let mut with = commit(3, 4);
    with.checkpoint = Some(vec![send(4)]);
    ok(store.commit(&with))?;
    ok(store.commit(&commit(5, 5)))?;
    let stored = load(store)?;
    same("checkpoint_seq", &stored.checkpoint_seq, &seq(4)?)?;
    same("sends from the checkpoint on", &nonces(&stored), &vec![4, 5])
}

fn notices(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    let mut first = commit(1, 1);
    let room = Notice::Room {
        settings: settings(),
        owner: member(1, "").user,
        seq: seq(1)?,
        at: Timestamp(5),
    };
    first.notices = vec![room.clone(), membership(1), membership(2)];
    ok(store.commit(&first))?;
    let pending = ok(store.notices(2))?;
    let told: Vec<Notice> = pending.iter().map(|(_, notice)| notice.clone()).collect();
    same("the oldest two", &told, &vec![room, membership(1)])?;
    let Some(&(upto, _)) = pending.last() else {
        return Err("no notice".into());
    };
    ok(store.forget_notices(upto))?;
    let rest: Vec<Notice> = ok(store.notices(9))?.into_iter().map(|(_, notice)| notice).collect();
    same("the rest", &rest, &vec![membership(2)])
}

fn found(store: &dyn Store) -> Result<(), Broken> {
    ok(store.found(&settings(), epoch()))
}

fn load(store: &dyn Store) -> Result<Stored, Broken> {
    ok(store.load())?.ok_or_else(|| "nothing is loaded".to_owned())
}

fn ok<T>(result: Result<T, StoreError>) -> Result<T, Broken> {
    result.map_err(|error| error.to_string())
}

fn fails<T>(what: &str, result: &Result<T, StoreError>) -> Result<(), Broken> {
    if result.is_ok() { Err(format!("{what} succeeded")) } else { Ok(()) }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, got: &T, want: &T) -> Result<(), Broken> {
    if got == want { Ok(()) } else { Err(format!("{what}: got {got:?}, want {want:?}")) }
}

fn seq(n: u64) -> Result<Seq, Broken> {
    Seq::try_from(n).map_err(|error| error.to_string())
}

fn settings() -> Settings {
    let id = RoomId::from_random([7; 13]);
    Settings { id, name: "마루".into(), kind: RoomKind::Public, topic: "it's \"here\"".into() }
}

fn epoch() -> Epoch {
    Epoch::from_random([9; 13])
}

fn member(n: u8, name: &str) -> Member {
    let user = UserId::from_random([n; 13]);
    Member { user, name: name.into(), role: Role::Member, joined_at: Timestamp(u64::from(n)) }
}

fn membership(n: u8) -> Notice {
    let user = member(n, "").user;
    Notice::Membership { user, role: None, seq: Seq::ZERO, at: Timestamp(u64::from(n)) }
}

fn send(n: u64) -> LastSend {
    LastSend {
        user: member(1, "").user,
        device: DeviceId::from_random([2; 13]),
        nonce: Nonce::try_from(n).unwrap_or_default(),
        seq: Seq::try_from(n).unwrap_or_default(),
    }
}

/// A flush of the entries `first..=last`, each a message whose nonce is its seq.
fn commit(first: u64, last: u64) -> Commit {
    let line = |n: u64| {
        let LastSend { user, device, nonce, seq } = send(n);
        let body = "안녕".to_owned();
        encode_entry(&Entry::Message { seq, at: Timestamp(n), by: user, device, nonce, body })
    };
    let lines: Vec<String> = (first..=last).map(line).collect();
    let lines = lines.join("\n");
    let chunk = Chunk {
        first_seq: send(first).seq,
        last_seq: send(last).seq,
        first_at: Timestamp(first),
        last_at: Timestamp(last),
        link: Link::GENESIS.then(&lines),
        lines,
    };
    Commit { chunk, roster: vec![], notices: vec![], checkpoint: None }
}
