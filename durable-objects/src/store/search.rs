//! The index of search in a room's database, and searching with it (rule HT5).
//!
//! The index is FTS5 without the text: it only proposes where to look, and the stored lines decide.
//! What is searched for without a word is looked for everywhere, the newest first, page by page.
//! An entry of it stands for a **block** of consecutive messages, because the platform charges a
//! row for each entry: with 256 messages to an entry, indexing costs a busy room less than a
//! hundredth of a row for each message. What an edit says has an entry of its own, beside those of
//! the message that it edits. Nothing is indexed until `INDEX_ENTRIES` entries wait; searches look
//! through those that do. So results are exact at once, whatever the index holds.
//!
//! What the index holds of a block follows from the block's lines alone. An erasure, which changes
//! lines, takes the old entries out and puts the new ones in; FTS5 is told to remove terms for
//! real then (`secure-delete`), where it would else keep them until segments are merged.

use std::collections::BTreeSet;

use analysis::{Query, tokens, utf16_ranges};
use object_api::room::Hit;
use protocol::limits::{INDEX_ENTRIES, PAGE_HITS_MAX};
use protocol::ordered::{Map, Set};
use protocol::{Edit, Entry, Message, Seq, Timestamp, UserId};

use super::past::entry;
use super::sql::{Row, count, number, text};
use super::{Amended, Sql, SqlStore, Store, StoreError, Value};
use crate::characters::Platform;

/// Entries of the log that one entry of the index stands for.
const BLOCK_ENTRIES: u64 = 256;

/// Bytes of tokens after which a block continues in another entry of the index: far below the two
/// megabytes of a value, and more than ordinary blocks have.
const WORDS_BYTES_MAX: usize = 256 * 1024;

/// Blocks that one request looks through: tens of milliseconds at most. A cursor continues.
const BLOCKS_PER_SEARCH: usize = 16;

/// Bytes of lines after which a request looks through no further block: tens of milliseconds, too.
const BYTES_PER_SEARCH: usize = 4 * 1024 * 1024;

/// Entries at the end of the log in which a search looks for edits of what is indexed. If more wait
/// for the index, as in a room whose log is older than its index, a search does without it.
const TAIL_ENTRIES_MAX: u64 = 2 * INDEX_ENTRIES;

/// Places in the index for each message: its own as the first of a block, and those of its edits.
const PLACES: u64 = 1 << 16;

const _: () = assert!(INDEX_ENTRIES.is_multiple_of(BLOCK_ENTRIES), "what waits are whole blocks");

/// The key in `meta` of how far the log is indexed; no row if there is no index.
const INDEXED: &str = "indexed_seq";

const CHUNK_AT: &str = "SELECT first_seq, last_seq, last_at FROM chunk
    WHERE first_seq <= ? ORDER BY first_seq DESC LIMIT 1";

/// Large pages, so that a block is few of them.
const CREATE: [&str; 3] = [
    "CREATE VIRTUAL TABLE search USING
        fts5(words, content='', columnsize=0, detail=none, tokenize='ascii')",
    "INSERT INTO search(search, rank) VALUES ('pgsz', 32000)",
    "INSERT INTO search(search, rank) VALUES ('secure-delete', 1)",
];
/// What a deleted room has to drop beside its other tables.
pub(super) const DROP: &str = "DROP TABLE IF EXISTS search";
const ADD: &str = "INSERT INTO search(rowid, words) VALUES (?, ?)";
const REMOVE: &str = "INSERT INTO search(search, rowid, words) VALUES ('delete', ?, ?)";
/// A place is `seq * 65536 + edit`, a block `(seq - 1) / 256`.
const CANDIDATES: &str = "SELECT DISTINCT ((rowid >> 16) - 1) >> 8 FROM search
    WHERE search MATCH ? AND rowid >= ? AND rowid < ? ORDER BY rowid DESC LIMIT ?";

/// What is searched for.
#[derive(Clone, Debug)]
pub struct Search<'a> {
    /// The words, and all filters except the author.
    pub query: &'a Query,
    /// By one of these; `None`: by whomever.
    pub authors: Option<Set<UserId>>,
    /// Only what was said before this entry.
    pub before: Option<Seq>,
}

/// One page of what was found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Found {
    /// At most [`PAGE_HITS_MAX`] messages, newest first. There may be more even if there are fewer.
    pub hits: Vec<Hit>,
    /// What to put into [`Search::before`] for the next page; `None` at the end.
    pub cursor: Option<Seq>,
}

impl<S: Sql> SqlStore<S> {
    /// Whether so much waits that [`SqlStore::index_block`] has something to do.
    ///
    /// # Errors
    /// If storage fails.
    pub fn index_is_due(&self) -> Result<bool, StoreError> {
        Ok(self.last_seq()?.since(self.indexed_seq()?) >= INDEX_ENTRIES)
    }

    /// Indexes the next block if that is due, all of it or nothing; answers whether it did.
    ///
    /// # Errors
    /// If storage fails.
    pub fn index_block(&self) -> Result<bool, StoreError> {
        if !self.index_is_due()? {
            return Ok(false);
        }
        let indexed = self.indexed_seq()?;
        let block = Block::of(later(indexed, 1));
        let (entries, _) = self.block(block)?;
        let mut terms = Terms::of_messages(&entries, &|_| true);
        for entry in &entries {
            if let Entry::Edit(Edit { stamp, target, body, .. }) = entry {
                let edits = self.amended_one(*target)?.edits;
                terms.add_edit(*target, &edits, stamp.seq, body);
            }
        }
        self.0.atomically(&mut || {
            if indexed == Seq::ZERO {
                CREATE.iter().try_for_each(|sql| self.0.run(sql, &[]).map(drop))?;
            }
            terms.0.iter().try_for_each(|(place, words)| self.change(ADD, *place, words))?;
            self.put_meta(INDEXED, &block.last().get().to_string())
        })?;
        Ok(true)
    }

    /// Begins the index of a log of which the entries up to `expired` are not there.
    pub(super) fn index_after(&self, expired: Seq) -> Result<(), StoreError> {
        let indexed = Block::of(later(expired, 1)).first().back(1);
        if indexed == Seq::ZERO {
            return Ok(());
        }
        CREATE.iter().try_for_each(|sql| self.0.run(sql, &[]).map(drop))?;
        self.put_meta(INDEXED, &indexed.get().to_string())
    }

    /// Takes a message and its edits out of the index, as part of the transaction that erases them
    /// and before it changes their lines (rule RD2).
    pub(super) fn erase_terms(&self, target: Seq, edits: &[Seq]) -> Result<(), StoreError> {
        let indexed = self.indexed_seq()?;
        if target > indexed {
            return Ok(());
        }
        let (entries, _) = self.block(Block::of(target))?;
        let mut edited = Terms::default();
        self.add_edits(&mut edited, target, edits, indexed)?;
        self.keep_terms(&entries, edited, &|seq| seq != target)
    }

    /// Takes the messages `first..=upto`, the oldest there are, and their edits out of the index,
    /// as part of the transaction that deletes their lines and before it does (rule EX2).
    pub(super) fn expire_terms(&self, first: Seq, upto: Seq) -> Result<(), StoreError> {
        let indexed = self.indexed_seq()?;
        if first > indexed {
            return Ok(());
        }
        for block in (Block::of(first).0..=Block::of(upto.min(indexed)).0).map(Block) {
            let (entries, _) = self.block(block)?;
            let mut edited = Terms::default();
            for (target, amended) in self.amended(block.first(), block.last().min(upto))? {
                self.add_edits(&mut edited, target, &amended.edits, indexed)?;
            }
            self.keep_terms(&entries, edited, &|seq| seq > upto)?;
        }
        Ok(())
    }

    /// Adds what the index holds of the edits of a message.
    fn add_edits(
        &self,
        terms: &mut Terms,
        target: Seq,
        edits: &[Seq],
        indexed: Seq,
    ) -> Result<(), StoreError> {
        self.each_line(edits, &mut |seq, line| {
            if seq <= indexed
                && let Some(Entry::Edit(Edit { body, .. })) = entry(line)?
            {
                terms.add_edit(target, edits, seq, &body);
            }
            Ok(true)
        })
    }

    /// Makes what the index holds of a block's `entries` that of the messages which are `kept`, and
    /// takes the `edited` ones out of it.
    fn keep_terms(
        &self,
        entries: &[Entry],
        edited: Terms,
        kept: &dyn Fn(Seq) -> bool,
    ) -> Result<(), StoreError> {
        let old = Terms::of_messages(entries, &|_| true);
        let new = Terms::of_messages(entries, kept);
        let removed = old.without(&new).0.into_iter().chain(edited.0);
        for (place, words) in removed {
            self.change(REMOVE, place, &words)?;
        }
        let added = new.without(&old);
        added.0.iter().try_for_each(|(place, words)| self.change(ADD, *place, words))
    }

    /// Looks through what was said, the newest first: at most a page, and at most so much that
    /// nobody in the room notices.
    ///
    /// # Errors
    /// If storage fails.
    pub fn search(&self, search: &Search<'_>) -> Result<Found, StoreError> {
        let extent = self.extent(search)?;
        let blocks = self.candidates(search, extent)?;
        let mut found = Found { hits: Vec::new(), cursor: None };
        let (mut n_blocks, mut n_bytes) = (0_usize, 0_usize);
        for block in blocks.iter().rev() {
            if n_blocks >= BLOCKS_PER_SEARCH || n_bytes >= BYTES_PER_SEARCH {
                return Ok(found);
            }
            let (hits, n_looked) = self.hits(*block, search, extent)?;
            n_blocks = n_blocks.saturating_add(1);
            n_bytes = n_bytes.saturating_add(n_looked);
            for hit in hits {
                found.cursor = Some(hit.seq);
                found.hits.push(hit);
                if found.hits.len() >= PAGE_HITS_MAX {
                    return Ok(found);
                }
            }
            found.cursor = Some(block.first());
        }
        Ok(Found { cursor: None, ..found })
    }

    /// The part of the log that the cursor and the dates leave; entries at its ends may be outside.
    fn extent(&self, search: &Search<'_>) -> Result<Extent, StoreError> {
        let filters = search.query.filters();
        let end = later(self.last_seq()?, 1);
        let mut extent = Extent { first: self.oldest_seq()?.unwrap_or(end), end };
        if let Some(after) = filters.after {
            extent.first = extent.first.max(self.chunk_at(after, extent.end)?.0);
        }
        if let Some(before) = filters.before {
            extent.end = extent.end.min(later(self.chunk_at(before, extent.end)?.1, 1));
        }
        if let Some(before) = search.before {
            extent.end = extent.end.min(before);
        }
        Ok(extent)
    }

    /// The first and last entry of the first chunk that ends at `at` or later; past `end`, the
    /// log's, if there is none.
    fn chunk_at(&self, at: Timestamp, end: Seq) -> Result<(Seq, Seq), StoreError> {
        let (mut first, mut last, mut found) = (later(Seq::ZERO, 1), end, (end, end));
        while first < last {
            let middle = later(first, last.since(first) / 2);
            let Some(row) = self.0.run(CHUNK_AT, &[number(middle)])?.into_iter().next() else {
                first = later(middle, 1);
                continue;
            };
            let mut row = Row::new("chunk", row);
            let chunk = (row.seq()?, row.seq()?);
            if row.time()? >= at {
                (found, last) = (chunk, chunk.0);
            } else {
                first = later(chunk.1, 1);
            }
        }
        Ok(found)
    }

    /// The blocks that may hold hits: what is not indexed, what the index proposes, and what was
    /// edited since it was indexed. All of them, or the newest of them, if no word is asked for or
    /// too much is not indexed to look for edits.
    fn candidates(&self, search: &Search<'_>, extent: Extent) -> Result<Set<Block>, StoreError> {
        let Some(last) = extent.last() else {
            return Ok(Set::new());
        };
        let (indexed, head) = (self.indexed_seq()?, self.last_seq()?);
        let blocks_from = |seq| (Block::of(seq).0..=Block::of(last).0).map(Block);
        let expression = search.query.index_expression();
        let Some(expression) = expression.filter(|_| head.since(indexed) <= TAIL_ENTRIES_MAX)
        else {
            let wanted = BLOCKS_PER_SEARCH.saturating_add(1);
            return Ok(blocks_from(extent.first).rev().take(wanted).collect());
        };
        let mut blocks = Set::new();
        if indexed > Seq::ZERO {
            let expression = text(expression);
            // The entry of a block may stand for messages after its place.
            let places = [Block::of(extent.first).first(), extent.end];
            let [first, end] = places.map(|seq| Value::Integer(place(seq, 0)));
            let limit = count(BLOCKS_PER_SEARCH.saturating_add(1));
            for row in self.0.run(CANDIDATES, &[expression, first, end, limit])? {
                blocks.insert(Block(Row::new("search", row).integer()?));
            }
        }
        let tail = later(indexed, 1).max(extent.first);
        if tail < extent.end {
            blocks.extend(blocks_from(tail));
        }
        self.each_between(later(indexed, 1), head, &mut |line| {
            if line.contains(r#""t":"edit""#)
                && let Some(Entry::Edit(Edit { target, .. })) = entry(line)?
                && extent.holds(target)
            {
                blocks.insert(Block::of(target));
            }
            Ok(())
        })?;
        Ok(blocks)
    }

    /// The hits in a block, newest first, and how many bytes were looked through.
    fn hits(
        &self,
        block: Block,
        search: &Search<'_>,
        extent: Extent,
    ) -> Result<(Vec<Hit>, usize), StoreError> {
        let (entries, n_bytes) = self.block(block)?;
        let amended = self.amended(block.first(), block.last())?;
        let mut amended = Map::of(amended);
        let mut hits = Vec::new();
        for entry in entries.into_iter().rev() {
            if let Entry::Message(message) = entry
                && extent.holds(message.stamp.seq)
            {
                let amended = amended.remove(&message.stamp.seq).unwrap_or_default();
                hits.extend(search.judge(message, amended));
            }
        }
        Ok((hits, n_bytes))
    }

    /// The entries of a block, oldest first, those left out that this version does not know, and
    /// the bytes of their lines.
    fn block(&self, block: Block) -> Result<(Vec<Entry>, usize), StoreError> {
        let (mut entries, mut n_bytes) = (Vec::new(), 0_usize);
        self.each_between(block.first(), block.last(), &mut |line| {
            n_bytes = n_bytes.saturating_add(line.len());
            entries.extend(entry(line)?);
            Ok(())
        })?;
        Ok((entries, n_bytes))
    }

    fn amended_one(&self, seq: Seq) -> Result<Amended, StoreError> {
        Ok(self.amended(seq, seq)?.pop().map(|(_, amended)| amended).unwrap_or_default())
    }

    fn change(&self, sql: &'static str, place: u64, words: &str) -> Result<(), StoreError> {
        self.0.run(sql, &[Value::Integer(place), text(words)]).map(drop)
    }

    fn indexed_seq(&self) -> Result<Seq, StoreError> {
        let seq = |text: String| text.parse().ok().and_then(|seq: u64| Seq::try_from(seq).ok());
        let wrong = || StoreError::Row { table: "meta", detail: format!("{INDEXED} is no seq") };
        self.meta(INDEXED)?.map_or(Ok(Seq::ZERO), |text| seq(text).ok_or_else(wrong))
    }
}

impl Search<'_> {
    /// The message as a hit, if it is one.
    fn judge(&self, message: Message, amended: Amended) -> Option<Hit> {
        let Message { stamp, body, thread, attachments, .. } = message;
        let has_file = !attachments.is_empty();
        let is_by = |authors: &Set<UserId>| authors.contains(&stamp.by);
        if !self.authors.as_ref().is_none_or(is_by)
            || !self.query.filters().admit(stamp.at, has_file)
        {
            return None;
        }
        let edited = amended.body.is_some();
        let body = amended.body.unwrap_or(body);
        let ranges = utf16_ranges(&body, &self.query.find(&body, &Platform)?);
        Some(Hit {
            seq: stamp.seq,
            at: stamp.at,
            by: stamp.by,
            body,
            edited,
            thread,
            attachments,
            ranges,
        })
    }
}

/// A part of the log.
#[derive(Clone, Copy, Debug)]
struct Extent {
    first: Seq,
    /// The entry after the last one.
    end: Seq,
}

impl Extent {
    fn holds(self, seq: Seq) -> bool {
        self.first <= seq && seq < self.end
    }

    fn last(self) -> Option<Seq> {
        (self.first < self.end).then(|| self.end.back(1))
    }
}

/// Consecutive entries of the log, by number.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Block(u64);

impl Block {
    fn of(seq: Seq) -> Self {
        Self(seq.get().saturating_sub(1) / BLOCK_ENTRIES)
    }

    fn first(self) -> Seq {
        later(Seq::ZERO, self.0.saturating_mul(BLOCK_ENTRIES).saturating_add(1))
    }

    fn last(self) -> Seq {
        later(self.first(), BLOCK_ENTRIES.saturating_sub(1))
    }
}

/// Entries of the index: the words at each place.
#[derive(Debug, Default)]
struct Terms(Map<u64, String>);

impl Terms {
    /// What the index holds of those messages of a block that are `kept`.
    fn of_messages(entries: &[Entry], kept: &dyn Fn(Seq) -> bool) -> Self {
        let mut terms = Self::default();
        let mut open: Option<(Seq, BTreeSet<String>)> = None;
        let mut n_bytes = 0_usize;
        for entry in entries {
            let Entry::Message(Message { stamp, body, .. }) = entry else {
                continue;
            };
            if !kept(stamp.seq) {
                continue;
            }
            if n_bytes > WORDS_BYTES_MAX {
                terms.add(open.take());
                n_bytes = 0;
            }
            let (_, words) = open.get_or_insert_with(|| (stamp.seq, BTreeSet::new()));
            for word in tokens(body, &Platform) {
                let len = word.len();
                if words.insert(word) {
                    n_bytes = n_bytes.saturating_add(len).saturating_add(1);
                }
            }
        }
        terms.add(open);
        terms
    }

    fn add(&mut self, part: Option<(Seq, BTreeSet<String>)>) {
        if let Some((first, words)) = part
            && !words.is_empty()
        {
            self.0.insert(place(first, 0), joined(words));
        }
    }

    /// What the index holds of one of a message's `edits`; nothing of one after so many that no
    /// place is left.
    fn add_edit(&mut self, target: Seq, edits: &[Seq], edit: Seq, body: &str) {
        let nth = edits.iter().position(|seq| *seq == edit).and_then(|nth| u64::try_from(nth).ok());
        let nth = nth.map(|nth| nth.saturating_add(1)).filter(|nth| *nth < PLACES);
        let words = tokens(body, &Platform);
        if let Some(nth) = nth
            && !words.is_empty()
        {
            self.0.insert(place(target, nth), joined(words));
        }
    }

    /// What is here and not, or not so, in `other`.
    fn without(&self, other: &Self) -> Self {
        let differs = |(place, words): &(&u64, &String)| other.0.get(place) != Some(words);
        let rest = self.0.iter().filter(differs);
        Self(rest.map(|(place, words)| (*place, words.clone())).collect())
    }
}

fn joined(words: BTreeSet<String>) -> String {
    words.into_iter().collect::<Vec<_>>().join(" ")
}

/// The place in the index of a message, or of its nth edit.
fn place(seq: Seq, nth: u64) -> u64 {
    seq.get().saturating_mul(PLACES).saturating_add(nth)
}

/// The seq `entries` later; the last one if there is none.
fn later(seq: Seq, entries: u64) -> Seq {
    let last = Seq::try_from(protocol::limits::INTEGER_MAX).unwrap_or(seq);
    Seq::try_from(seq.get().saturating_add(entries)).unwrap_or(last)
}
