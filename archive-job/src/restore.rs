//! `archive-job restore`: rooms come back from the archive, as they were.

use std::collections::BTreeSet;

use bytes::Bytes;
use protocol::archive::{BeginRestore, LogStatus, RESTORE_BYTES_MAX};
use protocol::codec::decode_entry;
use protocol::{Epoch, Link, RoomId, Seq};
use serde::Serialize;

use crate::context::Context;
use crate::failpoint::{self, Point};
use crate::failure::Failure;
use crate::history::{self, Piece};
use crate::lease::{self, Lease};
use crate::maru::{Maru, Which};
use crate::object;
use crate::record::{Contents, Kind, Object};
use crate::store::Store;
use crate::summary::Summary;
use crate::{config::Config, database, layout, manifest};

/// The flags of `restore`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    /// This room; repeat for more
    #[arg(long = "room", value_name = "ROOM", required_unless_present_any = ["all", "database"])]
    rooms: Vec<RoomId>,
    /// Every room that the archive has and the deployment does not
    #[arg(long, conflicts_with = "rooms")]
    all: bool,
    /// The log as it was in this epoch, not the newest
    #[arg(long, conflicts_with = "all")]
    epoch: Option<Epoch>,
    /// D1 first, from the newest copy: into a deployment in which nothing is yet
    #[arg(long)]
    database: bool,
    /// Read the archive there, as `store` is written
    #[arg(long, value_name = "STORE")]
    from_store: Option<String>,
}

/// What was, or would be, done.
#[derive(Debug, Default, Serialize)]
struct Done {
    rooms: BTreeSet<RoomId>,
    entries: u64,
    /// Those that were there already.
    there: BTreeSet<RoomId>,
    dry_run: bool,
}

/// Runs `restore`.
///
/// # Errors
/// As every command; [`Failure::Refused`] if a room that was named exists.
pub async fn run(context: &Context, args: &Args) -> Result<Summary, Failure> {
    let context = &match &args.from_store {
        Some(store) => {
            let config = Config { store: store.clone(), ..Config::clone(&context.config) };
            Context { store: Store::open(&config)?, ..context.clone() }
        }
        None => context.clone(),
    };
    let mut texts = Vec::new();
    if args.database {
        texts.push(database::restore(context, None).await?.text);
    }
    let mut done = Done { dry_run: context.dry_run, ..Done::default() };
    if context.dry_run {
        for (room, pieces, _) in plan(context, args).await? {
            done.count(room, &pieces);
        }
    } else if args.all || !args.rooms.is_empty() {
        let maru = context.maru()?;
        lease::under(context, &maru, async |lease| {
            work(context, &maru, lease, args, &mut done).await
        })
        .await?;
    }
    let verb = if context.dry_run { "would restore" } else { "restored" };
    texts.push(format!("{verb} {} rooms with {} entries", done.rooms.len(), done.entries));
    if !done.there.is_empty() {
        texts.push(format!("left {} rooms that exist", done.there.len()));
    }
    Ok(Summary::new("restore", texts.join("; "), done))
}

async fn work(
    context: &Context,
    maru: &Maru,
    lease: &Lease,
    args: &Args,
    done: &mut Done,
) -> Result<(), Failure> {
    let mut plan = plan(context, args).await?;
    // What D1 still knows, or knows again: what was deleted stays deleted, what was held is held.
    let of = async |which| -> Result<BTreeSet<RoomId>, Failure> {
        Ok(maru.all_rooms(which).await?.into_iter().map(|listing| listing.room).collect())
    };
    let (held, deleted) = (of(Which::Held).await?, of(Which::Deleted).await?);
    if let Some((room, ..)) = plan.iter().find(|(room, ..)| !args.all && deleted.contains(room)) {
        return Err(Failure::configuration(format!(
            "the room {room} was deleted; the next `drain` removes it from the archive, too"
        )));
    }
    plan.retain(|(room, ..)| !deleted.contains(room));
    let task = context.progress.task("Restoring rooms", u64::try_from(plan.len()).ok());
    for (room, pieces, state) in plan {
        context.stop.check()?;
        lease.check()?;
        match restore(context, maru, room, &pieces, &state).await {
            Ok(()) => done.count(room, &pieces),
            Err(Failure::Refused { code, .. })
                if args.all && matches!(code.as_str(), "room_exists" | "no_such_room") =>
            {
                done.there.insert(room);
            }
            Err(Failure::Refused { status, code, .. }) if code == "room_exists" => {
                let detail = format!(
                    "the room {room} exists; only a room that the deployment does not have is \
                     restored"
                );
                return Err(Failure::Refused { status, code, detail });
            }
            Err(failure) => return Err(failure),
        }
        if held.contains(&room) {
            maru.hold(room, true).await?;
        }
        task.advance(1);
    }
    Ok(())
}

type Plan = Vec<(RoomId, Vec<Piece>, Object)>;

/// What is to be restored from where.
async fn plan(context: &Context, args: &Args) -> Result<Plan, Failure> {
    let wanted: BTreeSet<RoomId> = args.rooms.iter().copied().collect();
    let of_wanted = wanted.iter().map(|room| layout::bucket(*room)).collect::<BTreeSet<u8>>();
    let buckets = if args.all { context.buckets() } else { of_wanted.into_iter().collect() };
    let mut plan = Vec::new();
    let mut found = BTreeSet::new();
    for bucket in buckets {
        let contents = manifest::load(&context.store, bucket).await?;
        for room in contents.rooms() {
            if args.all || wanted.contains(&room) {
                plan.extend(plan_of(&contents, room, args)?);
                found.insert(room);
            }
        }
    }
    match wanted.difference(&found).next() {
        Some(room) => Err(Failure::configuration(format!(
            "the archive {} has no room {room}; `status` says what it has",
            context.store.name()
        ))),
        None => Ok(plan),
    }
}

fn plan_of(
    contents: &Contents,
    room: RoomId,
    args: &Args,
) -> Result<Option<(RoomId, Vec<Piece>, Object)>, Failure> {
    let pieces = history::of_room(contents, room, args.epoch);
    let Some(last) = pieces.last() else {
        if args.all {
            return Ok(None);
        }
        return Err(Failure::configuration(format!("the archive has no entries of room {room}")));
    };
    // Of the states that the log passed through, the last.
    let states = contents.objects.iter().filter(|object| object.kind == Kind::State);
    let of = |object: &&Object| {
        let mut runs = object.runs.iter().filter(|run| run.room == room && run.to <= last.to);
        runs.any(|run| pieces.iter().any(|piece| piece.run.epoch == run.epoch))
    };
    let state = states.filter(of).max_by_key(|object| object.runs.iter().map(|run| run.to).max());
    match state {
        Some(state) => Ok(Some((room, pieces, state.clone()))),
        None => Err(Failure::later(format!(
            "the archive does not have who was in room {room}: no `drain` reached the end of its log"
        ))),
    }
}

/// Brings a room back, or goes on where a run that was killed stopped.
async fn restore(
    context: &Context,
    maru: &Maru,
    room: RoomId,
    pieces: &[Piece],
    state: &Object,
) -> Result<(), Failure> {
    let Some((first, last)) = pieces.first().zip(pieces.last()) else { return Ok(()) };
    let begin = BeginRestore {
        state: object::state(&context.store, state).await?,
        expired: first.run.from.back(1),
        link: first.run.link_before.clone(),
    };
    let status = maru.begin_restore(room, &begin).await?;
    failpoint::reach(Point::Begun);
    for piece in pieces.iter().filter(|piece| piece.to > status.head) {
        let lines = piece.lines(&context.store).await?;
        let link = Link::from_hex(&piece.run.link_before);
        let link = link.ok_or_else(|| Failure::damaged(&piece.object.path, "its link is none"))?;
        for batch in batches(&lines, piece.run.from, link) {
            context.stop.check()?;
            let batch = batch.map_err(|why| Failure::damaged(&piece.object.path, why))?;
            if batch.to > status.head {
                let lines = Bytes::copy_from_slice(batch.lines.as_bytes());
                maru.restore(room, (batch.from, batch.to), batch.link, lines).await?;
                failpoint::reach(Point::Told);
            }
        }
    }
    let status = maru.finish_restore(room).await?;
    failpoint::reach(Point::Restored);
    compare(context, maru, pieces, &status, last.to).await
}

/// Proves that the room tells what the archive does.
async fn compare(
    context: &Context,
    maru: &Maru,
    pieces: &[Piece],
    status: &LogStatus,
    head: Seq,
) -> Result<(), Failure> {
    let room = status.room;
    if status.head < head {
        let text = format!("room {room} ends at {}, not at {}", status.head.get(), head.get());
        return Err(Failure::later(text));
    }
    for piece in pieces {
        let lines = piece.lines(&context.store).await?;
        let bytes = u64::try_from(lines.len()).unwrap_or(u64::MAX);
        let told = maru.log(room, (piece.run.from, piece.to), bytes.saturating_add(1)).await?;
        if told != lines.as_bytes() {
            let from = piece.run.from.get();
            let text = format!("room {room} tells other lines from {from} on than it was told");
            return Err(Failure::later(text));
        }
    }
    Ok(())
}

/// Lines that are sent at once.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Batch<'a> {
    from: Seq,
    to: Seq,
    /// The chain after them.
    link: Link,
    lines: &'a str,
}

/// Cuts lines, which begin with `from` and after `link`, into batches that a room takes at once.
fn batches(
    lines: &str,
    from: Seq,
    link: Link,
) -> impl Iterator<Item = Result<Batch<'_>, &'static str>> {
    let (mut rest, mut from, mut link) = (lines, from, link);
    std::iter::from_fn(move || {
        let (mut end, mut next) = (0_usize, from);
        for line in rest.split_inclusive('\n') {
            let longer = end.saturating_add(line.len());
            if longer > RESTORE_BYTES_MAX && end > 0 {
                break;
            }
            let text = line.strip_suffix('\n').unwrap_or(line);
            let after = match decode_entry(text) {
                Ok(Some(entry)) => link.then_stored(text, &entry),
                Ok(None) => Some(link.then(text)),
                Err(_) => None,
            };
            let Some((after, seq)) = after.zip(next.next()) else {
                return Some(Err("it holds a line that is no entry"));
            };
            (end, link, next) = (longer, after, seq);
        }
        let (lines, later) = rest.split_at_checked(end).filter(|(lines, _)| !lines.is_empty())?;
        let batch = Batch { from, to: next.back(1), link, lines };
        (rest, from) = (later, next);
        Some(Ok(batch))
    })
}

impl Done {
    fn count(&mut self, room: RoomId, pieces: &[Piece]) {
        self.rooms.insert(room);
        let entries = |piece: &Piece| piece.to.since(piece.run.from.back(1));
        self.entries = self.entries.saturating_add(pieces.iter().map(entries).sum());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Log, MIDNIGHT, epoch, room, seq};

    #[test]
    fn batches_are_whole_lines_that_continue_the_chain() {
        let mut log = Log::new(room(0), epoch(1));
        let body = "긴 말 ".repeat(2_000);
        let said: Vec<(u8, &str)> = (0..250).map(|of| (of, body.as_str())).collect();
        let (lines, run) = log.say(MIDNIGHT, &said);
        assert!(lines.len() > 3 * RESTORE_BYTES_MAX);
        let all: Vec<_> = batches(&lines, run.from, Link::GENESIS).map(Result::unwrap).collect();
        assert!(all.len() > 3);
        assert!(all.iter().all(|batch| batch.lines.len() <= RESTORE_BYTES_MAX));
        assert_eq!(all.iter().map(|batch| batch.lines).collect::<String>(), lines);
        assert_eq!(all[0].from, seq(1));
        for pair in all.windows(2) {
            assert_eq!(pair[0].to.next(), Some(pair[1].from));
            let again = batches(pair[1].lines, pair[1].from, pair[0].link).next().unwrap();
            assert_eq!(again.unwrap().link, pair[1].link);
        }
        assert_eq!(all.last().unwrap().link.to_hex(), run.link);
        assert_eq!(all.last().unwrap().to, run.to);
    }

    #[test]
    fn no_lines_are_no_batch_and_other_text_is_refused() {
        assert_eq!(batches("", seq(1), Link::GENESIS).count(), 0);
        let refused = batches("no entry\n", seq(1), Link::GENESIS).next().unwrap();
        assert!(refused.is_err());
    }
}
