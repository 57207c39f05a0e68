//! `archive-job status`: where the archive stands.

use futures::{StreamExt, TryStreamExt, stream};
use protocol::Timestamp;
use protocol::archive::RoomListing;
use serde::Serialize;

use crate::config::IndexTarget;
use crate::context::Context;
use crate::failure::Failure;
use crate::maru::Which;
use crate::record::Kind;
use crate::summary::Summary;
use crate::{index, manifest};

/// The flags of `status`.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct Args {}

/// Where the archive of a shard stands.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Status {
    /// The shard.
    pub shard: String,
    /// The store.
    pub store: String,
    /// What Maru says; `None` if it is not configured.
    pub rooms: Option<Rooms>,
    /// What the manifests say.
    pub archive: Archive,
    /// Everything that was accepted until then is indexed; `None` if nothing is, or elsewhere.
    pub indexed_until: Option<Timestamp>,
}

/// What Maru says of the shard's rooms.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Rooms {
    /// Rooms with something that is not archived.
    pub dirty: u64,
    /// Age in milliseconds of the oldest entry that is not archived.
    pub lag_ms: u64,
    /// Rooms with entries that are older than the retention and not under a hold.
    pub overdue: u64,
    /// How many milliseconds ago the oldest of those should have expired.
    pub overdue_ms: u64,
    /// Rooms under a legal hold.
    pub held: u64,
}

/// What the manifests of the shard's buckets say.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Archive {
    /// Rooms in it.
    pub rooms: u64,
    /// Segments.
    pub segments: u64,
    /// Table files.
    pub tables: u64,
    /// Bytes of all objects.
    pub bytes: u64,
    /// Entries.
    pub entries: u64,
    /// When the oldest of them was accepted.
    pub oldest_at: Option<Timestamp>,
    /// When the newest of them was accepted.
    pub newest_at: Option<Timestamp>,
    /// When a manifest was changed last.
    pub changed_at: Option<Timestamp>,
}

/// Runs `status`.
///
/// # Errors
/// As every command.
pub async fn run(context: &Context, _args: &Args) -> Result<Summary, Failure> {
    let status = status(context).await?;
    Ok(Summary::new("status", text(&status, context.now()), status))
}

/// Where the archive stands. Sets the gauges that say so.
///
/// # Errors
/// If the store or Maru does not answer, or a manifest is damaged.
pub async fn status(context: &Context) -> Result<Status, Failure> {
    let rooms = match &context.config.url {
        Some(_) => Some(rooms(context).await?),
        None => None,
    };
    let indexed_until = match context.config.index {
        IndexTarget::Embedded => index::watermark(context)?,
        IndexTarget::Bulk(_) | IndexTarget::None => None,
    };
    let seconds = |ms: u64| i64::try_from(ms.checked_div(1000).unwrap_or(0)).unwrap_or(i64::MAX);
    if let Some(Rooms { lag_ms, overdue_ms, .. }) = rooms {
        context.metrics.lag.set(seconds(lag_ms));
        context.metrics.overdue.set(seconds(overdue_ms));
    }
    let archive = archive(context).await?;
    if context.config.index == IndexTarget::Embedded {
        let until = indexed_until.or(archive.oldest_at).unwrap_or_default();
        context
            .metrics
            .index_lag
            .set(seconds(archive.newest_at.map_or(0, |at| at.ms_since(until))));
    }
    Ok(Status {
        shard: context.config.shard.to_string(),
        store: context.store.name().to_owned(),
        rooms,
        archive,
        indexed_until,
    })
}

async fn rooms(context: &Context) -> Result<Rooms, Failure> {
    let maru = context.maru()?;
    let now = context.now();
    let retention = u64::try_from(context.config.retention.as_millis()).unwrap_or(u64::MAX);
    let cut = Timestamp(now.0.saturating_sub(retention));
    let is_mine = |listing: &RoomListing| context.is_mine(listing.room) && !listing.deleted;
    let (mut rooms, mut since, mut oldest) = (Rooms::default(), now, cut);
    for listing in maru.all_rooms(Which::Dirty).await?.iter().filter(|room| is_mine(room)) {
        rooms.dirty = rooms.dirty.saturating_add(1);
        since = since.min(listing.dirty_since.unwrap_or(now));
    }
    for listing in maru.all_rooms(Which::Expiring(cut)).await?.iter().filter(|room| is_mine(room)) {
        if !listing.hold {
            rooms.overdue = rooms.overdue.saturating_add(1);
            oldest = oldest.min(listing.oldest_at.unwrap_or(cut));
        }
    }
    let held = maru.all_rooms(Which::Held).await?;
    rooms.held = held.iter().filter(|room| is_mine(room)).fold(0, |held, _| held.saturating_add(1));
    rooms.lag_ms = now.ms_since(since);
    rooms.overdue_ms = cut.ms_since(oldest);
    Ok(rooms)
}

async fn archive(context: &Context) -> Result<Archive, Failure> {
    let task = context.progress.task("read manifests", None);
    let buckets = stream::iter(context.buckets()).map(|bucket| bucket_of(context, bucket));
    buckets
        .buffer_unordered(context.config.concurrency)
        .try_fold(Archive::default(), |all, one| {
            task.advance(1);
            std::future::ready(Ok(Archive {
                rooms: all.rooms.saturating_add(one.rooms),
                segments: all.segments.saturating_add(one.segments),
                tables: all.tables.saturating_add(one.tables),
                bytes: all.bytes.saturating_add(one.bytes),
                entries: all.entries.saturating_add(one.entries),
                oldest_at: all.oldest_at.into_iter().chain(one.oldest_at).min(),
                newest_at: all.newest_at.max(one.newest_at),
                changed_at: all.changed_at.max(one.changed_at),
            }))
        })
        .await
}

async fn bucket_of(context: &Context, bucket: u8) -> Result<Archive, Failure> {
    let contents = manifest::load(&context.store, bucket).await?;
    let mut archive = Archive {
        rooms: u64::try_from(contents.rooms().len()).unwrap_or(u64::MAX),
        changed_at: manifest::changed_at(&context.store, bucket, &contents).await?,
        ..Archive::default()
    };
    for object in &contents.objects {
        archive.bytes = archive.bytes.saturating_add(object.bytes);
        match object.kind {
            Kind::Segment => archive.segments = archive.segments.saturating_add(1),
            Kind::Table => archive.tables = archive.tables.saturating_add(1),
            Kind::State => continue,
        }
        for run in &object.runs {
            archive.entries = archive.entries.saturating_add(run.entries);
            archive.oldest_at = archive.oldest_at.into_iter().chain([run.first_at]).min();
            archive.newest_at = archive.newest_at.max(Some(run.last_at));
        }
    }
    Ok(archive)
}

fn text(status: &Status, now: Timestamp) -> String {
    let archive = &status.archive;
    let mut lines = vec![("shard", status.shard.clone()), ("store", status.store.clone())];
    match &status.rooms {
        None => lines.push(("rooms", "unknown: `url` is not set".to_owned())),
        Some(rooms) => {
            lines.push((
                "waiting",
                match rooms.dirty {
                    0 => "nothing".to_owned(),
                    dirty => {
                        format!("{dirty} rooms, the oldest entry since {}", span(rooms.lag_ms))
                    }
                },
            ));
            lines.push((
                "overdue",
                match rooms.overdue {
                    0 => "nothing".to_owned(),
                    overdue => {
                        format!("{overdue} rooms, the oldest for {}", span(rooms.overdue_ms))
                    }
                },
            ));
            lines.push(("on hold", format!("{} rooms", rooms.held)));
        }
    }
    let ago = |at: Option<Timestamp>| match at {
        None => "never".to_owned(),
        Some(at) => format!("{} ago", span(now.ms_since(at))),
    };
    lines.extend([
        ("archived", format!("{} entries of {} rooms", archive.entries, archive.rooms)),
        (
            "objects",
            format!(
                "{} segments, {} table files, {}",
                archive.segments,
                archive.tables,
                indicatif::HumanBytes(archive.bytes)
            ),
        ),
        ("oldest", ago(archive.oldest_at)),
        ("last change", ago(archive.changed_at)),
        (
            "indexed",
            match status.indexed_until {
                None => "nothing here".to_owned(),
                Some(at) => format!("up to {} ago", span(now.ms_since(at))),
            },
        ),
    ]);
    let lines: Vec<String> =
        lines.into_iter().map(|(name, value)| format!("{name:<12} {value}")).collect();
    lines.join("\n")
}

/// As "3 days", in the largest unit.
fn span(ms: u64) -> String {
    indicatif::HumanDuration(std::time::Duration::from_millis(ms)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{self, room};
    use crate::layout;
    use crate::store::Store;

    #[tokio::test]
    async fn an_archive_is_counted() {
        let store = Store::in_memory();
        for number in [1, 2, 3] {
            let object = fixture::put(&store, number, 1..=4).await;
            let bucket = layout::bucket(room(number));
            let now = fixture::MORNING.plus_ms(number);
            manifest::commit(&store, bucket, 1, now, vec![object], vec![]).await.unwrap();
        }
        let context = fixture::context(store);
        let Status { archive, rooms, .. } = status(&context).await.unwrap();
        assert_eq!((archive.rooms, archive.segments, archive.entries), (3, 3, 12));
        assert_eq!(archive.oldest_at, Some(fixture::MORNING.plus_ms(1000)));
        assert_eq!(archive.changed_at, Some(fixture::MORNING.plus_ms(3)));
        assert_eq!(rooms, None);
        let text = run(&context, &Args {}).await.unwrap().text;
        assert!(text.contains("12 entries of 3 rooms"), "{text}");
        assert!(text.contains("last change  24 hours ago"), "{text}");
    }

    #[tokio::test]
    async fn an_empty_archive_says_so() {
        let text = run(&fixture::context(Store::in_memory()), &Args {}).await.unwrap().text;
        assert!(text.contains("0 entries") && text.contains("last change  never"), "{text}");
    }
}
