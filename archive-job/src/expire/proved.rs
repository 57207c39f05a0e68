//! What rooms are about to forget is read in the archive before: as long as it is not whole there,
//! what the room has may be the only copy.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, stream};
use protocol::archive::RoomListing;
use protocol::{RoomId, Seq, Timestamp};

use crate::config::Keep;
use crate::context::Context;
use crate::failure::Failure;
use crate::record::{Contents, Object};
use crate::{layout, manifest, object};

/// Objects that are read at once: a table file has up to about 128 MB.
const AT_ONCE_MAX: usize = 4;

/// The rooms of which the archive does not have what is older than `cut`, and why.
///
/// # Errors
/// If the store does not answer, or a manifest does not verify.
pub(super) async fn unproved(
    context: &Context,
    rooms: &[RoomListing],
    cut: Timestamp,
) -> Result<BTreeMap<RoomId, String>, Failure> {
    let mut of_buckets: BTreeMap<u8, Vec<&RoomListing>> = BTreeMap::new();
    for listing in rooms {
        of_buckets.entry(layout::bucket(listing.room)).or_default().push(listing);
    }
    let task = context.progress.task("Proving what expires", None);
    let mut unproved = BTreeMap::new();
    for (bucket, listings) in of_buckets {
        let contents = manifest::load(&context.store, bucket).await?;
        let mut wanted: BTreeMap<&str, (&Object, BTreeSet<RoomId>)> = BTreeMap::new();
        for listing in listings {
            if let Some(why) = behind(context, &contents, listing) {
                unproved.insert(listing.room, why);
            }
            for object in holding(&contents, listing, cut) {
                let wanted = wanted.entry(&object.path).or_insert((object, BTreeSet::new()));
                wanted.1.insert(listing.room);
            }
        }
        let read = stream::iter(wanted.into_values()).map(async |(object, rooms)| {
            context.stop.check()?;
            let read = object::fetch(&context.store, object).await;
            task.advance(1);
            match read {
                Ok(_) => Ok(None),
                Err(why @ (Failure::Missing { .. } | Failure::Damaged { .. })) => {
                    Ok(Some((rooms, why.to_string())))
                }
                Err(failure) => Err(failure),
            }
        });
        let mut read = read.buffer_unordered(AT_ONCE_MAX);
        while let Some(read) = read.next().await {
            let (rooms, why) = read?.unwrap_or_default();
            unproved.extend(rooms.into_iter().map(|room| (room, why.clone())));
        }
    }
    Ok(unproved)
}

/// Why the archive cannot be the one that a room was told of.
fn behind(context: &Context, contents: &Contents, listing: &RoomListing) -> Option<String> {
    let held = contents.runs(listing.room).map(|(_, run)| run.to).max();
    let forgets = context.config.keep_archive != Keep::Forever;
    let end = held.unwrap_or(Seq::ZERO);
    // An archive that forgets may have forgotten all of a room.
    (listing.archived > end && !(forgets && held.is_none())).then(|| {
        let (archived, end) = (listing.archived.get(), end.get());
        format!(
            "Maru knows it as archived up to {archived}, but the archive ends at {end}; is `store` \
             the right one?"
        )
    })
}

/// The objects with what a room may still have and is about to forget.
fn holding<'a>(
    contents: &'a Contents,
    listing: &RoomListing,
    cut: Timestamp,
) -> impl Iterator<Item = &'a Object> {
    let oldest_at = listing.oldest_at.unwrap_or(Timestamp(0));
    contents
        .runs(listing.room)
        .filter(move |(_, run)| run.first_at < cut && run.last_at >= oldest_at)
        .map(|(object, _)| object)
}
