//! Objects without words that were erased, or without rooms that were deleted, for those that have
//! them.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use protocol::codec::erase_line;
use protocol::{RoomId, Seq};

use crate::failpoint::{self, Point};
use crate::failure::Failure;
use crate::lease::Lease;
use crate::record::{Contents, Kind, Object, Run};
use crate::store::{Store, sha256};
use crate::table::{Row, Rows, TableError, Writer};
use crate::{layout, segment};

/// How many names are tried for a table file, if a run that was killed took the first.
const NAMES_MAX: u64 = 64;

/// What is to go of a room.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Gone {
    /// The words of these messages and edits.
    Words {
        /// Where they are, in whatever epoch.
        seqs: BTreeSet<Seq>,
        /// All that was erased up to this entry is among them, or was erased before.
        revision: Seq,
    },
    /// All of it.
    Everything,
}

/// What a change of the manifest puts in place of what.
#[derive(Clone, Debug, Default)]
pub struct Swap {
    /// New objects, which are in the store and verified.
    pub add: Vec<Object>,
    /// Paths of those that they replace: to be deleted after the change was committed.
    pub remove: Vec<String>,
}

/// Puts new objects in place of those that hold something that is to go. What is gone already is
/// left as it is.
///
/// # Errors
/// 42 if an object does not verify.
pub async fn swap(
    store: &Store,
    lease: &Lease,
    contents: &Contents,
    gone: &BTreeMap<RoomId, Gone>,
) -> Result<Swap, Failure> {
    let mut swap = Swap::default();
    for object in contents.objects.iter().filter(|object| holds(object, gone)) {
        lease.check()?;
        let new = match object.kind {
            Kind::Segment => new_segment(store, object, gone).await?,
            Kind::Table => new_table(store, object, gone).await?,
            Kind::State => New::Nothing,
        };
        match new {
            New::Same => continue,
            New::Nothing => {}
            New::Object(object) => {
                failpoint::reach(Point::Rewritten);
                swap.add.push(object);
            }
        }
        swap.remove.push(object.path.clone());
    }
    Ok(swap)
}

/// What comes in place of an object.
enum New {
    /// Itself: it holds nothing that is to go.
    Same,
    /// Nothing: all of it is to go.
    Nothing,
    Object(Object),
}

fn holds(object: &Object, gone: &BTreeMap<RoomId, Gone>) -> bool {
    object.runs.iter().any(|run| match gone.get(&run.room) {
        Some(Gone::Everything) => true,
        Some(Gone::Words { seqs, .. }) => {
            object.kind != Kind::State && seqs.range(run.from..=run.to).next().is_some()
        }
        None => false,
    })
}

async fn new_segment(
    store: &Store,
    object: &Object,
    gone: &BTreeMap<RoomId, Gone>,
) -> Result<New, Failure> {
    let Some(run) = object.runs.first() else { return Ok(New::Same) };
    let Some(Gone::Words { seqs, revision }) = gone.get(&run.room) else {
        return Ok(New::Nothing);
    };
    let broken = |why| Failure::damaged(&object.path, why);
    let bytes = store.read(&object.path).await?;
    let lines = segment::decode(&bytes).map_err(broken)?;
    let erased = segment::erase(&lines, seqs).map_err(broken)?;
    if erased == lines {
        return Ok(New::Same);
    }
    let run = Run { revision: *revision, ..run.clone() };
    let path = layout::segment(run.room, run.epoch, (run.from, run.to), run.revision);
    let stored = segment::put(store, &path, &erased, &run).await?;
    Ok(New::Object(Object {
        path,
        bytes: stored.bytes,
        sha256: stored.sha256,
        runs: vec![run],
        ..object.clone()
    }))
}

async fn new_table(
    store: &Store,
    object: &Object,
    gone: &BTreeMap<RoomId, Gone>,
) -> Result<New, Failure> {
    let bytes = store.read(&object.path).await?;
    let (writer, is_same) =
        rows(&bytes, gone).map_err(|why| Failure::damaged(&object.path, why))?;
    let runs = runs(object, gone);
    if is_same {
        return Ok(New::Same);
    }
    if runs.is_empty() {
        return Ok(New::Nothing);
    }
    let bytes = writer.finish(&runs).map_err(|why| Failure::damaged(&object.path, why))?;
    put_table(store, object, runs, bytes).await
}

/// The rows of a table without what is gone, and whether they are all as they were.
fn rows(bytes: &Bytes, gone: &BTreeMap<RoomId, Gone>) -> Result<(Writer, bool), TableError> {
    let mut writer = Writer::new()?;
    let mut is_same = true;
    for row in Rows::open(bytes)? {
        let Row { room, epoch, seq, line } = row?;
        match gone.get(&room) {
            Some(Gone::Everything) => is_same = false,
            Some(Gone::Words { seqs, .. }) if seqs.contains(&seq) => {
                let erased = erase_line(&line)
                    .map_err(|_| TableError::Damaged(format!("entry {} is none", seq.get())))?;
                is_same = is_same && erased == line;
                writer.push(room, epoch, &erased)?;
            }
            Some(Gone::Words { .. }) | None => writer.push(room, epoch, &line)?,
        }
    }
    Ok((writer, is_same))
}

/// The runs of a table without what is gone.
fn runs(object: &Object, gone: &BTreeMap<RoomId, Gone>) -> Vec<Run> {
    let run = |run: &Run| match gone.get(&run.room) {
        Some(Gone::Everything) => None,
        Some(Gone::Words { revision, .. }) => Some(Run { revision: *revision, ..run.clone() }),
        None => Some(run.clone()),
    };
    object.runs.iter().filter_map(run).collect()
}

/// Puts a table file under the next name that is free, or that holds the same.
async fn put_table(
    store: &Store,
    object: &Object,
    runs: Vec<Run>,
    bytes: Vec<u8>,
) -> Result<New, Failure> {
    let (name, revision) = layout::table_revision(&object.path)
        .ok_or_else(|| Failure::damaged(&object.path, "it is not called as a table file is"))?;
    let hash = sha256(&bytes);
    for step in 1..=NAMES_MAX {
        let path = format!("{name}.{}.parquet", revision.saturating_add(step));
        match store.create(&path, bytes.clone()).await {
            // A run that was killed made it, when less was erased. It is removed with this one's.
            Err(Failure::Divergent { .. }) => continue,
            created => drop(created?),
        }
        if sha256(&store.read(&path).await?) != hash {
            return Err(Failure::damaged(path, "what is read back is not what was put"));
        }
        let bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        return Ok(New::Object(Object { path, bytes, sha256: hash, runs, ..object.clone() }));
    }
    Err(Failure::later(format!("{name} was replaced too often by runs that were killed")))
}
