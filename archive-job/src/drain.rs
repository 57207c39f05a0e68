//! `archive-job drain`: what rooms stored is copied into the archive, and then acknowledged.
//!
//! Whatever it is killed at, the next run goes on: a room answers the same range until it is
//! acknowledged, a name says which bytes it stands for, and the manifest says what counts
//! (`docs/archive.md`, "Drain").

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use futures::{StreamExt, stream};
use protocol::archive::{Acknowledge, LogStatus, RoomListing};
use protocol::{RoomId, Seq};
use tokio::sync::Semaphore;

use crate::context::Context;
use crate::failpoint::{self, Point};
use crate::failure::Failure;
use crate::lease::Lease;
use crate::maru::{Maru, Which};
use crate::metrics::outcome;
use crate::record::{Contents, Run};
use crate::rewrite::{self, Gone, Swap};
use crate::summary::Summary;
use crate::{layout, leftovers, manifest, quarantine};

mod puts;
mod range;
mod tally;

use puts::Puts;
use range::Draft;
use tally::Tally;

/// The flags of `drain`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    /// Only this room; repeat for more.
    #[arg(long = "room")]
    pub rooms: Vec<RoomId>,
}

/// Runs `drain`.
///
/// # Errors
/// As every command; [`Failure::Unverified`] if something is not as it was, which stops no other
/// room.
pub async fn run(context: &Context, args: &Args) -> Result<Summary, Failure> {
    let maru = context.maru()?;
    if context.dry_run {
        return plan(context, &maru, args).await;
    }
    let puts = Puts::default();
    let lease = Lease::take(context, &maru).await?;
    // Not dropped when the lease is lost: what is on its way to the store arrives, and is known.
    // It is asked before each write whether to go on.
    let done = drain_into(context, &maru, &lease, args, &puts).await;
    if let Err(Failure::Fenced(_)) = &done {
        // Who took over knows nothing of what was put too late.
        if let Err(why) = puts.clean(&context.store).await {
            tracing::warn!(%why, "objects may be left; `archive-job verify` finds them");
        }
    }
    lease.end().await;
    done
}

/// Drains the rooms of the shard, under a lease of all its buckets that somebody holds.
///
/// # Errors
/// As [`run`].
pub async fn drain(
    context: &Context,
    maru: &Maru,
    lease: &Lease,
    args: &Args,
) -> Result<Summary, Failure> {
    drain_into(context, maru, lease, args, &Puts::default()).await
}

async fn drain_into(
    context: &Context,
    maru: &Maru,
    lease: &Lease,
    args: &Args,
    puts: &Puts,
) -> Result<Summary, Failure> {
    let wanted = wanted(context, maru, args).await?;
    let slots = Semaphore::new(context.config.concurrency);
    let (tally, end) = (Tally::new(&context.metrics), OnceLock::new());
    let drain = Drain { context, maru, lease, slots, tally, puts, end };
    let n_rooms = u64::try_from(wanted.iter().map(|wanted| wanted.waiting.len()).sum::<usize>());
    let task = context.progress.task("rooms", n_rooms.ok());
    let mut buckets = stream::iter(&wanted)
        .map(async |wanted| {
            let done = drain.bucket(wanted).await;
            task.advance(u64::try_from(wanted.waiting.len()).unwrap_or(0));
            if let Err(why) = done {
                drain.fails(format!("bucket {:02x}", wanted.bucket), why).await;
            }
        })
        .buffer_unordered(context.config.concurrency);
    while buckets.next().await.is_some() {}
    drop(buckets);
    let Drain { tally, end, .. } = drain;
    end.into_inner().map_or_else(|| tally.end("drain"), Err)
}

/// What is to be done in a bucket.
#[derive(Debug)]
struct Wanted {
    bucket: u8,
    /// Rooms that have something new.
    waiting: Vec<RoomId>,
    /// Rooms that were deleted, and are not under a hold.
    deleted: Vec<RoomId>,
}

async fn wanted(context: &Context, maru: &Maru, args: &Args) -> Result<Vec<Wanted>, Failure> {
    let dirty = maru.all_rooms(Which::Dirty).await?;
    let deleted = maru.all_rooms(Which::Deleted).await?;
    let lag = dirty.iter().filter_map(|listing| listing.dirty_since).min();
    let lag = lag.map_or(0, |since| context.now().ms_since(since) / 1000);
    context.metrics.lag.set(i64::try_from(lag).unwrap_or(i64::MAX));
    let is_wanted =
        |room| context.is_mine(room) && (args.rooms.is_empty() || args.rooms.contains(&room));
    let listings = dirty.into_iter().chain(deleted).filter(|listing| is_wanted(listing.room));
    Ok(by_bucket(listings))
}

fn by_bucket(listings: impl Iterator<Item = RoomListing>) -> Vec<Wanted> {
    let mut buckets: BTreeMap<u8, Wanted> = BTreeMap::new();
    for RoomListing { room, deleted, hold, .. } in listings {
        let bucket = layout::bucket(room);
        let empty = Wanted { bucket, waiting: Vec::new(), deleted: Vec::new() };
        let wanted = buckets.entry(bucket).or_insert(empty);
        let list = if deleted { &mut wanted.deleted } else { &mut wanted.waiting };
        let is_held = deleted && hold;
        if !is_held && !list.contains(&room) {
            list.push(room);
        }
    }
    buckets.into_values().collect()
}

/// What would be drained.
async fn plan(context: &Context, maru: &Maru, args: &Args) -> Result<Summary, Failure> {
    let wanted = wanted(context, maru, args).await?;
    let rooms: Vec<RoomId> = wanted.iter().flat_map(|wanted| wanted.waiting.clone()).collect();
    let deleted: Vec<RoomId> = wanted.iter().flat_map(|wanted| wanted.deleted.clone()).collect();
    let text = format!(
        "{} rooms would be drained, and the archive of {} deleted rooms erased",
        rooms.len(),
        deleted.len()
    );
    let facts = serde_json::json!({ "dry_run": true, "rooms": rooms, "deleted": deleted });
    Ok(Summary::new("drain", text, facts))
}

/// One run.
struct Drain<'a> {
    context: &'a Context,
    maru: &'a Maru,
    lease: &'a Lease,
    /// Whoever has lines in memory has one of these.
    slots: Semaphore,
    tally: Tally,
    puts: &'a Puts,
    /// Why nothing new is begun any more.
    end: OnceLock<Failure>,
}

/// A room in a round.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    room: RoomId,
    /// Where its log ended when it was first asked: what is written meanwhile is for the next run,
    /// or a busy room would never be done.
    until: Option<Seq>,
}

impl Drain<'_> {
    /// Something was not done; that is the end if nothing else can be done, either.
    async fn fails(&self, place: String, mut failure: Failure) {
        if failure.exit_code() == 42
            && let Err(fenced @ Failure::Fenced(_)) = self.lease.confirm().await
        {
            failure = fenced;
        }
        if let Err(end) = self.tally.fails(place, failure) {
            // The first one says why; the others follow from it.
            let _ = self.end.set(end);
        }
    }

    /// To be asked before something is begun. A signal does not end a round in its midst.
    fn goes_on(&self) -> Result<(), Failure> {
        if self.end.get().is_some() { Err(Failure::Stopped) } else { Ok(()) }
    }

    async fn bucket(&self, wanted: &Wanted) -> Result<(), Failure> {
        self.goes_on()?;
        let mut contents = manifest::load(&self.context.store, wanted.bucket).await?;
        if !wanted.deleted.is_empty() {
            contents = self.forget(wanted.bucket, contents, &wanted.deleted).await?;
        }
        let waiting = |room: &RoomId| Waiting { room: *room, until: None };
        let mut waiting: Vec<Waiting> = wanted.waiting.iter().map(waiting).collect();
        while !waiting.is_empty() {
            self.context.stop.check()?;
            (contents, waiting) = self.round(wanted.bucket, contents, waiting).await?;
        }
        Ok(())
    }

    /// One range of each room, in one change of the manifest. Answers who has more.
    async fn round(
        &self,
        bucket: u8,
        contents: Contents,
        waiting: Vec<Waiting>,
    ) -> Result<(Contents, Vec<Waiting>), Failure> {
        let n = self.context.config.concurrency;
        let mut drafts = Vec::new();
        let mut drafting = stream::iter(waiting)
            .map(async |waiting| (waiting, range::draft(self, &contents, waiting.room).await))
            .buffer_unordered(n);
        while let Some((Waiting { room, until }, draft)) = drafting.next().await {
            match draft {
                Ok(Some(draft)) => {
                    let until = until.unwrap_or(draft.head);
                    drafts.push((Waiting { room, until: Some(until) }, draft));
                }
                Ok(None) => self.tally.room(),
                Err(failure) => self.fails(format!("room {room}"), failure).await,
            }
        }
        drop(drafting);
        self.goes_on()?;
        let contents = self.settle(bucket, contents, &mut drafts).await?;
        let mut more = Vec::new();
        let mut acknowledging = stream::iter(&drafts)
            .map(async |(waiting, draft)| (waiting, draft, self.acknowledge(draft).await))
            .buffer_unordered(n);
        while let Some((waiting, draft, acknowledged)) = acknowledging.next().await {
            match acknowledged {
                Ok(status) => {
                    self.tally.archived(draft.entries);
                    if Some(status.archived) < waiting.until {
                        more.push(*waiting);
                    } else {
                        self.tally.room();
                    }
                }
                Err(failure) => self.fails(format!("room {}", draft.room), failure).await,
            }
        }
        drop(acknowledging);
        self.goes_on()?;
        Ok((contents, more))
    }

    /// Makes the drafts part of the archive, and removes what they replace. Those whose words stay
    /// somewhere are not settled, so that the rooms go on naming what is to go.
    async fn settle(
        &self,
        bucket: u8,
        contents: Contents,
        drafts: &mut Vec<(Waiting, Draft)>,
    ) -> Result<Contents, Failure> {
        let store = &self.context.store;
        let words = drafts.iter().filter(|(_, draft)| !draft.erased.is_empty());
        let gone = words.map(|(_, draft)| {
            // Not the room's revision: what was erased after the range is for a later one.
            let gone = Gone::Words { seqs: draft.erased.clone(), revision: draft.to };
            (draft.room, gone)
        });
        let mut swap = rewrite::swap(store, self.lease, &contents, &gone.collect()).await?;
        self.puts.extend(swap.add.iter().map(|object| &object.path));
        self.tally.rewrote(swap.add.len());
        let mut days = swap.days(&contents);
        let stuck = self.stuck(&contents, &mut swap).await;
        self.goes_on()?;
        drafts.retain(|(_, draft)| !stuck.contains(&draft.room));
        for (_, draft) in drafts.iter() {
            swap.add.extend(draft.add.iter().cloned());
            swap.remove.extend(draft.remove.iter().cloned());
        }
        let words = drafts.iter().filter(|(_, draft)| !draft.erased.is_empty());
        self.erase_in_quarantine(words.map(|(_, draft)| draft.room).collect()).await?;
        let contents = self.commit(bucket, contents, &swap.add, &swap.remove).await?;
        let mut leftovers = swap.remove;
        for (_, draft) in drafts.iter() {
            if draft.is_found {
                let is_it = |run: &Run| {
                    run.room == draft.room && run.to == draft.to && run.link == draft.link
                };
                let (removed, of_removed) =
                    leftovers::unfinished(store, bucket, &contents, is_it).await?;
                leftovers.extend(removed);
                days.extend(of_removed);
            }
            if draft.may_have_leftovers {
                leftovers.extend(leftovers::of_room(store, bucket, &contents, draft.room).await?);
            }
        }
        self.clean(bucket, contents, leftovers, &days).await
    }

    async fn erase_in_quarantine(&self, rooms: BTreeSet<RoomId>) -> Result<(), Failure> {
        if rooms.is_empty() {
            return Ok(());
        }
        quarantine::erase(&self.context.store, &rooms).await.map(drop)
    }

    /// The rooms of which something stays that should go. It is told.
    async fn stuck(&self, contents: &Contents, swap: &mut Swap) -> BTreeSet<RoomId> {
        let stuck = swap.stuck();
        for broken in std::mem::take(&mut swap.broken) {
            self.context.damage.note_object(contents, &broken.failure);
            self.fails(broken.place(), broken.failure).await;
        }
        stuck
    }

    /// Deletes what the archive does not have any more, and the table files of these days that it
    /// never had: what was just replaced may be in them, too.
    async fn clean(
        &self,
        bucket: u8,
        mut contents: Contents,
        mut leftovers: Vec<String>,
        days: &BTreeSet<String>,
    ) -> Result<Contents, Failure> {
        let store = &self.context.store;
        let tables = leftovers::of_tables(store, bucket, &contents, days).await?;
        if !tables.is_empty() {
            let (fence, now) = (self.lease.check()?, self.context.now());
            contents = manifest::shut_out(store, bucket, contents, fence, now).await?;
            leftovers.extend(tables);
        }
        self.delete(&contents, &leftovers).await?;
        Ok(contents)
    }

    async fn commit(
        &self,
        bucket: u8,
        contents: Contents,
        add: &[crate::record::Object],
        remove: &[String],
    ) -> Result<Contents, Failure> {
        if add.is_empty() && remove.is_empty() {
            return Ok(contents);
        }
        let fence = self.lease.check()?;
        failpoint::reach(Point::Committing);
        let (store, when) = (&self.context.store, (fence, self.context.now()));
        let swap = (add.to_vec(), remove.to_vec());
        let committed = manifest::commit_after(store, bucket, contents, when, swap).await?;
        failpoint::reach(Point::Committed);
        self.tally.committed(add);
        Ok(committed)
    }

    /// Deletes objects that are no part of the archive any more.
    async fn delete(&self, contents: &Contents, paths: &[String]) -> Result<(), Failure> {
        let mut paths = paths.iter().filter(|path| contents.object(path).is_none()).peekable();
        if paths.peek().is_none() {
            return Ok(());
        }
        self.lease.check()?;
        failpoint::reach(Point::Deleting);
        for path in paths {
            self.context.store.delete(path).await?;
        }
        failpoint::reach(Point::Deleted);
        Ok(())
    }

    async fn acknowledge(&self, draft: &Draft) -> Result<LogStatus, Failure> {
        self.goes_on()?;
        let fence = self.lease.check()?;
        failpoint::reach(Point::Acknowledging);
        let request = Acknowledge { fence, to: draft.to, link: draft.link.clone() };
        let answer = self.maru.acknowledge(draft.room, &request).await;
        failpoint::reach(Point::Acknowledged);
        answer.inspect_err(|failure| {
            if let Failure::Refused { code, .. } = failure {
                self.context.metrics.acknowledge_refused.get_or_create(&outcome(code)).inc();
            }
        })
    }

    /// Erases the archive of rooms that were deleted, and says so.
    async fn forget(
        &self,
        bucket: u8,
        contents: Contents,
        rooms: &[RoomId],
    ) -> Result<Contents, Failure> {
        let store = &self.context.store;
        let gone = rooms.iter().map(|room| (*room, Gone::Everything)).collect();
        let mut swap = rewrite::swap(store, self.lease, &contents, &gone).await?;
        let days = swap.days(&contents);
        let stuck = self.stuck(&contents, &mut swap).await;
        self.goes_on()?;
        let contents = self.commit(bucket, contents, &swap.add, &swap.remove).await?;
        let mut leftovers = swap.remove;
        for room in rooms {
            leftovers.extend(leftovers::all_of(store, bucket, *room).await?);
        }
        let contents = self.clean(bucket, contents, leftovers, &days).await?;
        self.erase_in_quarantine(rooms.iter().copied().collect()).await?;
        for room in rooms.iter().filter(|room| !stuck.contains(room)) {
            let fence = self.lease.check()?;
            failpoint::reach(Point::Forgetting);
            match self.maru.forgotten(*room, fence).await {
                Ok(()) => self.tally.forgot(),
                Err(failure) => self.fails(format!("room {room}"), failure).await,
            }
        }
        Ok(contents)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use crate::testing::maru::{Fake, Hot};
    use crate::testing::{Log, MIDNIGHT, epoch, room, seq};

    #[test]
    fn a_deleted_room_is_not_drained_and_one_under_a_hold_stays() {
        let listing = |last: char, deleted, hold| RoomListing {
            room: format!("0123456789abcdefghj{last}").parse().unwrap(),
            head: Seq::default(),
            archived: Seq::default(),
            dirty_since: None,
            oldest_at: None,
            hold,
            deleted,
        };
        let listings = [
            listing('a', false, false),
            listing('b', false, true),
            listing('c', true, false),
            // As `dirty`, and again as `deleted`.
            listing('c', true, false),
            listing('d', true, true),
        ];
        let [a, b, c, _, d] = listings.clone().map(|listing| listing.room);
        let buckets = by_bucket(listings.into_iter());
        let all = |rooms: fn(&Wanted) -> &[RoomId]| -> Vec<RoomId> {
            let mut rooms: Vec<RoomId> = buckets.iter().flat_map(rooms).copied().collect();
            rooms.sort_unstable();
            rooms
        };
        assert_eq!(all(|wanted| &wanted.waiting), [a, b]);
        assert_eq!(all(|wanted| &wanted.deleted), [c]);
        assert!(!all(|wanted| &wanted.deleted).contains(&d));
        let is_there = |wanted: &Wanted, room| wanted.bucket == layout::bucket(room);
        assert!(
            buckets.iter().all(|wanted| wanted.waiting.iter().all(|room| is_there(wanted, *room)))
        );
    }

    /// What a room has that waits, and what it erased.
    fn hot((lines, run): (String, Run), erased: &[u64]) -> Hot {
        let erased = erased.iter().copied().map(seq).collect();
        Hot { run, lines, erased, is_archived: false, hold: false }
    }

    #[tokio::test]
    async fn rd2_a_damaged_object_stops_the_room_whose_words_it_holds_and_no_other() {
        let (fake, store) = (Fake::default(), Store::in_memory());
        let (context, _folder) = fake.context(store.clone()).await;
        let mut logs = [0, 1, 2].map(|of| Log::new(room(of), epoch(1)));
        let broken = logs[0].archive(&store, MIDNIGHT, &[(1, "secret")]).await;
        let good = store.read(&broken.path).await.unwrap();
        store.replace(&broken.path, "rot").await.unwrap();
        logs[2].archive(&store, MIDNIGHT, &[(1, "of a deleted room")]).await;
        fake.world().deleted.insert(room(2));
        for (log, erased) in logs[..2].iter_mut().zip([&[1][..], &[]]) {
            let hot = hot(log.say(MIDNIGHT + 9, &[(1, "what waits")]), erased);
            fake.world().rooms.insert(log.room, hot);
        }
        store.create(&layout::quarantine(&broken.path), "rot").await.unwrap();
        let failure = run(&context, &Args::default()).await.unwrap_err();
        assert_eq!(failure.exit_code(), 42);
        let text = &failure.summary().unwrap().text;
        let why =
            format!("in room {} stays in an object that is damaged: {}", room(0), broken.path);
        assert!(text.contains(&why), "{text}");
        let archived =
            || fake.world().rooms.values().map(|hot| hot.is_archived).collect::<Vec<_>>();
        assert_eq!(archived(), [false, true]);
        assert!(fake.world().deleted.is_empty(), "that one is forgotten");
        store.replace(&broken.path, good).await.unwrap();
        assert_eq!(run(&context, &Args::default()).await.unwrap().facts["rewritten"], 1);
        assert_eq!(archived(), [true, true]);
        assert_eq!(store.find(&broken.path).await.unwrap(), None);
        assert_eq!(store.list("v1/quarantine").await.unwrap(), []);
    }
}
