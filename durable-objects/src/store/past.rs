//! What was said, found by its seq: what every store can do that finds chunks.

use protocol::ordered::Set;

use protocol::codec::{decode_entry, erase_line};
use protocol::{Amendment, AttachmentId, Entry, Message, Redacted, Seq, UserId};
use room::{Known, MessageState, Needs};

use super::{Store, StoreError, StoredChunk};

/// How many chunks are read at once.
const CHUNKS_PER_READ: usize = 16;

/// See [`Store::lines`].
pub(super) fn lines<S: Store + ?Sized>(
    store: &S,
    seqs: &[Seq],
) -> Result<Vec<(Seq, String)>, StoreError> {
    let mut found = Vec::with_capacity(seqs.len());
    store.each_line(seqs, &mut |seq, line| {
        found.push((seq, line.to_owned()));
        Ok(true)
    })?;
    Ok(found)
}

/// See [`Store::each_line`].
pub(super) fn each_line<S: Store + ?Sized>(
    store: &S,
    seqs: &[Seq],
    each: &mut dyn FnMut(Seq, &str) -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    let mut chunk: Option<StoredChunk> = None;
    for &seq in seqs {
        if !chunk.as_ref().is_some_and(|chunk| chunk.holds(seq)) {
            chunk = chunk_of(store, seq)?;
        }
        if let Some(line) = chunk.as_ref().and_then(|chunk| chunk.line(seq))
            && !each(seq, line)?
        {
            break;
        }
    }
    Ok(())
}

/// See [`Store::each_between`].
pub(super) fn each_between<S: Store + ?Sized>(
    store: &S,
    first: Seq,
    last: Seq,
    each: &mut dyn FnMut(&str) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut after = first.back(1);
    while after < last {
        let chunks = store.chunks_after(after, CHUNKS_PER_READ)?;
        let Some(end) = chunks.last().map(|chunk| chunk.last_seq) else {
            break;
        };
        for chunk in &chunks {
            let seqs = (chunk.first_seq.get()..).zip(chunk.lines.split('\n'));
            let wanted = first.get()..=last.get();
            for (_, line) in seqs.filter(|(seq, _)| wanted.contains(seq)) {
                each(line)?;
            }
        }
        after = end;
    }
    Ok(())
}

/// See [`Store::known`].
pub(super) fn known<S: Store + ?Sized>(store: &S, needs: &Needs) -> Result<Known, StoreError> {
    let mut known = Known::default();
    let Some(user) = needs.user else {
        return Ok(known);
    };
    for (seq, line) in store.lines(&needs.messages)? {
        let Some(said) = said(&line)? else { continue };
        let amended = store.amended(seq, seq)?.pop();
        known.messages.push(match amended {
            Some((_, amended)) => amended.onto(said),
            None => said,
        });
        let reactions = store.reactions(seq, user)?;
        known.reactions.extend(reactions.into_iter().map(|emoji| (seq, emoji)));
    }
    for &id in &needs.uploads {
        let file = store.file(id)?.filter(|file| file.message.is_none());
        let upload = file.map(|file| file.upload).filter(|upload| upload.by == user);
        known.uploads.extend(upload.and_then(|upload| upload.file));
    }
    Ok(known)
}

/// See [`Store::amendments`].
pub(super) fn amendments<S: Store + ?Sized>(
    store: &S,
    from: Seq,
    to: Seq,
    caller: UserId,
) -> Result<Vec<Amendment>, StoreError> {
    let show = |(seq, amended): (Seq, super::Amended)| {
        let is_reacted = !amended.reactions.is_empty();
        let mine = if is_reacted { store.reactions(seq, caller)? } else { Vec::new() };
        Ok(amended.shown(seq, &mine))
    };
    store.amended(from, to)?.into_iter().map(show).collect()
}

/// The chunk that holds an entry, if it exists.
pub(super) fn chunk_of<S: Store + ?Sized>(
    store: &S,
    seq: Seq,
) -> Result<Option<StoredChunk>, StoreError> {
    let chunk = store.chunks_after(seq.back(1), 1)?.into_iter().next();
    Ok(chunk.filter(|chunk| chunk.holds(seq)))
}

impl StoredChunk {
    /// Whether an entry is in here.
    pub(super) fn holds(&self, seq: Seq) -> bool {
        self.first_seq <= seq && seq <= self.last_seq
    }

    /// The line of an entry: a chunk has no gap.
    pub(super) fn line(&self, seq: Seq) -> Option<&str> {
        let index = usize::try_from(seq.since(self.first_seq)).ok()?;
        self.holds(seq).then(|| self.lines.split('\n').nth(index)).flatten()
    }

    /// Erases entries in here, whichever of `seqs` are (rule RD2); answers their files.
    pub(super) fn erase(&mut self, seqs: &Set<Seq>) -> Result<Vec<AttachmentId>, StoreError> {
        let mut files = Vec::new();
        let mut lines = Vec::new();
        let mut seq = Some(self.first_seq);
        for line in self.lines.split('\n') {
            if seq.is_some_and(|seq| seqs.contains(&seq)) {
                if let Some(Entry::Message(Message { attachments, .. })) = entry(line)? {
                    files.extend(attachments.iter().map(|attachment| attachment.id));
                }
                lines.push(erase_line(line).map_err(wrong)?);
            } else {
                lines.push(line.to_owned());
            }
            seq = seq.and_then(Seq::next);
        }
        self.lines = lines.join("\n");
        Ok(files)
    }
}

/// The message that a line alone tells of, if it is one, erased or not.
fn said(line: &str) -> Result<Option<MessageState>, StoreError> {
    Ok(match entry(line)? {
        Some(Entry::Message(Message { stamp, body, thread, attachments, .. })) => {
            let attachments = attachments.iter().map(|attachment| attachment.id).collect();
            let state = MessageState::new(stamp.seq, stamp.by, thread, body);
            Some(MessageState { attachments, ..state })
        }
        Some(Entry::Redacted(Redacted { stamp, target: None, thread, .. })) => {
            Some(MessageState::new(stamp.seq, stamp.by, thread, String::new()))
        }
        Some(_) | None => None,
    })
}

/// Reads a stored line; `None` for an entry that this version does not know.
pub(crate) fn entry(line: &str) -> Result<Option<Entry>, StoreError> {
    decode_entry(line).map_err(wrong)
}

fn wrong(error: protocol::codec::Violation) -> StoreError {
    StoreError::Row { table: "chunk", detail: error.to_string() }
}
