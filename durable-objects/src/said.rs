//! What a user said, a batch at a time, so that it can be erased (rules ER1 to ER4).

use protocol::{Edit, Entry, Join, Message, Seq, UserId};
use room::{Needs, Said};

use crate::store::{Store, StoreError, decode_stored};

/// Entries after which a batch ends: each rewrites a row.
const ENTRIES_MAX: usize = 100;

/// Bytes of lines after which it ends, too: tens of milliseconds.
const BYTES_MAX: usize = 4 * 1024 * 1024;

/// Chunks that are read at once.
const CHUNKS_PER_READ: usize = 8;

/// What `user` said after `after`, and the entry to go on after, if there is more. Edits of what
/// expired are entries of their own.
///
/// # Errors
/// If storage fails.
pub fn said_by<S: Store + ?Sized>(
    store: &S,
    user: UserId,
    after: Seq,
    expired: Seq,
) -> Result<(Said, Option<Seq>), StoreError> {
    let (mut messages, mut lines) = (Vec::new(), Vec::new());
    let (mut at, mut n_bytes) = (after, 0_usize);
    let next = 'scan: loop {
        let chunks = store.chunks_after(at, CHUNKS_PER_READ)?;
        if chunks.is_empty() {
            break None;
        }
        for chunk in chunks {
            n_bytes = n_bytes.saturating_add(chunk.lines.len());
            for line in chunk.lines.split('\n').filter(|line| line.contains(user.as_str())) {
                let Some(entry) =
                    decode_stored(line)?.filter(|entry| entry.by() == user && entry.seq() > at)
                else {
                    continue;
                };
                match entry {
                    Entry::Message(Message { stamp, .. }) => messages.push(stamp.seq),
                    Entry::Join(Join { stamp, hash: None, .. }) => lines.push(stamp.seq),
                    Entry::Edit(Edit { stamp, target, .. }) if target <= expired => {
                        lines.push(stamp.seq);
                    }
                    Entry::Join(_)
                    | Entry::Edit(_)
                    | Entry::Redact(_)
                    | Entry::React(_)
                    | Entry::Pin(_)
                    | Entry::Leave(_)
                    | Entry::Moderate(_)
                    | Entry::Settings(_)
                    | Entry::Redacted(_) => continue,
                }
                if messages.len().saturating_add(lines.len()) >= ENTRIES_MAX {
                    break 'scan messages.last().max(lines.last()).copied();
                }
            }
            at = chunk.last_seq;
            if n_bytes >= BYTES_MAX {
                break 'scan Some(at);
            }
        }
    };
    let messages = store.known(&Needs { user: Some(user), messages, ..Needs::default() })?.messages;
    let is_last = next.is_none();
    let ban = if is_last { store.bans()?.into_iter().find(|ban| ban.user == user) } else { None };
    Ok((Said { messages, lines, is_last, ban }, next))
}
