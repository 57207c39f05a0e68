//! Objects that hold lines, whatever their kind: opened, put, and proved to be what a run says.

use std::iter::Peekable;

use bytes::Bytes;
use protocol::RoomId;
use protocol::archive::RoomState;

use crate::failure::Failure;
use crate::layout;
use crate::record::{Kind, Object, Run};
use crate::segment;
use crate::store::{Store, sha256};
use crate::table::{Rows, Writer};

/// What a state is compressed with.
const STATE_LEVEL: i32 = 3;

/// An object whose runs are read in their order; some may be left out.
pub struct Reader {
    path: String,
    lines: Lines,
}

enum Lines {
    Segment(String),
    Table(Box<Peekable<Rows>>),
}

/// Where a table file is put: its day, its bucket and the number in its name.
#[derive(Clone, Copy, Debug)]
pub struct TablePlace<'a> {
    /// `YYYY-MM-DD`.
    pub day: &'a str,
    /// The bucket of all its rooms.
    pub bucket: u8,
    /// Of the change that first made it.
    pub number: u64,
    /// How often it was made anew.
    pub revision: u64,
}

/// The bytes of an object, which are those that the manifest means.
///
/// # Errors
/// [`Failure::Missing`], or [`Failure::Damaged`] if they are others.
pub async fn fetch(store: &Store, object: &Object) -> Result<Bytes, Failure> {
    let bytes = store.read(&object.path).await?;
    let found = sha256(&bytes);
    if found == object.sha256 {
        return Ok(bytes);
    }
    Err(Failure::damaged(&object.path, format!("its SHA-256 is {found}, not {}", object.sha256)))
}

/// What a room is beside its log, as an object of this kind holds it.
///
/// # Errors
/// If it is missing, or damaged.
pub async fn state(store: &Store, object: &Object) -> Result<RoomState, Failure> {
    let bytes = fetch(store, object).await?;
    let json = zstd::decode_all(&*bytes).map_err(|why| Failure::damaged(&object.path, why))?;
    serde_json::from_slice(&json).map_err(|why| Failure::damaged(&object.path, why))
}

/// Puts what a room is beside its log, as of the end of `run`, and proves it by what is read back.
/// Names from a revision on are tried: one that is taken by something else, as the state of another
/// epoch or of a run that was killed, is left to whoever may still name it.
///
/// # Errors
/// [`Failure::Damaged`] if what is read back is not what was put.
pub async fn put_state(
    store: &Store,
    run: Run,
    mut revision: u64,
    state: &RoomState,
) -> Result<Object, Failure> {
    let place = layout::state(run.room, run.to);
    let json = serde_json::to_vec(state).map_err(|why| damaged(&place, why))?;
    let bytes = zstd::bulk::compress(&json, STATE_LEVEL).map_err(|why| damaged(&place, why))?;
    if state.seq != run.to {
        return Err(damaged(&place, "it is of another entry"));
    }
    let path = loop {
        let path = layout::state_anew(run.room, run.to, revision);
        match store.create(&path, bytes.clone()).await {
            Ok(_) => break path,
            Err(Failure::Divergent { .. }) => revision = revision.saturating_add(1),
            Err(failure) => return Err(failure),
        }
    };
    let (day, kind, runs) = (segment::day(run.last_at), Kind::State, vec![run]);
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let object = Object { path, bytes: length, sha256: sha256(&bytes), day, kind, runs };
    self::state(store, &object).await.map(|_| object)
}

impl Reader {
    /// Opens a segment or a table file.
    ///
    /// # Errors
    /// If it is missing, or damaged.
    pub async fn open(store: &Store, object: &Object) -> Result<Self, Failure> {
        Self::of(object, &fetch(store, object).await?, None)
    }

    /// As [`Reader::open`], for the runs of one room only, which is quicker.
    ///
    /// # Errors
    /// If it is missing, or damaged.
    pub async fn open_at(store: &Store, object: &Object, room: RoomId) -> Result<Self, Failure> {
        Self::of(object, &fetch(store, object).await?, Some(room))
    }

    /// The lines of a run, joined by newlines and ended by one, which are what the run says.
    ///
    /// # Errors
    /// [`Failure::Damaged`] if they are not.
    pub fn lines(&mut self, run: &Run) -> Result<String, Failure> {
        let lines = match &mut self.lines {
            Lines::Segment(lines) => std::mem::take(lines),
            Lines::Table(rows) => rows_of(rows, run).map_err(|why| damaged(&self.path, why))?,
        };
        segment::check(&lines, run).map_err(|why| damaged(&self.path, why))?;
        Ok(lines)
    }

    fn of(object: &Object, bytes: &Bytes, room: Option<RoomId>) -> Result<Self, Failure> {
        let path = object.path.clone();
        let lines = match object.kind {
            Kind::Segment => segment::decode(bytes).map(Lines::Segment).map_err(|b| b.to_string()),
            Kind::Table => Rows::open_at(bytes, room)
                .map(|rows| Lines::Table(Box::new(rows.peekable())))
                .map_err(|why| why.to_string()),
            Kind::State => Err("it holds no lines".to_owned()),
        };
        let lines = lines.map_err(|why| damaged(&path, why))?;
        Ok(Self { path, lines })
    }
}

/// Puts a table file and proves, by what is read back, that these runs are in the store.
///
/// An object of that name that holds something else is in no manifest: an earlier try left it. It
/// stays, for whoever put it may still be about to name it, and this one takes the next revision.
///
/// # Errors
/// [`Failure::Damaged`] if what is read back is not what was put.
pub async fn put_table(
    store: &Store,
    place: TablePlace<'_>,
    table: Vec<u8>,
    runs: Vec<Run>,
) -> Result<Object, Failure> {
    let (table, mut revision) = (Bytes::from(table), place.revision);
    let path = loop {
        let path = layout::table(place.day, place.bucket, place.number, revision);
        match store.create(&path, table.clone()).await {
            Ok(_) => break path,
            Err(Failure::Divergent { .. }) => revision = revision.saturating_add(1),
            Err(failure) => return Err(failure),
        }
    };
    let object = Object {
        path,
        bytes: u64::try_from(table.len()).unwrap_or(u64::MAX),
        sha256: sha256(&table),
        day: place.day.to_owned(),
        kind: Kind::Table,
        runs,
    };
    drop(table);
    let mut reader = Reader::open(store, &object).await?;
    for run in &object.runs {
        reader.lines(run)?;
    }
    reader.end()?;
    Ok(object)
}

impl Reader {
    /// Proves that nothing follows the runs that were read.
    fn end(&mut self) -> Result<(), Failure> {
        match &mut self.lines {
            Lines::Segment(_) => Ok(()),
            Lines::Table(rows) => match rows.next() {
                None => Ok(()),
                Some(_) => Err(damaged(&self.path, "it holds more than its runs say")),
            },
        }
    }
}

/// A table file in the making, with the runs that it holds.
pub struct TableWriter {
    writer: Writer,
    runs: Vec<Run>,
}

impl TableWriter {
    /// An empty one.
    ///
    /// # Errors
    /// Never, as far as is known.
    pub fn new() -> Result<Self, Failure> {
        let writer = Writer::new().map_err(|why| damaged("a new table file", why))?;
        Ok(Self { writer, runs: Vec::new() })
    }

    /// Adds a run, which comes after all others, and its lines.
    ///
    /// # Errors
    /// If it does not come after them.
    pub fn push(&mut self, run: &Run, lines: &str) -> Result<(), Failure> {
        for line in lines.lines() {
            let pushed = self.writer.push(run.room, run.epoch, line);
            pushed.map_err(|why| damaged("a new table file", why))?;
        }
        push_run(&mut self.runs, run);
        Ok(())
    }

    /// How many runs it has.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.runs.len()
    }

    /// The file and its runs.
    ///
    /// # Errors
    /// Never, as far as is known.
    pub fn finish(self) -> Result<(Vec<u8>, Vec<Run>), Failure> {
        let table = self.writer.finish(&self.runs);
        Ok((table.map_err(|why| damaged("a new table file", why))?, self.runs))
    }
}

/// Adds a run, to the last one if it continues it.
fn push_run(runs: &mut Vec<Run>, run: &Run) {
    if let Some(last) = runs.last_mut()
        && (last.room, last.epoch) == (run.room, run.epoch)
        && last.to.next() == Some(run.from)
        && last.link == run.link_before
    {
        last.to = run.to;
        last.last_at = run.last_at;
        last.entries = last.entries.saturating_add(run.entries);
        last.link.clone_from(&run.link);
        // Of both it can be said that what was erased before the earlier one is gone.
        last.revision = last.revision.min(run.revision);
        return;
    }
    runs.push(run.clone());
}

/// The lines of a run, of rows that may begin before it.
fn rows_of(rows: &mut Peekable<Rows>, run: &Run) -> Result<String, String> {
    let first = (run.room, run.epoch, run.from);
    let last = (run.room, run.epoch, run.to);
    let mut lines = String::new();
    loop {
        let is_beyond = match rows.peek() {
            Some(Ok(row)) => (row.room, row.epoch, row.seq) > last,
            Some(Err(_)) => false,
            None => true,
        };
        if is_beyond {
            return Ok(lines);
        }
        let Some(row) = rows.next() else { return Ok(lines) };
        let row = row.map_err(|why| why.to_string())?;
        if (row.room, row.epoch, row.seq) >= first {
            lines.push_str(&row.line);
            lines.push('\n');
        }
    }
}

fn damaged(path: &str, why: impl std::fmt::Display) -> Failure {
    Failure::damaged(path, why)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{Log, MIDNIGHT, epoch, room, seq};

    /// A state of the same entry may be of another epoch, or have a name that was erased since.
    #[tokio::test]
    async fn another_state_of_the_same_entry_is_not_taken_for_this_one() {
        let store = Store::in_memory();
        let mut log = Log::new(room(0), epoch(1));
        let (_, run) = log.say(MIDNIGHT, &[(1, "하나"), (1, "둘")]);
        let put = async |name: &str, at: u64| {
            let state = json!({
                "seq": at, "name": name, "kind": "private", "topic": "", "slow_ms": 0,
                "archived": false, "members": [], "bans": [], "invites": [],
            });
            put_state(&store, run.clone(), 0, &serde_json::from_value(state).unwrap()).await
        };
        let first = put("of this one", 2).await.unwrap();
        assert_eq!(first.path, layout::state(room(0), seq(2)));
        let other = put("of another one", 2).await.unwrap();
        assert_eq!(other.path, layout::state_anew(room(0), seq(2), 1));
        assert_eq!(state(&store, &other).await.unwrap().name, "of another one");
        assert_eq!(put("of another one", 2).await.unwrap(), other, "as after a kill");
        assert!(matches!(put("", 1).await, Err(Failure::Damaged { .. })), "of another entry");
    }
}
