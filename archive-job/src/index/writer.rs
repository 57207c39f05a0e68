//! What changes the index.

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::Bound;
use std::sync::Arc;

use protocol::codec::decode_entry;
use protocol::{Edit, Entry, Epoch, Redact, RoomId, Seq, Timestamp, UserId};
use tantivy::query::{BooleanQuery, Occur, Query, RangeQuery, TermQuery};
use tantivy::schema::IndexRecordOption;
use tantivy::{Searcher, Term};

use super::document::{Document, Id, Month};
use super::fields::Fields;
use super::month::{Commit, MonthIndex};
use super::state::{self, State, Watermark, Watermarks};
use super::{Index, IndexError, STATE, put_away};
use crate::layout::bucket;

/// What changes the index. Nothing is changed before [`Writer::commit`], except by those methods
/// that say so.
pub struct Writer<'a> {
    index: &'a Index,
    /// Held while this is.
    _lock: File,
    state: State,
    /// What was read of the log and is not in the index yet.
    waiting: BTreeMap<Id, Change>,
    n_bytes: usize,
    watermarks: BTreeMap<u8, Watermarks>,
    /// The months as of the last commit, the newest first; empty if nothing was looked up yet.
    months: Vec<(Arc<MonthIndex>, Searcher)>,
}

/// What becomes of a message.
#[derive(Debug)]
enum Change {
    /// It is so now. `replaces` is the month in which it may be already.
    Put { document: Box<Document>, replaces: bool },
    /// It is not in that month any more, and its words are in no file.
    Erase(Month),
}

/// The least memory that a writer of Tantivy takes.
const MEMORY_MIN: usize = 15_000_000;

/// What a document takes in memory beside its text, roughly.
const DOCUMENT_BYTES: usize = 512;

impl<'a> Writer<'a> {
    pub(super) fn new(index: &'a Index, lock: File) -> Result<Self, IndexError> {
        let mut state = index.state()?;
        for (month, index) in index.months()? {
            if index.last_commit()?.batch > state.batch {
                state.ahead.insert(month);
            }
        }
        let (waiting, watermarks, months) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        let writer = Self { index, _lock: lock, state, waiting, n_bytes: 0, watermarks, months };
        writer.write_state()?;
        Ok(writer)
    }

    /// How far a room's log is, with what waits.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn watermark(&mut self, room: RoomId) -> Result<Option<Watermark>, IndexError> {
        Ok(self.watermarks_of(room)?.get(&room).copied())
    }

    /// Says that a log of this epoch comes, of which the first entry is `from`; answers up to which
    /// entry the index has it. If the index has another epoch of the room, what it has at `from`
    /// and later goes, at once.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn begin(&mut self, room: RoomId, epoch: Epoch, from: Seq) -> Result<Seq, IndexError> {
        let before = Watermark { epoch, seq: from.back(1) };
        let known = self.watermark(room)?;
        if let Some(known) = known.filter(|known| known.epoch == epoch) {
            return Ok(known.seq);
        }
        if known.is_some_and(|known| known.seq >= from) {
            self.commit()?;
            self.erase(|fields| {
                let room = in_room(fields, room);
                let first = Term::from_field_u64(fields.seq, from.get());
                let later = RangeQuery::new(Bound::Included(first), Bound::Unbounded);
                both(room, Box::new(later))
            })?;
        }
        self.watermarks_of(room)?.insert(room, before);
        Ok(before.seq)
    }

    /// Reads the next entry of a log, which [`Writer::begin`] announced. One that is in the index
    /// already changes nothing.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn read(&mut self, room: RoomId, seq: Seq, line: &str) -> Result<(), IndexError> {
        let Some(watermark) = self.watermark(room)?.filter(|watermark| watermark.seq < seq) else {
            return Ok(());
        };
        let wrong = |_| IndexError::Line(room, seq.get());
        match decode_entry(line).map_err(wrong)? {
            Some(Entry::Message(message)) => {
                self.put_change(Document::new(room, message), false);
            }
            Some(Entry::Edit(edit)) => self.edit(room, edit)?,
            Some(Entry::Redact(Redact { target, .. })) => self.remove(Id { room, seq: target })?,
            Some(
                Entry::Redacted(_)
                | Entry::React(_)
                | Entry::Pin(_)
                | Entry::Join(_)
                | Entry::Leave(_)
                | Entry::Moderate(_)
                | Entry::Settings(_),
            )
            | None => {}
        }
        self.watermarks_of(room)?.insert(room, Watermark { seq, ..watermark });
        if self.n_bytes > self.index.memory / 2 {
            self.commit()?;
        }
        Ok(())
    }

    /// Puts a document in, or into the place of that which has its id.
    pub fn put(&mut self, document: Document) {
        self.put_change(document, true);
    }

    /// A message as it is, with what waits.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn get(&mut self, id: Id) -> Result<Option<Document>, IndexError> {
        match self.waiting.get(&id) {
            Some(Change::Put { document, .. }) => return Ok(Some((**document).clone())),
            Some(Change::Erase(_)) => return Ok(None),
            None => {}
        }
        if self.months.is_empty() {
            for month in self.index.months()?.into_values().rev() {
                let searcher = month.searcher()?;
                self.months.push((month, searcher));
            }
        }
        for (month, searcher) in &self.months {
            if let Some(document) = month.get(searcher, id)? {
                return Ok(Some(document));
            }
        }
        Ok(None)
    }

    /// Takes a document out.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn remove(&mut self, id: Id) -> Result<(), IndexError> {
        let Some(month) = self.get(id)?.map(|document| document.month()) else {
            return Ok(());
        };
        let is_new = matches!(self.waiting.get(&id), Some(Change::Put { replaces: false, .. }));
        if is_new && !self.state.ahead.contains(&month) {
            self.waiting.remove(&id);
        } else {
            self.waiting.insert(id, Change::Erase(month));
        }
        Ok(())
    }

    /// Puts into the index what waits, and moves the watermarks then.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn commit(&mut self) -> Result<(), IndexError> {
        let mut by_month: BTreeMap<Month, Vec<(Id, Change)>> = BTreeMap::new();
        for (id, change) in std::mem::take(&mut self.waiting) {
            let month = match &change {
                Change::Put { document, .. } => document.month(),
                Change::Erase(month) => *month,
            };
            by_month.entry(month).or_default().push((id, change));
        }
        self.n_bytes = 0;
        self.months.clear();
        let batch = self.state.batch.saturating_add(1);
        for (month, changes) in by_month {
            self.change(month, batch, changes)?;
        }
        for (bucket, watermarks) in std::mem::take(&mut self.watermarks) {
            state::write(&self.index.watermarks_file(bucket), &watermarks)?;
        }
        self.state.batch = batch;
        self.write_state()
    }

    /// Says that everything that the archive has was read, and when the last of it was accepted:
    /// nothing will be read again.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn complete(&mut self, until: Option<Timestamp>) -> Result<(), IndexError> {
        self.commit()?;
        self.state.ahead.clear();
        self.state.indexed_until = self.state.indexed_until.max(until);
        self.write_state()
    }

    /// Removes from the files the words of what was taken out; answers of how many months.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn purge(&mut self) -> Result<usize, IndexError> {
        let mut n_months = 0_usize;
        for month in self.index.months()?.into_values() {
            if month.purge(self.memory())? {
                n_months = n_months.saturating_add(1);
            }
        }
        Ok(n_months)
    }

    /// Forgets what was said before `cut`, at once, and for ever: a later batch does not bring it
    /// back.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn expire(&mut self, cut: Timestamp) -> Result<(), IndexError> {
        self.commit()?;
        self.state.cut = self.state.cut.max(cut);
        self.write_state()?;
        let cut = self.state.cut;
        for (month, folder) in self.index.folders()? {
            if month.ends_at() <= cut {
                put_away(&folder)?;
            }
        }
        self.index.remove_gone()?;
        self.erase(|fields| {
            let end = Term::from_field_u64(fields.at, cut.0);
            Box::new(RangeQuery::new(Bound::Unbounded, Bound::Excluded(end)))
        })
    }

    /// Forgets a room, at once.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn erase_room(&mut self, room: RoomId) -> Result<(), IndexError> {
        self.commit()?;
        self.erase(|fields| in_room(fields, room))?;
        self.watermarks_of(room)?.remove(&room);
        self.commit()
    }

    /// Forgets what a user said, at once. What the log has of it comes back if it is read again.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn erase_user(&mut self, user: UserId) -> Result<(), IndexError> {
        self.commit()?;
        self.erase(|fields| {
            let by = Term::from_field_text(fields.by, user.as_str());
            Box::new(TermQuery::new(by, IndexRecordOption::Basic))
        })
    }

    fn put_change(&mut self, document: Document, replaces: bool) {
        if document.at < self.state.cut {
            return;
        }
        let id = document.id();
        let n_bytes = document.body.len().saturating_add(DOCUMENT_BYTES);
        self.n_bytes = self.n_bytes.saturating_add(n_bytes);
        let replaces = replaces || self.waiting.contains_key(&id);
        let document = Box::new(document);
        self.waiting.insert(id, Change::Put { document, replaces });
    }

    fn edit(&mut self, room: RoomId, edit: Edit) -> Result<(), IndexError> {
        let id = Id { room, seq: edit.target };
        let is_new = matches!(self.waiting.get(&id), Some(Change::Put { replaces: false, .. }));
        if let Some(document) = self.get(id)? {
            let version = edit.stamp.seq;
            self.waiting.remove(&id);
            self.put_change(
                Document { body: edit.body, edited: true, version, ..document },
                !is_new,
            );
        }
        Ok(())
    }

    fn change(
        &self,
        month: Month,
        batch: u64,
        changes: Vec<(Id, Change)>,
    ) -> Result<(), IndexError> {
        let index = self.index.month_or_create(month)?;
        let is_ahead = self.state.ahead.contains(&month);
        let has_erased = changes.iter().any(|(_, change)| matches!(change, Change::Erase(_)));
        index.write(self.memory(), Commit { batch, has_erased }, |writer| {
            for (id, change) in changes {
                let replaces = match &change {
                    Change::Put { replaces, .. } => *replaces || is_ahead,
                    Change::Erase(_) => true,
                };
                if replaces {
                    writer.delete_term(index.fields.term(id));
                }
                if let Change::Put { document, .. } = change {
                    writer.add_document(index.fields.document(&document)?)?;
                }
            }
            Ok(())
        })
    }

    /// Takes out what a query finds, in all months, and from their files.
    fn erase(&mut self, query: impl Fn(Fields) -> Box<dyn Query>) -> Result<(), IndexError> {
        self.months.clear();
        for month in self.index.months()?.into_values() {
            let query = query(month.fields);
            let n_found = month.searcher()?.search(&*query, &tantivy::collector::Count)?;
            if n_found == 0 {
                continue;
            }
            let commit = Commit { batch: month.last_commit()?.batch, has_erased: true };
            month.write(self.memory(), commit, |writer| {
                writer.delete_query(query)?;
                Ok(())
            })?;
        }
        self.purge().map(drop)
    }

    fn watermarks_of(&mut self, room: RoomId) -> Result<&mut Watermarks, IndexError> {
        let bucket = bucket(room);
        if !self.watermarks.contains_key(&bucket) {
            let watermarks = (*self.index.watermarks(bucket)?).clone();
            self.watermarks.insert(bucket, watermarks);
        }
        Ok(self.watermarks.entry(bucket).or_default())
    }

    fn write_state(&self) -> Result<(), IndexError> {
        Ok(state::write(&self.index.folder.join(STATE), &self.state)?)
    }

    fn memory(&self) -> usize {
        (self.index.memory / 2).max(MEMORY_MIN)
    }
}

fn in_room(fields: Fields, room: RoomId) -> Box<dyn Query> {
    let room = Term::from_field_text(fields.room, room.as_str());
    Box::new(TermQuery::new(room, IndexRecordOption::Basic))
}

fn both(one: Box<dyn Query>, other: Box<dyn Query>) -> Box<dyn Query> {
    Box::new(BooleanQuery::new(vec![(Occur::Must, one), (Occur::Must, other)]))
}
