//! `archive-job restore`: rooms come back from the archive, as they were.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use protocol::archive::{BeginRestore, LogStatus, RESTORE_BYTES_MAX};
use protocol::codec::decode_entry;
use protocol::{AttachmentId, Epoch, Link, RoomId, Seq};
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

mod files;

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
    /// Rooms of which only the end of the log comes back, and why.
    gaps: BTreeMap<RoomId, String>,
    /// Files that messages name and Maru's store does not have.
    missing_files: BTreeMap<RoomId, BTreeSet<AttachmentId>>,
    dry_run: bool,
}

/// What a room is made of.
struct Planned {
    room: RoomId,
    pieces: Vec<Piece>,
    state: Object,
    /// Why its log does not begin where the archive does.
    gap: Option<String>,
}

/// Runs `restore`.
///
/// # Errors
/// As every command; [`Failure::Refused`] if a room that was named exists, and
/// [`Failure::Unverified`] if the beginning of a room's log is missing.
pub async fn run(context: &Context, args: &Args) -> Result<Summary, Failure> {
    let context = &match &args.from_store {
        Some(store) => {
            let config = Config { store: store.clone(), ..Config::clone(&context.config) };
            Context { store: Store::open(&config)?.counted(&context.metrics), ..context.clone() }
        }
        None => context.clone(),
    };
    let mut texts = Vec::new();
    if args.database {
        texts.push(database::restore(context, None).await?.text);
    }
    let mut done = Done { dry_run: context.dry_run, ..Done::default() };
    if context.dry_run {
        for planned in plan(context, args).await? {
            done.count(&planned);
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
    texts.extend(done.gaps.values().map(|why| {
        format!("{why}, so only what follows comes back; `archive-job verify` says more")
    }));
    if !done.missing_files.is_empty() {
        let count: usize = done.missing_files.values().map(BTreeSet::len).sum();
        texts.push(format!(
            "{count} files that messages name are not in Maru's bucket: those that expired, or \
             copy them there from the bucket that has them"
        ));
    }
    let is_whole = done.gaps.is_empty();
    let summary = Summary::new("restore", texts.join("; "), done);
    if is_whole { Ok(summary) } else { Err(Failure::Unverified(Box::new(summary))) }
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
    if let Some(planned) = plan.iter().find(|of| !args.all && deleted.contains(&of.room)) {
        return Err(Failure::configuration(format!(
            "the room {} was deleted; the next `drain` removes it from the archive, too",
            planned.room
        )));
    }
    plan.retain(|planned| !deleted.contains(&planned.room));
    let task = context.progress.task("Restoring rooms", u64::try_from(plan.len()).ok());
    for planned in plan {
        context.stop.check()?;
        lease.check()?;
        let room = planned.room;
        let is_held = held.contains(&room);
        let restored = restore(context, maru, &planned, is_held).await;
        match restored {
            Ok(files) => {
                done.count(&planned);
                let missing = files::missing(maru, room, files).await?;
                if !missing.is_empty() {
                    done.missing_files.insert(room, missing);
                }
            }
            Err(Failure::Refused { code, .. }) if is_held && code == "room_exists" => {
                // A run that was killed may have left it without its hold.
                hold(maru, room).await?;
                if !args.all {
                    return Err(exists(room));
                }
                done.there.insert(room);
            }
            Err(Failure::Refused { code, .. })
                if args.all && matches!(code.as_str(), "room_exists" | "no_such_room") =>
            {
                done.there.insert(room);
            }
            Err(Failure::Refused { code, .. }) if code == "room_exists" => {
                return Err(exists(room));
            }
            Err(failure) => return Err(failure),
        }
        task.advance(1);
    }
    Ok(())
}

fn exists(room: RoomId) -> Failure {
    let detail =
        format!("the room {room} exists; only one that the deployment does not have is restored");
    Failure::Refused { status: 409, code: "room_exists".to_owned(), detail }
}

/// Sees to it that a room is held.
async fn hold(maru: &Maru, room: RoomId) -> Result<(), Failure> {
    if !maru.status(room).await?.hold {
        maru.hold(room, true).await?;
    }
    Ok(())
}

/// What is to be restored from where.
async fn plan(context: &Context, args: &Args) -> Result<Vec<Planned>, Failure> {
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

fn plan_of(contents: &Contents, room: RoomId, args: &Args) -> Result<Option<Planned>, Failure> {
    let pieces = history::of_room(contents, room, args.epoch);
    let gap = history::gap(contents, &pieces);
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
        Some(state) => Ok(Some(Planned { room, pieces, state: state.clone(), gap })),
        None => Err(Failure::later(format!(
            "the archive does not have who was in room {room}: no `drain` reached the end of its log"
        ))),
    }
}

/// Brings a room back, or goes on where a run that was killed stopped. Answers the files that its
/// messages name.
async fn restore(
    context: &Context,
    maru: &Maru,
    Planned { room, pieces, state, .. }: &Planned,
    is_held: bool,
) -> Result<BTreeSet<AttachmentId>, Failure> {
    let room = *room;
    let Some((first, last)) = pieces.first().zip(pieces.last()) else {
        return Ok(BTreeSet::new());
    };
    let begin = BeginRestore {
        state: object::state(&context.store, state).await?,
        expired: first.run.from.back(1),
        link: first.run.link_before.clone(),
        hold: is_held,
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
    if is_held && !status.hold {
        // A Maru that does not know yet that a room may come back held.
        maru.hold(room, true).await?;
    }
    compare(context, maru, pieces, &status, last.to).await
}

/// Proves that the room tells what the archive does. Answers the files that its messages name.
async fn compare(
    context: &Context,
    maru: &Maru,
    pieces: &[Piece],
    status: &LogStatus,
    head: Seq,
) -> Result<BTreeSet<AttachmentId>, Failure> {
    let (room, mut named) = (status.room, BTreeSet::new());
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
        named.extend(files::named(&lines));
    }
    Ok(named)
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
    fn count(&mut self, Planned { room, pieces, gap, .. }: &Planned) {
        self.rooms.insert(*room);
        self.gaps.extend(gap.clone().map(|why| (*room, why)));
        let entries = |piece: &Piece| piece.to.since(piece.run.from.back(1));
        self.entries = self.entries.saturating_add(pieces.iter().map(entries).sum());
    }
}

#[cfg(test)]
mod tests {
    use protocol::Timestamp;
    use protocol::archive::RoomState;
    use serde_json::json;

    use super::*;
    use crate::testing::maru::{Fake, Hot};
    use crate::testing::{BUCKET, Log, MIDNIGHT, epoch, room, seq};

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

    /// A run that was killed, or an older Maru, may have left a room without its hold.
    #[tokio::test]
    async fn ex6_a_room_that_is_there_and_should_be_held_is() {
        let (fake, store) = (Fake::default(), Store::in_memory());
        let (context, _folder) = fake.context(store.clone()).await;
        let mut log = Log::new(room(0), epoch(1));
        let (lines, run) = log.say(MIDNIGHT, &[(1, "하나")]);
        let state = object::put_state(&store, run.clone(), 0, &alone(run.to)).await;
        let add = vec![state.unwrap()];
        crate::testing::archive(&store, &lines, run.clone()).await;
        manifest::commit(&store, BUCKET, 1, Timestamp(1), add, vec![]).await.unwrap();
        let hot = Hot { run, lines, erased: Vec::new(), is_archived: true, hold: false };
        fake.world().rooms.insert(room(0), hot);
        fake.world().held.insert(room(0));
        for args in [Args { rooms: vec![room(0)], ..Args::default() }, all()] {
            fake.world().rooms.get_mut(&room(0)).unwrap().hold = false;
            let done = super::run(&context, &args).await;
            assert_eq!(done.is_ok(), args.all);
            assert!(fake.world().rooms[&room(0)].hold);
        }
    }

    #[tokio::test]
    async fn a_log_whose_beginning_is_missing_is_told() {
        let (fake, store) = (Fake::default(), Store::in_memory());
        let (context, _folder) = fake.context(store.clone()).await;
        let context = Context { dry_run: true, ..context };
        let mut log = Log::new(room(0), epoch(1));
        log.archive(&store, MIDNIGHT, &[(1, "하나")]).await;
        log.say(MIDNIGHT + 5, &[(1, "lost")]);
        let last = log.archive(&store, MIDNIGHT + 9, &[(1, "셋")]).await.runs.remove(0);
        let state = object::put_state(&store, last, 0, &alone(log.head)).await;
        let add = vec![state.unwrap()];
        manifest::commit(&store, BUCKET, 1, Timestamp(1), add, vec![]).await.unwrap();
        let failure = run(&context, &all()).await.unwrap_err();
        assert_eq!(failure.exit_code(), 42);
        let text = &failure.summary().unwrap().text;
        assert!(text.contains("1 rooms with 1 entries"), "{text}");
        assert!(text.contains("nothing between entry 1 and entry 3, so only what"), "{text}");
    }

    fn all() -> Args {
        Args { all: true, ..Args::default() }
    }

    /// A room in which nobody is.
    fn alone(seq: Seq) -> RoomState {
        let state = json!({
            "seq": seq, "name": "", "kind": "private", "topic": "", "slow_ms": 0,
            "archived": false, "members": [], "bans": [], "invites": [],
        });
        serde_json::from_value(state).unwrap()
    }
}
