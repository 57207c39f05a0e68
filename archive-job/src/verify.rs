//! `archive-job verify`: whether what is in the archive is what belongs there.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, stream};
use protocol::{Link, RoomId, Seq};
use serde::Serialize;

use crate::config::Keep;
use crate::context::Context;
use crate::failure::Failure;
use crate::maru::Which;
use crate::record::{Contents, Object, Run};
use crate::store::Listed;
use crate::summary::Summary;
use crate::{history, layout, leftovers, manifest};

mod lot;
mod object;
mod repair;

pub use object::check;

/// The flags of `verify`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    /// Only this room; repeat for more
    #[arg(long = "room", value_name = "ROOM")]
    pub rooms: Vec<RoomId>,
    /// Read only so many objects, drawn by lot
    #[arg(long, value_name = "OBJECTS")]
    pub sample: Option<usize>,
    /// Remove what no manifest names, and bring back from rooms what they still hold
    #[arg(long)]
    pub repair: bool,
}

/// What a verification saw.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Report {
    /// Objects that were read and verify.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The entries in them.
    pub entries: u64,
    /// Whether Maru said what it acknowledged, so that an end that is missing would be found.
    pub rooms_compared: bool,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// Objects that no manifest names.
    pub orphans: Vec<String>,
    /// How many of those were removed.
    pub removed: u64,
}

/// Something that is wrong.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Finding {
    /// The object, or the room.
    pub path: String,
    /// What is wrong with it.
    pub why: String,
    /// Whether it is not wrong any more.
    pub repaired: bool,
}

/// Runs `verify`.
///
/// # Errors
/// [`Failure::Unverified`] if something is wrong and was not repaired.
pub async fn run(context: &Context, args: &Args) -> Result<Summary, Failure> {
    let report = if args.repair && !context.dry_run {
        let maru = context.maru()?;
        crate::lease::under(context, &maru, async |lease| {
            let repair = repair::Repair { context, maru: &maru, lease };
            Verification::new(context, args, Some(repair)).run().await
        })
        .await?
    } else {
        Verification::new(context, args, None).run().await?
    };
    let metrics = &context.metrics;
    metrics.verify_failures.inc_by(count(report.findings.len()));
    metrics.orphans.set(i64::try_from(report.orphans.len()).unwrap_or(i64::MAX));
    let is_good = report.findings.iter().all(|finding| finding.repaired);
    let summary = Summary::new("verify", text(&report), &report);
    if is_good { Ok(summary) } else { Err(Failure::Unverified(Box::new(summary))) }
}

impl Finding {
    fn new(path: impl Into<String>, why: impl Into<String>) -> Self {
        Self { path: path.into(), why: why.into(), repaired: false }
    }
}

struct Verification<'a> {
    context: &'a Context,
    rooms: BTreeSet<RoomId>,
    lot: Option<lot::Lot<(u8, Object)>>,
    repair: Option<repair::Repair<'a>>,
    /// What rooms were told to be archived.
    acknowledged: BTreeMap<RoomId, Seq>,
    report: Report,
}

impl<'a> Verification<'a> {
    fn new(context: &'a Context, args: &Args, repair: Option<repair::Repair<'a>>) -> Self {
        Self {
            context,
            rooms: args.rooms.iter().copied().collect(),
            lot: args.sample.map(lot::Lot::new),
            repair,
            acknowledged: BTreeMap::new(),
            report: Report::default(),
        }
    }

    async fn run(mut self) -> Result<Report, Failure> {
        // Asked before the manifests: what is acknowledged in between is in them.
        self.ask_rooms().await?;
        let wanted: BTreeSet<u8> = self.rooms.iter().map(|room| layout::bucket(*room)).collect();
        let mut buckets = self.context.buckets();
        buckets.retain(|bucket| wanted.is_empty() || wanted.contains(bucket));
        let is_whole = self.rooms.is_empty() && self.lot.is_none();
        let mut listed =
            if is_whole { leftovers::tables(&self.context.store).await? } else { BTreeMap::new() };
        let task = self.context.progress.task("verify buckets", Some(count(buckets.len())));
        for bucket in buckets {
            self.context.stop.check()?;
            let mut listed = listed.remove(&bucket).unwrap_or_default();
            if is_whole {
                for folder in layout::folders(bucket) {
                    listed.extend(self.context.store.list(&folder).await?);
                }
            }
            self.bucket(bucket, listed).await?;
            task.advance(1);
        }
        for (bucket, object) in self.lot.take().map(|lot| lot.drawn).unwrap_or_default() {
            self.context.stop.check()?;
            self.objects(bucket, &[&object]).await?;
        }
        Ok(self.report)
    }

    /// What Maru says that rooms were told; nothing if it is not configured or does not answer.
    async fn ask_rooms(&mut self) -> Result<(), Failure> {
        if self.context.config.url.is_none() {
            return Ok(());
        }
        match self.context.maru()?.all_rooms(Which::All).await {
            Ok(rooms) => {
                let rooms = rooms.into_iter().filter(|room| !room.deleted);
                self.acknowledged = rooms.map(|room| (room.room, room.archived)).collect();
                self.report.rooms_compared = true;
            }
            Err(failure) => tracing::warn!("rooms are not compared: {failure}"),
        }
        Ok(())
    }

    /// A bucket, of which `listed` was in the store before its manifest was read.
    async fn bucket(&mut self, bucket: u8, listed: Vec<Listed>) -> Result<(), Failure> {
        let contents = match manifest::load(&self.context.store, bucket).await {
            Ok(contents) => contents,
            Err(Failure::Damaged { path, why }) => {
                self.report.findings.push(Finding::new(path, why));
                return Ok(());
            }
            Err(failure) => return Err(failure),
        };
        let is_wanted = |room: RoomId| self.rooms.is_empty() || self.rooms.contains(&room);
        self.report.findings.extend(gaps(&contents));
        let behind = behind(self.context, bucket, &contents, &self.acknowledged);
        self.report.findings.extend(behind.filter(|(room, _)| is_wanted(*room)).map(|(_, f)| f));
        let has_room = |object: &&Object| object.runs.iter().any(|run| is_wanted(run.room));
        let objects: Vec<&Object> = contents.objects.iter().filter(has_room).collect();
        if let Some(lot) = &mut self.lot {
            for object in objects {
                lot.put((bucket, object.clone()))?;
            }
        } else {
            self.objects(bucket, &objects).await?;
        }
        let is_orphan = |listed: &Listed| contents.object(&listed.path).is_none();
        let orphans: Vec<Listed> = listed.into_iter().filter(is_orphan).collect();
        if let Some(repair) = &self.repair {
            let removed = repair.orphans(&orphans).await?;
            self.report.removed = self.report.removed.saturating_add(removed);
        }
        self.report.orphans.extend(orphans.into_iter().map(|orphan| orphan.path));
        Ok(())
    }

    /// Reads objects, and brings those back that do not verify.
    async fn objects(&mut self, bucket: u8, objects: &[&Object]) -> Result<(), Failure> {
        let store = &self.context.store;
        let checks = stream::iter(objects.iter().copied())
            .map(|object| async move { (object, check(store, bucket, object).await) });
        let mut checks = checks.buffer_unordered(self.context.config.concurrency);
        while let Some((object, checked)) = checks.next().await {
            let mut finding = match checked {
                Ok(entries) => {
                    let report = &mut self.report;
                    report.objects = report.objects.saturating_add(1);
                    report.bytes = report.bytes.saturating_add(object.bytes);
                    report.entries = report.entries.saturating_add(entries);
                    continue;
                }
                Err(Failure::Damaged { path, why }) => Finding::new(path, why),
                Err(Failure::Missing { path }) => Finding::new(path, "it is not in the store"),
                Err(failure) => return Err(failure),
            };
            if let Some(repair) = &self.repair {
                finding.repaired = repair.object(bucket, object).await?;
            }
            self.report.findings.push(finding);
        }
        Ok(())
    }
}

/// Where runs of a log do not follow each other.
fn gaps(contents: &Contents) -> Vec<Finding> {
    let mut findings = Vec::new();
    for room in contents.rooms() {
        let mut runs: Vec<_> = contents.runs(room).collect();
        runs.sort_by_key(|(_, run)| (run.epoch, run.from));
        for ((_, before), (object, run)) in runs.iter().zip(runs.iter().skip(1)) {
            if before.epoch != run.epoch {
                continue;
            }
            if before.to.next() != Some(run.from) {
                let (end, begin) = (before.to.get(), run.from.get());
                let why = format!("room {room} goes on with entry {begin} after {end}");
                findings.push(Finding::new(&object.path, why));
            } else if before.link != run.link_before {
                let why = format!("room {room} has another hash chain before it");
                findings.push(Finding::new(&object.path, why));
            }
        }
        findings.extend(late_epochs(contents, &runs));
        for (object, run) in runs.iter().filter(|(_, run)| run.from.back(1) == Seq::ZERO) {
            if run.link_before != Link::GENESIS.to_hex() {
                let why = format!("room {room} does not begin with the first link");
                findings.push(Finding::new(&object.path, why));
            }
        }
    }
    findings
}

/// Epochs that begin where nothing of an earlier one ends, though there is something of one.
fn late_epochs(contents: &Contents, runs: &[(&Object, &Run)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut epochs = BTreeSet::new();
    // They are sorted, so the first that is met of an epoch is its first.
    for (object, run) in runs.iter().filter(|(_, run)| epochs.insert(run.epoch)) {
        let has_earlier = runs.iter().any(|(_, other)| other.from < run.from);
        if has_earlier && !history::has_predecessor(contents, run) {
            let (room, from) = (run.room, run.from.get());
            let why = format!(
                "room {room} goes on in another epoch with entry {from}, and nothing leads there"
            );
            findings.push(Finding::new(&object.path, why));
        }
    }
    findings
}

/// Rooms that were told more than the archive holds.
fn behind(
    context: &Context,
    bucket: u8,
    contents: &Contents,
    acknowledged: &BTreeMap<RoomId, Seq>,
) -> impl Iterator<Item = (RoomId, Finding)> {
    let forgets = context.config.keep_archive != Keep::Forever;
    let rooms = acknowledged.iter().filter(move |(room, _)| layout::bucket(**room) == bucket);
    rooms.filter_map(move |(&room, &archived)| {
        let held = contents.runs(room).map(|(_, run)| run.to).max();
        let end = held.unwrap_or(Seq::ZERO);
        // An archive that forgets may have forgotten all of a room.
        let is_fine = archived <= end || (forgets && held.is_none());
        let (archived, end) = (archived.get(), end.get());
        let why = format!("Maru knows it as archived up to {archived}; the archive ends at {end}");
        (!is_fine).then(|| (room, Finding::new(format!("room {room}"), why)))
    })
}

fn text(report: &Report) -> String {
    let Report { objects, entries, findings, orphans, removed, .. } = report;
    let bytes = indicatif::HumanBytes(report.bytes);
    let mut text = format!("{objects} objects with {entries} entries ({bytes}) verify");
    if !report.rooms_compared {
        text.push_str("\nrooms were not compared with the archive: `url` is not set, or is silent");
    }
    if !orphans.is_empty() {
        let orphans = orphans.len();
        text = format!("{text}\n{orphans} objects that no manifest names; {removed} removed");
    }
    for Finding { path, why, repaired } in findings {
        let repaired = if *repaired { " (repaired)" } else { "" };
        text = format!("{text}\n{path}: {why}{repaired}");
    }
    text
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::fixture::{self, epoch, object, room, seq};
    use crate::record::Kind;
    use crate::store::Store;
    use crate::{segment, table};

    /// Room 1's log, as two segments.
    async fn archive() -> (Context, [Object; 2]) {
        let store = Store::in_memory();
        let objects = [fixture::put(&store, 1, 1..=4).await, fixture::put(&store, 1, 5..=9).await];
        commit(&store, objects.to_vec()).await;
        (fixture::context(store), objects)
    }

    async fn commit(store: &Store, add: Vec<Object>) {
        let bucket = layout::bucket(room(1));
        manifest::commit(store, bucket, 1, fixture::MORNING, add, vec![]).await.unwrap();
    }

    async fn verified(context: &Context) -> Report {
        Verification::new(context, &Args::default(), None).run().await.unwrap()
    }

    /// What is said of the only thing that is wrong.
    async fn finding(context: &Context) -> (String, String) {
        let failure = run(context, &Args::default()).await.unwrap_err();
        assert_eq!(failure.exit_code(), 42);
        let [finding] = verified(context).await.findings.try_into().unwrap();
        assert!(failure.summary().unwrap().text.contains(&finding.why));
        (finding.path, finding.why)
    }

    #[tokio::test]
    async fn a_good_archive_verifies() {
        let (context, objects) = archive().await;
        let report = verified(&context).await;
        assert_eq!((report.objects, report.entries), (2, 9));
        assert_eq!(report.bytes, objects[0].bytes + objects[1].bytes);
        assert_eq!((report.findings, report.orphans), (vec![], vec![]));
        run(&context, &Args::default()).await.unwrap();
        let other = Args { rooms: vec![room(2)], ..Args::default() };
        assert!(run(&context, &other).await.unwrap().text.starts_with("0 objects"));
        let sample = Args { sample: Some(1), ..Args::default() };
        assert!(run(&context, &sample).await.unwrap().text.starts_with("1 objects"));
    }

    #[tokio::test]
    async fn a_missing_object_is_found() {
        let (context, objects) = archive().await;
        context.store.delete(&objects[0].path).await.unwrap();
        let (path, why) = finding(&context).await;
        assert_eq!((path, why.as_str()), (objects[0].path.clone(), "it is not in the store"));
    }

    #[tokio::test]
    async fn every_flipped_byte_and_every_cut_is_found() {
        let (context, objects) = archive().await;
        let path = &objects[1].path;
        let bytes = context.store.read(path).await.unwrap();
        let found = async |wrong: Bytes| {
            context.store.replace(path, wrong).await.unwrap();
            let checked = check(&context.store, layout::bucket(room(1)), &objects[1]).await;
            matches!(checked.unwrap_err(), Failure::Damaged { path: found, .. } if found == *path)
        };
        for place in 0..bytes.len() {
            let mut flipped = bytes.to_vec();
            flipped[place] ^= 1;
            assert!(found(flipped.into()).await, "byte {place} flipped");
            assert!(found(bytes.slice(..place)).await, "cut at {place}");
        }
        assert_eq!(&finding(&context).await.0, path);
    }

    /// What was put and committed with a hash of its own bytes, but is not the room's log.
    #[tokio::test]
    async fn a_log_that_is_not_the_rooms_is_found() {
        let store = Store::in_memory();
        let (lines, run) = fixture::lines(1, 1..=4);
        let lines = lines.replace("message 3", "massage 3");
        let bytes = segment::encode(&lines).unwrap();
        let object = Object {
            bytes: count(bytes.len()),
            sha256: crate::store::sha256(&bytes),
            ..object(1, 1..=4)
        };
        store.create(&object.path, bytes).await.unwrap();
        assert_eq!(object.runs, [run]);
        commit(&store, vec![object]).await;
        let (_, why) = finding(&fixture::context(store)).await;
        assert_eq!(why, segment::Broken::Chain.to_string());
    }

    #[tokio::test]
    async fn a_gap_between_objects_is_found() {
        let store = Store::in_memory();
        let objects =
            vec![fixture::put(&store, 1, 1..=4).await, fixture::put(&store, 1, 6..=9).await];
        commit(&store, objects.clone()).await;
        let (path, why) = finding(&fixture::context(store)).await;
        assert_eq!(path, objects[1].path);
        assert!(why.ends_with("goes on with entry 6 after 4"), "{why}");
    }

    #[tokio::test]
    async fn an_object_of_another_chain_is_found() {
        let (context, _) = archive().await;
        let bucket = layout::bucket(room(1));
        let good = manifest::load(&context.store, bucket).await.unwrap();
        let mut bad = good.clone();
        bad.objects[1].runs[0].link_before = "0".repeat(64);
        assert_eq!(gaps(&good), []);
        assert_eq!(gaps(&bad).len(), 1, "it does not follow the one before");
        bad.objects.remove(0);
        assert_eq!(gaps(&bad), [], "what is before may have expired");
        bad.objects[0].runs[0].from = seq(1);
        assert_eq!(gaps(&bad), [], "it begins with the first link");
        bad.objects[0].runs[0].link_before = "1".repeat(64);
        assert_eq!(gaps(&bad).len(), 1, "it does not");
    }

    #[tokio::test]
    async fn a_gap_between_epochs_is_found() {
        let (context, _) = archive().await;
        let bucket = layout::bucket(room(1));
        let mut contents = manifest::load(&context.store, bucket).await.unwrap();
        let later = |from: u64| {
            let mut later = object(1, from..=from + 2);
            later.runs[0].epoch = "e0000000000000000001".parse().unwrap();
            later.path = format!("{from}");
            later
        };
        for (from, is_found) in [(10, false), (6, false), (12, true)] {
            contents.objects.truncate(2);
            contents.objects.push(later(from));
            let findings = gaps(&contents);
            assert_eq!(findings.len(), usize::from(is_found), "{from}: {findings:?}");
        }
        contents.objects.drain(..2);
        assert_eq!(gaps(&contents), [], "what is before may have expired");
        contents.objects = vec![object(1, 1..=9), later(10)];
        contents.objects[1].runs[0].link_before = "0".repeat(64);
        assert_eq!(gaps(&contents).len(), 1, "another chain leads there");
    }

    #[tokio::test]
    async fn objects_that_no_manifest_names_are_told_and_no_failure() {
        let (context, _) = archive().await;
        let orphan = object(2, 1..=4);
        context.store.create(&orphan.path, "…").await.unwrap();
        let table = layout::table("2026-05-17", 3, 1, 0);
        context.store.create(&table, "…").await.unwrap();
        let mut orphans = verified(&context).await.orphans;
        orphans.sort();
        assert_eq!(orphans, [orphan.path, table]);
        run(&context, &Args::default()).await.unwrap();
    }

    #[tokio::test]
    async fn a_damaged_manifest_does_not_hide_other_buckets() {
        let (context, objects) = archive().await;
        let bucket = layout::bucket(room(1)).wrapping_add(1);
        context.store.create(&layout::change(bucket, 1), "{").await.unwrap();
        context.store.delete(&objects[0].path).await.unwrap();
        let paths: BTreeSet<String> =
            verified(&context).await.findings.into_iter().map(|finding| finding.path).collect();
        let want = [objects[0].path.clone(), layout::change(bucket, 1)];
        assert_eq!(paths, BTreeSet::from(want));
    }

    #[tokio::test]
    async fn an_end_that_is_missing_is_found_by_what_maru_knows() {
        let (context, _) = archive().await;
        let bucket = layout::bucket(room(1));
        let contents = manifest::load(&context.store, bucket).await.unwrap();
        let told = |archived| BTreeMap::from([(room(1), seq(archived))]);
        assert_eq!(behind(&context, bucket, &contents, &told(9)).count(), 0);
        let (_, finding) = behind(&context, bucket, &contents, &told(10)).next().unwrap();
        assert!(finding.why.contains("up to 10; the archive ends at 9"), "{}", finding.why);
    }

    #[tokio::test]
    async fn table_files_and_states_verify() {
        let store = Store::in_memory();
        let (lines, first) = fixture::lines(1, 1..=4);
        let rows: Vec<table::Row> = lines
            .lines()
            .zip(1..)
            .map(|(line, n)| table::Row {
                room: room(1),
                epoch: epoch(),
                seq: seq(n),
                line: line.to_owned(),
            })
            .collect();
        let runs = vec![first.clone()];
        let bytes = table::write(&rows, &runs).unwrap();
        let table = Object {
            path: layout::table("2026-05-17", layout::bucket(room(1)), 2, 0),
            bytes: count(bytes.len()),
            sha256: crate::store::sha256(&bytes),
            kind: Kind::Table,
            ..object(1, 1..=4)
        };
        store.create(&table.path, bytes.clone()).await.unwrap();
        commit(&store, vec![table.clone()]).await;
        let context = fixture::context(store);
        assert_eq!(verified(&context).await.entries, 4);
        let bytes = Bytes::from(bytes);
        let wrong = |change: &dyn Fn(&mut Run)| {
            let mut table = table.clone();
            change(&mut table.runs[0]);
            object::prove(layout::bucket(room(1)), &table, &bytes).unwrap_err()
        };
        assert!(wrong(&|run| run.entries = 3).contains("instead of 4"));
        let (_, shorter) = fixture::lines(1, 1..=3);
        assert!(wrong(&|run| *run = shorter.clone()).contains("more rows"));
        assert!(wrong(&|run| run.link = "0".repeat(64)).contains("chain"));
        assert!(wrong(&|run| run.room = room(2)).contains("another bucket"));
    }
}
