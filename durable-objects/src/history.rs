//! Pages of history: stored chunks as they are, never cut (rule HT1).

use protocol::Seq;
use protocol::limits::PAGE_BYTES;

use crate::store::{Store, StoreError};

/// How many chunks are read at once.
const CHUNKS_PER_READ: usize = 16;

/// The oldest entries after `after`: at least `limit` of them if there are so many and they fit
/// into about half a megabyte.
pub(crate) fn newer(store: &impl Store, mut after: Seq, limit: u64) -> Result<String, StoreError> {
    let mut page = Page::new(limit);
    while !page.is_full() {
        let chunks = store.chunks_after(after, CHUNKS_PER_READ)?;
        if chunks.is_empty() {
            break;
        }
        for chunk in chunks {
            if page.is_full() {
                break;
            }
            page.add(chunk.last_seq.since(after), chunk.lines);
            after = chunk.last_seq;
        }
    }
    Ok(page.lines.concat())
}

/// The newest entries before `before`, oldest first; bounded in the same way.
pub(crate) fn older(store: &impl Store, mut before: Seq, limit: u64) -> Result<String, StoreError> {
    let mut page = Page::new(limit);
    while !page.is_full() {
        let chunks = store.chunks_before(before, CHUNKS_PER_READ)?;
        if chunks.is_empty() {
            break;
        }
        for chunk in chunks {
            if page.is_full() {
                break;
            }
            let end = chunk.last_seq.next().unwrap_or(chunk.last_seq).min(before);
            page.add(end.since(chunk.first_seq), chunk.lines);
            before = chunk.first_seq;
        }
    }
    page.lines.reverse();
    Ok(page.lines.concat())
}

struct Page {
    limit: u64,
    n_entries: u64,
    n_bytes: usize,
    lines: Vec<String>,
}

impl Page {
    fn new(limit: u64) -> Self {
        Self { limit, n_entries: 0, n_bytes: 0, lines: Vec::new() }
    }

    fn is_full(&self) -> bool {
        self.n_entries >= self.limit || self.n_bytes >= PAGE_BYTES
    }

    fn add(&mut self, n_entries: u64, mut lines: String) {
        lines.push('\n');
        self.n_entries = self.n_entries.saturating_add(n_entries);
        self.n_bytes = self.n_bytes.saturating_add(lines.len());
        self.lines.push(lines);
    }
}
