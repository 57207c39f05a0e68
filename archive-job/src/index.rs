//! The index of what is archived: one of Tantivy for each month.
//!
//! Tantivy proposes candidates, newest first, and the document decides, so a search finds what one
//! in a room finds. Everything is derived from the archive and can be built anew from it.
//!
//! A batch of entries changes months first and moves watermarks then. Whoever is killed between
//! leaves months that are ahead of the watermarks; the next run repeats the batch, and a document
//! that is there already is replaced.

mod bulk;
mod clause;
mod command;
mod document;
mod fields;
mod intake;
mod month;
mod reading;
mod state;
mod writer;

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use protocol::{RoomId, Timestamp};

use crate::disk;
use crate::failure::Failure;
use crate::layout::bucket;
pub use clause::{Clause, Span};
pub(crate) use command::blocking;
pub use command::{Args, count, embedded, erase_room, erase_user, expire, run, watermark};
pub use document::{Document, Id, IdError, Key, Month};
use month::MonthIndex;
pub use state::Watermark;
use state::{State, VERSION, Watermarks};
pub use writer::Writer;

/// The index in a folder.
pub struct Index {
    folder: PathBuf,
    memory: usize,
    months: Mutex<BTreeMap<Month, Arc<MonthIndex>>>,
    watermarks: Mutex<BTreeMap<u8, (SystemTime, Arc<Watermarks>)>>,
}

/// A message that was found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hit {
    /// It.
    pub document: Document,
    /// Where in its body the words stand, in bytes, in order, without overlaps.
    pub ranges: Vec<Range<usize>>,
}

/// Why the index did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// Another version of this program made it.
    #[error(
        "the index in {0} is of version {1}, this program makes version {VERSION}; \
         build it anew with `archive-job index --rebuild`"
    )]
    Version(PathBuf, u32),
    /// Another process writes it.
    #[error("another process writes the index; try again when it is done")]
    Busy,
    /// Tantivy.
    #[error("the index cannot be used: {0}; build it anew with `archive-job index --rebuild`")]
    Tantivy(#[from] tantivy::TantivyError),
    /// The disk.
    #[error("the folder of the index: {0}")]
    Io(#[from] io::Error),
    /// A file that holds something else.
    #[error(
        "a file of the index cannot be read ({0}); build it anew with `archive-job index --rebuild`"
    )]
    Json(#[from] serde_json::Error),
    /// A line that is no entry.
    #[error("entry {1} of room {0} is not one of this protocol; run `archive-job verify`")]
    Line(RoomId, u64),
}

impl From<IndexError> for Failure {
    fn from(error: IndexError) -> Self {
        match error {
            IndexError::Version(..) => Self::configuration(error.to_string()),
            IndexError::Line(room, _) => Self::damaged(format!("the log of {room}"), error),
            // Tantivy's threads tell it in their own words.
            IndexError::Tantivy(_) | IndexError::Io(_) | IndexError::Json(_)
                if disk::is_full(&error.to_string()) =>
            {
                disk::full("the index in `data`")
            }
            IndexError::Busy | IndexError::Tantivy(_) | IndexError::Io(_) | IndexError::Json(_) => {
                Self::later(error.to_string())
            }
        }
    }
}

impl From<tantivy::directory::error::OpenReadError> for IndexError {
    fn from(error: tantivy::directory::error::OpenReadError) -> Self {
        Self::Tantivy(error.into())
    }
}

const STATE: &str = "index.json";
const LOCK: &str = "index.lock";

/// How the name of a folder ends that is being removed.
const GONE: &str = ".gone";

impl Index {
    /// The index in `folder`, which need not exist. Writing it takes about `memory` bytes.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>, memory: usize) -> Self {
        let (months, watermarks) = (Mutex::default(), Mutex::default());
        Self { folder: folder.into(), memory, months, watermarks }
    }

    /// Shows all messages that are asked for, in order, beginning after `after`, until told to
    /// stop.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn visit(
        &self,
        clause: &Clause,
        after: Option<Key>,
        mut each: impl FnMut(Hit) -> ControlFlow<()>,
    ) -> Result<(), IndexError> {
        let cut = self.state()?.cut;
        let span = clause.span().and(Span { from: cut, until: Span::ALWAYS.until });
        for month in self.months()?.into_values().rev() {
            if month.month.ends_at() <= span.from || span.until <= month.month.begins_at() {
                continue;
            }
            let mut judge = |document: Document| {
                let mut ranges = Vec::new();
                if document.at < cut || !clause.judge(&document, &mut ranges) {
                    return ControlFlow::Continue(());
                }
                each(Hit { document, ranges: analysis::joined(ranges) })
            };
            let searcher = month.searcher()?;
            if month.visit(&searcher, clause, after, &mut judge)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// At most `size` messages, and whether there are no more.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn search(
        &self,
        clause: &Clause,
        after: Option<Key>,
        size: usize,
    ) -> Result<(Vec<Hit>, bool), IndexError> {
        let mut hits = Vec::new();
        let mut is_all = true;
        self.visit(clause, after, |hit| {
            if hits.len() >= size {
                is_all = false;
                return ControlFlow::Break(());
            }
            hits.push(hit);
            ControlFlow::Continue(())
        })?;
        Ok((hits, is_all))
    }

    /// A message.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn get(&self, id: Id) -> Result<Option<Document>, IndexError> {
        let cut = self.state()?.cut;
        for month in self.months()?.into_values().rev() {
            if let Some(document) = month.get(&month.searcher()?, id)? {
                return Ok(Some(document).filter(|document| document.at >= cut));
            }
        }
        Ok(None)
    }

    /// The months that it has.
    ///
    /// # Errors
    /// [`IndexError::Io`].
    pub fn list(&self) -> Result<Vec<Month>, IndexError> {
        Ok(self.folders()?.into_keys().collect())
    }

    /// How far a room's log is in the index.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn watermark(&self, room: RoomId) -> Result<Option<Watermark>, IndexError> {
        Ok(self.watermarks(bucket(room))?.get(&room).copied())
    }

    /// When the last entry was accepted of what the archive had when all of it was read.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn indexed_until(&self) -> Result<Option<Timestamp>, IndexError> {
        Ok(self.state()?.indexed_until)
    }

    /// Whether nothing was ever put into it.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn is_new(&self) -> Result<bool, IndexError> {
        Ok(self.state()?.batch == 0)
    }

    /// What changes the index; there is one at a time, among all processes.
    ///
    /// # Errors
    /// [`IndexError::Busy`] if there is another one, and [`IndexError`].
    pub fn writer(&self) -> Result<Writer<'_>, IndexError> {
        let lock = self.lock()?;
        self.remove_gone()?;
        Writer::new(self, lock)
    }

    /// Makes it empty, of whatever version it was.
    ///
    /// # Errors
    /// [`IndexError::Busy`] while somebody writes it, and [`IndexError`].
    pub fn clear(&self) -> Result<(), IndexError> {
        let _lock = self.lock()?;
        lock(&self.months).clear();
        lock(&self.watermarks).clear();
        // The state goes first: an index without one is empty or not cleared yet.
        for name in [STATE, WATERMARKS] {
            remove(&self.folder.join(name))?;
        }
        for (month, path) in self.folders()? {
            tracing::debug!(%month, "removed");
            put_away(&path)?;
        }
        self.remove_gone()
    }

    /// The bytes of its files.
    ///
    /// # Errors
    /// [`IndexError::Io`].
    pub fn bytes(&self) -> Result<u64, IndexError> {
        let mut bytes = 0_u64;
        for (_, folder) in self.folders()? {
            for file in fs::read_dir(folder)? {
                bytes = bytes.saturating_add(file?.metadata()?.len());
            }
        }
        Ok(bytes)
    }

    fn lock(&self) -> Result<File, IndexError> {
        fs::create_dir_all(&self.folder)?;
        let lock = File::create(self.folder.join(LOCK))?;
        match lock.try_lock() {
            Ok(()) => Ok(lock),
            Err(TryLockError::WouldBlock) => Err(IndexError::Busy),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// What is known of the whole index.
    fn state(&self) -> Result<State, IndexError> {
        let state: Option<State> = state::read(&self.folder.join(STATE))?;
        match state {
            Some(state) if state.version != VERSION => {
                Err(IndexError::Version(self.folder.clone(), state.version))
            }
            Some(state) => Ok(state),
            None => Ok(State::default()),
        }
    }

    /// The months that there are, opened.
    fn months(&self) -> Result<BTreeMap<Month, Arc<MonthIndex>>, IndexError> {
        let folders = self.folders()?;
        let mut months = lock(&self.months);
        months.retain(|month, _| folders.contains_key(month));
        for (month, folder) in folders {
            if !months.contains_key(&month)
                && let Some(index) = MonthIndex::open(&folder, month)?
            {
                months.insert(month, Arc::new(index));
            }
        }
        Ok(months.clone())
    }

    fn month_or_create(&self, month: Month) -> Result<Arc<MonthIndex>, IndexError> {
        if let Some(index) = self.months()?.remove(&month) {
            return Ok(index);
        }
        let index = MonthIndex::open_or_create(&self.folder.join(month.to_string()), month)?;
        let index = Arc::new(index);
        lock(&self.months).insert(month, Arc::clone(&index));
        Ok(index)
    }

    fn folders(&self) -> Result<BTreeMap<Month, PathBuf>, IndexError> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            entries => entries?,
        };
        let mut folders = BTreeMap::new();
        for entry in entries {
            let entry = entry?;
            if let Some(month) = entry.file_name().to_str().and_then(|name| name.parse().ok()) {
                folders.insert(month, entry.path());
            }
        }
        Ok(folders)
    }

    fn remove_gone(&self) -> Result<(), IndexError> {
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.to_string_lossy().ends_with(GONE) {
                remove(&path)?;
            }
        }
        Ok(())
    }

    fn watermarks_file(&self, bucket: u8) -> PathBuf {
        self.folder.join(WATERMARKS).join(format!("{bucket:02x}.json"))
    }

    /// The watermarks of a bucket, read again if the file is another one.
    fn watermarks(&self, bucket: u8) -> Result<Arc<Watermarks>, IndexError> {
        let path = self.watermarks_file(bucket);
        let written_at = match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Arc::default()),
            metadata => metadata?.modified()?,
        };
        let mut read = lock(&self.watermarks);
        if let Some((at, watermarks)) = read.get(&bucket)
            && *at == written_at
        {
            return Ok(Arc::clone(watermarks));
        }
        let watermarks = Arc::new(state::read::<Watermarks>(&path)?.unwrap_or_default());
        read.insert(bucket, (written_at, Arc::clone(&watermarks)));
        Ok(watermarks)
    }
}

/// The folder of the watermarks, a file for each bucket.
const WATERMARKS: &str = "watermarks";

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // What the locks guard is whole whenever they are free.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes a month, whatever happens meanwhile by all of it or not at all.
fn put_away(folder: &Path) -> Result<(), IndexError> {
    let mut name = folder.as_os_str().to_owned();
    name.push(GONE);
    Ok(fs::rename(folder, name)?)
}

/// Removes a file or a folder, if it is there.
fn remove(path: &Path) -> Result<(), IndexError> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
