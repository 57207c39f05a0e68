//! `archive-job index`, and what other commands ask of the index.

use std::sync::Arc;

use futures::StreamExt as _;
use protocol::{RoomId, Timestamp, UserId};
use serde_json::json;
use tokio::sync::mpsc;

use super::reading::{Lines, Part, Piece, parts};
use super::{Index, IndexError, Writer};
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
const READ_AHEAD: usize = 3;

impl Default for Args {
    fn default() -> Self {
        Self { rebuild: false, memory: MEMORY_MIB }
    }
}

/// Runs `index`.
///
/// # Errors
/// As every command.
pub async fn run(context: &Context, args: &Args) -> Result<Summary, Failure> {
    match &context.config.index {
        IndexTarget::Embedded => {}
        IndexTarget::Bulk(_) => {
            return Err(Failure::configuration("`index` as a URL is not part of this version"));
        }
        IndexTarget::None => {
            return Ok(Summary::new("index", "nothing is indexed (`index = none`)", json!({})));
        }
    }
    let index = embedded(context, args.memory.saturating_mul(1024 * 1024));
    if args.rebuild && !context.dry_run {
        index.clear()?;
    }
    let mut all = Vec::new();
    let mut until = None;
    for bucket in context.buckets() {
        let contents = manifest::load(&context.store, bucket).await?;
        let runs = contents.objects.iter().flat_map(|object| &object.runs);
        until = until.max(runs.map(|run| run.last_at).max());
        let ignores = args.rebuild && context.dry_run;
        let watermarks = if ignores { Arc::default() } else { index.watermarks(bucket)? };
        all.extend(parts(bucket, &contents, &watermarks));
    }
    all.sort_by(|a, b| (&a.day, a.bucket).cmp(&(&b.day, b.bucket)));
    let n_entries: u64 = all.iter().map(Part::entries).sum();
    if !context.dry_run {
        read_all(context, index, all, until).await?;
    }
    let text = match (n_entries, context.dry_run) {
        (0, _) => "everything that is archived is indexed".to_owned(),
        (_, true) => format!("{n_entries} entries would be indexed"),
        (_, false) => format!("{n_entries} entries are indexed"),
    };
    Ok(Summary::new("index", text, json!({ "entries": n_entries, "dry_run": context.dry_run })))
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
    change(context, move |writer| writer.expire(cut)).await
}

/// Forgets a room in the index, its words included.
///
/// # Errors
/// If somebody else writes it, or it cannot be written.
pub async fn erase_room(context: &Context, room: RoomId) -> Result<(), Failure> {
    change(context, move |writer| writer.erase_room(room)).await
}

/// Forgets in the index what a user said.
///
/// # Errors
/// If somebody else writes it, or it cannot be written.
pub async fn erase_user(context: &Context, user: UserId) -> Result<(), Failure> {
    change(context, move |writer| writer.erase_user(user)).await
}

async fn change(
    context: &Context,
    change: impl FnOnce(&mut Writer<'_>) -> Result<(), IndexError> + Send + 'static,
) -> Result<(), Failure> {
    if context.config.index != IndexTarget::Embedded {
        return Ok(());
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
) -> Result<(), Failure> {
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
    mut receiver: mpsc::Receiver<Result<Lines, Failure>>,
    stop: &Stop,
    until: Option<Timestamp>,
) -> Result<(), Failure> {
    let mut done = Ok(());
    while let (Ok(()), Some(read)) = (&done, receiver.blocking_recv()) {
        done = read.and_then(|pieces| take(writer, &pieces)).and_then(|()| stop.check());
    }
    // What was read stays.
    if done.is_ok() {
        writer.complete(until)?;
    } else {
        writer.commit()?;
    }
    writer.purge()?;
    done
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
