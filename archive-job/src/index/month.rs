//! The index of one month.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tantivy::columnar::Column;
use tantivy::indexer::{IndexWriterOptions, NoMergePolicy};
use tantivy::query::{EnableScoring, Query, Scorer};
use tantivy::schema::Value as _;
use tantivy::{
    Directory as _, DocAddress, DocSet as _, IndexReader, IndexWriter, ReloadPolicy, Searcher,
    SegmentReader, TERMINATED, TantivyDocument,
};

use super::IndexError;
use super::clause::{Clause, Span};
use super::document::{Document, Id, Key, Month};
use super::fields::{AT, Fields, builder, schema, tokenizers};

/// The index of the messages of one month.
pub(super) struct MonthIndex {
    pub(super) month: Month,
    pub(super) fields: Fields,
    index: tantivy::Index,
    reader: IndexReader,
    /// The description of the index that the reader has read.
    read: Mutex<Vec<u8>>,
}

/// What is said with every commit.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Commit {
    /// The batch of the writer.
    pub(super) batch: u64,
    /// Whether words are to be erased from the files yet.
    pub(super) has_erased: bool,
}

const DESCRIPTION: &str = "meta.json";

impl MonthIndex {
    /// Opens the index in `folder`; `None` if there is none.
    pub(super) fn open(folder: &Path, month: Month) -> Result<Option<Self>, IndexError> {
        if !folder.join(DESCRIPTION).is_file() {
            return Ok(None);
        }
        let mut index = tantivy::Index::open_in_dir(folder)?;
        index.set_tokenizers(tokenizers());
        Self::new(index, month).map(Some)
    }

    /// Opens the index in `folder`, or makes one.
    pub(super) fn open_or_create(folder: &Path, month: Month) -> Result<Self, IndexError> {
        if let Some(index) = Self::open(folder, month)? {
            return Ok(index);
        }
        fs::create_dir_all(folder)?;
        Self::new(builder().create_in_dir(folder)?, month)
    }

    fn new(index: tantivy::Index, month: Month) -> Result<Self, IndexError> {
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let (_, fields) = schema();
        Ok(Self { month, fields, index, reader, read: Mutex::default() })
    }

    /// What is in it now, whoever wrote it.
    pub(super) fn searcher(&self) -> Result<Searcher, IndexError> {
        let description = self.index.directory().atomic_read(Path::new(DESCRIPTION))?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if *read != description {
            self.reader.reload()?;
            *read = description;
        }
        Ok(self.reader.searcher())
    }

    /// A document.
    pub(super) fn get(&self, searcher: &Searcher, id: Id) -> Result<Option<Document>, IndexError> {
        let clause = Clause::Ids([id].into());
        let mut found = None;
        let _ = self.visit(searcher, &clause, None, &mut |document| {
            found = Some(document);
            ControlFlow::Break(())
        })?;
        Ok(found)
    }

    /// Shows the candidates for `clause`, in order, beginning after `after`, until told to stop.
    pub(super) fn visit(
        &self,
        searcher: &Searcher,
        clause: &Clause,
        after: Option<Key>,
        each: &mut dyn FnMut(Document) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, IndexError> {
        let mut span = clause.span();
        if let Some(after) = after {
            span = span.and(Span { from: Span::ALWAYS.from, until: after.at.plus_ms(1) });
        }
        let query = clause.candidates(self.fields);
        let mut streams = Vec::new();
        for (segment, reader) in (0..).zip(searcher.segment_readers()) {
            streams.push(Stream::new(searcher, &*query, (segment, reader), span)?);
        }
        while let Some(at) = streams.iter().filter_map(Stream::at).max() {
            let mut group = Vec::new();
            for stream in &mut streams {
                while stream.at() == Some(at) {
                    group.push(self.document(searcher, stream.take())?);
                }
            }
            group.retain(|document| after.is_none_or(|after| document.key() > after));
            group.sort_unstable_by_key(Document::key);
            for document in group {
                if each(document).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn document(&self, searcher: &Searcher, place: DocAddress) -> Result<Document, IndexError> {
        let fields: TantivyDocument = searcher.doc(place)?;
        let source = fields.get_first(self.fields.source).and_then(|value| value.as_bytes());
        Ok(serde_json::from_slice(source.unwrap_or_default())?)
    }

    /// What the last commit said.
    pub(super) fn last_commit(&self) -> Result<Commit, IndexError> {
        let payload = self.index.load_metas()?.payload;
        Ok(payload.map(|payload| serde_json::from_str(&payload)).transpose()?.unwrap_or_default())
    }

    /// Changes it, all at once.
    pub(super) fn write(
        &self,
        memory: usize,
        commit: Commit,
        change: impl FnOnce(&IndexWriter) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        let has_erased = commit.has_erased || self.last_commit()?.has_erased;
        let mut writer = self.index.writer_with_options(options(memory))?;
        change(&writer)?;
        finish(&mut writer, Commit { has_erased, ..commit })?;
        // Merges would be lost otherwise.
        writer.wait_merging_threads()?;
        Ok(())
    }

    /// Writes the files anew in which there are words that were erased, and removes the old ones.
    pub(super) fn purge(&self, memory: usize) -> Result<bool, IndexError> {
        let commit = self.last_commit()?;
        if !commit.has_erased {
            return Ok(false);
        }
        let mut writer = self.index.writer_with_options::<TantivyDocument>(options(memory))?;
        writer.set_merge_policy(Box::new(NoMergePolicy));
        for segment in self.index.searchable_segment_metas()? {
            if segment.has_deletes() {
                writer.merge(&[segment.id()]).wait()?;
            }
        }
        // What the reader holds is not removed.
        self.searcher()?;
        writer.garbage_collect_files().wait()?;
        finish(&mut writer, Commit { has_erased: false, ..commit })?;
        writer.wait_merging_threads()?;
        Ok(true)
    }
}

/// One thread that indexes and one that merges: each keeps memory of its own.
fn options(memory: usize) -> IndexWriterOptions {
    IndexWriterOptions::builder()
        .num_worker_threads(1)
        .num_merge_threads(1)
        .memory_budget_per_thread(memory)
        .build()
}

fn finish(writer: &mut IndexWriter, commit: Commit) -> Result<(), IndexError> {
    let mut prepared = writer.prepare_commit()?;
    prepared.set_payload(&serde_json::to_string(&commit)?);
    prepared.commit()?;
    Ok(())
}

/// The candidates of a segment, the newest first, as its documents are.
struct Stream<'a> {
    segment: u32,
    reader: &'a SegmentReader,
    scorer: Box<dyn Scorer>,
    at: Column<u64>,
    from: u64,
}

impl<'a> Stream<'a> {
    fn new(
        searcher: &Searcher,
        query: &dyn Query,
        (segment, reader): (u32, &'a SegmentReader),
        span: Span,
    ) -> Result<Self, IndexError> {
        let weight = query.weight(EnableScoring::disabled_from_searcher(searcher))?;
        let mut scorer = weight.scorer(reader, 1.0)?;
        let at = reader.fast_fields().u64(AT)?;
        let first = first_before(&at, reader.max_doc(), span.until.0);
        if scorer.doc() < first {
            scorer.seek(first);
        }
        let mut stream = Self { segment, reader, scorer, at, from: span.from.0 };
        stream.skip_deleted();
        Ok(stream)
    }

    /// When the next one was said.
    fn at(&self) -> Option<u64> {
        let doc = self.scorer.doc();
        let at = (doc != TERMINATED).then(|| self.at.values.get_val(doc));
        at.filter(|at| *at >= self.from)
    }

    /// Takes the next one, which is there.
    fn take(&mut self) -> DocAddress {
        let place = DocAddress::new(self.segment, self.scorer.doc());
        self.scorer.advance();
        self.skip_deleted();
        place
    }

    fn skip_deleted(&mut self) {
        while self.scorer.doc() != TERMINATED && self.reader.is_deleted(self.scorer.doc()) {
            self.scorer.advance();
        }
    }
}

/// The first document that was said before `until`.
fn first_before(at: &Column<u64>, n_docs: u32, until: u64) -> u32 {
    let (mut first, mut end) = (0, n_docs);
    while first < end {
        let middle = first.midpoint(end);
        if at.values.get_val(middle) < until {
            end = middle;
        } else {
            first = middle.saturating_add(1);
        }
    }
    first
}
