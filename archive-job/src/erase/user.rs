//! Everything that a user said, and the account.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use protocol::archive::EraseUser;
use protocol::{RoomId, Seq, UserId};
use serde::Serialize;

use super::attachments::{self, Attachments};
use super::proof::{self, Proof};
use super::said::{Said, said};
use super::states;
use crate::context::Context;
use crate::failpoint::{self, Point};
use crate::failure::Failure;
use crate::lease::Lease;
use crate::maru::{Maru, Which};
use crate::record::Contents;
use crate::rewrite::{self, Gone};
use crate::summary::Summary;
use crate::{drain, index, layout, leftovers, manifest, quarantine};

/// How long to wait at a time until D1 knows that a room has something new.
const PAUSE: Duration = Duration::from_millis(500);

/// How often.
const PAUSES_MAX: u32 = 60;

/// How often after a drain failed, which may have been of another room.
const PAUSES_AFTER_FAILURE_MAX: u32 = 3;

/// What was, or would be, done.
#[derive(Debug, Default, Serialize)]
struct Done {
    rooms: usize,
    /// Rooms under a hold, in which nothing was erased.
    held: BTreeSet<RoomId>,
    /// Rooms of which not everything is archived, so that more may be to erase.
    stuck: BTreeSet<RoomId>,
    /// Messages and edits that rooms erased.
    erased_in_rooms: usize,
    /// Lines that were erased where only the archive had them.
    erased_in_archive: usize,
    /// Objects in quarantine that may have held something, and are deleted.
    quarantined: usize,
    /// Files that came with what was erased.
    attachments: Attachments,
    proof: Proof,
    dry_run: bool,
    /// What could not be done, for people.
    troubles: Vec<String>,
}

/// What would be erased.
pub(super) async fn would_erase(
    context: &Context,
    maru: &Maru,
    user: UserId,
    all_rooms: bool,
) -> Result<Summary, Failure> {
    let rooms = rooms_of(context, maru, user, all_rooms).await?;
    let said = said(context, user, &rooms).await?;
    let done = Done {
        rooms: rooms.len(),
        erased_in_archive: said.seqs.values().map(BTreeSet::len).sum(),
        dry_run: true,
        ..Done::default()
    };
    let text = format!(
        "would erase what user {user} said in {} rooms, {} lines of it in the archive",
        done.rooms, done.erased_in_archive
    );
    Ok(Summary::new("erase", text, done))
}

/// Erases it.
pub(super) async fn erase(
    context: &Context,
    maru: &Maru,
    lease: &Lease,
    (user, all_rooms): (UserId, bool),
) -> Result<Summary, Failure> {
    let rooms = rooms_of(context, maru, user, all_rooms).await?;
    Erasing { context, maru, lease, user }.run(rooms).await
}

/// The rooms to look into.
async fn rooms_of(
    context: &Context,
    maru: &Maru,
    user: UserId,
    all: bool,
) -> Result<BTreeSet<RoomId>, Failure> {
    let mut rooms: BTreeSet<RoomId> = maru.rooms_of(user).await?.into_iter().collect();
    if all {
        for bucket in context.buckets() {
            rooms.extend(manifest::load(&context.store, bucket).await?.rooms());
        }
    }
    Ok(rooms)
}

/// One run for a user.
struct Erasing<'a> {
    context: &'a Context,
    maru: &'a Maru,
    lease: &'a Lease,
    user: UserId,
}

impl Erasing<'_> {
    async fn run(&self, rooms: BTreeSet<RoomId>) -> Result<Summary, Failure> {
        let (context, user) = (self.context, self.user);
        let mut done = Done { rooms: rooms.len(), ..Done::default() };
        let hot = self.heads(&rooms, &mut done).await?;
        self.drain(&hot, &mut done).await?;
        let free: BTreeSet<RoomId> = rooms.difference(&done.held).copied().collect();
        self.sweep(&free).await?;
        let before = said(context, user, &free).await?;
        for room in hot.keys() {
            done.erased_in_rooms = done.erased_in_rooms.saturating_add(self.in_room(*room).await?);
        }
        let hot = self.heads(&free, &mut done).await?;
        self.drain(&hot, &mut done).await?;
        // A hold may have begun meanwhile.
        let free: BTreeSet<RoomId> = free.difference(&done.held).copied().collect();
        let left = said(context, user, &free).await?;
        done.erased_in_archive = left.seqs.values().map(BTreeSet::len).sum();
        self.in_archive(&left, &mut done).await?;
        states::erase(context, self.lease, user, &left.states).await?;
        done.quarantined = quarantine::erase(&context.store, &free).await?;
        let mut files = before.files;
        for (room, of_room) in left.files {
            files.entry(room).or_default().extend(of_room);
        }
        files.retain(|room, _| free.contains(room));
        done.attachments = attachments::gone(context, self.maru, &files).await?;
        index::erase_user(context, user).await?;
        failpoint::reach(Point::Unindexed);
        let texts: BTreeSet<String> = before.texts.into_iter().chain(left.texts).collect();
        done.proof = proof::prove(context, self.lease, (user, &free), &texts).await?;
        if done.is_complete() {
            failpoint::reach(Point::Forgetting);
            self.maru.forget_user(user).await?;
            failpoint::reach(Point::Forgotten);
        }
        end(user, done)
    }

    /// Where the logs end of the rooms that exist and are not held.
    async fn heads(
        &self,
        rooms: &BTreeSet<RoomId>,
        done: &mut Done,
    ) -> Result<BTreeMap<RoomId, Seq>, Failure> {
        // Also rooms that only the archive has are held, and one that came back and was not told.
        let held = self.maru.all_rooms(Which::Held).await?;
        let held = held.into_iter().map(|listing| listing.room);
        done.held.extend(held.filter(|room| rooms.contains(room)));
        let mut heads = BTreeMap::new();
        for room in rooms.difference(&done.held.clone()) {
            match self.maru.status(*room).await {
                Ok(status) if status.hold => drop(done.held.insert(*room)),
                Ok(status) => drop(heads.insert(*room, status.head)),
                Err(Failure::Refused { code, .. }) if code == "no_such_room" => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok(heads)
    }

    /// Drains rooms at least up to these entries. D1 learns by and by that a room has something
    /// new, so what it does not know yet is asked for again. Those that cannot be drained are told.
    async fn drain(&self, heads: &BTreeMap<RoomId, Seq>, done: &mut Done) -> Result<(), Failure> {
        let context = self.context;
        let mut failed = None;
        let mut pauses = PAUSES_MAX;
        let mut waiting = self.behind(heads.clone()).await?;
        while !waiting.is_empty() && pauses > 0 {
            let args = drain::Args { rooms: waiting.keys().copied().collect() };
            match drain::drain(context, self.maru, self.lease, &args).await {
                Err(Failure::Incomplete(summary) | Failure::Unverified(summary)) => {
                    failed = Some(summary.text);
                    pauses = pauses.min(PAUSES_AFTER_FAILURE_MAX);
                }
                drained => drop(drained?),
            }
            waiting = self.behind(waiting).await?;
            if !waiting.is_empty() {
                context.stop.check()?;
                tokio::time::sleep(PAUSE).await;
            }
            pauses = pauses.saturating_sub(1);
        }
        if !waiting.is_empty() {
            done.troubles.push(failed.unwrap_or_else(|| "rooms could not be drained".to_owned()));
            done.stuck.extend(waiting.into_keys());
        }
        Ok(())
    }

    /// Those that are not archived up to these entries.
    async fn behind(&self, heads: BTreeMap<RoomId, Seq>) -> Result<BTreeMap<RoomId, Seq>, Failure> {
        let mut behind = BTreeMap::new();
        for (room, to) in heads {
            if self.maru.status(room).await?.archived < to {
                behind.insert(room, to);
            }
        }
        Ok(behind)
    }

    /// Removes what runs that were killed left, so that only what is named is to be looked at.
    async fn sweep(&self, rooms: &BTreeSet<RoomId>) -> Result<(), Failure> {
        let store = &self.context.store;
        let mut tables = leftovers::tables(store).await?;
        let buckets: BTreeSet<u8> = rooms.iter().map(|room| layout::bucket(*room)).collect();
        for bucket in buckets {
            let place = (self.lease.check()?, self.context.now());
            let tables = tables.remove(&bucket).unwrap_or_default();
            leftovers::sweep(store, bucket, &tables, place).await?;
        }
        Ok(())
    }

    /// Erases what a room has; answers how many messages and edits that were.
    async fn in_room(&self, room: RoomId) -> Result<usize, Failure> {
        let (mut erased, mut after) = (0_usize, Seq::ZERO);
        loop {
            self.context.stop.check()?;
            let request = EraseUser { fence: self.lease.check()?, user: self.user, after };
            let batch = self.maru.erase(room, &request).await?;
            failpoint::reach(Point::Erased);
            erased = erased.saturating_add(batch.seqs.len());
            match batch.after {
                Some(next) => after = next,
                None => return Ok(erased),
            }
        }
    }

    /// Erases what only the archive has.
    async fn in_archive(&self, said: &Said, done: &mut Done) -> Result<(), Failure> {
        let store = &self.context.store;
        let mut buckets: BTreeMap<u8, Vec<(&RoomId, &BTreeSet<Seq>)>> = BTreeMap::new();
        for (room, seqs) in &said.seqs {
            buckets.entry(layout::bucket(*room)).or_default().push((room, seqs));
        }
        for (bucket, rooms) in buckets {
            let contents = manifest::load(store, bucket).await?;
            let gone = rooms.into_iter().map(|(room, seqs)| {
                let revision = next_revision(&contents, *room);
                (*room, Gone::Words { seqs: seqs.clone(), revision })
            });
            let swap = rewrite::swap(store, self.lease, &contents, &gone.collect()).await?;
            for broken in &swap.broken {
                done.troubles.push(format!("{}: {}", broken.place(), broken.failure));
            }
            done.stuck.extend(swap.stuck());
            let (fence, now) = (self.lease.check()?, self.context.now());
            failpoint::reach(Point::Committing);
            manifest::commit(store, bucket, fence, now, swap.add, swap.remove.clone()).await?;
            failpoint::reach(Point::Committed);
            for path in &swap.remove {
                store.delete(path).await?;
                failpoint::reach(Point::Deleted);
            }
        }
        Ok(())
    }
}

/// A revision that no object of a room has yet: names are never used twice.
fn next_revision(contents: &Contents, room: RoomId) -> Seq {
    let runs = || contents.runs(room).map(|(_, run)| run);
    let highest = runs().map(|run| run.revision).max().unwrap_or_default();
    let last = runs().map(|run| run.to).max().unwrap_or_default();
    highest.next().unwrap_or(highest).max(last)
}

impl Done {
    /// Whether nothing is left for a later run.
    fn is_complete(&self) -> bool {
        let is_everywhere = self.held.is_empty() && self.stuck.is_empty();
        is_everywhere && self.attachments.are_gone() && self.proof.is_good()
    }
}

fn end(user: UserId, done: Done) -> Result<Summary, Failure> {
    let proof = &done.proof;
    let mut sentences = vec![
        format!(
            "erased what user {user} said: {} messages and edits in {} rooms, and {} lines that \
             only the archive had",
            done.erased_in_rooms, done.rooms, done.erased_in_archive
        ),
        proof.to_string(),
    ];
    sentences.extend(done.attachments.sentences());
    if done.quarantined > 0 {
        let count = done.quarantined;
        sentences.push(format!("{count} objects in quarantine may have had some, and are deleted"));
    }
    if !done.held.is_empty() {
        sentences.push(format!(
            "{} rooms are held: nothing was erased there, and the account stays; end the holds \
             and run this again",
            done.held.len()
        ));
    }
    if !done.stuck.is_empty() {
        sentences.push(format!(
            "{} rooms could not be archived or made anew, so the account stays; run `archive-job \
             verify`, then this again",
            done.stuck.len()
        ));
    }
    sentences.extend(done.troubles.iter().cloned());
    sentences.extend(proof.unread.iter().map(|why| format!("it cannot be said what is in {why}")));
    let (is_complete, is_proved) = (done.is_complete(), proof.is_good());
    let summary = Summary::new("erase", sentences.join("; "), done);
    match (is_proved, is_complete) {
        (false, _) => Err(Failure::Unverified(Box::new(summary))),
        (true, false) => Err(Failure::Incomplete(Box::new(summary))),
        (true, true) => Ok(summary),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use crate::testing::{Log, MIDNIGHT, archive, contents, epoch, room, seq};

    #[tokio::test]
    async fn a_revision_is_above_all_that_objects_of_the_room_have() {
        let store = Store::in_memory();
        let mut log = Log::new(room(0), epoch(1));
        log.archive(&store, MIDNIGHT, &[(1, "a"), (1, "b"), (1, "c")]).await;
        assert_eq!(next_revision(&contents(&store).await, log.room), seq(3));
        let (lines, mut run) = log.say(MIDNIGHT + 9, &[(1, "d")]);
        run.revision = seq(7);
        archive(&store, &lines, run).await;
        assert_eq!(next_revision(&contents(&store).await, log.room), seq(8));
        assert_eq!(next_revision(&contents(&store).await, room(1)), seq(1));
    }
}
