//! The log: chunks, lines, sends.

use protocol::{Link, React, Seq, Timestamp};
use room::{Chunk, ChunkSize, Write};

use super::Broken;
use super::scene::{
    commit, epoch, fails, flush, found, load, member, membership, message, ok, same, send, seq,
    settings, shown, stamp,
};
use crate::store::Store;

pub(super) fn unfounded(store: &dyn Store) -> Result<(), Broken> {
    same("load", &ok(store.load())?.is_none(), &true)?;
    same("deleted", &ok(store.deleted())?, &None)?;
    fails("commit", &store.commit(&commit(1, 1)))
}

pub(super) fn founded(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    let stored = load(store)?;
    same("settings", &stored.settings, &settings())?;
    same("epoch", &stored.epoch, &epoch())?;
    let head = (stored.head, stored.head_at, stored.link);
    same("head", &head, &(Seq::ZERO, Timestamp::default(), Link::GENESIS))?;
    let n_rows = [stored.members.len(), stored.sends.len(), stored.recent.len()];
    same("rows", &n_rows, &[0, 0, 0])?;
    fails("a second found", &store.found(&settings(), epoch()))
}

pub(super) fn head(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    let (first, last) = (commit(1, 2), commit(3, 3));
    ok(store.commit(&first))?;
    ok(store.commit(&last))?;
    let stored = load(store)?;
    let size = |chunk: Chunk| ChunkSize { first_seq: chunk.first_seq, n_bytes: chunk.lines.len() };
    let sizes: Vec<ChunkSize> =
        [first.chunk, last.chunk.clone()].into_iter().flatten().map(size).collect();
    same("recent", &stored.recent, &sizes)?;
    let head = Some((stored.head, stored.head_at, stored.link));
    same("head", &head, &last.chunk.map(|chunk| (chunk.last_seq, chunk.last_at, chunk.link)))
}

pub(super) fn chunks(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    for (first, last) in [(1, 1), (2, 5), (6, 6), (7, 9)] {
        ok(store.commit(&commit(first, last)))?;
    }
    let after = |after, limit| -> Result<Vec<u64>, Broken> {
        let chunks = ok(store.chunks_after(seq(after), limit))?;
        Ok(chunks.iter().map(|chunk| chunk.first_seq.get()).collect())
    };
    same("after 0", &after(0, 9)?, &vec![1, 2, 6, 7])?;
    same("after 1", &after(1, 9)?, &vec![2, 6, 7])?;
    same("inside a chunk", &after(3, 9)?, &vec![2, 6, 7])?;
    same("at a chunk's end", &after(5, 9)?, &vec![6, 7])?;
    same("limited", &after(0, 2)?, &vec![1, 2])?;
    same("after the head", &after(9, 9)?, &vec![])?;
    same("beyond the head", &after(99, 9)?, &vec![])?;
    let before = |before, limit| -> Result<Vec<u64>, Broken> {
        let chunks = ok(store.chunks_before(seq(before), limit))?;
        Ok(chunks.iter().map(|chunk| chunk.last_seq.get()).collect())
    };
    same("before the end", &before(10, 9)?, &vec![9, 6, 5, 1])?;
    same("before, inside a chunk", &before(4, 9)?, &vec![5, 1])?;
    same("before, limited", &before(10, 2)?, &vec![9, 6])?;
    same("before the first", &before(1, 9)?, &vec![])?;
    let first = ok(store.chunks_after(seq(1), 1))?;
    let lines = first.first().map(|chunk| chunk.lines.clone());
    same("lines", &lines, &commit(2, 5).chunk.map(|chunk| chunk.lines))
}

pub(super) fn lines(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    for (first, last) in [(1, 1), (2, 5), (6, 6)] {
        ok(store.commit(&commit(first, last)))?;
    }
    let asked = [4, 2, 6, 0, 7, 1, 4].map(seq);
    let lines = ok(store.lines(&asked))?;
    let got: Vec<u64> = lines.iter().map(|(seq, _)| seq.get()).collect();
    same("seqs", &got, &vec![4, 2, 6, 1, 4])?;
    let want = commit(4, 4).chunk.map(|chunk| chunk.lines);
    same("line", &lines.first().map(|(_, line)| line.clone()), &want)
}

pub(super) fn atomic(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    ok(store.commit(&commit(1, 2)))?;
    let before = shown(&load(store)?);
    let mut taken = commit(1, 1);
    taken.writes = vec![
        Write::Member(member(1, "Ann")),
        Write::Notice(membership(1)),
        Write::Checkpoint(vec![]),
    ];
    fails("a taken seq", &store.commit(&taken))?;
    same("load", &shown(&load(store)?), &before)?;
    // Whatever comes before the write that fails is undone, too.
    let upload = room::Upload {
        id: super::scene::file(1).id,
        by: member(1, "").user,
        at: Timestamp(1),
        file: None,
    };
    let mut twice = commit(3, 3);
    twice.writes = vec![
        Write::Notice(membership(1)),
        Write::Erase { target: seq(1), edits: vec![], revision: seq(3) },
        Write::Upload(upload.clone()),
        Write::Upload(upload),
    ];
    fails("a taken id", &store.commit(&twice))?;
    same("load", &shown(&load(store)?), &before)?;
    same(
        "lines",
        &ok(store.lines(&[seq(1)]))?.pop().map(|(_, line)| line),
        &commit(1, 1).chunk.map(|chunk| chunk.lines),
    )?;
    same("notices", &ok(store.notices(Timestamp(9), 9))?.len(), &0)
}

pub(super) fn checkpoint(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    ok(store.commit(&commit(1, 2)))?;
    same("sends from the log", &load(store)?.sends, &vec![send(1), send(2)])?;
    let mut with = commit(3, 4);
    with.writes = vec![Write::Checkpoint(vec![send(4)])];
    ok(store.commit(&with))?;
    ok(store.commit(&commit(5, 5)))?;
    let stored = load(store)?;
    same("checkpoint_seq", &stored.checkpoint_seq, &seq(4))?;
    same("sends from the checkpoint on", &stored.sends, &vec![send(4), send(5)])
}

pub(super) fn spoke(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    let react = |n| {
        let (stamp, key) = stamp(n);
        let (target, emoji) = (seq(1), "👍".to_owned());
        protocol::Entry::React(React { stamp, key, target, emoji, on: true })
    };
    let said = protocol::Entry::Message(message(2));
    ok(store.commit(&flush(&[react(1), said, react(3)], vec![])))?;
    let stored = load(store)?;
    same("last_message", &stored.last_message, &seq(2))?;
    let spoke_at: Vec<u64> = stored.sends.iter().map(|send| send.spoke_at.0).collect();
    same("spoke_at", &spoke_at, &vec![0, 2, 0])?;
    ok(store.commit(&flush(&[react(4)], vec![Write::Checkpoint(vec![send(2)])])))?;
    ok(store.commit(&flush(&[react(5)], vec![])))?;
    let stored = load(store)?;
    same("last_message, before the checkpoint", &stored.last_message, &seq(2))?;
    let last = stored.sends.last().map(|send| (send.seq, send.spoke_at));
    same("spoke_at, after the checkpoint", &last, &Some((seq(5), Timestamp(0))))
}
