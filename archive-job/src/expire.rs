//! `archive-job expire`: rooms, index and archive forget what is older than they should keep.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use futures::{StreamExt, TryStreamExt, stream};
use protocol::archive::{Expire, RoomListing};
use protocol::{RoomId, Seq, Timestamp};
use serde::Serialize;

use crate::context::Context;
use crate::failpoint::{self, Point};
use crate::failure::Failure;
use crate::lease::{self, Lease};
use crate::maru::{Maru, Which};
use crate::record::{Change, Contents, Object};
use crate::retention::{Verdict, believe, cut, judge, stale_states, text};
use crate::rewrite::{self, Gone};
use crate::store::Listed;
use crate::summary::Summary;
use crate::{index, layout, leftovers, manifest};

mod proved;

/// So many rooms that fail are no reason to leave the others; more are, for Maru is down.
const FAILURES_MAX: usize = 16;

/// The flags of `expire`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {}

/// What was, or would be, done.
#[derive(Debug, Default, Serialize)]
struct Done {
    /// What was accepted before this expires.
    cut: Timestamp,
    rooms: u64,
    entries: u64,
    objects: usize,
    /// Rooms under a hold, which keep everything.
    held: BTreeSet<RoomId>,
    /// Rooms in which something should have expired that is not archived.
    archive_overdue: BTreeSet<RoomId>,
    /// Rooms that keep everything because something of them in the archive is damaged.
    damaged: BTreeSet<RoomId>,
    /// Why, of those of which this run found out.
    unproved: BTreeMap<RoomId, String>,
    /// Objects that are old and stay, because they are damaged.
    broken: Vec<String>,
    /// Rooms that did not expire, and why.
    failures: BTreeMap<RoomId, String>,
    /// Why the index still has it.
    index_failure: Option<String>,
    dry_run: bool,
}

/// Runs `expire`.
///
/// # Errors
/// As every command; [`Failure::Incomplete`] if something is overdue that is not archived, and
/// [`Failure::Unverified`] if something stays because it is damaged.
pub async fn run(context: &Context, _args: &Args) -> Result<Summary, Failure> {
    let maru = context.maru()?;
    check_clock(context, &maru).await?;
    let cut = cut(context.now(), context.config.retention);
    let mut done = Done { cut, dry_run: context.dry_run, ..Done::default() };
    let rooms = rooms(context, &maru, &mut done).await?;
    if context.dry_run {
        done.rooms = u64::try_from(rooms.len()).unwrap_or(u64::MAX);
        for bucket in context.buckets() {
            let contents = manifest::load(&context.store, bucket).await?;
            let (gone, thin) = old(context, &contents, &done.held);
            done.objects = done.objects.saturating_add(gone.len()).saturating_add(thin.len());
        }
    } else {
        lease::under(context, &maru, async |lease| {
            work(context, &maru, lease, rooms, &mut done).await
        })
        .await?;
    }
    end(done)
}

/// Refuses to expire by a clock that cannot be right.
async fn check_clock(context: &Context, maru: &Maru) -> Result<(), Failure> {
    let mut newest = None;
    for bucket in context.buckets() {
        let number = manifest::load(&context.store, bucket).await?.number;
        let path = layout::change(bucket, number);
        let Some(bytes) = context.store.find(&path).await? else { continue };
        let change: Change =
            serde_json::from_slice(&bytes).map_err(|why| Failure::damaged(&path, why))?;
        newest = newest.max(Some(change.at));
    }
    let server = maru.time().await?;
    believe(context.now(), newest, server).map_err(Failure::Configuration)
}

/// The rooms in which something expires. Notes who is held, and what is overdue.
async fn rooms(
    context: &Context,
    maru: &Maru,
    done: &mut Done,
) -> Result<Vec<RoomListing>, Failure> {
    let mine = |listing: &RoomListing| context.is_mine(listing.room) && !listing.deleted;
    done.held = held(context, maru).await?;
    let mut oldest = None;
    for listing in maru.all_rooms(Which::Dirty).await?.iter().filter(|room| mine(room)) {
        let Some(since) = waits_since(maru, listing).await? else { continue };
        if since < done.cut && !listing.hold {
            done.archive_overdue.insert(listing.room);
            oldest = Some(oldest.map_or(since, |oldest: Timestamp| oldest.min(since)));
        }
    }
    let overdue = oldest.map_or(0, |oldest| done.cut.ms_since(oldest) / 1000);
    context.metrics.overdue.set(i64::try_from(overdue).unwrap_or(i64::MAX));
    let expiring = maru.all_rooms(Which::Expiring(done.cut)).await?;
    let rooms = expiring.into_iter().filter(mine);
    let rooms = rooms.filter(|listing| !done.held.contains(&listing.room));
    // What such a room has may be needed to repair the archive.
    let damaged = context.damage.rooms();
    let (damaged, rooms): (Vec<RoomListing>, _) =
        rooms.partition(|listing| damaged.contains(&listing.room));
    done.damaged.extend(damaged.into_iter().map(|listing| listing.room));
    Ok(rooms)
}

/// The rooms that are held now, deleted or not.
async fn held(context: &Context, maru: &Maru) -> Result<BTreeSet<RoomId>, Failure> {
    let held = maru.all_rooms(Which::Held).await?.into_iter().map(|listing| listing.room);
    Ok(held.filter(|room| context.is_mine(*room)).collect())
}

/// Since when something waits to be archived. Of a room of which nothing ever was, only the room
/// itself knows.
async fn waits_since(maru: &Maru, listing: &RoomListing) -> Result<Option<Timestamp>, Failure> {
    if listing.dirty_since.is_some() || listing.archived > Seq::ZERO {
        return Ok(listing.dirty_since);
    }
    match maru.status(listing.room).await {
        Ok(status) => Ok(status.oldest_at.filter(|_| status.archived == Seq::ZERO)),
        Err(Failure::Refused { code, .. }) if code == "no_such_room" => Ok(None),
        Err(failure) => Err(failure),
    }
}

async fn work(
    context: &Context,
    maru: &Maru,
    lease: &Lease,
    mut rooms: Vec<RoomListing>,
    done: &mut Done,
) -> Result<(), Failure> {
    done.unproved = proved::unproved(context, &rooms, done.cut).await?;
    rooms.retain(|listing| !done.unproved.contains_key(&listing.room));
    done.damaged.extend(done.unproved.keys());
    let task = context.progress.task("Expiring in rooms", u64::try_from(rooms.len()).ok());
    let (cut, n_failed) = (done.cut, AtomicUsize::new(0));
    let expired: Vec<(RoomId, Outcome)> = stream::iter(rooms)
        .map(async |RoomListing { room, .. }| {
            let expired = expire_room(context, maru, lease, room, cut).await;
            task.advance(1);
            let failed = |failure| match n_failed.fetch_add(1, Relaxed) {
                ..FAILURES_MAX => Outcome::of(failure),
                _ => Err(failure),
            };
            expired.or_else(failed).map(|outcome| (room, outcome))
        })
        .buffer_unordered(context.config.concurrency)
        .try_collect()
        .await?;
    drop(task);
    for (room, outcome) in expired {
        match outcome {
            Outcome::Expired(entries) => {
                done.rooms = done.rooms.saturating_add(1);
                done.entries = done.entries.saturating_add(entries);
                context.metrics.expired_entries.inc_by(entries);
            }
            Outcome::Held => drop(done.held.insert(room)),
            Outcome::Gone => {}
            Outcome::Failed(why) => drop(done.failures.insert(room, why)),
        }
    }
    // A hold may have begun since the rooms were listed.
    done.held.extend(held(context, maru).await?);
    match index::expire(context, cut).await {
        Ok(()) => {}
        Err(stopped @ Failure::Stopped) => return Err(stopped),
        // What is derived is no reason to keep what it is derived from.
        Err(why) => done.index_failure = Some(why.to_string()),
    }
    failpoint::reach(Point::Unindexed);
    let mut tables = leftovers::tables(&context.store).await?;
    for bucket in context.buckets() {
        context.stop.check()?;
        let tables = tables.remove(&bucket).unwrap_or_default();
        let removed = expire_bucket(context, maru, lease, (bucket, &tables), done).await?;
        done.objects = done.objects.saturating_add(removed);
        let removed = u64::try_from(removed).unwrap_or(u64::MAX);
        context.metrics.expired_objects.inc_by(removed);
    }
    Ok(())
}

/// What came of a room.
enum Outcome {
    Expired(u64),
    /// The hold began after it was listed.
    Held,
    /// It was deleted after it was listed.
    Gone,
    /// It does not do it now, as one that is just being restored.
    Failed(String),
}

impl Outcome {
    /// What failed in one room is no reason to leave the others, unless it is none of that room's.
    fn of(failure: Failure) -> Result<Self, Failure> {
        match failure {
            Failure::Later(_) | Failure::Refused { .. } => Ok(Self::Failed(failure.to_string())),
            Failure::Configuration(_)
            | Failure::Incomplete(_)
            | Failure::Stopped
            | Failure::Leased(_)
            | Failure::Fenced(_)
            | Failure::Divergent { .. }
            | Failure::Missing { .. }
            | Failure::Damaged { .. }
            | Failure::Unverified(_) => Err(failure),
        }
    }
}

async fn expire_room(
    context: &Context,
    maru: &Maru,
    lease: &Lease,
    room: RoomId,
    before: Timestamp,
) -> Result<Outcome, Failure> {
    let mut entries: u64 = 0;
    loop {
        context.stop.check()?;
        let fence = lease.check()?;
        match maru.expire(room, &Expire { fence, before }).await {
            Ok(batch) if batch.status.hold => return Ok(Outcome::Held),
            Ok(batch) => {
                failpoint::reach(Point::Trimmed);
                entries = entries.saturating_add(batch.entries);
                if !batch.has_more {
                    return Ok(Outcome::Expired(entries));
                }
            }
            Err(Failure::Refused { code, .. }) if code == "held" => return Ok(Outcome::Held),
            Err(Failure::Refused { code, .. }) if code == "no_such_room" => {
                return Ok(Outcome::Gone);
            }
            Err(failure) => return Err(failure),
        }
    }
}

/// The objects of a bucket that go, and those of which only held rooms stay.
fn old<'a>(
    context: &Context,
    contents: &'a Contents,
    held: &BTreeSet<RoomId>,
) -> (Vec<&'a Object>, Vec<&'a Object>) {
    let (keep, now) = (context.config.keep_archive, context.now());
    let of = |verdict: Verdict| {
        let judged = |object: &&Object| judge(object, keep, now, held) == verdict;
        contents.objects.iter().filter(judged).collect::<Vec<_>>()
    };
    let (mut gone, thin) = (of(Verdict::Go), of(Verdict::Thin));
    if !gone.is_empty() {
        let paths = gone.iter().map(|object| object.path.as_str()).collect();
        gone.extend(stale_states(&contents.objects, &paths));
    }
    (gone, thin)
}

/// Removes what is old from a bucket of the archive, for which the store has these table files;
/// answers how many objects went.
async fn expire_bucket(
    context: &Context,
    maru: &Maru,
    lease: &Lease,
    (bucket, tables): (u8, &[Listed]),
    done: &mut Done,
) -> Result<usize, Failure> {
    let (store, held) = (&context.store, &mut done.held);
    let place = (lease.check()?, context.now());
    let contents = leftovers::sweep(store, bucket, tables, place).await?;
    let (gone, thin) = old(context, &contents, held);
    if gone.is_empty() && thin.is_empty() {
        return Ok(0);
    }
    // There are many buckets, and a hold may have begun while others were looked through.
    held.extend(self::held(context, maru).await?);
    let (gone, thin) = old(context, &contents, held);
    if gone.is_empty() && thin.is_empty() {
        return Ok(0);
    }
    let others = thin.iter().flat_map(|object| &object.runs).map(|run| run.room);
    let others: BTreeMap<RoomId, Gone> =
        others.filter(|room| !held.contains(room)).map(|room| (room, Gone::Everything)).collect();
    let objects: Vec<Object> = thin.into_iter().cloned().collect();
    let thin = Contents { objects, ..contents.clone() };
    let mut swap = rewrite::swap(store, lease, &thin, &others).await?;
    for broken in std::mem::take(&mut swap.broken) {
        tracing::error!(why = %broken.failure, "it is old, and stays");
        done.broken.push(broken.failure.to_string());
    }
    swap.remove.extend(gone.iter().map(|object| object.path.clone()));
    let fence = lease.check()?;
    let (add, remove) = (swap.add, swap.remove.clone());
    failpoint::reach(Point::Committing);
    manifest::commit(store, bucket, fence, context.now(), add, remove).await?;
    failpoint::reach(Point::Committed);
    for path in &swap.remove {
        store.delete(path).await?;
        failpoint::reach(Point::Deleted);
    }
    Ok(swap.remove.len())
}

fn end(done: Done) -> Result<Summary, Failure> {
    let (verb, cut) = (if done.dry_run { "would expire" } else { "expired" }, text(done.cut));
    let mut sentences = vec![format!(
        "{verb} what is older than {cut}: {} entries of {} rooms, {} objects of the archive",
        if done.dry_run { "the".to_owned() } else { done.entries.to_string() },
        done.rooms,
        done.objects
    )];
    if !done.held.is_empty() {
        sentences.push(format!("{} rooms are held and keep everything", done.held.len()));
    }
    let overdue = done.archive_overdue.len();
    if overdue > 0 {
        sentences.push(format!(
            "archive_overdue: {overdue} rooms have entries that should have expired and are not \
             archived, so they stay; find out why `drain` does not archive them"
        ));
    }
    if !done.damaged.is_empty() {
        sentences.push(format!(
            "{} rooms keep everything, because what the archive has of them is damaged; run \
             `archive-job verify --repair`",
            done.damaged.len()
        ));
    }
    sentences.extend(done.unproved.iter().map(|(room, why)| format!("room {room}: {why}")));
    sentences.extend(done.broken.iter().map(|why| format!("it is old and stays: {why}")));
    sentences.extend(done.failures.iter().map(|(room, why)| format!("room {room}: {why}")));
    sentences.extend(done.index_failure.iter().map(|why| format!("the index still has it: {why}")));
    let is_sound = done.damaged.is_empty() && done.broken.is_empty();
    let is_all = overdue == 0 && done.failures.is_empty() && done.index_failure.is_none();
    let summary = Summary::new("expire", sentences.join("; "), done);
    match (is_sound, is_all) {
        (false, _) => Err(Failure::Unverified(Box::new(summary))),
        (true, false) => Err(Failure::Incomplete(Box::new(summary))),
        (true, true) => Ok(summary),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::config::{Config, Keep};
    use crate::fixture;
    use crate::store::Store;
    use crate::testing::maru::{Fake, Hot};
    use crate::testing::{BUCKET, Log, MIDNIGHT, contents, epoch, room};

    /// What a command is given, a day after an archive of three rooms began that keeps an hour.
    async fn archive(fake: &Fake, store: &Store) -> (Context, tempfile::TempDir, Vec<Object>) {
        let (context, folder) = fake.context(store.clone()).await;
        let mut objects = Vec::new();
        for of in 0..3 {
            let mut log = Log::new(room(of), epoch(1));
            let object = log.archive(store, MIDNIGHT, &[(1, "하나")]).await;
            let (run, lines) = (object.runs[0].clone(), log.all.clone());
            objects.push(object);
            let (erased, is_archived) = (Vec::new(), true);
            let hot = Hot { run, lines, erased, is_archived, hold: false };
            fake.world().rooms.insert(room(of), hot);
        }
        let keep_archive = Keep::For(Duration::from_hours(1));
        let config = Config { keep_archive, ..Config::clone(&context.config) };
        (Context { config: Arc::new(config), ..context }, folder, objects)
    }

    async fn expired(context: &Context) -> Result<Summary, Failure> {
        let now = Timestamp(MIDNIGHT + 2 * 86_400_000);
        let clock = crate::context::Clock::At(now);
        let context = Context { clock, ..context.clone() };
        let maru = context.maru().unwrap();
        let mut done = Done { cut: Timestamp(MIDNIGHT + 86_400_000), ..Done::default() };
        let rooms = rooms(&context, &maru, &mut done).await.unwrap();
        lease::under(&context, &maru, async |lease| {
            work(&context, &maru, lease, rooms, &mut done).await
        })
        .await?;
        end(done)
    }

    #[tokio::test]
    async fn ex6_what_is_held_stays_in_the_archive_whenever_the_hold_began() {
        let (fake, store) = (Fake::default(), Store::in_memory());
        let (context, _folder, objects) = archive(&fake, &store).await;
        fake.world().held.insert(room(0));
        fake.world().held_later = vec![BTreeSet::from([room(1)])];
        let text = expired(&context).await.unwrap().text;
        assert!(text.contains("2 rooms are held"), "{text}");
        let contents = contents(&store).await;
        let mut left: Vec<String> = objects[..2].iter().map(|of| of.path.clone()).collect();
        left.sort_unstable();
        let named: Vec<String> = contents.objects.into_iter().map(|of| of.path).collect();
        assert_eq!(named, left);
    }

    #[tokio::test]
    async fn a_room_that_refuses_stops_no_other() {
        let (fake, store) = (Fake::default(), Store::in_memory());
        let (context, _folder, _) = archive(&fake, &store).await;
        fake.world().refusing.insert(room(1));
        let failure = expired(&context).await.unwrap_err();
        assert_eq!(failure.exit_code(), 1);
        let summary = failure.summary().unwrap();
        assert!(summary.text.contains(&format!("room {}: Maru refuses", room(1))));
        assert_eq!((&summary.facts["rooms"], &summary.facts["objects"]), (&2.into(), &3.into()));
    }

    #[tokio::test]
    async fn an_index_that_cannot_be_changed_stops_nothing_else() {
        let (fake, store) = (Fake::default(), Store::in_memory());
        let (context, _folder, _) = archive(&fake, &store).await;
        fixture::make_index_of_another_version(&context);
        let failure = expired(&context).await.unwrap_err();
        assert_eq!(failure.exit_code(), 1);
        let summary = failure.summary().unwrap();
        let why = summary.facts["index_failure"].as_str().unwrap();
        assert!(why.contains("--rebuild") && summary.text.contains(why), "{}", summary.text);
        assert_eq!((&summary.facts["rooms"], &summary.facts["objects"]), (&3.into(), &3.into()));
        assert_eq!(store.list("v1/l0").await.unwrap(), []);
    }

    #[tokio::test]
    async fn what_is_damaged_stays_and_stops_nothing_else() {
        let (fake, store) = (Fake::default(), Store::in_memory());
        let (context, _folder, objects) = archive(&fake, &store).await;
        // A table file of two rooms, of which one is held, cannot be made anew: its bytes are rot.
        let [held, other] = [0, 1].map(|of| objects[of].runs[0].clone());
        let rot = Object {
            path: layout::table("2026-05-17", BUCKET, 9, 0),
            kind: crate::record::Kind::Table,
            runs: vec![held, other],
            ..objects[0].clone()
        };
        store.create(&rot.path, &b"rot"[..]).await.unwrap();
        let remove = objects[..2].iter().map(|object| object.path.clone()).collect();
        manifest::commit(&store, BUCKET, 1, Timestamp(1), vec![rot.clone()], remove).await.unwrap();
        fake.world().held.insert(room(0));
        fake.world().calls.clear();
        let failure = expired(&context).await.unwrap_err();
        assert_eq!(failure.exit_code(), 42);
        let text = &failure.summary().unwrap().text;
        assert!(text.contains("1 rooms keep everything") && text.contains(&rot.path), "{text}");
        let named = contents(&store).await.objects.into_iter().map(|object| object.path);
        assert_eq!(named.collect::<Vec<_>>(), [rot.path], "what is sound and old is gone");
        let asked = fake.world().calls.clone();
        let expires = |of| asked.contains(&format!("POST rooms/{}/expire", room(of)));
        assert_eq!([expires(0), expires(1), expires(2)], [false, false, true], "{asked:?}");
    }

    /// What another step met, and what this one finds: the object of one room is gone, and Maru was
    /// told more of another one than this archive has.
    #[tokio::test]
    async fn what_is_not_whole_in_the_archive_stays_in_its_room() {
        let (fake, store) = (Fake::default(), Store::in_memory());
        let (context, _folder, objects) = archive(&fake, &store).await;
        let context = Context {
            config: Arc::new(Config { keep_archive: Keep::Forever, ..(*context.config).clone() }),
            ..context
        };
        let [met, gone, more] = [0, 1, 2].map(room);
        context.damage.note([met]);
        store.delete(&objects[1].path).await.unwrap();
        fake.world().rooms.get_mut(&more).unwrap().run.to = crate::testing::seq(9);
        fake.world().calls.clear();
        let failure = expired(&context).await.unwrap_err();
        assert_eq!(failure.exit_code(), 42);
        let summary = failure.summary().unwrap();
        assert!(summary.text.contains("3 rooms keep everything"), "{}", summary.text);
        let why = |room: RoomId| summary.facts["unproved"][room.as_str()].as_str();
        assert_eq!(why(met), None);
        assert!(why(gone).unwrap().contains("is missing from the store"), "{}", summary.text);
        assert!(why(more).unwrap().contains("up to 9, but the archive ends at 1"));
        let asked = fake.world().calls.clone();
        assert!(!asked.iter().any(|call| call.ends_with("/expire")), "{asked:?}");
    }

    /// Killed after its change, it left what it removed; the next run goes on.
    #[tokio::test]
    async fn what_a_killed_run_left_is_removed() {
        let (fake, store) = (Fake::default(), Store::in_memory());
        let (context, _folder, objects) = archive(&fake, &store).await;
        let remove: Vec<String> = objects.iter().map(|object| object.path.clone()).collect();
        manifest::commit(&store, BUCKET, 1, Timestamp(1), vec![], remove).await.unwrap();
        fake.world().calls.clear();
        assert_eq!(expired(&context).await.unwrap().facts["objects"], 0);
        assert_eq!(store.list("v1/l0").await.unwrap(), []);
    }
}
