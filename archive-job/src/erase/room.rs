//! Everything of a room that was deleted.

use std::collections::{BTreeMap, BTreeSet};

use protocol::RoomId;
use serde::Serialize;
use serde_json::json;

use super::attachments::{self, Attachments};
use super::proof;
use crate::context::Context;
use crate::failpoint::{self, Point};
use crate::failure::Failure;
use crate::index::{self, Clause};
use crate::lease::Lease;
use crate::maru::{Maru, Which};
use crate::rewrite::{self, Gone};
use crate::summary::Summary;
use crate::{layout, leftovers, manifest, quarantine};

/// What was done.
#[derive(Debug, Serialize)]
struct Done {
    /// Whether this run deleted it in Maru; else it was gone there.
    deleted: bool,
    /// Whether Maru still has it.
    left_in_maru: bool,
    /// Its files in Maru's store.
    attachments: Attachments,
    /// Objects that held something of the room.
    objects: usize,
    /// Objects in quarantine that did, or may have.
    quarantined: usize,
    /// Objects that still do, or cannot be read.
    left: usize,
    /// Documents of the index that are still the room's.
    left_in_index: usize,
}

/// What would be erased.
pub(super) async fn would_erase(
    context: &Context,
    maru: &Maru,
    (room, deletes): (RoomId, bool),
) -> Result<Summary, Failure> {
    let is_hot = is_hot(maru, room, deletes).await?;
    let contents = manifest::load(&context.store, layout::bucket(room)).await?;
    let objects = contents.objects.iter();
    let count = objects.filter(|object| object.runs.iter().any(|run| run.room == room)).count();
    let first = if is_hot { "delete the room, and " } else { "" };
    let text = format!("would {first}erase room {room} from {count} objects of the archive");
    let facts = json!({ "deletes": is_hot, "objects": count, "dry_run": true });
    Ok(Summary::new("erase", text, facts))
}

/// Erases all that the archive and the index have of a room that was deleted.
pub(super) async fn erase(
    context: &Context,
    maru: &Maru,
    lease: &Lease,
    (room, deletes): (RoomId, bool),
) -> Result<Summary, Failure> {
    let is_hot = is_hot(maru, room, deletes).await?;
    let files = attachments::stored(maru, room).await?.unwrap_or_default();
    if is_hot {
        maru.delete_room(room).await?;
        failpoint::reach(Point::Erased);
    }
    let rooms = BTreeSet::from([room]);
    let objects = in_archive(context, lease, room).await?;
    let quarantined = quarantine::erase(&context.store, &rooms).await?;
    index::erase_room(context, room).await?;
    failpoint::reach(Point::Unindexed);
    let left = proof::objects_of(context, room).await?;
    let left_in_index = index::count(context, Clause::Rooms(rooms)).await?;
    let left_in_maru = self::is_hot(maru, room, true).await?;
    let attachments = attachments::all_gone(context, maru, room, files).await?;
    let are_gone = attachments.are_gone();
    let mut text = vec![text(room, is_hot, objects, (left, left_in_index))];
    text.extend(attachments.sentences());
    let deleted = is_hot;
    let done =
        Done { deleted, left_in_maru, attachments, objects, quarantined, left, left_in_index };
    if left == 0 {
        failpoint::reach(Point::Forgetting);
        match maru.forgotten(room, lease.check()?).await {
            // It is not in the list of those that were deleted: D1 is younger than the room.
            Err(Failure::Refused { code, .. }) if code == "not_deleted" => {}
            done => done?,
        }
        failpoint::reach(Point::Forgotten);
    }
    let summary = Summary::new("erase", text.join("; "), done);
    let is_proved = left == 0 && left_in_index == 0 && !left_in_maru;
    match (is_proved, are_gone) {
        (false, _) => Err(Failure::Unverified(Box::new(summary))),
        (true, false) => Err(Failure::Incomplete(Box::new(summary))),
        (true, true) => Ok(summary),
    }
}

fn text(room: RoomId, deleted: bool, objects: usize, (left, in_index): (usize, usize)) -> String {
    let first = if deleted { "deleted room {room} in Maru; " } else { "" };
    let first = first.replace("{room}", room.as_str());
    format!(
        "{first}erased room {room} from {objects} objects of the archive; {left} are left there, \
         and {in_index} messages in the index"
    )
}

/// Whether the room exists. Refuses one that is held, and one that people may be in unless
/// `deletes`.
async fn is_hot(maru: &Maru, room: RoomId, deletes: bool) -> Result<bool, Failure> {
    let held = maru.all_rooms(Which::Held).await?;
    let status = match maru.status(room).await {
        Ok(status) => Some(status),
        Err(Failure::Refused { code, .. }) if code == "no_such_room" => None,
        Err(failure) => return Err(failure),
    };
    let is_held = status.as_ref().is_some_and(|status| status.hold);
    if is_held || held.iter().any(|listing| listing.room == room) {
        return Err(Failure::later(format!(
            "the room {room} is under a legal hold; end the hold, then run this again"
        )));
    }
    if status.is_some() && !deletes {
        return Err(Failure::configuration(format!(
            "the room {room} exists; its owner deletes it first, or say `--delete-room`"
        )));
    }
    Ok(status.is_some())
}

/// Answers how many objects held something of the room.
async fn in_archive(context: &Context, lease: &Lease, room: RoomId) -> Result<usize, Failure> {
    let (store, bucket) = (&context.store, layout::bucket(room));
    let tables = leftovers::tables(store).await?.remove(&bucket).unwrap_or_default();
    let place = (lease.check()?, context.now());
    let contents = leftovers::sweep(store, bucket, &tables, place).await?;
    let gone = BTreeMap::from([(room, Gone::Everything)]);
    let swap = rewrite::swap(store, lease, &contents, &gone).await?;
    for broken in &swap.broken {
        tracing::error!(why = %broken.failure, "{}", broken.place());
    }
    let (objects, fence) = (swap.remove.len(), lease.check()?);
    failpoint::reach(Point::Committing);
    let remove = swap.remove.clone();
    manifest::commit(store, bucket, fence, context.now(), swap.add, remove).await?;
    failpoint::reach(Point::Committed);
    for path in &swap.remove {
        store.delete(path).await?;
        failpoint::reach(Point::Deleted);
    }
    // Also what a run that was killed left, which no manifest names.
    for path in leftovers::all_of(store, bucket, room).await? {
        store.delete(&path).await?;
    }
    Ok(objects)
}
