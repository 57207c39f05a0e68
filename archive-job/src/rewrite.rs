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
use crate::segment::Stored;
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
#[derive(Debug, Default)]
pub struct Swap {
    /// New objects, which are in the store and verified.
    pub add: Vec<Object>,
    /// Paths of those that they replace: to be deleted after the change was committed.
    pub remove: Vec<String>,
    /// What could not be replaced.
    pub broken: Vec<Broken>,
}

/// An object that holds something that is to go, and cannot be read.
#[derive(Debug)]
pub struct Broken {
    /// The rooms of which something is to go that may be in it.
    pub rooms: BTreeSet<RoomId>,
    /// What is wrong with it.
    pub failure: Failure,
}

impl Swap {
    /// The days of what goes, of which `contents` are those before the change.
    #[must_use]
    pub fn days(&self, contents: &Contents) -> BTreeSet<String> {
        let removed = self.remove.iter().filter_map(|path| contents.object(path));
        let logs = removed.filter(|object| object.kind != Kind::State);
        logs.map(|object| object.day.clone()).collect()
    }

    /// The rooms of which something is to go that stays.
    #[must_use]
    pub fn stuck(&self) -> BTreeSet<RoomId> {
        self.broken.iter().flat_map(|broken| &broken.rooms).copied().collect()
    }
}

impl Broken {
    /// What is not done, for people.
    #[must_use]
    pub fn place(&self) -> String {
        let rooms: Vec<&str> = self.rooms.iter().map(RoomId::as_str).collect();
        format!("what was erased in room {} stays in an object that is damaged", rooms.join(", "))
    }
}

/// Puts new objects in place of those that hold something that is to go. What is gone already is
/// left as it is, and what does not verify is told with the rooms that it stops.
///
/// # Errors
/// If the lease was lost, or the store does not answer.
pub async fn swap(
    store: &Store,
    lease: &Lease,
    contents: &Contents,
    gone: &BTreeMap<RoomId, Gone>,
) -> Result<Swap, Failure> {
    let swap = swap_while(store, &|| lease.check().map(drop), contents, gone).await?;
    if !swap.broken.is_empty() {
        // Somebody who took over may have replaced what seems to be missing.
        lease.confirm().await?;
    }
    Ok(swap)
}

async fn swap_while(
    store: &Store,
    is_held: &(dyn Fn() -> Result<(), Failure> + Sync),
    contents: &Contents,
    gone: &BTreeMap<RoomId, Gone>,
) -> Result<Swap, Failure> {
    let mut swap = Swap::default();
    for object in contents.objects.iter().filter(|object| holds(object, gone)) {
        is_held()?;
        let new = match object.kind {
            Kind::Segment => new_segment(store, object, gone).await,
            Kind::Table => new_table(store, object, gone).await,
            Kind::State => Ok(New::Nothing),
        };
        match new {
            Ok(New::Same) => continue,
            Ok(New::Nothing) => {}
            Ok(New::Object(object)) => {
                failpoint::reach(Point::Rewritten);
                swap.add.push(object);
            }
            Err(failure) if failure.exit_code() == 42 => {
                let rooms = object.runs.iter().map(|run| run.room);
                let rooms = rooms.filter(|room| gone.contains_key(room)).collect();
                swap.broken.push(Broken { rooms, failure });
                continue;
            }
            Err(failure) => return Err(failure),
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
    let mut run = Run { revision: (*revision).max(later(run.revision)), ..run.clone() };
    loop {
        let path = layout::segment(run.room, run.epoch, (run.from, run.to), run.revision);
        match segment::put(store, &path, &erased, &run).await {
            // What another erasure left of it, which nobody named.
            Err(Failure::Divergent { .. }) => run.revision = later(run.revision),
            Err(failure) => return Err(failure),
            Ok(Stored { bytes, sha256, .. }) => {
                let runs = vec![run];
                return Ok(New::Object(Object { path, bytes, sha256, runs, ..object.clone() }));
            }
        }
    }
}

fn later(revision: Seq) -> Seq {
    revision.next().unwrap_or(revision)
}

async fn new_table(
    store: &Store,
    object: &Object,
    gone: &BTreeMap<RoomId, Gone>,
) -> Result<New, Failure> {
    let runs = runs(object, gone);
    if runs.is_empty() {
        return Ok(New::Nothing);
    }
    let bytes = store.read(&object.path).await?;
    let (writer, is_same) =
        rows(&bytes, gone).map_err(|why| Failure::damaged(&object.path, why))?;
    if is_same {
        return Ok(New::Same);
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

#[cfg(test)]
mod tests {
    use protocol::Timestamp;

    use super::*;
    use crate::manifest;
    use crate::testing::{BUCKET, Log, MIDNIGHT, contents, epoch, room, seq};

    const DAY: &str = "2026-05-17";

    /// A table of some logs' lines, which is part of the archive.
    async fn table(store: &Store, number: u64, logs: &mut [(&mut Log, &str)]) -> Object {
        logs.sort_by_key(|(log, _)| (log.room, log.epoch));
        let (mut writer, mut runs) = (Writer::new().unwrap(), Vec::new());
        for (log, words) in logs {
            let (lines, run) = log.say(MIDNIGHT, &[(1, *words), (2, "as before")]);
            for line in lines.lines() {
                writer.push(log.room, log.epoch, line).unwrap();
            }
            runs.push(run);
        }
        let bytes = writer.finish(&runs).unwrap();
        let (path, hash) = (layout::table(DAY, BUCKET, number, 0), sha256(&bytes));
        let length = u64::try_from(bytes.len()).unwrap();
        store.create(&path, bytes).await.unwrap();
        let (day, kind) = (DAY.to_owned(), Kind::Table);
        let object = Object { path, bytes: length, sha256: hash, day, kind, runs };
        commit(store, vec![object.clone()], vec![]).await;
        object
    }

    async fn commit(store: &Store, add: Vec<Object>, remove: Vec<String>) {
        manifest::commit(store, BUCKET, 1, Timestamp(1), add, remove).await.unwrap();
    }

    async fn swapped(store: &Store, gone: &BTreeMap<RoomId, Gone>) -> Swap {
        swap_while(store, &|| Ok(()), &contents(store).await, gone).await.unwrap()
    }

    /// Everything that the archive says, decompressed.
    async fn said(store: &Store) -> String {
        let mut said = String::new();
        for object in contents(store).await.objects {
            let bytes = store.read(&object.path).await.unwrap();
            match object.kind {
                Kind::Segment => said.push_str(&segment::decode(&bytes).unwrap()),
                Kind::Table => Rows::open(&bytes).unwrap().for_each(|row| {
                    said.push_str(&row.unwrap().line);
                }),
                Kind::State => {}
            }
        }
        said
    }

    fn words(of: usize, seqs: &[u64], revision: u64) -> BTreeMap<RoomId, Gone> {
        let seqs = seqs.iter().copied().map(seq).collect();
        BTreeMap::from([(room(of), Gone::Words { seqs, revision: seq(revision) })])
    }

    #[tokio::test]
    async fn rd2_words_go_from_segments_and_tables_and_the_rest_stays() {
        let store = Store::in_memory();
        let (mut a, mut b) = (Log::new(room(0), epoch(1)), Log::new(room(1), epoch(1)));
        let old = table(&store, 1, &mut [(&mut a, "secret one"), (&mut b, "others")]).await;
        let new = a.archive(&store, MIDNIGHT + 9, &[(1, "secret two"), (1, "kept")]).await;
        let untouched = a.archive(&store, MIDNIGHT + 20, &[(1, "kept, too")]).await;

        let gone = words(0, &[1, 3], 6);
        let swap = swapped(&store, &gone).await;
        let want: BTreeSet<String> = [old.path, new.path].into();
        assert_eq!(swap.remove.iter().cloned().collect::<BTreeSet<_>>(), want);
        let revisions: Vec<_> = swap.add.iter().flat_map(|object| &object.runs).collect();
        for run in revisions {
            assert_eq!(run.revision, if run.room == room(0) { seq(6) } else { seq(0) });
        }
        let again = swapped(&store, &gone).await;
        assert_eq!((&again.add, &again.remove), (&swap.add, &swap.remove), "as after a kill");
        commit(&store, swap.add, swap.remove).await;
        let said = said(&store).await;
        assert!(!said.contains("secret"), "{said}");
        assert_eq!(said.matches("kept").count(), 2);
        assert_eq!(said.matches("as before").count(), 2);
        assert!(
            said.contains("others") && contents(&store).await.object(&untouched.path).is_some()
        );
        let nothing = swapped(&store, &gone).await;
        assert!(nothing.add.is_empty() && nothing.remove.is_empty(), "what is gone is gone");
    }

    #[tokio::test]
    async fn a_room_goes_from_tables_that_it_shares_and_takes_its_own_objects_along() {
        let store = Store::in_memory();
        let (mut a, mut b) = (Log::new(room(0), epoch(1)), Log::new(room(1), epoch(1)));
        table(&store, 1, &mut [(&mut a, "mine"), (&mut b, "others")]).await;
        let own = table(&store, 2, &mut [(&mut a, "mine alone")]).await;
        let segment = a.archive(&store, MIDNIGHT + 9, &[(1, "mine, too")]).await;
        let swap = swapped(&store, &BTreeMap::from([(room(0), Gone::Everything)])).await;
        assert_eq!(swap.add.len(), 1);
        assert!(swap.remove.contains(&own.path) && swap.remove.contains(&segment.path));
        commit(&store, swap.add, swap.remove).await;
        let said = said(&store).await;
        assert!(said.contains("others") && !said.contains("mine"), "{said}");
        assert_eq!(contents(&store).await.rooms(), BTreeSet::from([room(1)]));
    }

    /// The name of a table does not say which words are in it, so a name that is taken is.
    #[tokio::test]
    async fn a_table_of_a_killed_run_is_not_taken_for_one_with_less() {
        let store = Store::in_memory();
        let mut a = Log::new(room(0), epoch(1));
        table(&store, 1, &mut [(&mut a, "secret")]).await;
        let killed = swapped(&store, &words(0, &[2], 3)).await;
        let swap = swapped(&store, &words(0, &[1, 2], 4)).await;
        assert_ne!(killed.add[0].path, swap.add[0].path);
        commit(&store, swap.add, swap.remove).await;
        assert!(!said(&store).await.contains("secret"));
    }

    #[tokio::test]
    async fn a_damaged_object_stops_only_the_rooms_whose_words_it_holds() {
        let store = Store::in_memory();
        let (mut a, mut b) = (Log::new(room(0), epoch(1)), Log::new(room(1), epoch(1)));
        let broken = a.archive(&store, MIDNIGHT, &[(1, "secret")]).await;
        let good = b.archive(&store, MIDNIGHT, &[(1, "secret, too")]).await;
        let mut c = Log::new(room(2), epoch(1));
        let shared = table(&store, 3, &mut [(&mut c, "mine")]).await;
        for path in [&broken.path, &shared.path] {
            store.replace(path, "rot").await.unwrap();
        }
        let mut gone: BTreeMap<RoomId, Gone> = words(0, &[1], 2);
        gone.extend(words(1, &[1], 2));
        gone.insert(room(2), Gone::Everything);
        let swap = swapped(&store, &gone).await;
        assert_eq!(swap.stuck(), BTreeSet::from([room(0)]));
        let failure = &swap.broken[0].failure;
        assert!(matches!(failure, Failure::Damaged { path, .. } if *path == broken.path));
        assert_eq!(swap.remove, [good.path, shared.path], "all of the last one goes unread");
        commit(&store, swap.add, swap.remove).await;
        store.delete(&broken.path).await.unwrap();
        let swap = swapped(&store, &gone).await;
        assert!(matches!(swap.broken[0].failure, Failure::Missing { .. }));
    }

    #[tokio::test]
    async fn who_lost_the_lease_rewrites_nothing() {
        let store = Store::in_memory();
        let mut a = Log::new(room(0), epoch(1));
        table(&store, 1, &mut [(&mut a, "secret")]).await;
        let lost = || Err(Failure::Fenced("another job".to_owned()));
        let gone = words(0, &[1], 3);
        let failure = swap_while(&store, &lost, &contents(&store).await, &gone).await;
        assert!(matches!(failure, Err(Failure::Fenced(_))));
        assert_eq!(store.list("v1/l1").await.unwrap().len(), 1);
    }
}
