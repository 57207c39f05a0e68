//! Whether one object is what its manifest says.

use bytes::Bytes;
use protocol::archive::RoomState;

use crate::failure::Failure;
use crate::layout;
use crate::record::{Kind, Object, Run};
use crate::segment::{self, Checker};
use crate::store::{Store, sha256};
use crate::table;

/// Reads an object and proves that it is what its manifest says. Answers how many entries it has.
///
/// # Errors
/// [`Failure::Missing`] or [`Failure::Damaged`]; others if the store does not answer.
pub async fn check(store: &Store, bucket: u8, object: &Object) -> Result<u64, Failure> {
    let bytes = store.read(&object.path).await?;
    let (path, object) = (object.path.clone(), object.clone());
    let proof = tokio::task::spawn_blocking(move || prove(bucket, &object, &bytes)).await;
    let broken = |error: tokio::task::JoinError| Failure::later(error.to_string());
    proof.map_err(broken)?.map_err(|why| Failure::damaged(path, why))
}

/// Whether the bytes are those of an object; if not, why.
pub(super) fn prove(bucket: u8, object: &Object, bytes: &Bytes) -> Result<u64, String> {
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if length != object.bytes {
        return Err(format!("it has {length} bytes instead of {}", object.bytes));
    }
    if sha256(bytes) != object.sha256 {
        return Err("its SHA-256 is another one".to_owned());
    }
    if let Some(run) = object.runs.iter().find(|run| layout::bucket(run.room) != bucket) {
        return Err(format!("room {} belongs into another bucket", run.room));
    }
    match object.kind {
        Kind::Segment => prove_segment(object, bytes),
        Kind::Table => prove_table(object, bytes),
        Kind::State => prove_state(object, bytes),
    }
}

fn prove_segment(object: &Object, bytes: &Bytes) -> Result<u64, String> {
    let run = only_run(object)?;
    let lines = segment::decode(bytes).map_err(|broken| broken.to_string())?;
    segment::check(&lines, run).map_err(|broken| broken.to_string())?;
    let path = layout::segment(run.room, run.epoch, (run.from, run.to), run.revision);
    if path != object.path {
        return Err(format!("what it holds should be called {path}"));
    }
    if segment::day(run.first_at) != object.day {
        return Err("it is of another day than the manifest says".to_owned());
    }
    Ok(run.entries)
}

fn prove_table(object: &Object, bytes: &Bytes) -> Result<u64, String> {
    let mut rows = table::Rows::open(bytes).map_err(|error| error.to_string())?;
    let mut entries: u64 = 0;
    for run in &object.runs {
        let broken = |broken| format!("room {}: {broken}", run.room);
        let mut checker = Checker::new(run).map_err(broken)?;
        for row in rows.by_ref().take(usize::try_from(run.entries).unwrap_or(usize::MAX)) {
            let row = row.map_err(|error| error.to_string())?;
            if (row.room, row.epoch) != (run.room, run.epoch) {
                return Err(format!("a row of room {} is among those of {}", row.room, run.room));
            }
            checker.next(&row.line).map_err(broken)?;
        }
        checker.end().map_err(broken)?;
        entries = entries.saturating_add(run.entries);
    }
    match rows.next() {
        None => Ok(entries),
        Some(_) => Err("it has more rows than the manifest says".to_owned()),
    }
}

fn prove_state(object: &Object, bytes: &Bytes) -> Result<u64, String> {
    let run = only_run(object)?;
    let json = segment::decompress(bytes).map_err(|broken| broken.to_string())?;
    let state: RoomState = serde_json::from_slice(&json).map_err(|error| error.to_string())?;
    if state.seq != run.to {
        return Err(format!("it is of entry {} instead of {}", state.seq.get(), run.to.get()));
    }
    Ok(0)
}

fn only_run(object: &Object) -> Result<&Run, String> {
    match object.runs.as_slice() {
        [run] => Ok(run),
        runs => Err(format!("the manifest says {} runs of it instead of one", runs.len())),
    }
}
