//! Pages of history: stored chunks as they are, never cut (rule HT1).

use protocol::Seq;
use protocol::limits::PAGE_BYTES;

use crate::store::{Store, StoreError, StoredChunk};

/// How many chunks are read at once.
const CHUNKS_PER_READ: usize = 16;

/// The oldest entries after `after`: at least `limit` of them if there are so many and they fit
/// into [`PAGE_BYTES`].
pub(crate) fn newer(store: &impl Store, after: Seq, limit: u64) -> Result<String, StoreError> {
    let read = |after| store.chunks_after(after, CHUNKS_PER_READ);
    let page =
        fill(limit, after, read, |after, chunk| (chunk.last_seq.since(after), chunk.last_seq))?;
    Ok(page.concat())
}

/// The newest entries before `before`, oldest first; bounded in the same way.
pub(crate) fn older(store: &impl Store, before: Seq, limit: u64) -> Result<String, StoreError> {
    let read = |before| store.chunks_before(before, CHUNKS_PER_READ);
    let mut page = fill(limit, before, read, |before, chunk| {
        let end = chunk.last_seq.next().unwrap_or(chunk.last_seq).min(before);
        (end.since(chunk.first_seq), chunk.first_seq)
    })?;
    page.reverse();
    Ok(page.concat())
}

/// Reads chunks from `at` on until the page is full. `step` answers how many entries of a chunk
/// count, and where to go on after it.
fn fill(
    limit: u64,
    mut at: Seq,
    read: impl Fn(Seq) -> Result<Vec<StoredChunk>, StoreError>,
    step: impl Fn(Seq, &StoredChunk) -> (u64, Seq),
) -> Result<Vec<String>, StoreError> {
    let (mut page, mut n_entries, mut n_bytes) = (Vec::new(), 0_u64, 0_usize);
    let is_full = |n_entries, n_bytes| n_entries >= limit || n_bytes >= PAGE_BYTES;
    while !is_full(n_entries, n_bytes) {
        let chunks = read(at)?;
        if chunks.is_empty() {
            break;
        }
        for mut chunk in chunks {
            if is_full(n_entries, n_bytes) {
                break;
            }
            let (n_counted, next) = step(at, &chunk);
            chunk.lines.push('\n');
            n_entries = n_entries.saturating_add(n_counted);
            n_bytes = n_bytes.saturating_add(chunk.lines.len());
            page.push(chunk.lines);
            at = next;
        }
    }
    Ok(page)
}
