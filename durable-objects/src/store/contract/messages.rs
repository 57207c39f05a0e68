//! What later entries made of messages, and what erasing leaves of them.

use protocol::codec::{decode_entry, erase_line};
use protocol::{AttachmentId, Entry, Link, Message, Seq, Timestamp};
use room::{Chunk, ChunkSize, Commit, Known, MessageState, Needs, Upload, Write};

use super::Broken;
use super::scene::{
    commit, edit, file, flush, found, load, message, ok, same, seq, seqs, user, writes,
};
use crate::store::{Amended, Store};

pub(super) fn amended(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    ok(store.commit(&commit(1, 4)))?;
    let pinned = MessageState { pinned: true, ..state(2) };
    let edited = MessageState {
        body: "다시".into(),
        edits: vec![seq(4)],
        edited_at: Some(Timestamp(4)),
        reactions: vec![("👍".into(), 2)],
        ..state(3)
    };
    ok(store.commit(&writes(vec![
        Write::Message(MessageState { pinned: true, ..edited.clone() }),
        Write::Message(pinned.clone()),
        Write::Message(edited.clone()),
        Write::Reaction { target: seq(3), emoji: "👍".into(), user: user(1), on: true },
    ])))?;
    same("pins", &load(store)?.pins, &vec![seq(2)])?;
    let want = vec![(seq(2), Amended::of(&pinned)), (seq(3), Amended::of(&edited))];
    same("all", &ok(store.amended(seq(1), seq(4)))?, &want)?;
    same(
        "a part",
        &ok(store.amended(seq(3), seq(3)))?,
        &want.get(1..).unwrap_or_default().to_vec(),
    )?;
    let mine = |n| -> Result<Vec<bool>, Broken> {
        let shown = ok(store.amendments(seq(1), seq(9), user(n)))?;
        Ok(shown.iter().flat_map(|a| a.reactions.iter().map(|r| r.mine)).collect())
    };
    same("mine", &(mine(1)?, mine(2)?), &(vec![true], vec![false]))
}

pub(super) fn known(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    let said = Message { attachments: vec![file(1)], ..message(2) };
    let entries = vec![Entry::Message(message(1)), Entry::Message(said), edit(3, 1, "다시")];
    ok(store.commit(&flush(&entries, vec![])))?;
    let edited = MessageState {
        body: "다시".into(),
        edits: vec![seq(3)],
        edited_at: Some(Timestamp(3)),
        ..state(1)
    };
    let upload = |n, by, is_complete: bool| Upload {
        id: file(n).id,
        by: user(by),
        at: Timestamp(1),
        file: is_complete.then(|| file(n)),
    };
    ok(store.commit(&writes(vec![
        Write::Message(edited.clone()),
        Write::Reaction { target: seq(1), emoji: "👍".into(), user: user(1), on: true },
        Write::Reaction { target: seq(1), emoji: "🙂".into(), user: user(2), on: true },
        Write::Upload(upload(1, 1, true)),
        Write::Upload(upload(2, 1, false)),
        Write::Upload(upload(3, 2, true)),
        Write::Upload(upload(4, 1, true)),
        Write::Attached { attachment: file(4).id, seq: seq(2) },
    ])))?;
    let needs = Needs {
        user: Some(user(1)),
        messages: [1, 2, 3, 4, 99].map(seq).to_vec(),
        uploads: [1, 2, 3, 4, 5].map(|n| file(n).id).to_vec(),
    };
    let with_file = MessageState { attachments: vec![file(1).id], ..state(2) };
    let want = Known {
        messages: vec![edited, with_file],
        reactions: vec![(seq(1), "👍".into())],
        uploads: vec![file(1)],
    };
    same("known", &ok(store.known(&needs))?, &want)?;
    same("nothing", &ok(store.known(&Needs::default()))?, &Known::default())
}

pub(super) fn reactions(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    let react = |target, n, emoji: &str, on| Write::Reaction {
        target: seq(target),
        emoji: emoji.into(),
        user: user(n),
        on,
    };
    ok(store.commit(&writes(vec![
        react(1, 3, "👍", true),
        react(1, 1, "👍", true),
        react(1, 2, "🙂", true),
        react(1, 1, "❤️", true),
        react(2, 1, "👍", true),
        react(1, 1, "❤️", false),
        react(1, 1, "👍", true),
    ])))?;
    same("of a user", &ok(store.reactions(seq(1), user(1)))?, &vec!["👍".to_owned()])?;
    same("of nobody", &ok(store.reactions(seq(1), user(9)))?, &vec![])?;
    same("by whom", &ok(store.reactors(seq(1), "👍", 9))?, &vec![user(1), user(3)])?;
    same("limited", &ok(store.reactors(seq(1), "👍", 1))?, &vec![user(1)])
}

pub(super) fn thread(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    let replies = [(1, 3), (1, 4), (2, 5), (1, 7), (1, 4)];
    let reply = |(thread, n)| Write::Reply { thread: seq(thread), seq: seq(n) };
    ok(store.commit(&writes(replies.map(reply).to_vec())))?;
    same("all", &seqs(&ok(store.replies(seq(1), seq(99), 9))?), &vec![7, 4, 3])?;
    same("before", &seqs(&ok(store.replies(seq(1), seq(7), 1))?), &vec![4])?;
    same("none", &ok(store.replies(seq(3), seq(99), 9))?, &vec![])
}

/// Rule RD2: the words are gone, the place, the send and the hash of the line stay.
pub(super) fn erase(store: &dyn Store) -> Result<(), Broken> {
    found(store)?;
    let secret = Message { body: "비밀".into(), attachments: vec![file(1)], ..message(2) };
    let first = vec![Entry::Message(message(1)), Entry::Message(secret), edit(3, 2, "비밀 둘")];
    let mut link = Link::GENESIS;
    let commits = [first, vec![Entry::Message(message(4))], vec![edit(5, 2, "비밀 셋")]]
        .map(|entries| chained(&mut link, flush(&entries, vec![])));
    for commit in &commits {
        ok(store.commit(commit))?;
    }
    let upload = Upload { id: file(1).id, by: user(1), at: Timestamp(1), file: Some(file(1)) };
    let erased = MessageState {
        body: String::new(),
        edits: vec![seq(3), seq(5)],
        edited_at: Some(Timestamp(5)),
        redacted_by: Some(user(2)),
        replies: 1,
        last_reply: Some(seq(4)),
        ..state(2)
    };
    ok(store.commit(&writes(vec![
        Write::Upload(upload),
        Write::Attached { attachment: file(1).id, seq: seq(2) },
        Write::Reaction { target: seq(2), emoji: "👍".into(), user: user(1), on: true },
        Write::Reaction { target: seq(1), emoji: "👍".into(), user: user(1), on: true },
    ])))?;
    let all = [1, 2, 3, 4, 5].map(seq);
    let before = ok(store.lines(&all))?;
    ok(store.commit(&writes(vec![
        Write::Erase { target: seq(2), edits: vec![seq(3), seq(5)], revision: seq(6) },
        Write::Message(erased.clone()),
    ])))?;

    let after = ok(store.lines(&all))?;
    let want: Result<Vec<(Seq, String)>, _> = before
        .into_iter()
        .map(|(at, line)| {
            let is_erased = [2, 3, 5].map(seq).contains(&at);
            Ok((at, if is_erased { erase_line(&line)? } else { line }))
        })
        .collect();
    same("lines", &after, &want.map_err(|error: protocol::codec::Violation| error.to_string())?)?;
    verify(store, link)?;
    let stored = load(store)?;
    same("revision", &stored.revision, &seq(6))?;
    same("revision, alone", &ok(store.revision())?, &seq(6))?;
    let chunks = ok(store.chunks_after(Seq::ZERO, 9))?;
    let size = |chunk: &crate::store::StoredChunk| ChunkSize {
        first_seq: chunk.first_seq,
        n_bytes: chunk.lines.len(),
    };
    same("sizes", &stored.recent, &chunks.iter().map(size).collect())?;
    same("reactions", &ok(store.reactions(seq(2), user(1)))?.len(), &0)?;
    same("other reactions", &ok(store.reactions(seq(1), user(1)))?.len(), &1)?;
    same("file", &ok(store.file(file(1).id))?, &None)?;
    let needs = Needs { user: Some(user(1)), messages: [2, 3].map(seq).to_vec(), uploads: vec![] };
    same("known", &ok(store.known(&needs))?.messages, &vec![erased])?;
    let shown = ok(store.amendments(seq(2), seq(2), user(1)))?.pop();
    let shown = shown.map(|a| (a.redacted_by, a.body, a.edited_at, a.replies));
    same("shown", &shown, &Some((Some(user(2)), None, None, 1)))
}

/// The chunk's link continues the chain of those before it.
fn chained(link: &mut Link, commit: Commit) -> Commit {
    let chunk = commit.chunk.map(|chunk| {
        *link = chunk.lines.split('\n').fold(*link, Link::then);
        Chunk { link: *link, ..chunk }
    });
    Commit { chunk, ..commit }
}

/// The chain of the stored lines ends in `want` (rule EN5).
fn verify(store: &dyn Store, want: Link) -> Result<(), Broken> {
    let mut link = Link::GENESIS;
    for chunk in ok(store.chunks_after(Seq::ZERO, 99))? {
        for line in chunk.lines.split('\n') {
            let entry = decode_entry(line).map_err(|error| error.to_string())?;
            let entry = entry.ok_or("an unknown entry")?;
            link = link.then_stored(line, &entry).ok_or("no hash")?;
        }
    }
    same("chain", &link, &want)?;
    same("head", &load(store)?.link, &want)
}

fn state(n: u64) -> MessageState {
    let Message { stamp, body, thread, attachments, .. } = message(n);
    let attachments: Vec<AttachmentId> = attachments.iter().map(|file| file.id).collect();
    MessageState { attachments, ..MessageState::new(stamp.seq, stamp.by, thread, body) }
}
