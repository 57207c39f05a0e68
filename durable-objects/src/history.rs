//! Pages of history: stored chunks as they are, never cut (rule HT1).

use protocol::Seq;
use protocol::limits::PAGE_BYTES;

use crate::store::{Store, StoreError, StoredChunk};

/// How many chunks are read at once.
const CHUNKS_PER_READ: usize = 16;

/// Stored chunks, oldest first.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Page {
    /// The chunks.
    pub chunks: Vec<StoredChunk>,
    /// Whether the page ended because it was full, and not because the log did.
    pub is_full: bool,
}

/// Which part of the log a page shows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place {
    /// The newest entries below this one.
    Before(Seq),
    /// The oldest entries above this one.
    After(Seq),
    /// About half of the entries on each side of this one, itself included.
    Around(Seq),
}

impl Page {
    /// The first and last entry.
    #[must_use]
    pub fn extent(&self) -> Option<(Seq, Seq)> {
        Some((self.chunks.first()?.first_seq, self.chunks.last()?.last_seq))
    }

    /// The lines, each with its newline.
    #[must_use]
    pub fn text(self) -> String {
        let n_bytes = self.chunks.iter().map(|chunk| chunk.lines.len().saturating_add(1)).sum();
        let mut text = String::with_capacity(n_bytes);
        for chunk in self.chunks {
            text.push_str(&chunk.lines);
            text.push('\n');
        }
        text
    }
}

/// Reads a page of a log whose last stored entry is `head`; answers it, and whether entries that
/// come later leave its extent as it is (rule HT4).
///
/// # Errors
/// If storage fails.
pub fn page<S: Store + ?Sized>(
    store: &S,
    place: Place,
    limit: u64,
    head: Seq,
) -> Result<(Page, bool), StoreError> {
    match place {
        Place::Before(before) => {
            let page = older(store, before, limit)?;
            // What is below an entry is all there once the entry before it is.
            Ok((page, before.back(1) <= head))
        }
        Place::After(after) => {
            let page = newer(store, after, limit)?;
            let is_full = page.is_full;
            Ok((page, is_full))
        }
        Place::Around(seq) => {
            let before = seq.next().unwrap_or(seq);
            let mut page = older(store, before, limit.div_ceil(2))?;
            // The older half may have reached beyond its end, because chunks are not cut.
            let after = page.extent().map_or(seq, |(_, last)| last.max(seq));
            let half = newer(store, after, (limit / 2).max(1))?;
            page.chunks.extend(half.chunks);
            Ok((page, seq <= head && half.is_full))
        }
    }
}

/// The oldest entries after `after`: at least `limit` of them if there are so many and they fit
/// into [`PAGE_BYTES`].
fn newer<S: Store + ?Sized>(store: &S, after: Seq, limit: u64) -> Result<Page, StoreError> {
    let read = |after| store.chunks_after(after, CHUNKS_PER_READ);
    fill(limit, after, read, |after, chunk| (chunk.last_seq.since(after), chunk.last_seq))
}

/// The newest entries before `before`; bounded in the same way.
fn older<S: Store + ?Sized>(store: &S, before: Seq, limit: u64) -> Result<Page, StoreError> {
    let read = |before| store.chunks_before(before, CHUNKS_PER_READ);
    let mut page = fill(limit, before, read, |before, chunk| {
        let end = chunk.last_seq.next().unwrap_or(chunk.last_seq).min(before);
        (end.since(chunk.first_seq), chunk.first_seq)
    })?;
    page.chunks.reverse();
    Ok(page)
}

/// Reads chunks from `at` on until the page is full. `step` answers how many entries of a chunk
/// count, and where to go on after it.
fn fill(
    limit: u64,
    mut at: Seq,
    read: impl Fn(Seq) -> Result<Vec<StoredChunk>, StoreError>,
    step: impl Fn(Seq, &StoredChunk) -> (u64, Seq),
) -> Result<Page, StoreError> {
    let (mut page, mut n_entries, mut n_bytes) = (Page::default(), 0_u64, 0_usize);
    while !page.is_full {
        let chunks = read(at)?;
        if chunks.is_empty() {
            break;
        }
        for chunk in chunks {
            let (n_counted, next) = step(at, &chunk);
            n_entries = n_entries.saturating_add(n_counted);
            n_bytes = n_bytes.saturating_add(chunk.lines.len());
            page.chunks.push(chunk);
            at = next;
            page.is_full = n_entries >= limit || n_bytes >= PAGE_BYTES;
            if page.is_full {
                break;
            }
        }
    }
    Ok(page)
}
