//! A bucket's manifest: numbered changes, of which each is created once and never replaced.

use std::collections::{BTreeMap, BTreeSet};

use protocol::archive::Fence;
use protocol::{Epoch, RoomId, Seq, Timestamp};
use serde::de::DeserializeOwned;

use crate::failure::Failure;
use crate::layout;
use crate::record::{Change, Checkpoint, Contents, Kind, Object, Run, VERSION};
use crate::store::Store;

/// Every so many changes there is a checkpoint.
pub const CHECKPOINT_EVERY: u64 = 100;

/// So many checkpoints stay, of which the last is what readers begin with: who listed them before
/// others came finds what was listed, unless it takes for hundreds of changes.
const CHECKPOINTS_KEPT: u64 = 3;

/// How often a checkpoint is looked for that was removed since it was listed.
const CHECKPOINT_TRIES: u32 = 3;

/// How often a change is tried against others that come first.
const TRIES: u32 = 64;

/// What a bucket holds.
///
/// # Errors
/// [`Failure::Damaged`] with the path of what cannot be understood.
pub async fn load(store: &Store, bucket: u8) -> Result<Contents, Failure> {
    for _ in 1..CHECKPOINT_TRIES {
        match load_listed(store, bucket).await {
            Err(Failure::Missing { .. }) => {}
            done => return done,
        }
    }
    load_listed(store, bucket).await
}

/// As [`load`]; [`Failure::Missing`] if the checkpoint is not there any more.
async fn load_listed(store: &Store, bucket: u8) -> Result<Contents, Failure> {
    let folder = layout::manifest_folder(bucket);
    let names: BTreeSet<String> =
        store.list(&folder).await?.into_iter().map(|listed| listed.path).collect();
    let last = names.iter().rev().find(|name| name.ends_with(".checkpoint.json"));
    let mut contents = match last {
        Some(path) => checkpoint(store, path).await?,
        None => Contents::default(),
    };
    // Not the listing, but the store itself says where the changes end.
    while let Some(change) = next(store, bucket, &contents).await? {
        contents = apply(&layout::change(bucket, change.number), contents, &change)?;
    }
    let beyond = names.range(layout::change(bucket, contents.number.saturating_add(1))..);
    if let Some(path) = beyond.into_iter().find(|name| !name.ends_with(".checkpoint.json")) {
        let missing = contents.number.saturating_add(1);
        return Err(Failure::damaged(path, format!("change {missing} before it is missing")));
    }
    Ok(contents)
}

/// When a bucket was changed last; `None` if it never was.
///
/// # Errors
/// As [`load`].
pub async fn changed_at(
    store: &Store,
    bucket: u8,
    contents: &Contents,
) -> Result<Option<Timestamp>, Failure> {
    let path = layout::change(bucket, contents.number);
    let Some(bytes) = store.find(&path).await? else { return Ok(None) };
    parse(&path, &bytes).map(|change: Change| Some(change.at))
}

/// Changes what a bucket holds, all of it or nothing; answers what it holds then.
///
/// Objects of `add` that are part of it already, with the same bytes, stay; paths of `remove` that
/// are gone already stay gone: so a change can be tried again. A path in both is replaced.
///
/// # Errors
/// [`Failure::Fenced`] if a change was made under a later lease; [`Failure::Divergent`] if an
/// object of `add` is part of it with other bytes, or holds entries that another one holds.
pub async fn commit(
    store: &Store,
    bucket: u8,
    fence: Fence,
    at: Timestamp,
    add: Vec<Object>,
    remove: Vec<String>,
) -> Result<Contents, Failure> {
    let contents = load(store, bucket).await?;
    commit_after(store, bucket, contents, (fence, at), (add, remove)).await
}

/// As [`commit`], of a bucket of which these were the contents, which saves reading them again.
/// What others changed since is found, because the name of the next change is taken.
///
/// # Errors
/// As [`commit`].
pub async fn commit_after(
    store: &Store,
    bucket: u8,
    contents: Contents,
    (fence, at): (Fence, Timestamp),
    (add, remove): (Vec<Object>, Vec<String>),
) -> Result<Contents, Failure> {
    create(store, bucket, contents, fence, |contents| change(contents, fence, at, &add, &remove))
        .await
}

/// Lets nobody with an earlier lease change a bucket any more, of which these are the contents: by
/// a change that adds and removes nothing, unless there was one under this lease.
///
/// # Errors
/// [`Failure::Fenced`] if a change was made under a later lease.
pub async fn shut_out(
    store: &Store,
    bucket: u8,
    contents: Contents,
    fence: Fence,
    at: Timestamp,
) -> Result<Contents, Failure> {
    let change = |contents: &Contents| {
        let number = contents.number.saturating_add(1);
        let (add, remove) = (Vec::new(), Vec::new());
        let change = Change { version: VERSION, number, fence, at, add, remove };
        Ok((contents.fence < fence).then_some(change))
    };
    create(store, bucket, contents, fence, change).await
}

/// Creates the change that follows from what a bucket holds, if there is one.
async fn create(
    store: &Store,
    bucket: u8,
    mut contents: Contents,
    fence: Fence,
    change: impl Fn(&Contents) -> Result<Option<Change>, Failure>,
) -> Result<Contents, Failure> {
    for _ in 0..TRIES {
        if contents.fence > fence {
            let newer = contents.fence;
            return Err(Failure::Fenced(format!(
                "bucket {bucket:02x} has changes of lease {newer}, this job's is {fence}"
            )));
        }
        let Some(change) = change(&contents)? else {
            return Ok(contents);
        };
        let path = layout::change(bucket, change.number);
        match store.create(&path, json(&path, &change)?).await {
            Ok(_) => {
                contents = apply(&path, contents, &change)?;
                write_checkpoint(store, bucket, &contents).await?;
                return Ok(contents);
            }
            Err(Failure::Divergent { .. }) => contents = load(store, bucket).await?,
            Err(failure) => return Err(failure),
        }
    }
    Err(Failure::later(format!("bucket {bucket:02x} is changed by others all the time")))
}

impl Contents {
    /// The last run of a room's log, of whatever epoch.
    #[must_use]
    pub fn watermark(&self, room: RoomId) -> Option<&Run> {
        let runs = self.runs(room).map(|(_, run)| run);
        runs.max_by_key(|run| (run.last_at, run.to))
    }

    /// The last run of an epoch of a room's log.
    #[must_use]
    pub fn watermark_in(&self, room: RoomId, epoch: Epoch) -> Option<&Run> {
        let runs = self.runs(room).map(|(_, run)| run).filter(|run| run.epoch == epoch);
        runs.max_by_key(|run| run.to)
    }

    /// The segments and tables with entries of a room, by epoch and first entry of the room.
    #[must_use]
    pub fn objects_of(&self, room: RoomId) -> Vec<&Object> {
        let mut found: Vec<_> =
            self.runs(room).map(|(object, run)| ((run.epoch, run.from), object)).collect();
        found.sort_by_key(|(place, _)| *place);
        found.dedup_by(|(_, later), (_, earlier)| later.path == earlier.path);
        found.into_iter().map(|(_, object)| object).collect()
    }

    /// The segments and tables that hold an entry; more than one if there are epochs.
    #[must_use]
    pub fn objects_with(&self, room: RoomId, seq: Seq) -> Vec<&Object> {
        let has = |run: &&Run| run.room == room && run.from <= seq && seq <= run.to;
        let logs = self.objects.iter().filter(|object| object.kind != Kind::State);
        logs.filter(|object| object.runs.iter().any(|run| has(&run))).collect()
    }

    /// What a room is beside its log, the newest.
    #[must_use]
    pub fn state_of(&self, room: RoomId) -> Option<&Object> {
        let states = self.objects.iter().filter(|object| object.kind == Kind::State);
        let of = |object: &Object| {
            object.runs.iter().find(|run| run.room == room).map(|run| (run.last_at, run.to))
        };
        states.filter(|object| of(object).is_some()).max_by_key(|object| of(object))
    }

    /// Every room in it.
    #[must_use]
    pub fn rooms(&self) -> BTreeSet<RoomId> {
        self.objects.iter().flat_map(|object| &object.runs).map(|run| run.room).collect()
    }

    /// An object by its path.
    #[must_use]
    pub fn object(&self, path: &str) -> Option<&Object> {
        let place = self.objects.binary_search_by(|object| object.path.as_str().cmp(path)).ok()?;
        self.objects.get(place)
    }

    /// The runs of a room's log, with their objects.
    pub fn runs(&self, room: RoomId) -> impl Iterator<Item = (&Object, &Run)> {
        let logs = self.objects.iter().filter(|object| object.kind != Kind::State);
        logs.flat_map(move |object| {
            let runs = object.runs.iter().filter(move |run| run.room == room);
            runs.map(move |run| (object, run))
        })
    }
}

/// The change that makes the contents what is asked for; `None` if they are.
fn change(
    contents: &Contents,
    fence: Fence,
    at: Timestamp,
    add: &[Object],
    remove: &[String],
) -> Result<Option<Change>, Failure> {
    let mut new = Vec::new();
    for object in add {
        match contents.object(&object.path) {
            Some(present) if present == object => {}
            Some(_) if !remove.contains(&object.path) => {
                return Err(Failure::Divergent { path: object.path.clone() });
            }
            Some(_) | None => new.push(object.clone()),
        }
    }
    let goes = |path: &&String| {
        let replaced = new.iter().any(|object: &Object| object.path == **path);
        let stays = add.iter().any(|object| object.path == **path) && !replaced;
        contents.object(path).is_some() && !stays
    };
    let remove: Vec<String> = remove.iter().filter(goes).cloned().collect();
    if new.is_empty() && remove.is_empty() {
        return Ok(None);
    }
    let number = contents.number.saturating_add(1);
    let change = Change { version: VERSION, number, fence, at, add: new, remove };
    overlap(contents, &change).map_or(Ok(Some(change)), Err)
}

/// An entry would be in the archive twice.
fn overlap(contents: &Contents, change: &Change) -> Option<Failure> {
    let removed: BTreeSet<&str> = change.remove.iter().map(String::as_str).collect();
    let stay = contents.objects.iter().filter(|object| !removed.contains(object.path.as_str()));
    let mut logs: BTreeMap<(RoomId, Epoch), Vec<(&Run, &Object)>> = BTreeMap::new();
    for object in change.add.iter().filter(|object| object.kind != Kind::State) {
        for run in &object.runs {
            logs.entry((run.room, run.epoch)).or_default().push((run, object));
        }
    }
    for object in stay.filter(|object| object.kind != Kind::State) {
        for run in &object.runs {
            if let Some(runs) = logs.get_mut(&(run.room, run.epoch)) {
                runs.push((run, object));
            }
        }
    }
    logs.into_values().find_map(|mut runs| {
        runs.sort_by_key(|(run, _)| run.from);
        let mut pairs = runs.iter().zip(runs.iter().skip(1));
        let ((_, object), _) = pairs.find(|((first, _), (second, _))| second.from <= first.to)?;
        Some(Failure::damaged(&object.path, "its entries are in another object, too"))
    })
}

/// The contents after a change.
fn apply(path: &str, mut contents: Contents, change: &Change) -> Result<Contents, Failure> {
    let mut objects: BTreeMap<String, Object> =
        contents.objects.drain(..).map(|object| (object.path.clone(), object)).collect();
    for removed in &change.remove {
        if objects.remove(removed).is_none() {
            return Err(Failure::damaged(
                path,
                format!("it removes {removed}, which is not there"),
            ));
        }
    }
    for object in &change.add {
        if objects.insert(object.path.clone(), object.clone()).is_some() {
            let added = &object.path;
            return Err(Failure::damaged(path, format!("it adds {added}, which is there")));
        }
    }
    Ok(Contents {
        number: change.number,
        fence: contents.fence.max(change.fence),
        objects: objects.into_values().collect(),
    })
}

async fn next(store: &Store, bucket: u8, contents: &Contents) -> Result<Option<Change>, Failure> {
    let number = contents.number.saturating_add(1);
    let path = layout::change(bucket, number);
    let Some(bytes) = store.find(&path).await? else { return Ok(None) };
    let change: Change = parse(&path, &bytes)?;
    version(&path, change.version)?;
    if change.number != number {
        return Err(Failure::damaged(path, format!("it says that it is change {}", change.number)));
    }
    Ok(Some(change))
}

async fn checkpoint(store: &Store, path: &str) -> Result<Contents, Failure> {
    let bytes = store.read(path).await?;
    let Checkpoint { version: number, contents } = parse(path, &bytes)?;
    version(path, number)?;
    Ok(contents)
}

async fn write_checkpoint(store: &Store, bucket: u8, contents: &Contents) -> Result<(), Failure> {
    if contents.number.checked_rem(CHECKPOINT_EVERY) != Some(0) {
        return Ok(());
    }
    let path = layout::checkpoint(bucket, contents.number);
    let checkpoint = Checkpoint { version: VERSION, contents: contents.clone() };
    store.create(&path, json(&path, &checkpoint)?).await?;
    // The changes stay, all of them: that their names are taken stops a job that slept for long.
    match contents.number.checked_sub(CHECKPOINTS_KEPT.saturating_mul(CHECKPOINT_EVERY)) {
        None | Some(0) => Ok(()),
        Some(old) => store.delete(&layout::checkpoint(bucket, old)).await,
    }
}

fn parse<T: DeserializeOwned>(path: &str, bytes: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(bytes).map_err(|error| Failure::damaged(path, error))
}

fn json(path: &str, value: &impl serde::Serialize) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(value).map_err(|error| Failure::damaged(path, error))
}

fn version(path: &str, version: u32) -> Result<(), Failure> {
    if version == VERSION {
        return Ok(());
    }
    Err(Failure::damaged(path, format!("it is of version {version}; this program knows {VERSION}")))
}

#[cfg(test)]
mod tests {
    use futures::future::join_all;

    use super::*;
    use crate::fixture::{self, epoch, object, room, seq};

    const NOW: Timestamp = fixture::MORNING;

    async fn add(store: &Store, fence: Fence, objects: Vec<Object>) -> Result<Contents, Failure> {
        commit(store, 7, fence, NOW, objects, vec![]).await
    }

    #[tokio::test]
    async fn an_empty_bucket_is_empty() {
        assert_eq!(load(&Store::in_memory(), 7).await.unwrap(), Contents::default());
    }

    #[tokio::test]
    async fn what_is_committed_is_loaded_and_what_is_removed_is_not() {
        let store = Store::in_memory();
        let (first, second) = (object(1, 1..=4), object(1, 5..=9));
        let after = add(&store, 3, vec![second.clone(), first.clone()]).await.unwrap();
        assert_eq!(load(&store, 7).await.unwrap(), after);
        assert_eq!((after.number, after.fence), (1, 3));
        assert_eq!(after.objects_of(room(1)), [&first, &second]);
        assert_eq!(after.watermark(room(1)).unwrap(), &second.runs[0]);
        assert_eq!(after.watermark_in(room(1), epoch()).unwrap().to, seq(9));
        assert_eq!(after.objects_with(room(1), seq(5)), [&second]);
        assert_eq!(after.watermark(room(2)), None);
        let removed = vec![first.path.clone()];
        let after = commit(&store, 7, 3, NOW, vec![], removed).await.unwrap();
        assert_eq!(after.objects, [second]);
        assert_eq!(load(&store, 6).await.unwrap(), Contents::default(), "another bucket");
    }

    #[tokio::test]
    async fn a_change_that_is_tried_again_changes_nothing() {
        let store = Store::in_memory();
        let (old, new) = (object(1, 1..=4), object(2, 1..=4));
        add(&store, 1, vec![old.clone()]).await.unwrap();
        for _ in 0..2 {
            let removed = vec![old.path.clone()];
            let after = commit(&store, 7, 1, NOW, vec![new.clone()], removed).await.unwrap();
            assert_eq!((after.number, after.objects), (2, vec![new.clone()]));
        }
    }

    #[tokio::test]
    async fn an_object_is_replaced_by_one_of_its_name() {
        let store = Store::in_memory();
        let old = object(1, 1..=4);
        let new = Object { sha256: "0".repeat(64), ..old.clone() };
        add(&store, 1, vec![old.clone()]).await.unwrap();
        assert!(matches!(
            add(&store, 1, vec![new.clone()]).await.unwrap_err(),
            Failure::Divergent { path } if path == old.path
        ));
        for _ in 0..2 {
            let removed = vec![old.path.clone()];
            let after = commit(&store, 7, 1, NOW, vec![new.clone()], removed).await.unwrap();
            assert_eq!((after.number, after.objects), (2, vec![new.clone()]));
        }
    }

    /// Whoever commits by what it knew finds what others changed since.
    #[tokio::test]
    async fn contents_that_are_old_change_nothing_wrongly() {
        let store = Store::in_memory();
        let old = add(&store, 2, vec![object(1, 1..=4)]).await.unwrap();
        add(&store, 2, vec![object(2, 1..=4)]).await.unwrap();
        let commit = async |fence, object: Object| {
            commit_after(&store, 7, old.clone(), (fence, NOW), (vec![object], vec![])).await
        };
        let double = commit(2, Object { path: "other".to_owned(), ..object(2, 2..=3) }).await;
        assert!(matches!(double, Err(Failure::Damaged { .. })), "{double:?}");
        let after = commit(2, object(1, 5..=9)).await.unwrap();
        assert_eq!((after.number, after.objects.len()), (3, 3));
        assert_eq!(load(&store, 7).await.unwrap(), after);
        add(&store, 3, vec![object(1, 10..=12)]).await.unwrap();
        let fenced = commit(2, object(1, 13..=14)).await.unwrap_err();
        assert!(matches!(fenced, Failure::Fenced(_)), "{fenced}");
    }

    #[tokio::test]
    async fn who_lost_the_lease_cannot_change_anything() {
        let store = Store::in_memory();
        add(&store, 2, vec![object(1, 1..=4)]).await.unwrap();
        let fenced = add(&store, 1, vec![object(1, 5..=9)]).await.unwrap_err();
        assert!(matches!(fenced, Failure::Fenced(_)), "{fenced}");
        assert_eq!(load(&store, 7).await.unwrap().number, 1);
    }

    #[tokio::test]
    async fn an_entry_is_never_in_two_objects() {
        let store = Store::in_memory();
        add(&store, 1, vec![object(1, 1..=4)]).await.unwrap();
        let twice = add(&store, 1, vec![object(1, 4..=9)]).await.unwrap_err();
        assert_eq!(twice.exit_code(), 42, "{twice}");
        let removed = vec![object(1, 1..=4).path];
        commit(&store, 7, 1, NOW, vec![object(1, 1..=9)], removed).await.unwrap();
    }

    #[tokio::test]
    async fn a_checkpoint_stands_for_what_was_before() {
        let store = Store::in_memory();
        for n in 1..=CHECKPOINT_EVERY + 1 {
            add(&store, n, vec![object(1, n..=n)]).await.unwrap();
        }
        let whole = load(&store, 7).await.unwrap();
        assert!(store.head(&layout::checkpoint(7, 100)).await.unwrap().is_some());
        for n in 1..=CHECKPOINT_EVERY {
            store.delete(&layout::change(7, n)).await.unwrap();
        }
        assert_eq!(load(&store, 7).await.unwrap(), whole);
        assert_eq!((whole.objects.len(), whole.fence), (101, 101));
        store.delete(&layout::checkpoint(7, 100)).await.unwrap();
        assert!(load(&store, 7).await.is_err(), "change 101 stands on nothing");
    }

    #[tokio::test]
    async fn old_checkpoints_go_and_all_changes_stay() {
        let store = Store::in_memory();
        let end = (CHECKPOINTS_KEPT + 2) * CHECKPOINT_EVERY;
        let contents = Contents { number: end - 1, fence: 1, objects: vec![] };
        for n in 1..end {
            let change = Change {
                version: VERSION,
                number: n,
                fence: 1,
                at: NOW,
                add: vec![],
                remove: vec![],
            };
            let path = layout::change(7, n);
            store.create(&path, json(&path, &change).unwrap()).await.unwrap();
            write_checkpoint(&store, 7, &Contents { number: n, ..contents.clone() }).await.unwrap();
        }
        assert_eq!(load(&store, 7).await.unwrap(), contents);
        add(&store, 1, vec![object(1, 1..=4)]).await.unwrap();
        let listed = store.list(&layout::manifest_folder(7)).await.unwrap();
        let is_checkpoint = |path: &&str| path.ends_with(".checkpoint.json");
        let paths = || listed.iter().map(|listed| listed.path.as_str());
        let want = [end - 200, end - 100, end].map(|number| layout::checkpoint(7, number));
        assert_eq!(paths().filter(is_checkpoint).collect::<Vec<_>>(), want);
        assert_eq!(paths().count(), usize::try_from(end).unwrap() + 3);
    }

    /// Eight jobs that believe to have the lease: nothing is lost and no number is left out.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn eight_that_race_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let config = crate::config::Config {
            store: format!("file://{}", folder.path().display()),
            ..crate::config::Config::default()
        };
        for store in [Store::in_memory(), Store::open(&config).unwrap()] {
            let tasks = (0..8_u64).map(|room| {
                let store = store.clone();
                tokio::spawn(async move {
                    for n in 1..=6 {
                        add(&store, 1, vec![object(room, n..=n)]).await.unwrap();
                    }
                })
            });
            for done in join_all(tasks).await {
                done.unwrap();
            }
            let contents = load(&store, 7).await.unwrap();
            assert_eq!((contents.number, contents.objects.len()), (48, 48));
            let names = store.list(&layout::manifest_folder(7)).await.unwrap();
            let want: Vec<String> = (1..=48).map(|number| layout::change(7, number)).collect();
            assert_eq!(names.into_iter().map(|name| name.path).collect::<Vec<_>>(), want);
        }
    }

    #[tokio::test]
    async fn a_damaged_manifest_is_told_with_its_path() {
        for (number, bytes, why) in [
            (1, "{", "EOF"),
            (1, r#"{"version":2,"number":1,"fence":1,"at":1,"add":[],"remove":[]}"#, "version 2"),
            (1, r#"{"version":1,"number":3,"fence":1,"at":1,"add":[],"remove":[]}"#, "change 3"),
            (
                1,
                r#"{"version":1,"number":1,"fence":1,"at":1,"add":[],"remove":["x"]}"#,
                "removes x",
            ),
            (2, "{}", "change 1 before it is missing"),
        ] {
            let store = Store::in_memory();
            let path = layout::change(7, number);
            store.replace(&path, bytes).await.unwrap();
            let failure = load(&store, 7).await.unwrap_err();
            assert_eq!(failure.exit_code(), 42);
            let text = failure.to_string();
            assert!(text.contains(&path) && text.contains(why), "{text}");
        }
    }
}
