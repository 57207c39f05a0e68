//! Objects that were put, or replaced, by a run that was killed before it could say so.
//!
//! An object goes only if nothing can ever name it again: the archive has the same entries under
//! another name, with at least as much erased; or it is a table file with a number that is taken;
//! or a change removed it. So also a job that lost its lease does no harm.

use std::collections::{BTreeMap, BTreeSet};

use protocol::archive::Fence;
use protocol::{Epoch, RoomId, Seq, Timestamp};

use crate::failure::Failure;
use crate::layout;
use crate::manifest;
use crate::record::{Change, Contents, Run};
use crate::store::{Listed, Store};

/// How many changes are looked at for the one that removed something.
const CHANGES_MAX: u64 = 1_000;

/// The table files of all buckets: their names begin with the day.
///
/// # Errors
/// If the store does not answer.
pub async fn tables(store: &Store) -> Result<BTreeMap<u8, Vec<Listed>>, Failure> {
    let mut tables: BTreeMap<u8, Vec<Listed>> = BTreeMap::new();
    for listed in store.list(layout::TABLES).await? {
        if let Some(bucket) = layout::bucket_of(&listed.path) {
            tables.entry(bucket).or_default().push(listed);
        }
    }
    Ok(tables)
}

/// Deletes what runs that were killed left of a bucket, of which `tables` are the table files in
/// the store. Answers what the bucket holds; nobody with an earlier lease changes that any more.
///
/// # Errors
/// [`Failure::Fenced`] if a later lease changed the bucket.
pub async fn sweep(
    store: &Store,
    bucket: u8,
    tables: &[Listed],
    (fence, now): (Fence, Timestamp),
) -> Result<Contents, Failure> {
    let mut listed = tables.to_vec();
    for folder in layout::folders(bucket) {
        listed.extend(store.list(&folder).await?);
    }
    let mut contents = manifest::load(store, bucket).await?;
    listed.retain(|listed| contents.object(&listed.path).is_none());
    if listed.is_empty() {
        return Ok(contents);
    }
    contents = manifest::shut_out(store, bucket, contents, fence, now).await?;
    let unnamed = listed.into_iter().map(|listed| listed.path);
    let unnamed = unnamed.filter(|path| contents.object(path).is_none());
    let (mut gone, open): (Vec<String>, Vec<String>) =
        unnamed.partition(|path| is_leftover(&contents, path));
    gone.extend(removed(store, bucket, &contents, open.into_iter().collect()).await?);
    for path in gone {
        tracing::info!(path, "an earlier run left it; it is deleted");
        store.delete(&path).await?;
    }
    Ok(contents)
}

/// Those of these paths that a change removed.
async fn removed(
    store: &Store,
    bucket: u8,
    contents: &Contents,
    mut open: BTreeSet<String>,
) -> Result<Vec<String>, Failure> {
    let mut removed = Vec::new();
    let mut changes = Changes::new(store, bucket, contents);
    while !open.is_empty()
        && let Some(change) = changes.before().await?
    {
        removed.extend(change.remove.into_iter().filter(|path| open.remove(path)));
    }
    Ok(removed)
}

/// What was replaced in and after a change that added a run, and may still be there; and the days
/// of what it was replaced by.
///
/// # Errors
/// If the store does not answer, or a change is damaged.
pub async fn unfinished(
    store: &Store,
    bucket: u8,
    contents: &Contents,
    is_it: impl Fn(&Run) -> bool,
) -> Result<(Vec<String>, BTreeSet<String>), Failure> {
    let (mut removed, mut days) = (Vec::new(), BTreeSet::new());
    let mut changes = Changes::new(store, bucket, contents);
    while let Some(change) = changes.before().await? {
        removed.extend(change.remove);
        let has_it = change.add.iter().flat_map(|object| &object.runs).any(&is_it);
        days.extend(change.add.into_iter().map(|object| object.day));
        if has_it {
            break;
        }
    }
    Ok((removed, days))
}

/// The last changes of a bucket, the newest first.
struct Changes<'a> {
    store: &'a Store,
    bucket: u8,
    next: u64,
    oldest: u64,
}

impl<'a> Changes<'a> {
    fn new(store: &'a Store, bucket: u8, contents: &Contents) -> Self {
        let oldest = contents.number.saturating_sub(CHANGES_MAX).saturating_add(1);
        Self { store, bucket, next: contents.number, oldest }
    }

    async fn before(&mut self) -> Result<Option<Change>, Failure> {
        if self.next < self.oldest {
            return Ok(None);
        }
        let path = layout::change(self.bucket, self.next);
        self.next = self.next.saturating_sub(1);
        let Some(bytes) = self.store.find(&path).await? else { return Ok(None) };
        let change = serde_json::from_slice(&bytes);
        change.map(Some).map_err(|why| Failure::damaged(&path, why))
    }
}

/// What of a room nothing names any more.
///
/// # Errors
/// If the store does not answer.
pub async fn of_room(
    store: &Store,
    bucket: u8,
    contents: &Contents,
    room: RoomId,
) -> Result<Vec<String>, Failure> {
    let mut paths = all_of(store, bucket, room).await?;
    paths.retain(|path| is_leftover(contents, path));
    Ok(paths)
}

/// Everything that is only a room's.
///
/// # Errors
/// If the store does not answer.
pub async fn all_of(store: &Store, bucket: u8, room: RoomId) -> Result<Vec<String>, Failure> {
    let mut paths = Vec::new();
    for folder in layout::folders(bucket) {
        let listed = store.list(&format!("{folder}/{room}")).await?;
        paths.extend(listed.into_iter().map(|listed| listed.path));
    }
    Ok(paths)
}

/// Table files of these days that nothing names: earlier forms of those that were replaced, and
/// those of a `compact` that was killed. Before they are deleted, who had a lease before is to be
/// shut out.
///
/// # Errors
/// If the store does not answer.
pub async fn of_tables(
    store: &Store,
    bucket: u8,
    contents: &Contents,
    days: &BTreeSet<String>,
) -> Result<Vec<String>, Failure> {
    let mut paths = Vec::new();
    for day in days {
        let listed = store.list(&layout::table_folder(day, bucket)).await?;
        paths.extend(listed.into_iter().map(|listed| listed.path));
    }
    paths.retain(|path| is_leftover(contents, path));
    Ok(paths)
}

/// Whether nothing names an object, nor can again; a table file only by who had an earlier lease.
#[must_use]
pub fn is_leftover(contents: &Contents, path: &str) -> bool {
    contents.object(path).is_none()
        && (is_covered_segment(contents, path).unwrap_or(false)
            || is_older_state(contents, path).unwrap_or(false)
            || is_past_table(contents, path).unwrap_or(false))
}

fn is_covered_segment(contents: &Contents, path: &str) -> Option<bool> {
    let path = path.strip_prefix("v1/l0/")?.strip_suffix(".jsonl.zst")?;
    let mut parts = path.split('/').skip(1);
    let room: RoomId = parts.next()?.parse().ok()?;
    let epoch: Epoch = parts.next()?.parse().ok()?;
    let (range, revision) = parts.next()?.split_once('.')?;
    let (from, to) = range.split_once('-')?;
    let (from, to, revision) = (seq(from)?, seq(to)?, seq(revision)?);
    let mut runs = contents.runs(room).map(|(_, run)| run);
    Some(runs.any(|run| {
        run.epoch == epoch && run.from <= from && to <= run.to && run.revision >= revision
    }))
}

/// A state is named in the change that names the range that it ends, never later; only the one that
/// is named may be made anew.
fn is_older_state(contents: &Contents, path: &str) -> Option<bool> {
    let (room, place) = state_place(path)?;
    let newest = contents.state_of(room).and_then(|newest| state_place(&newest.path));
    match newest {
        Some((_, newest)) if newest.0 == place.0 => Some(newest > place),
        Some(_) | None => contents.watermark(room).map(|run| place.0 <= run.to),
    }
}

/// The room of a state, its last entry, and how often it was made anew.
fn state_place(path: &str) -> Option<(RoomId, (Seq, u64))> {
    let path = path.strip_prefix("v1/state/")?.strip_suffix(".json.zst")?;
    let mut parts = path.split('/').skip(1);
    let room: RoomId = parts.next()?.parse().ok()?;
    let name = parts.next()?;
    let (to, revision) = name.split_once('.').unwrap_or((name, "0"));
    Some((room, (seq(to)?, revision.parse().ok()?)))
}

/// Whether a table file was replaced, or has the number of a change that did not name it. One that
/// is newer than a named one of its name may be about to be named.
fn is_past_table(contents: &Contents, path: &str) -> Option<bool> {
    let (name, revision) = layout::table_revision(path)?;
    let (_, number) = name.rsplit_once('/')?;
    let number: u64 = number.parse().ok()?;
    let mut named = contents
        .objects
        .iter()
        .filter_map(|object| layout::table_revision(&object.path))
        .filter(|(other, _)| *other == name)
        .peekable();
    if named.peek().is_none() {
        return Some(number <= contents.number);
    }
    Some(named.any(|(_, newer)| newer > revision))
}

fn seq(digits: &str) -> Option<Seq> {
    digits.parse().ok().and_then(|number: u64| Seq::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Kind, Object};
    use crate::testing::{self, BUCKET, Log, MIDNIGHT};

    const ROOM: &str = "0123456789abcdefghjk";
    const EPOCH: &str = "zzzzzzzzzzzzzzzzzzzz";

    fn path(from: u64, to: u64, revision: u64) -> String {
        let seq = |n| Seq::try_from(n).unwrap();
        let (room, epoch) = (ROOM.parse().unwrap(), EPOCH.parse().unwrap());
        layout::segment(room, epoch, (seq(from), seq(to)), seq(revision))
    }

    fn object(path: String, kind: Kind, (from, to): (u64, u64), revision: u64) -> Object {
        let seq = |n| Seq::try_from(n).unwrap();
        let run = Run {
            room: ROOM.parse().unwrap(),
            epoch: EPOCH.parse().unwrap(),
            from: seq(from),
            to: seq(to),
            first_at: Timestamp(0),
            last_at: Timestamp(0),
            entries: 1,
            link_before: String::new(),
            link: String::new(),
            revision: seq(revision),
        };
        let (sha256, day) = (String::new(), "1970-01-01".into());
        Object { path, bytes: 1, sha256, day, kind, runs: vec![run] }
    }

    #[test]
    fn an_object_goes_only_if_nothing_can_name_it_again() {
        let segment = object(path(1, 9, 5), Kind::Segment, (1, 9), 5);
        let table = object(layout::table("1970-01-02", 0x96, 3, 7), Kind::Table, (10, 40), 7);
        let state = layout::state_anew(ROOM.parse().unwrap(), Seq::try_from(9).unwrap(), 2);
        let state = object(state, Kind::State, (9, 9), 5);
        let objects = vec![segment, table, state];
        let contents = Contents { number: 5, objects, ..Contents::default() };
        let leftover = |path: &str| is_leftover(&contents, path);
        assert!(leftover(&path(1, 9, 0)), "its words were erased");
        assert!(!leftover(&path(1, 9, 5)), "it is named");
        assert!(!leftover(&path(1, 9, 6)), "it may be about to be named: more is erased in it");
        assert!(leftover(&path(10, 20, 7)), "it is in a table file");
        assert!(!leftover(&path(10, 20, 8)));
        assert!(!leftover(&path(41, 50, 0)), "it is about to be named");
        let table = |number, revision| layout::table("1970-01-02", 0x96, number, revision);
        assert!(leftover(&table(3, 6)));
        assert!(!leftover(&table(3, 8)) && !leftover(&table(6, 0)));
        assert!(leftover(&table(5, 0)), "change 5 did not name it");
        let room = ROOM.parse().unwrap();
        let state = |n| layout::state(room, Seq::try_from(n).unwrap());
        assert!(leftover(&state(8)) && leftover(&state(9)) && leftover(&state(40)));
        assert!(!leftover(&state(41)), "it is about to be named");
        let anew = |revision| layout::state_anew(room, Seq::try_from(9).unwrap(), revision);
        assert!(leftover(&anew(1)) && !leftover(&anew(2)) && !leftover(&anew(3)));
        assert!(!leftover("v1/l0/b=96/notes.txt") && !leftover("elsewhere"));
    }

    async fn names(store: &Store) -> Vec<String> {
        let mut names = Vec::new();
        for folder in ["v1/l0", "v1/l1", "v1/state"] {
            let listed = store.list(folder).await.unwrap();
            names.extend(listed.into_iter().map(|listed| listed.path));
        }
        names
    }

    async fn swept(store: &Store, fence: Fence) -> Result<Contents, Failure> {
        let tables = tables(store).await.unwrap().remove(&BUCKET).unwrap_or_default();
        sweep(store, BUCKET, &tables, (fence, Timestamp(1))).await
    }

    #[tokio::test]
    async fn a_bucket_is_swept_of_all_that_nothing_can_name() {
        let store = Store::in_memory();
        let mut log = Log::new(testing::room(0), testing::epoch(1));
        let old = log.archive(&store, MIDNIGHT, &[(1, "expired")]).await;
        let kept = log.archive(&store, MIDNIGHT + 5, &[(1, "here")]).await;
        let remove = vec![old.path.clone()];
        manifest::commit(&store, BUCKET, 1, Timestamp(1), vec![], remove).await.unwrap();
        let (_, next) = log.say(MIDNIGHT + 9, &[(1, "about to be archived")]);
        let next = layout::segment(next.room, next.epoch, (next.from, next.to), next.revision);
        let table = layout::table("2026-05-17", BUCKET, 4, 0);
        for path in [&next, &table, &"v1/l0/b=96/notes.txt".to_owned()] {
            store.create(path, "…").await.unwrap();
        }
        let contents = swept(&store, 2).await.unwrap();
        assert_eq!((contents.number, contents.fence), (4, 2));
        assert_eq!(names(&store).await, [kept.path, next, "v1/l0/b=96/notes.txt".to_owned()]);
        assert_eq!(swept(&store, 2).await.unwrap(), contents, "there is nothing left to do");
    }

    /// Who slept through its lease puts what the room was, while the archive has its log already.
    #[tokio::test]
    async fn a_state_to_a_range_that_was_named_without_it_stays_nobodys() {
        let store = Store::in_memory();
        let mut log = Log::new(testing::room(0), testing::epoch(1));
        log.archive(&store, MIDNIGHT, &[(1, "here"), (2, "there")]).await;
        let contents = manifest::load(&store, BUCKET).await.unwrap();
        let state = |to| layout::state(testing::room(0), testing::seq(to));
        assert!(is_leftover(&contents, &state(1)) && is_leftover(&contents, &state(2)));
        assert!(!is_leftover(&contents, &state(3)), "somebody may be about to name it");
    }

    /// Who is about to name a table file finds that its lease was lost, not that the file is gone.
    #[tokio::test]
    async fn who_swept_lets_nobody_name_what_was_swept() {
        let store = Store::in_memory();
        let mut log = Log::new(testing::room(0), testing::epoch(1));
        let segment = log.archive(&store, MIDNIGHT, &[(1, "here")]).await;
        let path = layout::table("2026-05-17", BUCKET, 2, 0);
        store.create(&path, "…").await.unwrap();
        swept(&store, 2).await.unwrap();
        let table = Object { path, kind: Kind::Table, ..segment.clone() };
        let remove = vec![segment.path.clone()];
        let late = manifest::commit(&store, BUCKET, 1, Timestamp(1), vec![table], remove).await;
        assert!(matches!(late, Err(Failure::Fenced(_))), "{late:?}");
        assert_eq!(names(&store).await, [segment.path]);
        assert!(swept(&store, 1).await.is_ok(), "nothing was to be done");
        store.create(&layout::table("2026-05-17", BUCKET, 1, 0), "…").await.unwrap();
        assert!(matches!(swept(&store, 1).await, Err(Failure::Fenced(_))));
    }
}
