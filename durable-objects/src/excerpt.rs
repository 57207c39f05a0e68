//! Parts of the log that are read a message at a time, and end before they are too large.

use protocol::ordered::Map;

use protocol::codec::encode_server_line;
use protocol::{Seq, ServerLine, UserId};

use crate::store::{Store, StoreError};

/// Bytes of amendments after which an answer ends: several times those of a page, so that only a
/// page on which somebody edited everything into the longest messages is cut.
pub const AMENDMENTS_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Entries whose amendments are read at once.
const ENTRIES_PER_READ: u64 = 64;

/// Lines, each with its newline.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Excerpt {
    /// The lines.
    pub text: String,
    /// Whether there are more, which did not fit.
    pub is_cut: bool,
}

impl Excerpt {
    /// Adds a line of the room itself.
    pub fn push(&mut self, line: &ServerLine) {
        push_line(&mut self.text, &encode_server_line(line));
    }
}

/// The lines of these entries, in this order, until they reach `max_bytes`.
///
/// # Errors
/// If storage fails.
pub fn lines<S: Store + ?Sized>(
    store: &S,
    seqs: &[Seq],
    max_bytes: usize,
) -> Result<Excerpt, StoreError> {
    let mut excerpt = Excerpt::default();
    store.each_line(seqs, &mut |_, line| {
        excerpt.is_cut = excerpt.text.len() >= max_bytes;
        if !excerpt.is_cut {
            push_line(&mut excerpt.text, line);
        }
        Ok(!excerpt.is_cut)
    })?;
    Ok(excerpt)
}

/// The lines of these messages, oldest first, followed by what later entries made of them. They are
/// read in the order given, until all of that reaches `max_bytes`.
///
/// # Errors
/// If storage fails.
pub fn messages<S: Store + ?Sized>(
    store: &S,
    seqs: &[Seq],
    caller: UserId,
    max_bytes: usize,
) -> Result<Excerpt, StoreError> {
    let (mut found, mut n_bytes, mut is_cut) = (Map::new(), 0_usize, false);
    store.each_line(seqs, &mut |seq, line| {
        is_cut = n_bytes >= max_bytes;
        if !is_cut {
            let amended = amendments(store, (seq, seq), caller, max_bytes)?.text;
            n_bytes = n_bytes.saturating_add(line.len()).saturating_add(amended.len());
            found.insert(seq, (line.to_owned(), amended));
        }
        Ok(!is_cut)
    })?;
    let mut text = String::with_capacity(n_bytes.saturating_add(found.len()));
    for (line, _) in found.values() {
        push_line(&mut text, line);
    }
    text.extend(found.values().map(|(_, amended)| amended.as_str()));
    Ok(Excerpt { text, is_cut })
}

/// What later entries made of the messages `from..=to`, for `caller`, until it reaches `max_bytes`.
///
/// # Errors
/// If storage fails.
pub fn amendments<S: Store + ?Sized>(
    store: &S,
    (from, to): (Seq, Seq),
    caller: UserId,
    max_bytes: usize,
) -> Result<Excerpt, StoreError> {
    let mut excerpt = Excerpt::default();
    let mut next = Some(from).filter(|from| *from <= to);
    while let Some(first) = next {
        let last = first.get().saturating_add(ENTRIES_PER_READ.saturating_sub(1));
        let last = Seq::try_from(last).map_or(to, |last| last.min(to));
        for amendment in store.amendments(first, last, caller)? {
            if excerpt.text.len() >= max_bytes {
                excerpt.is_cut = true;
                return Ok(excerpt);
            }
            excerpt.push(&ServerLine::Amendment(amendment));
        }
        next = last.next().filter(|next| *next <= to);
    }
    Ok(excerpt)
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}
