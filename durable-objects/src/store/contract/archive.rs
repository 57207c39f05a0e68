//! What the archive has of the log, and what of it expired.

use protocol::{Entry, Message, Seq, Timestamp};
use room::{Archive, Mark, MessageState, Notice, Range, Upload, Write};

use super::Broken;
use super::scene::{
    commit, file, flush, found, load, message, ok, same, send, seq, seqs, user, writes,
};
use crate::store::{Extent, Store};

pub(super) fn kept(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    same("at first", &load(store)?.archive, &Archive::default())?;
    for (first, last) in [(1, 2), (3, 3), (4, 9)] {
        ok(store.commit(&commit(first, last)))?;
    }
    let extents = ok(store.extents_after(Seq::ZERO, 9))?;
    let want = [commit(1, 2), commit(3, 3), commit(4, 9)];
    let chunks = want.into_iter().filter_map(|commit| commit.chunk);
    let want: Vec<Extent> = chunks
        .map(|chunk| Extent {
            range: Range {
                from: chunk.first_seq,
                to: chunk.last_seq,
                first_at: chunk.first_at,
                last_at: chunk.last_at,
                link: chunk.link,
            },
            n_bytes: u64::try_from(chunk.lines.len()).unwrap_or_default(),
        })
        .collect();
    same("extents", &extents, &want)?;
    let firsts = |extents: Vec<Extent>| -> Vec<u64> {
        extents.iter().map(|extent| extent.range.from.get()).collect()
    };
    same("after", &firsts(ok(store.extents_after(seq(2), 9))?), &vec![3, 4])?;
    same("limited", &firsts(ok(store.extents_after(seq(2), 1))?), &vec![3])?;
    same("after the head", &firsts(ok(store.extents_after(seq(9), 9))?), &vec![])?;
    let Some(&Extent { range, .. }) = want.get(1) else {
        return Err("no extent".to_owned());
    };
    let archived = Mark { seq: seq(2), at: Timestamp(2), link: range.link };
    let sealed = Archive {
        fence: 7,
        archived,
        expired: seq(1),
        sealed: Some(range),
        hold: true,
        is_drained: true,
    };
    let drained = Archive { sealed: None, hold: false, is_drained: false, ..sealed };
    for archive in [sealed, drained] {
        ok(store.commit(&writes(vec![Write::Archive(archive)])))?;
        same("archive", &load(store)?.archive, &archive)?;
    }
    Ok(())
}

pub(super) fn expire(store: &dyn Store) -> Result<(), Broken> {
    talk(store)?;
    ok(store.commit(&writes(vec![Write::Expire { upto: seq(4), keeps_erasures: false }])))?;
    let chunks = ok(store.chunks_after(Seq::ZERO, 9))?;
    let firsts: Vec<u64> = chunks.iter().map(|chunk| chunk.first_seq.get()).collect();
    same("chunks", &firsts, &vec![5])?;
    let amended = ok(store.amended(seq(1), seq(9)))?;
    let amended: Vec<Seq> = amended.into_iter().map(|(seq, _)| seq).collect();
    same("amendments", &seqs(&amended), &vec![5])?;
    same("pins", &seqs(&load(store)?.pins), &vec![5])?;
    for (target, want) in [(1, 0), (5, 1)] {
        let n = ok(store.reactors(seq(target), "👍", 9))?.len();
        same("reactions", &n, &want)?;
    }
    for (thread, want) in [(1, vec![]), (5, vec![6])] {
        same("thread", &seqs(&ok(store.replies(seq(thread), seq(99), 9))?), &want)?;
    }
    let files = [file(1), file(2), file(3)].map(|file| store.file(file.id));
    let is_there: Result<Vec<bool>, _> =
        files.into_iter().map(|file| file.map(|file| file.is_some())).collect();
    same("files", &ok(is_there)?, &vec![false, true, true])?;
    let notices = ok(store.notices(Timestamp(0), 9))?;
    let notices: Vec<Option<Notice>> = notices.into_iter().map(|waiting| waiting.notice).collect();
    same("notices", &notices, &vec![Some(Notice::Files { files: vec![file(1).id] })])?;
    let again = Write::Expire { upto: seq(4), keeps_erasures: false };
    ok(store.commit(&writes(vec![again])))?;
    same("again", &ok(store.chunks_after(Seq::ZERO, 9))?.len(), &1)
}

/// Messages 1 to 6 in two chunks, with everything that can be known of one.
fn talk(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    let upload = |n| {
        let (id, at) = (file(n).id, Timestamp(1));
        Write::Upload(Upload { id, by: user(1), at, file: Some(file(n)) })
    };
    ok(store.commit(&writes(vec![upload(1), upload(2), upload(3)])))?;
    let said = |n: u64, file_of: Option<u8>| {
        let attachments = file_of.map(file).into_iter().collect();
        Entry::Message(Message { attachments, ..message(n) })
    };
    let pinned = |n: u64| {
        let state = MessageState::new(seq(n), user(1), None, String::new());
        Write::Message(MessageState { pinned: true, ..state })
    };
    let known = |n: u64| {
        let (target, emoji) = (seq(n), "👍".to_owned());
        let reaction = Write::Reaction { target, emoji, user: user(1), on: true };
        vec![pinned(n), reaction]
    };
    let attached = |n: u8, of: u64| Write::Attached { attachment: file(n).id, seq: seq(of) };
    let old = [said(1, None), said(2, Some(1)), said(3, None), said(4, None)];
    let mut of_old = known(1);
    of_old.extend([attached(1, 2), Write::Reply { thread: seq(1), seq: seq(4) }]);
    ok(store.commit(&flush(&old, of_old)))?;
    let mut of_new = known(5);
    // A reply to what is old, too.
    of_new.extend(
        [(1, 6), (5, 6)].map(|(thread, n)| Write::Reply { thread: seq(thread), seq: seq(n) }),
    );
    of_new.push(attached(2, 5));
    ok(store.commit(&flush(&[said(5, Some(2)), said(6, None)], of_new)))
}

pub(super) fn expired_whole(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    ok(store.commit(&commit(1, 3)))?;
    let before = load(store)?;
    let archived = Mark { seq: before.head, at: before.head_at, link: before.link };
    let archive = Archive { archived, expired: seq(3), ..Archive::default() };
    let expire = Write::Expire { upto: seq(3), keeps_erasures: false };
    let checkpoint = Write::Checkpoint(vec![send(3)]);
    ok(store.commit(&writes(vec![checkpoint, expire, Write::Archive(archive)])))?;
    let stored = load(store)?;
    let end = (stored.head, stored.head_at, stored.link);
    same("the end", &end, &(before.head, before.head_at, before.link))?;
    same("sends", &(stored.checkpoint_seq, stored.sends), &(seq(3), vec![send(3)]))?;
    same("recent", &stored.recent.len(), &0)?;
    ok(store.commit(&writes(vec![Write::Checkpoint(vec![send(3)])])))?;
    same("a later checkpoint", &load(store)?.checkpoint_seq, &seq(3))?;
    ok(store.commit(&commit(4, 4)))?;
    same("the head", &load(store)?.head, &seq(4))
}

pub(super) fn erasures(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    ok(store.commit(&commit(1, 3)))?;
    let state = |n| MessageState::new(seq(n), user(1), None, String::new());
    let edits = vec![seq(3)];
    let erased = MessageState { edits: edits.clone(), redacted_by: Some(user(1)), ..state(1) };
    let pinned = MessageState { pinned: true, ..state(2) };
    ok(store.commit(&writes(vec![Write::Message(erased), Write::Message(pinned)])))?;
    let left = |keeps_erasures| -> Result<Vec<(Seq, Vec<Seq>)>, Broken> {
        ok(store.commit(&writes(vec![Write::Expire { upto: seq(3), keeps_erasures }])))?;
        let amended = ok(store.amended(seq(1), seq(3)))?;
        Ok(amended.into_iter().map(|(seq, amended)| (seq, amended.edits)).collect())
    };
    same("kept", &left(true)?, &vec![(seq(1), edits)])?;
    ok(store.commit(&commit(4, 4)))?;
    same("not kept", &left(false)?, &vec![])
}
