//! Objects that were put, or replaced, by a run that was killed before it could say so.
//!
//! An object goes only if nothing can ever name it again: the archive has the same entries under
//! another name, with at least as much erased. So also a job that lost its lease does no harm.

use protocol::{Epoch, RoomId, Seq};

use super::range::Draft;
use crate::failure::Failure;
use crate::layout;
use crate::record::{Change, Contents, Kind, Object};
use crate::store::Store;

/// How many changes are looked at for the one that committed a range.
const CHANGES_MAX: u64 = 1_000;

/// What was replaced in and after the change that committed a range, and may still be there.
pub(super) async fn unfinished(
    store: &Store,
    bucket: u8,
    contents: &Contents,
    draft: &Draft,
) -> Result<Vec<String>, Failure> {
    let mut removed = Vec::new();
    let oldest = contents.number.saturating_sub(CHANGES_MAX);
    for number in (oldest.saturating_add(1)..=contents.number).rev() {
        let path = layout::change(bucket, number);
        let Some(bytes) = store.find(&path).await? else { break };
        let change: Change =
            serde_json::from_slice(&bytes).map_err(|why| Failure::damaged(&path, why))?;
        removed.extend(change.remove);
        let mut runs = change.add.iter().flat_map(|object| &object.runs);
        if runs.any(|run| run.room == draft.room && run.to == draft.to && run.link == draft.link) {
            break;
        }
    }
    Ok(removed)
}

/// What of a room nothing names any more.
pub(super) async fn of_room(
    store: &Store,
    bucket: u8,
    contents: &Contents,
    room: RoomId,
) -> Result<Vec<String>, Failure> {
    let mut paths = all_of(store, bucket, room).await?;
    paths.retain(|path| is_leftover(contents, path));
    Ok(paths)
}

/// Everything that is only a room's.
pub(super) async fn all_of(
    store: &Store,
    bucket: u8,
    room: RoomId,
) -> Result<Vec<String>, Failure> {
    let mut paths = Vec::new();
    for folder in
        [format!("v1/l0/b={bucket:02x}/{room}"), format!("v1/state/b={bucket:02x}/{room}")]
    {
        paths.extend(store.list(&folder).await?.into_iter().map(|listed| listed.path));
    }
    Ok(paths)
}

/// Earlier forms of table files that were replaced.
pub(super) async fn of_tables(
    store: &Store,
    contents: &Contents,
    added: &[Object],
) -> Result<Vec<String>, Failure> {
    let mut paths = Vec::new();
    for table in added.iter().filter(|object| object.kind == Kind::Table) {
        let Some((folder, _)) = table.path.rsplit_once('/') else { continue };
        let listed = store.list(folder).await?.into_iter().map(|listed| listed.path);
        paths.extend(listed.filter(|path| is_leftover(contents, path)));
    }
    Ok(paths)
}

/// Whether nothing names an object, nor can again.
pub(super) fn is_leftover(contents: &Contents, path: &str) -> bool {
    contents.object(path).is_none()
        && (is_covered_segment(contents, path).unwrap_or(false)
            || is_older_state(contents, path).unwrap_or(false)
            || is_older_table(contents, path).unwrap_or(false))
}

fn is_covered_segment(contents: &Contents, path: &str) -> Option<bool> {
    let path = path.strip_prefix("v1/l0/")?.strip_suffix(".jsonl.zst")?;
    let mut parts = path.split('/').skip(1);
    let room: RoomId = parts.next()?.parse().ok()?;
    let epoch: Epoch = parts.next()?.parse().ok()?;
    let (range, revision) = parts.next()?.split_once('.')?;
    let (from, to) = range.split_once('-')?;
    let (from, to, revision) = (seq(from)?, seq(to)?, seq(revision)?);
    let mut runs = contents.runs(room).map(|(_, run)| run);
    Some(runs.any(|run| {
        run.epoch == epoch && run.from <= from && to <= run.to && run.revision >= revision
    }))
}

fn is_older_state(contents: &Contents, path: &str) -> Option<bool> {
    let path = path.strip_prefix("v1/state/")?.strip_suffix(".json.zst")?;
    let mut parts = path.split('/').skip(1);
    let room: RoomId = parts.next()?.parse().ok()?;
    let name = parts.next()?;
    let to = seq(name.split_once('.').map_or(name, |(to, _)| to))?;
    let newest = contents.state_of(room)?;
    Some(newest.runs.iter().any(|run| run.room == room && run.to > to))
}

fn is_older_table(contents: &Contents, path: &str) -> Option<bool> {
    let (name, revision) = layout::table_revision(path)?;
    let mut tables =
        contents.objects.iter().filter_map(|object| layout::table_revision(&object.path));
    Some(tables.any(|(other, newer)| other == name && newer > revision))
}

fn seq(digits: &str) -> Option<Seq> {
    digits.parse().ok().and_then(|number: u64| Seq::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use protocol::Timestamp;

    use super::*;
    use crate::record::Run;

    const ROOM: &str = "0123456789abcdefghjk";
    const EPOCH: &str = "zzzzzzzzzzzzzzzzzzzz";

    fn path(from: u64, to: u64, revision: u64) -> String {
        let seq = |n| Seq::try_from(n).unwrap();
        let (room, epoch) = (ROOM.parse().unwrap(), EPOCH.parse().unwrap());
        layout::segment(room, epoch, (seq(from), seq(to)), seq(revision))
    }

    fn object(path: String, kind: Kind, (from, to): (u64, u64), revision: u64) -> Object {
        let seq = |n| Seq::try_from(n).unwrap();
        let run = Run {
            room: ROOM.parse().unwrap(),
            epoch: EPOCH.parse().unwrap(),
            from: seq(from),
            to: seq(to),
            first_at: Timestamp(0),
            last_at: Timestamp(0),
            entries: 1,
            link_before: String::new(),
            link: String::new(),
            revision: seq(revision),
        };
        let (sha256, day) = (String::new(), "1970-01-01".into());
        Object { path, bytes: 1, sha256, day, kind, runs: vec![run] }
    }

    #[test]
    fn an_object_goes_only_if_nothing_can_name_it_again() {
        let segment = object(path(1, 9, 5), Kind::Segment, (1, 9), 5);
        let table = object(layout::table("1970-01-02", 0x96, 3, 7), Kind::Table, (10, 40), 7);
        let state = layout::state(ROOM.parse().unwrap(), Seq::try_from(9).unwrap());
        let state = object(state, Kind::State, (9, 9), 5);
        let contents = Contents { objects: vec![segment, table, state], ..Contents::default() };
        let leftover = |path: &str| is_leftover(&contents, path);
        assert!(leftover(&path(1, 9, 0)), "its words were erased");
        assert!(!leftover(&path(1, 9, 5)), "it is named");
        assert!(!leftover(&path(1, 9, 6)), "it may be about to be named: more is erased in it");
        assert!(leftover(&path(10, 20, 7)), "it is in a table file");
        assert!(!leftover(&path(10, 20, 8)));
        assert!(!leftover(&path(41, 50, 0)), "it is about to be named");
        let table = |number, revision| layout::table("1970-01-02", 0x96, number, revision);
        assert!(leftover(&table(3, 6)));
        assert!(!leftover(&table(3, 8)) && !leftover(&table(4, 0)));
        let state = |n| layout::state(ROOM.parse().unwrap(), Seq::try_from(n).unwrap());
        assert!(leftover(&state(8)) && !leftover(&state(9)) && !leftover(&state(10)));
        assert!(!leftover("v1/l0/b=96/notes.txt") && !leftover("elsewhere"));
    }
}
