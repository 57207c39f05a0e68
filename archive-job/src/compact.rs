//! `archive-job compact`: the segments of days that are over become table files.
//!
//! Each table file is one change of the manifest, so that whatever is killed leaves segments or
//! the table file, never both and never neither. A reader goes by the manifest; one that loaded it
//! before the change and finds a segment gone loads it again, and finds the table file there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use futures::{StreamExt, stream};
use protocol::archive::Fence;
use protocol::{Epoch, RoomId, Seq, Timestamp};
use serde::Serialize;
use tokio::sync::Semaphore;

use crate::context::Context;
use crate::damage::rooms_of;
use crate::failpoint::{self, Point};
use crate::failure::Failure;
use crate::lease::{self, Lease};
use crate::metrics::Stage;
use crate::object::{Reader, TablePlace, TableWriter, put_table};
use crate::record::{Contents, Kind, Object, Run};
use crate::retention::is_over;
use crate::store::{Listed, Store};
use crate::summary::Summary;
use crate::{leftovers, manifest};

/// How long a table file should be at most: as much as others fetch at once.
const TABLE_BYTES: u64 = 128 * 1024 * 1024;

/// The same, in KiB.
const TABLE_KIB: u32 = 128 * 1024;

/// The flags of `compact`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {}

/// What was, or would be, done.
#[derive(Debug, Default, Serialize)]
struct Done {
    segments: usize,
    tables: usize,
    bytes_before: u64,
    bytes_after: u64,
    /// What stays as it is, because something of it is damaged.
    damaged: Vec<Damaged>,
    dry_run: bool,
}

/// What does not become a table file.
#[derive(Debug, Serialize)]
struct Damaged {
    bucket: String,
    /// `None` if it is all of the bucket.
    day: Option<String>,
    why: String,
    #[serde(skip)]
    rooms: BTreeSet<RoomId>,
}

/// What becomes one table file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Group {
    /// The day of all of it.
    pub day: String,
    /// Segments, and table files that they are merged with.
    pub sources: Vec<Object>,
}

/// Runs `compact`.
///
/// # Errors
/// As every command; [`Failure::Unverified`] if something is damaged, which stops nothing else.
pub async fn run(context: &Context, _args: &Args) -> Result<Summary, Failure> {
    let mut done = Done { dry_run: context.dry_run, ..Done::default() };
    if context.dry_run {
        for bucket in context.buckets() {
            let contents = manifest::load(&context.store, bucket).await?;
            for group in plan(&contents, context.now(), context.config.compact_after) {
                done.count(&group);
            }
        }
    } else {
        let maru = context.maru()?;
        lease::under(context, &maru, async |lease| work(context, lease, &mut done).await).await?;
    }
    end(done)
}

async fn work(context: &Context, lease: &Lease, done: &mut Done) -> Result<(), Failure> {
    let buckets = context.buckets();
    let total = u64::try_from(buckets.len()).ok();
    let task = context.progress.task("Compacting buckets", total);
    let mut tables = leftovers::tables(&context.store).await?;
    let fence = || {
        context.stop.check()?;
        lease.check()
    };
    let when = (context.now(), context.config.compact_after);
    let compaction = Compaction::new(&context.store, when, &fence);
    let has_failed = AtomicBool::new(false);
    // What was begun is finished, whatever else fails.
    let buckets = buckets.into_iter().take_while(|_| !has_failed.load(Relaxed));
    let buckets = buckets.map(|bucket| (bucket, tables.remove(&bucket).unwrap_or_default()));
    let compacted = stream::iter(buckets).map(async |(bucket, tables)| {
        let mut of_bucket = Done::default();
        let compacted = compaction.bucket((bucket, &tables), &mut of_bucket).await;
        task.advance(1);
        (bucket, compacted, of_bucket)
    });
    let mut compacted = compacted.buffer_unordered(context.config.concurrency);
    let mut failed = None;
    while let Some((bucket, compacted, of_bucket)) = compacted.next().await {
        done.add(of_bucket);
        match compacted {
            Ok(()) => {}
            Err(why) if why.exit_code() == 42 => {
                done.damaged.push(Damaged::new(bucket, None, &why, BTreeSet::new()));
            }
            Err(why) => {
                has_failed.store(true, Relaxed);
                failed.get_or_insert(why);
            }
        }
    }
    // Buckets end in any order.
    done.damaged.sort_by(|one, other| (&one.bucket, &one.day).cmp(&(&other.bucket, &other.day)));
    let stage = Stage { stage: "table" };
    context.metrics.bytes.get_or_create(&stage).inc_by(done.bytes_after);
    if !done.damaged.is_empty() {
        // Somebody who took over may have replaced what seems to be missing.
        lease.confirm().await?;
        context.damage.note(done.damaged.iter().flat_map(|damaged| &damaged.rooms).copied());
    }
    failed.map_or(Ok(()), Err)
}

fn end(done: Done) -> Result<Summary, Failure> {
    let would = if done.dry_run { "Would put" } else { "Put" };
    let mut text =
        vec![format!("{would} {} segments into {} table files.", done.segments, done.tables)];
    text.extend(done.damaged.iter().map(|Damaged { bucket, day, why, .. }| {
        let day = day.as_ref().map(|day| format!(" of {day}")).unwrap_or_default();
        format!("Bucket {bucket}{day} stays as it is: {why}")
    }));
    let is_whole = done.damaged.is_empty();
    let summary = Summary::new("compact", text.join("\n"), done);
    if is_whole { Ok(summary) } else { Err(Failure::Unverified(Box::new(summary))) }
}

/// Compacts buckets, as many at once as together make no more than one table file in memory.
struct Compaction<'a> {
    store: &'a Store,
    now: Timestamp,
    after: Duration,
    /// Asked before each change.
    fence: &'a (dyn Fn() -> Result<Fence, Failure> + Sync),
    /// A permit for each KiB that may be in memory.
    memory: Semaphore,
}

impl<'a> Compaction<'a> {
    fn new(
        store: &'a Store,
        (now, after): (Timestamp, Duration),
        fence: &'a (dyn Fn() -> Result<Fence, Failure> + Sync),
    ) -> Self {
        let memory = usize::try_from(TABLE_KIB).unwrap_or(Semaphore::MAX_PERMITS);
        Self { store, now, after, fence, memory: Semaphore::new(memory) }
    }

    /// Compacts a bucket, in which the store has these table files. A day of which something is
    /// damaged stays as it is: `verify --repair` needs to find it so.
    async fn bucket(
        &self,
        (bucket, tables): (u8, &[Listed]),
        done: &mut Done,
    ) -> Result<(), Failure> {
        let place = ((self.fence)()?, self.now);
        let mut contents = leftovers::sweep(self.store, bucket, tables, place).await?;
        for group in plan(&contents, self.now, self.after) {
            // It is never closed.
            let _memory = self.memory.acquire_many(group.kib()).await.ok();
            (self.fence)()?;
            let number = contents.number.saturating_add(1);
            let place = TablePlace { day: &group.day, bucket, number, revision: 0 };
            let table = match merge(self.store, place, &group).await {
                Ok(table) => table,
                Err(why) if why.exit_code() == 42 => {
                    let (day, rooms) = (Some(group.day.clone()), group.rooms(&why));
                    done.damaged.push(Damaged::new(bucket, day, &why, rooms));
                    continue;
                }
                Err(why) => return Err(why),
            };
            done.count(&group);
            done.bytes_after = done.bytes_after.saturating_add(table.bytes);
            contents = self.replace(bucket, contents, (&group, table)).await?;
        }
        Ok(())
    }

    /// Puts a table file into the place of what it was made of.
    async fn replace(
        &self,
        bucket: u8,
        contents: Contents,
        (group, table): (&Group, Object),
    ) -> Result<Contents, Failure> {
        let gone: Vec<String> = group.sources.iter().map(|source| source.path.clone()).collect();
        let (when, swap) = (((self.fence)()?, self.now), (vec![table], gone.clone()));
        let contents = manifest::commit_after(self.store, bucket, contents, when, swap).await?;
        failpoint::reach(Point::Committed);
        // No manifest names them any more. What is not deleted now is by the next run.
        for path in gone {
            self.store.delete(&path).await?;
            failpoint::reach(Point::Deleted);
        }
        Ok(contents)
    }
}

/// What becomes table files: of each day that was over `after` ago the segments, sorted as a table
/// is, as many together as make one table file; the smallest table file of the day with them, if
/// it has room.
#[must_use]
pub fn plan(contents: &Contents, now: Timestamp, after: Duration) -> Vec<Group> {
    let mut days: BTreeMap<&str, Vec<&Object>> = BTreeMap::new();
    let is_ripe = |object: &&Object| is_over(&object.day, now, after);
    let segments = contents.objects.iter().filter(|object| object.kind == Kind::Segment);
    for segment in segments.filter(is_ripe) {
        days.entry(&segment.day).or_default().push(segment);
    }
    let tables = || contents.objects.iter().filter(|object| object.kind == Kind::Table);
    let mut groups = Vec::new();
    for (day, mut segments) in days {
        segments.sort_by_key(|segment| first(segment));
        let mut groups_of_day: Vec<Group> = Vec::new();
        for segment in segments {
            match groups_of_day.last_mut() {
                Some(group) if group.has_room_for(segment) => group.sources.push(segment.clone()),
                Some(_) | None => groups_of_day
                    .push(Group { day: day.to_owned(), sources: vec![segment.clone()] }),
            }
        }
        let of_day = tables().filter(|table| table.day == day);
        if let Some(table) = of_day.min_by_key(|table| (table.bytes, &table.path))
            && let Some(group) = groups_of_day.iter_mut().find(|group| group.has_room_for(table))
        {
            group.sources.push(table.clone());
        }
        groups.extend(groups_of_day);
    }
    groups
}

/// Puts one table file of all runs of a group, in the order of a table.
async fn merge(store: &Store, place: TablePlace<'_>, group: &Group) -> Result<Object, Failure> {
    let sources = &group.sources;
    let runs = |source: usize, object: &Object| -> Vec<(usize, Run)> {
        object.runs.iter().map(|run| (source, run.clone())).collect()
    };
    let all = sources.iter().enumerate();
    let mut all: Vec<(usize, Run)> = all.flat_map(|(at, object)| runs(at, object)).collect();
    all.sort_by_key(|(_, run)| place_of(run));
    // Segments are read when their turn comes; a table file has turns all along.
    let mut tables: BTreeMap<usize, Reader> = BTreeMap::new();
    let mut writer = TableWriter::new()?;
    for (source, run) in all {
        let Some(object) = sources.get(source) else { continue };
        let lines = if object.kind == Kind::Table {
            let reader = match tables.remove(&source) {
                Some(reader) => reader,
                None => Reader::open(store, object).await?,
            };
            tables.entry(source).or_insert(reader).lines(&run)?
        } else {
            Reader::open(store, object).await?.lines(&run)?
        };
        writer.push(&run, &lines)?;
    }
    let (bytes, runs) = writer.finish()?;
    let table = put_table(store, place, bytes, runs).await?;
    failpoint::reach(Point::Put);
    prove(group, &table)?;
    Ok(table)
}

/// Proves that nothing of a group is missing in its table file. That what is there is right was
/// proved when it was read back.
fn prove(group: &Group, table: &Object) -> Result<(), Failure> {
    let entries = |object: &Object| object.runs.iter().map(|run| run.entries).sum::<u64>();
    let before: u64 = group.sources.iter().map(entries).sum();
    if entries(table) == before {
        return Ok(());
    }
    let why = format!("it holds {} entries of {before}", entries(table));
    Err(Failure::damaged(&table.path, why))
}

impl Group {
    /// The rooms of the source of which a failure speaks; of all of them, if it speaks of none.
    fn rooms(&self, why: &Failure) -> BTreeSet<RoomId> {
        let is_it = |source: &&Object| why.path() == Some(source.path.as_str());
        let found = self.sources.iter().find(is_it).map(std::slice::from_ref);
        found.unwrap_or(&self.sources).iter().flat_map(rooms_of).collect()
    }

    fn bytes(&self) -> u64 {
        self.sources.iter().fold(0, |bytes, source| bytes.saturating_add(source.bytes))
    }

    /// How much memory it takes, in KiB: small ones have their costs, too.
    fn kib(&self) -> u32 {
        let kib = self.bytes().checked_div(1024).unwrap_or(0).saturating_add(1024);
        u32::try_from(kib).unwrap_or(TABLE_KIB).min(TABLE_KIB)
    }

    fn has_room_for(&self, object: &Object) -> bool {
        self.bytes().saturating_add(object.bytes) <= TABLE_BYTES
    }
}

impl Damaged {
    fn new(bucket: u8, day: Option<String>, why: &Failure, rooms: BTreeSet<RoomId>) -> Self {
        tracing::error!(%why, bucket, day, "damaged");
        Self { bucket: format!("{bucket:02x}"), day, why: why.to_string(), rooms }
    }
}

impl Done {
    /// Adds what was done of a bucket.
    fn add(&mut self, of: Self) {
        self.segments = self.segments.saturating_add(of.segments);
        self.tables = self.tables.saturating_add(of.tables);
        self.bytes_before = self.bytes_before.saturating_add(of.bytes_before);
        self.bytes_after = self.bytes_after.saturating_add(of.bytes_after);
        self.damaged.extend(of.damaged);
    }

    fn count(&mut self, group: &Group) {
        let segments = group.sources.iter().filter(|source| source.kind == Kind::Segment);
        self.segments = self.segments.saturating_add(segments.count());
        self.tables = self.tables.saturating_add(1);
        self.bytes_before = self.bytes_before.saturating_add(group.bytes());
    }
}

fn first(object: &Object) -> Option<(RoomId, Epoch, Seq)> {
    object.runs.first().map(place_of)
}

fn place_of(run: &Run) -> (RoomId, Epoch, Seq) {
    (run.room, run.epoch, run.from)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::Config;
    use crate::context::Clock;
    use crate::testing::maru::Fake;
    use crate::testing::{BUCKET, Log, MIDNIGHT, contents, epoch, room};

    const DAY: u64 = 86_400_000;
    const AFTER: Duration = Duration::from_hours(48);
    const RIPE: Timestamp = Timestamp(MIDNIGHT + 3 * DAY);

    async fn run(store: &Store, now: Timestamp) -> Done {
        run_under(store, now, 1).await
    }

    async fn run_under(store: &Store, now: Timestamp, fence: Fence) -> Done {
        let mut done = Done::default();
        let tables = tables(store).await;
        let place = (BUCKET, &tables[..]);
        let fence = || Ok(fence);
        let compaction = Compaction::new(store, (now, AFTER), &fence);
        compaction.bucket(place, &mut done).await.unwrap();
        done
    }

    async fn tables(store: &Store) -> Vec<Listed> {
        leftovers::tables(store).await.unwrap().remove(&BUCKET).unwrap_or_default()
    }

    /// Everything that the archive has of a log, by the manifest alone.
    async fn lines_of(store: &Store, log: &Log) -> String {
        let contents = contents(store).await;
        let mut lines = String::new();
        for object in contents.objects_of(log.room) {
            let mut reader = Reader::open_at(store, object, log.room).await.unwrap();
            let mine = object.runs.iter().filter(|run| run.room == log.room);
            for run in mine.filter(|run| run.epoch == log.epoch) {
                lines.push_str(&reader.lines(run).unwrap());
            }
        }
        lines
    }

    #[tokio::test]
    async fn a_day_becomes_a_table_when_it_is_over_and_not_before() {
        let store = Store::in_memory();
        let (mut a, mut b) = (Log::new(room(0), epoch(1)), Log::new(room(1), epoch(2)));
        a.archive(&store, MIDNIGHT, &[(1, "하나"), (2, "둘")]).await;
        b.archive(&store, MIDNIGHT + 5, &[(1, "다른 방")]).await;
        a.archive(&store, MIDNIGHT + DAY - 1, &[(1, "셋 👋🏽"), (1, "edit:넷")]).await;
        a.archive(&store, MIDNIGHT + DAY + 1, &[(2, "tomorrow")]).await;

        assert_eq!(run(&store, Timestamp(RIPE.0 - 1)).await.tables, 0);
        let done = run(&store, RIPE).await;
        assert_eq!((done.segments, done.tables), (3, 1));
        assert_eq!(lines_of(&store, &a).await, a.all);
        assert_eq!(lines_of(&store, &b).await, b.all);
        let contents = contents(&store).await;
        let tables: Vec<_> = contents.objects.iter().filter(|o| o.kind == Kind::Table).collect();
        let [table] = &tables[..] else { panic!("{tables:?}") };
        assert_eq!(table.runs.len(), 2, "runs that follow each other become one");
        assert_eq!(store.list("v1/l0").await.unwrap().len(), 1, "tomorrow's segment");
        assert_eq!(run(&store, RIPE).await.tables, 0, "there is nothing left to do");
    }

    #[tokio::test]
    async fn late_segments_are_merged_with_the_table_of_their_day() {
        let store = Store::in_memory();
        let (mut a, mut b) = (Log::new(room(0), epoch(1)), Log::new(room(1), epoch(2)));
        b.archive(&store, MIDNIGHT, &[(1, "first")]).await;
        a.archive(&store, MIDNIGHT, &[(1, "first")]).await;
        run(&store, RIPE).await;
        a.archive(&store, MIDNIGHT + 9, &[(1, "late")]).await;
        b.archive(&store, MIDNIGHT + 9, &[(1, "late"), (2, "later")]).await;
        let done = run(&store, RIPE).await;
        assert_eq!((done.segments, done.tables), (2, 1));
        assert_eq!(store.list("v1/l1").await.unwrap().len(), 1);
        assert_eq!(lines_of(&store, &a).await, a.all);
        assert_eq!(lines_of(&store, &b).await, b.all);
    }

    /// A run that was killed before its change left a table file, and one that was killed after it
    /// left segments: words in them would not be erased.
    #[tokio::test]
    async fn what_a_killed_run_left_is_removed() {
        let store = Store::in_memory();
        let mut log = Log::new(room(0), epoch(1));
        let segment = log.archive(&store, MIDNIGHT, &[(1, "하나")]).await;
        let bytes = store.read(&segment.path).await.unwrap();
        let number = contents(&store).await.number + 1;
        let place = TablePlace { day: "2026-05-17", bucket: BUCKET, number, revision: 0 };
        let group = Group { day: place.day.to_owned(), sources: vec![segment.clone()] };
        let put = merge(&store, place, &group).await.unwrap();
        assert_eq!(run_under(&store, RIPE, 2).await.tables, 1);
        assert_eq!(store.find(&put.path).await.unwrap(), None);
        store.create(&segment.path, bytes).await.unwrap();
        assert_eq!(run_under(&store, RIPE, 3).await.tables, 0, "there is nothing left to do");
        assert_eq!(store.find(&segment.path).await.unwrap(), None);
        assert_eq!(lines_of(&store, &log).await, log.all);
    }

    /// Whatever an earlier try left under the name that comes next.
    #[tokio::test]
    async fn what_a_killed_run_left_is_in_nobodys_way() {
        let store = Store::in_memory();
        let mut log = Log::new(room(0), epoch(1));
        log.archive(&store, MIDNIGHT, &[(1, "하나")]).await;
        let number = contents(&store).await.number + 1;
        let left = crate::layout::table("2026-05-17", BUCKET, number, 0);
        store.create(&left, &b"half of a table"[..]).await.unwrap();
        run(&store, RIPE).await;
        assert_eq!(lines_of(&store, &log).await, log.all);
        assert!(contents(&store).await.object(&left).is_none());
    }

    #[tokio::test]
    async fn who_lost_the_lease_changes_nothing() {
        let store = Store::in_memory();
        let mut log = Log::new(room(0), epoch(1));
        let segment = log.archive(&store, MIDNIGHT, &[(1, "하나")]).await;
        let before = contents(&store).await;
        let asked = std::sync::atomic::AtomicU32::new(0);
        let fence = || match asked.fetch_add(1, Relaxed) {
            0 | 1 => Ok(1),
            _ => Err(Failure::Fenced("somebody".to_owned())),
        };
        let mut done = Done::default();
        let compaction = Compaction::new(&store, (RIPE, AFTER), &fence);
        let lost = compaction.bucket((BUCKET, &[]), &mut done).await;
        assert!(matches!(lost, Err(Failure::Fenced(_))), "{lost:?}");
        assert_eq!(contents(&store).await, before);
        assert!(store.find(&segment.path).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn a_damaged_segment_stops_its_day_and_nothing_else() {
        let (fake, store) = (Fake::default(), Store::in_memory());
        let (context, _folder) = fake.context(store.clone()).await;
        let context = Context { clock: Clock::At(Timestamp(RIPE.0 + DAY)), ..context };
        let (mut a, mut b) = (Log::new(room(0), epoch(1)), Log::new(room(1), epoch(2)));
        let broken = a.archive(&store, MIDNIGHT, &[(1, "하나")]).await;
        b.archive(&store, MIDNIGHT, &[(1, "of the same day")]).await;
        a.archive(&store, MIDNIGHT + DAY, &[(1, "둘")]).await;
        let good = store.read(&broken.path).await.unwrap();
        for rot in [Some("other bytes"), None] {
            store.delete(&broken.path).await.unwrap();
            if let Some(rot) = rot {
                store.replace(&broken.path, rot).await.unwrap();
            }
            let failure = super::run(&context, &Args::default()).await.unwrap_err();
            assert_eq!(failure.exit_code(), 42);
            let text = &failure.summary().unwrap().text;
            let day = format!("Bucket {BUCKET:02x} of 2026-05-17 stays as it is: {}", broken.path);
            assert!(text.contains(&day), "{text}");
            assert_eq!(store.list("v1/l1/dt=2026-05-17").await.unwrap(), []);
            assert_eq!(store.list("v1/l1/dt=2026-05-18").await.unwrap().len(), 1);
            assert_eq!(context.damage.rooms(), BTreeSet::from([a.room]));
        }
        store.replace(&broken.path, good).await.unwrap();
        super::run(&context, &Args::default()).await.unwrap();
        assert_eq!(store.list("v1/l0").await.unwrap(), []);
        assert_eq!(lines_of(&store, &a).await, a.all);
        assert_eq!(lines_of(&store, &b).await, b.all);
    }

    #[tokio::test]
    async fn damaged_manifests_stop_their_buckets_and_nothing_else() {
        let (fake, store) = (Fake::default(), Store::in_memory());
        let (context, _folder) = fake.context(store.clone()).await;
        let context = Context { clock: Clock::At(RIPE), ..context };
        let mut log = Log::new(room(0), epoch(1));
        log.archive(&store, MIDNIGHT, &[(1, "하나")]).await;
        for bucket in [0x03, 0x01, BUCKET.wrapping_add(1), 0x02] {
            store.create(&crate::layout::change(bucket, 1), &b"{"[..]).await.unwrap();
        }
        let failure = super::run(&context, &Args::default()).await.unwrap_err();
        assert_eq!(failure.exit_code(), 42);
        let text = &failure.summary().unwrap().text;
        let buckets: Vec<_> = text.lines().skip(1).map(|line| &line[..9]).collect();
        assert_eq!(buckets, ["Bucket 01", "Bucket 02", "Bucket 03", "Bucket 97"], "{text}");
        assert_eq!(store.list("v1/l0").await.unwrap(), []);
    }

    /// The first bucket cannot be: who has a later lease changed it.
    #[tokio::test]
    async fn after_a_failure_what_was_begun_is_finished_and_nothing_else_begins() {
        let (fake, store) = (Fake::default(), Store::in_memory());
        let (context, _folder) = fake.context(store.clone()).await;
        let mut log = Log::new(room(0), epoch(1));
        log.archive(&store, MIDNIGHT, &[(1, "하나")]).await;
        let later = manifest::shut_out(&store, 0, Contents::default(), u64::MAX, RIPE).await;
        let path = crate::layout::table("2026-05-17", 0, 1, 0);
        store.create(&path, &b"left"[..]).await.unwrap();
        assert_eq!(later.unwrap().number, 1);
        for (concurrency, left) in [(1, 1), (usize::from(BUCKET) + 1, 0)] {
            let config = Config { concurrency, ..(*context.config).clone() };
            let clock = Clock::At(RIPE);
            let context = Context { clock, config: Arc::new(config), ..context.clone() };
            let failure = super::run(&context, &Args::default()).await.unwrap_err();
            assert!(matches!(failure, Failure::Fenced(_)), "{failure}");
            assert_eq!(store.list("v1/l0").await.unwrap().len(), left);
        }
    }

    #[tokio::test]
    async fn groups_are_not_longer_than_a_table_file_should_be() {
        let store = Store::in_memory();
        let mut log = Log::new(room(0), epoch(1));
        for _ in 0..5 {
            log.archive(&store, MIDNIGHT, &[(1, "말")]).await;
        }
        let mut contents = contents(&store).await;
        for object in &mut contents.objects {
            object.bytes = 60 * 1024 * 1024;
        }
        let groups = plan(&contents, RIPE, AFTER);
        let sizes: Vec<_> = groups.iter().map(|group| group.sources.len()).collect();
        assert_eq!(sizes, [2, 2, 1]);
        let first = groups[0].sources.iter().map(|source| source.runs[0].from.get());
        assert_eq!(first.collect::<Vec<_>>(), [1, 2], "in the order of the log");
    }
}
