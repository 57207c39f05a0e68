//! One range of one room: sealed, read, checked, put, read back and verified.

use std::collections::BTreeSet;

use protocol::archive::{LogStatus, RoomState, SealRequest, Sealed, SealedRange};
use protocol::{RoomId, Seq};

use super::Drain;
use crate::config::Keep;
use crate::failpoint::{self, Point};
use crate::failure::Failure;
use crate::record::{Contents, Kind, Object, Run};
use crate::{layout, object, segment};

/// Bytes that a chunk may be longer than `segment_bytes`: it is one row of a room's storage.
const SLACK: u64 = 4 * 1024 * 1024;

/// How often a range is tried while people erase words of it.
const TRIES_MAX: usize = 8;

/// A range that is in the store, and not yet in the manifest; or in both, and not acknowledged.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) room: RoomId,
    /// The room's last entry.
    pub(super) head: Seq,
    /// The range's last entry.
    pub(super) to: Seq,
    /// The hash chain after it.
    pub(super) link: String,
    /// How many entries it has.
    pub(super) entries: u64,
    /// Messages and edits whose words must go from older objects.
    pub(super) erased: BTreeSet<Seq>,
    /// Objects to be added to the manifest.
    pub(super) add: Vec<Object>,
    /// Paths of objects that they replace.
    pub(super) remove: Vec<String>,
    /// Whether an earlier run committed it, and did not come to acknowledge it.
    pub(super) is_found: bool,
    /// Whether an earlier run may have put objects that nothing names.
    pub(super) may_have_leftovers: bool,
}

/// Where a range belongs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Place {
    /// After what is archived.
    Next,
    /// It is archived.
    Found,
}

/// Puts the next range of a room into the store; `None` if nothing waits.
///
/// # Errors
/// 42 if the room and the archive do not agree, or the store holds something else.
pub(super) async fn draft(
    drain: &Drain<'_>,
    contents: &Contents,
    room: RoomId,
) -> Result<Option<Draft>, Failure> {
    let mut refused: Option<(String, Failure)> = None;
    for _ in 0..TRIES_MAX {
        drain.goes_on()?;
        let fence = drain.lease.check()?;
        let request = SealRequest { fence, bytes_max: drain.context.config.segment_bytes };
        let sealed = drain.maru.seal(room, &request).await?;
        let Some(range) = sealed.range.clone() else { return Ok(None) };
        failpoint::reach(Point::Sealed);
        let run = run(&sealed.status, &range)?;
        let path = layout::segment(room, run.epoch, (run.from, run.to), run.revision);
        let why = |why| Failure::damaged(&path, why);
        let keeps_all = drain.context.config.keep_archive == Keep::Forever;
        if place(contents, &run, keeps_all).map_err(why)? == Place::Found {
            return Ok(Some(Draft::new(&sealed, &range, contents, run.entries)));
        }
        if let Some((refused, failure)) = refused
            && refused == path
        {
            // Nobody erased anything: what stands there is not what belongs there.
            return Err(move_away(drain, &path, failure).await);
        }
        match put(drain, &path, &run).await {
            Ok(object) => {
                let mut draft = Draft::new(&sealed, &range, contents, run.entries);
                draft.add.push(object);
                if let Some(state) = &sealed.state {
                    draft.state(put_state(drain, contents, &run, state).await?, contents);
                }
                return Ok(Some(draft));
            }
            // Words may have been erased between the seal and the lines. If so, the next seal
            // answers another revision, and with it comes another name.
            Err(failure @ (Failure::Divergent { .. } | Failure::Damaged { .. })) => {
                refused = Some((path, failure));
            }
            Err(failure) => return Err(failure),
        }
    }
    Err(Failure::later(format!("words are erased in room {room} all the time")))
}

impl Draft {
    fn new(sealed: &Sealed, range: &SealedRange, contents: &Contents, entries: u64) -> Self {
        let LogStatus { room, epoch, head, revision, .. } = sealed.status;
        let watermark = contents.watermark_in(room, epoch);
        let is_found = watermark.is_some_and(|run| run.to >= range.to);
        // Without an erasure since the last commit, what is put again has the same name.
        let is_erased = !range.erased.is_empty()
            || watermark.map_or(Seq::default(), |run| run.revision) < revision;
        Self {
            room,
            head,
            to: range.to,
            link: range.link.clone(),
            entries,
            erased: if is_found { BTreeSet::new() } else { range.erased.iter().copied().collect() },
            add: Vec::new(),
            remove: Vec::new(),
            is_found,
            may_have_leftovers: is_found || is_erased,
        }
    }

    /// Adds what the room is beside its log, in the place of what it was.
    fn state(&mut self, state: Object, contents: &Contents) {
        let is_older = |object: &&Object| {
            object.kind == Kind::State
                && object.path != state.path
                && object.runs.iter().any(|run| run.room == self.room)
        };
        // An earlier try may have put another one, of the same entry.
        self.may_have_leftovers |= layout::state_revision(&state.path) > Some(0);
        let older = contents.objects.iter().filter(is_older);
        self.remove.extend(older.map(|object| object.path.clone()));
        self.add.push(state);
    }
}

fn run(status: &LogStatus, range: &SealedRange) -> Result<Run, Failure> {
    let LogStatus { room, epoch, revision, .. } = *status;
    let SealedRange { from, to, first_at, last_at, link_before, link, .. } = range.clone();
    let entries = to.get().checked_sub(from.get()).and_then(|n| n.checked_add(1));
    let entries = entries.ok_or_else(|| {
        Failure::damaged(format!("room {room}"), "it seals a range that ends before it begins")
    })?;
    Ok(Run { room, epoch, from, to, first_at, last_at, entries, link_before, link, revision })
}

/// Where a range belongs; or why it belongs nowhere.
fn place(contents: &Contents, run: &Run, keeps_all: bool) -> Result<Place, &'static str> {
    // The first range of an epoch begins where the room says, which goes on with another epoch
    // after it was restored; what came before is in the archive, unless that expires, too.
    let Some(last) = contents.watermark_in(run.room, run.epoch) else {
        return if keeps_all && !has_beginning(contents, run) {
            Err("the archive does not have what came before: is `store` the one that has it?")
        } else {
            Ok(Place::Next)
        };
    };
    if last.to == run.to {
        let is_same = last.link == run.link && last.from <= run.from;
        return if is_same { Ok(Place::Found) } else { Err("the archive has other entries there") };
    }
    if last.to > run.to {
        return Err("the archive goes further than the room: was the room set back?");
    }
    if last.to.next() != Some(run.from) {
        return Err("it does not follow what is archived: entries between are missing");
    }
    if last.link == run.link_before {
        Ok(Place::Next)
    } else {
        Err("its hash chain does not follow what is archived")
    }
}

/// Whether the archive has the entry before a run, from whatever epoch, or there is none.
fn has_beginning(contents: &Contents, run: &Run) -> bool {
    let before = run.from.back(1);
    let mut runs = contents.objects.iter().filter(|object| object.kind != Kind::State);
    let has = |of: &Run| of.room == run.room && of.from <= before && before <= of.to;
    before == Seq::ZERO || runs.any(|object| object.runs.iter().any(has))
}

async fn put(drain: &Drain<'_>, path: &str, run: &Run) -> Result<Object, Failure> {
    let Ok(_slot) = drain.slots.acquire().await else { return Err(Failure::Stopped) };
    let bytes_max = drain.context.config.segment_bytes.saturating_add(SLACK);
    let lines = drain.maru.log(run.room, (run.from, run.to), bytes_max).await?;
    let lines = String::from_utf8(lines.into())
        .map_err(|_| Failure::damaged(path, "the room's lines are no text"))?;
    segment::check(&lines, run)
        .map_err(|why| Failure::damaged(path, format!("the room's own lines are wrong: {why}")))?;
    failpoint::reach(Point::Read);
    drain.lease.check()?;
    drain.puts.extend([path]);
    failpoint::reach(Point::Putting);
    let stored = segment::put(&drain.context.store, path, &lines, run).await?;
    failpoint::reach(Point::Verified);
    drain.tally.put(stored.created, lines.len());
    let (kind, day) = (Kind::Segment, segment::day(run.first_at));
    let (path, runs) = (path.to_owned(), vec![run.clone()]);
    Ok(Object { path, bytes: stored.bytes, sha256: stored.sha256, day, kind, runs })
}

async fn put_state(
    drain: &Drain<'_>,
    contents: &Contents,
    run: &Run,
    state: &RoomState,
) -> Result<Object, Failure> {
    drain.lease.check()?;
    let run = Run {
        from: run.to,
        first_at: run.last_at,
        entries: 0,
        link_before: run.link.clone(),
        ..run.clone()
    };
    let revision = next_state(contents, &run);
    drain.puts.extend([layout::state_anew(run.room, run.to, revision)]);
    let object = object::put_state(&drain.context.store, run, revision, state).await?;
    // The name may have been taken.
    drain.puts.extend([&object.path]);
    Ok(object)
}

/// The revision of the first state of an entry: above that of another epoch, if that has one.
fn next_state(contents: &Contents, run: &Run) -> u64 {
    let is_there = |object: &&Object| {
        let mut runs = object.runs.iter();
        object.kind == Kind::State && runs.any(|of| of.room == run.room && of.to == run.to)
    };
    let there = contents.objects.iter().filter(is_there);
    let highest = there.filter_map(|object| layout::state_revision(&object.path)).max();
    highest.map_or(0, |highest| highest.saturating_add(1))
}

/// Moves what does not belong there out of the way, unless the archive is built on it.
async fn move_away(drain: &Drain<'_>, path: &str, failure: Failure) -> Failure {
    let store = &drain.context.store;
    drain.context.metrics.verify_failures.inc();
    let moved = async {
        drain.lease.confirm().await?;
        match store.head(path).await? {
            Some(_) => store.quarantine(path).await.map(Some),
            None => Ok(None),
        }
    };
    match moved.await {
        Ok(Some(to)) => tracing::error!(path, to, "it does not verify and was moved"),
        Ok(None) => {}
        Err(why) => tracing::error!(path, %why, "it does not verify and could not be moved"),
    }
    failure
}

#[cfg(test)]
mod tests {
    use protocol::{Epoch, Timestamp};

    use super::*;

    fn seq(n: u64) -> Seq {
        Seq::try_from(n).unwrap()
    }

    /// Entries `after + 1` to `to`.
    fn run_of(epoch: char, after: u64, to: u64) -> Run {
        let epoch: Epoch = epoch.to_string().repeat(20).parse().unwrap();
        Run {
            room: "0123456789abcdefghjk".parse().unwrap(),
            epoch,
            from: seq(after).next().unwrap(),
            to: seq(to),
            first_at: Timestamp(0),
            last_at: Timestamp(to),
            entries: to.saturating_sub(after),
            link_before: format!("link {after}"),
            link: format!("link {to}"),
            revision: seq(0),
        }
    }

    fn contents(runs: &[Run]) -> Contents {
        let object = |run: &Run| Object {
            path: layout::segment(run.room, run.epoch, (run.from, run.to), run.revision),
            bytes: 1,
            sha256: String::new(),
            day: "1970-01-01".into(),
            kind: Kind::Segment,
            runs: vec![run.clone()],
        };
        Contents { objects: runs.iter().map(object).collect(), ..Contents::default() }
    }

    #[test]
    fn a_range_follows_what_is_archived_or_is_archived() {
        let archived = contents(&[run_of('a', 0, 5), run_of('a', 5, 9)]);
        assert_eq!(place(&archived, &run_of('a', 9, 12), true), Ok(Place::Next));
        assert_eq!(place(&archived, &run_of('a', 5, 9), true), Ok(Place::Found));
        assert_eq!(place(&archived, &run_of('b', 3, 12), true), Ok(Place::Next), "a new epoch");
        assert_eq!(place(&Contents::default(), &run_of('a', 0, 5), true), Ok(Place::Next));
        assert!(place(&Contents::default(), &run_of('a', 5, 9), true).is_err(), "another store");
        assert_eq!(place(&Contents::default(), &run_of('a', 5, 9), false), Ok(Place::Next));
        // A day was put into one table file meanwhile.
        assert_eq!(
            place(&contents(&[run_of('a', 0, 9)]), &run_of('a', 5, 9), true),
            Ok(Place::Found)
        );
    }

    #[test]
    fn a_range_that_fits_nowhere_is_told() {
        let archived = contents(&[run_of('a', 0, 9)]);
        let wrong = |run: &Run| place(&archived, run, true).unwrap_err();
        assert!(wrong(&run_of('a', 10, 12)).contains("missing"), "a gap");
        assert!(wrong(&run_of('a', 8, 12)).contains("missing"), "an overlap");
        assert!(wrong(&run_of('a', 0, 5)).contains("set back"));
        let other = |link: &str| link.to_owned();
        let (link_before, link) = (other("other"), other("other"));
        assert!(wrong(&Run { link_before, ..run_of('a', 9, 12) }).contains("hash chain"));
        assert!(wrong(&Run { link, ..run_of('a', 5, 9) }).contains("other entries"));
    }
}
