//! `archive-job index`, and what other commands ask of the index.

use std::ops::ControlFlow;
use std::sync::Arc;

use futures::StreamExt as _;
use protocol::{RoomId, Timestamp, UserId};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::intake::Intake;
use super::reading::{Lines, Part, Piece, Read, parts};
use super::{Clause, Index, IndexError, Writer};
use crate::config::IndexTarget;
use crate::context::{Context, Stop};
use crate::failure::Failure;
use crate::manifest;
use crate::metrics::outcome;
use crate::summary::Summary;

/// The flags of `index`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Begin with an empty index; only for the embedded one
    #[arg(long)]
    pub rebuild: bool,
    /// Memory for what is being indexed, in MiB
    #[arg(long, default_value_t = MEMORY_MIB, value_name = "MIB")]
    pub memory: usize,
}

const MEMORY_MIB: usize = 64;

/// Parts that are read ahead.
pub(super) const READ_AHEAD: usize = 3;

impl Default for Args {
    fn default() -> Self {
        Self { rebuild: false, memory: MEMORY_MIB }
    }
}

/// Runs `index`.
///
/// # Errors
/// As every command; [`Failure::Unverified`] if something is damaged, which stops no room that has
/// nothing in it.
pub async fn run(context: &Context, args: &Args) -> Result<Summary, Failure> {
    match &context.config.index {
        IndexTarget::Embedded => {}
        IndexTarget::Bulk(url) => return super::bulk::run(context, args, url).await,
        IndexTarget::None => {
            return Ok(Summary::new("index", "nothing is indexed (`index = none`)", json!({})));
        }
    }
    let index = embedded(context, args.memory.saturating_mul(1024 * 1024));
    if args.rebuild && !context.dry_run {
        index.clear()?;
    }
    let (mut all, mut gone) = (Vec::new(), Vec::new());
    let mut until = None;
    for bucket in context.buckets() {
        let contents = manifest::load(&context.store, bucket).await?;
        let runs = contents.objects.iter().flat_map(|object| &object.runs);
        until = until.max(runs.map(|run| run.last_at).max());
        let ignores = args.rebuild && context.dry_run;
        let watermarks = if ignores { Arc::default() } else { index.watermarks(bucket)? };
        all.extend(parts(bucket, &contents, &watermarks));
        let rooms = contents.rooms();
        gone.extend(watermarks.keys().copied().filter(|room| !rooms.contains(room)));
    }
    all.sort_by(|a, b| (&a.day, a.bucket).cmp(&(&b.day, b.bucket)));
    let mut intake = Intake::of(all.iter().map(Part::entries).sum());
    if !context.dry_run {
        // Rooms that were deleted: the archive has nothing of them any more.
        for room in gone {
            erase_room(context, room).await?;
        }
        intake = read_all(context, index, all, until).await?;
    }
    let n_entries = intake.entries;
    let text = match (n_entries, context.dry_run) {
        (0, _) if intake.is_whole() => "everything that is archived is indexed".to_owned(),
        (_, true) => format!("{n_entries} entries would be indexed"),
        (_, false) => format!("{n_entries} entries are indexed"),
    };
    let facts = json!({ "entries": n_entries, "dry_run": context.dry_run });
    intake.end(context, Summary::new("index", text, facts)).await
}

/// The index in `data`, written with so much memory.
#[must_use]
pub fn embedded(context: &Context, memory: usize) -> Index {
    Index::new(context.config.data.join("index"), memory)
}

/// Up to which time everything of a shard is indexed, for `status`; `None` if nothing is.
///
/// # Errors
/// If the index is there but cannot be read.
pub fn watermark(context: &Context) -> Result<Option<Timestamp>, Failure> {
    Ok(embedded(context, 0).indexed_until()?)
}

/// Forgets in the index what was said before `cut`.
///
/// # Errors
/// If somebody else writes it, or it cannot be written.
pub async fn expire(context: &Context, cut: Timestamp) -> Result<(), Failure> {
    let query = json!({ "range": { "at": { "lt": cut } } });
    change(context, query, move |writer| writer.expire(cut)).await
}

/// Forgets a room in the index, its words included.
///
/// # Errors
/// If somebody else writes it, or it cannot be written.
pub async fn erase_room(context: &Context, room: RoomId) -> Result<(), Failure> {
    let query = json!({ "term": { "room": room } });
    change(context, query, move |writer| writer.erase_room(room)).await
}

/// Forgets in the index what a user said.
///
/// # Errors
/// If somebody else writes it, or it cannot be written.
pub async fn erase_user(context: &Context, user: UserId) -> Result<(), Failure> {
    let query = json!({ "term": { "by": user } });
    change(context, query, move |writer| writer.erase_user(user)).await
}

/// How many messages the index on this machine has that are asked for.
///
/// # Errors
/// If it cannot be read.
pub async fn count(context: &Context, clause: Clause) -> Result<usize, Failure> {
    if context.config.index != IndexTarget::Embedded {
        return Ok(0);
    }
    let index = embedded(context, 0);
    blocking(move || {
        let mut count: usize = 0;
        index.visit(&clause, None, |_| {
            count = count.saturating_add(1);
            ControlFlow::Continue(())
        })?;
        Ok(count)
    })
    .await
}

async fn change(
    context: &Context,
    query: Value,
    change: impl FnOnce(&mut Writer<'_>) -> Result<(), IndexError> + Send + 'static,
) -> Result<(), Failure> {
    match &context.config.index {
        IndexTarget::Embedded => {}
        IndexTarget::Bulk(url) => return super::bulk::delete(context, url, query).await,
        IndexTarget::None => return Ok(()),
    }
    let index = embedded(context, MEMORY_MIB.saturating_mul(1024 * 1024));
    blocking(move || Ok(change(&mut index.writer()?)?)).await
}

/// Runs what waits for the disk.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(broke_off(&error)))
}

fn broke_off(error: &tokio::task::JoinError) -> Failure {
    Failure::later(format!("indexing broke off: {error}"))
}

/// Reads the parts, in order, and indexes them meanwhile.
async fn read_all(
    context: &Context,
    index: Index,
    parts: Vec<Part>,
    until: Option<Timestamp>,
) -> Result<Intake, Failure> {
    let (sender, receiver) = mpsc::channel(READ_AHEAD);
    let now = context.now();
    let retention = u64::try_from(context.config.retention.as_millis()).unwrap_or(u64::MAX);
    let cut = Timestamp(now.0.saturating_sub(retention));
    let stop = context.stop.clone();
    let indexing = tokio::spawn(blocking(move || {
        let is_new = index.is_new()?;
        let mut writer = index.writer()?;
        if is_new {
            writer.expire(cut)?;
        }
        take_all(&mut writer, receiver, &stop, until)
    }));
    let task = context.progress.task("index", Some(parts.iter().map(Part::entries).sum()));
    let read = |part: Part| async move { (part.read(&context.store).await, part.entries()) };
    let mut reading = futures::stream::iter(parts).map(read).buffered(READ_AHEAD);
    while let Some((lines, n_entries)) = reading.next().await {
        let is_read = lines.is_ok();
        let is_taken = sender.send(lines).await.is_ok();
        // Else it ended early; why is said below.
        if !is_read || !is_taken {
            break;
        }
        context.metrics.indexed.get_or_create(&outcome("read")).inc_by(n_entries);
        task.advance(n_entries);
    }
    drop(sender);
    indexing.await.unwrap_or_else(|error| Err(broke_off(&error)))
}

/// Indexes what is read, until it ends or cannot be read.
fn take_all(
    writer: &mut Writer<'_>,
    mut receiver: mpsc::Receiver<Result<Read, Failure>>,
    stop: &Stop,
    until: Option<Timestamp>,
) -> Result<Intake, Failure> {
    let (mut done, mut intake) = (Ok(()), Intake::default());
    while let (Ok(()), Some(read)) = (&done, receiver.blocking_recv()) {
        let kept = read.map(|read| intake.keep(read));
        done = kept.and_then(|pieces| take(writer, &pieces)).and_then(|()| stop.check());
    }
    // What was read stays.
    if done.is_ok() && intake.is_whole() {
        writer.complete(until)?;
    } else {
        writer.commit()?;
    }
    writer.purge()?;
    done.map(|()| intake)
}

fn take(writer: &mut Writer<'_>, pieces: &Lines) -> Result<(), Failure> {
    for (Piece { room, epoch, first, .. }, lines) in pieces {
        writer.begin(*room, *epoch, *first)?;
        for (seq, line) in lines {
            writer.read(*room, *seq, line)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use analysis::{Query, Tables};
    use protocol::Seq;

    use super::*;
    use crate::config::Config;
    use crate::fixture::{self, MORNING, put, seq};
    use crate::index::{Clause, Watermark};
    use crate::record::{Kind, Object};
    use crate::store::{Store, sha256};
    use crate::table::{self, Row};
    use crate::{layout, segment};

    fn context(data: &Path, store: &Store) -> Context {
        let config = Config { data: data.to_owned(), ..Config::default() };
        Context { config: Arc::new(config), ..fixture::context(store.clone()) }
    }

    async fn commit(store: &Store, objects: Vec<Object>) {
        for object in objects {
            let bucket = layout::bucket(object.runs[0].room);
            manifest::commit(store, bucket, 1, MORNING, vec![object], Vec::new()).await.unwrap();
        }
    }

    fn found(context: &Context, words: &str) -> Vec<(RoomId, Seq)> {
        let clause = Clause::Words(Box::new(Query::parse(words, &Tables).unwrap()));
        let (hits, is_all) = embedded(context, 0).search(&clause, None, 1_000).unwrap();
        assert!(is_all);
        hits.into_iter().map(|hit| (hit.document.room, hit.document.seq)).collect()
    }

    async fn indexed(context: &Context, args: &Args) -> u64 {
        run(context, args).await.unwrap().facts["entries"].as_u64().unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_the_manifest_names_is_indexed_once() {
        let (data, store) = (tempfile::tempdir().unwrap(), Store::in_memory());
        let context = context(data.path(), &store);
        assert_eq!(indexed(&context, &Args::default()).await, 0);
        let segments = [put(&store, 1, 1..=3).await, put(&store, 2, 1..=5).await];
        commit(&store, segments.into()).await;
        let dry = Context { dry_run: true, ..context.clone() };
        assert_eq!(indexed(&dry, &Args::default()).await, 8);
        assert_eq!(found(&context, "message"), []);

        assert_eq!(indexed(&context, &Args::default()).await, 8);
        assert_eq!(found(&context, "message").len(), 8);
        assert_eq!(found(&context, "\"message 3\"").len(), 2);
        assert_eq!(watermark(&context).unwrap(), Some(MORNING.plus_ms(5_000)));
        commit(&store, vec![put(&store, 1, 4..=6).await]).await;
        assert_eq!(indexed(&context, &Args::default()).await, 3);
        assert_eq!(indexed(&context, &Args::default()).await, 0);
        assert_eq!(found(&context, "message").len(), 11);

        let rebuild = Args { rebuild: true, ..Args::default() };
        assert_eq!(indexed(&context, &rebuild).await, 11);
        assert_eq!(found(&context, "message").len(), 11);
        std::fs::remove_dir_all(data.path().join("index")).unwrap();
        assert_eq!(indexed(&context, &Args::default()).await, 11);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn table_files_and_segments_are_read_in_the_order_of_each_room() {
        let (data, store) = (tempfile::tempdir().unwrap(), Store::in_memory());
        let context = context(data.path(), &store);
        let mut runs = Vec::new();
        let mut rows = Vec::new();
        for (number, range) in [(1, 1..=30), (2, 1..=20)] {
            let (lines, run) = fixture::lines(number, range);
            for (seq, line) in (1..).zip(lines.lines()) {
                let (room, epoch, seq) = (run.room, run.epoch, fixture::seq(seq));
                rows.push(Row { room, epoch, seq, line: line.to_owned() });
            }
            runs.push(run);
        }
        let bytes = table::write(&rows, &runs).unwrap();
        let bucket = layout::bucket(runs[0].room);
        let path = layout::table(&segment::day(MORNING), bucket, 1, 0);
        store.create(&path, bytes.clone()).await.unwrap();
        let table = Object {
            path,
            bytes: 0,
            sha256: sha256(&bytes),
            day: segment::day(MORNING),
            kind: Kind::Table,
            runs,
        };
        commit(&store, vec![table, put(&store, 1, 31..=40).await]).await;
        assert_eq!(indexed(&context, &Args::default()).await, 60);
        assert_eq!(found(&context, "message").len(), 60);
        let index = embedded(&context, 0);
        let watermark = Watermark { epoch: fixture::epoch(), seq: seq(40) };
        assert_eq!(index.watermark(fixture::room(1)).unwrap(), Some(watermark));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_object_that_was_changed_is_not_indexed() {
        let (data, store) = (tempfile::tempdir().unwrap(), Store::in_memory());
        let context = context(data.path(), &store);
        let object = put(&store, 1, 1..=3).await;
        let (others, _) = fixture::lines(2, 1..=3);
        store.replace(&object.path, segment::encode(&others).unwrap()).await.unwrap();
        commit(&store, vec![object]).await;
        let failure = run(&context, &Args::default()).await.unwrap_err();
        assert_eq!(failure.exit_code(), 42, "{failure}");
        assert_eq!(found(&context, "message"), []);
    }

    /// Rooms of which nothing is damaged are indexed to their ends, on later days, too.
    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_damaged_stops_its_own_rooms_and_no_other() {
        let (data, store) = (tempfile::tempdir().unwrap(), Store::in_memory());
        let context = context(data.path(), &store);
        let broken = put(&store, 1, 1..=3).await;
        let good = store.read(&broken.path).await.unwrap();
        // Another day of the same room, and of another one in the same bucket.
        let other = (2..10_000).find(|of| layout::bucket(fixture::room(*of)) == bucket_of(&broken));
        let day = |object| Object { day: "2026-05-18".to_owned(), ..object };
        let objects = [put(&store, 1, 4..=5).await, put(&store, other.unwrap(), 1..=7).await];
        commit(&store, vec![broken.clone()]).await;
        commit(&store, objects.into_iter().map(day).collect()).await;
        for rot in [Some("other bytes"), None] {
            store.delete(&broken.path).await.unwrap();
            if let Some(rot) = rot {
                store.replace(&broken.path, rot).await.unwrap();
            }
            let failure = run(&context, &Args::default()).await.unwrap_err();
            assert_eq!(failure.exit_code(), 42, "{failure}");
            let text = &failure.summary().unwrap().text;
            let has = |told: &str| text.contains(told);
            assert!(has(&broken.path) && has("1 rooms are not indexed"), "{text}");
            assert_eq!(found(&context, "message").len(), 7);
            assert_eq!(context.damage.rooms(), [fixture::room(1)].into());
            assert_eq!(watermark(&context).unwrap(), None, "not everything is indexed");
        }
        store.replace(&broken.path, good).await.unwrap();
        assert_eq!(indexed(&context, &Args::default()).await, 5);
        assert_eq!(found(&context, "message").len(), 12);
    }

    fn bucket_of(object: &Object) -> u8 {
        layout::bucket(object.runs[0].room)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_stop_leaves_the_rest_to_the_next_run() {
        let (data, store) = (tempfile::tempdir().unwrap(), Store::in_memory());
        commit(&store, vec![put(&store, 1, 1..=3).await, put(&store, 2, 1..=5).await]).await;
        let (puller, stop) = Stop::new();
        puller.send_replace(true);
        let context = context(data.path(), &store);
        let stopped = Context { stop, ..context.clone() };
        let failure = run(&stopped, &Args::default()).await.unwrap_err();
        assert!(matches!(failure, Failure::Stopped), "{failure}");
        let before = found(&context, "message").len();
        assert!((1..8).contains(&before), "the first part is in");
        assert_eq!(indexed(&context, &Args::default()).await, 8 - u64::try_from(before).unwrap());
        assert_eq!(found(&context, "message").len(), 8);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_room_that_the_archive_has_no_more_is_forgotten() {
        let (data, store) = (tempfile::tempdir().unwrap(), Store::in_memory());
        let context = context(data.path(), &store);
        let gone = put(&store, 2, 1..=5).await;
        commit(&store, vec![put(&store, 1, 1..=3).await, gone.clone()]).await;
        run(&context, &Args::default()).await.unwrap();
        assert_eq!(found(&context, "message").len(), 8);
        let bucket = layout::bucket(fixture::room(2));
        manifest::commit(&store, bucket, 1, MORNING, vec![], vec![gone.path]).await.unwrap();
        run(&context, &Args::default()).await.unwrap();
        assert_eq!(found(&context, "message").len(), 3);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn other_commands_let_the_index_forget() {
        let (data, store) = (tempfile::tempdir().unwrap(), Store::in_memory());
        let context = context(data.path(), &store);
        commit(&store, vec![put(&store, 1, 1..=3).await, put(&store, 2, 1..=5).await]).await;
        run(&context, &Args::default()).await.unwrap();
        expire(&context, MORNING.plus_ms(3_000)).await.unwrap();
        assert_eq!(found(&context, "message").len(), 4);
        erase_room(&context, fixture::room(2)).await.unwrap();
        assert_eq!(found(&context, "message"), [(fixture::room(1), seq(3))]);
        let user = "00000000000000000001".parse().unwrap();
        erase_user(&context, user).await.unwrap();
        assert_eq!(found(&context, "message"), []);
        // What expired does not come back with an index that is built anew.
        let later = Context {
            clock: crate::context::Clock::At(MORNING.plus_ms(183 * 86_400_000 + 4_000)),
            ..context.clone()
        };
        run(&later, &Args { rebuild: true, ..Args::default() }).await.unwrap();
        assert_eq!(found(&context, "message").len(), 2);
    }

    /// The runs of a room that was restored from entry 4 on, and lost what came after entry 6.
    #[test]
    fn a_later_epoch_ends_the_earlier_one() {
        let epoch = |nth| protocol::Epoch::from_random([nth; 13]);
        let object = |nth, range| {
            let mut object = fixture::object(1, range);
            object.runs[0].epoch = epoch(nth);
            object.path = format!("{nth}/{}", object.path);
            object
        };
        let mut last = object(1, 4..=9);
        last.runs[0].last_at = MORNING.plus_ms(99_000);
        let contents = crate::record::Contents {
            objects: vec![object(9, 1..=3), object(9, 4..=8), last],
            ..Default::default()
        };
        let places = |watermark: Option<Watermark>| {
            let watermarks = watermark.map(|at| (fixture::room(1), at)).into_iter().collect();
            let parts = parts(0, &contents, &watermarks);
            assert!(parts.len() <= 1);
            let pieces = parts.iter().flat_map(|part| &part.pieces);
            pieces.map(|p| (p.epoch, p.from.get(), p.to.get())).collect::<Vec<_>>()
        };
        assert_eq!(places(None), [(epoch(9), 1, 3), (epoch(1), 4, 9)]);
        let at = |nth, n| Some(Watermark { epoch: epoch(nth), seq: seq(n) });
        assert_eq!(places(at(9, 2)), [(epoch(9), 3, 3), (epoch(1), 4, 9)]);
        assert_eq!(places(at(9, 8)), [(epoch(1), 4, 9)]);
        assert_eq!(places(at(1, 7)), [(epoch(1), 8, 9)]);
        assert_eq!(places(at(1, 9)), []);
    }
}
