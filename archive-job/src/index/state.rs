//! What the index knows beside documents: its version, and how far each log is in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use super::IndexError;
use super::document::Month;
use protocol::{Epoch, RoomId, Seq, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The version of indexes that this program makes. Another one is built anew.
pub(super) const VERSION: u32 = 1;

/// The whole index.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct State {
    /// [`VERSION`].
    pub(super) version: u32,
    /// The last batch that is in it, watermarks included.
    pub(super) batch: u64,
    /// When the last entry was accepted of what the archive had when all of it was read.
    #[serde(default)]
    pub(super) indexed_until: Option<Timestamp>,
    /// What was said before this is not in it.
    pub(super) cut: Timestamp,
    /// Months that hold some of a batch that was cut short, and so of what will be read again.
    pub(super) ahead: BTreeSet<Month>,
}

/// How far a log is in the index.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Watermark {
    /// The incarnation of the log.
    pub epoch: Epoch,
    /// The last entry that is in.
    pub seq: Seq,
}

/// The watermarks of the rooms of a bucket.
pub(super) type Watermarks = BTreeMap<RoomId, Watermark>;

impl Default for State {
    fn default() -> Self {
        Self {
            version: VERSION,
            batch: 0,
            indexed_until: None,
            cut: Timestamp(0),
            ahead: BTreeSet::new(),
        }
    }
}

/// What a file holds; `None` if there is none.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, IndexError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Replaces a file, whatever happens meanwhile by all of it or not at all.
pub(super) fn write<T: Serialize>(path: &Path, value: &T) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    // Not through a buffer that is dropped: a disk that is full would be told to nobody.
    file.write_all(&serde_json::to_vec(value)?)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    fs::File::open(folder)?.sync_all()
}
