//! The proof that words are nowhere: every object is read again, whether or not a manifest names
//! it. A line of the user is good if there is nothing in it that can be erased, however short that
//! would be; a table file says nothing that its lines do not say, which is checked as it is read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use bytes::Bytes;
use protocol::archive::RoomState;
use protocol::codec::decode_entry;
use protocol::{RoomId, UserId};
use serde::Serialize;
use serde_json::Value;

use super::said::unerased;
use super::states::names;
use crate::context::Context;
use crate::failure::Failure;
use crate::index::{self, Clause};
use crate::lease::Lease;
use crate::store::Store;
use crate::table;
use crate::{layout, leftovers, manifest, quarantine, segment};

/// Shorter texts are in everything: they are looked for as a whole, not in what others say.
const TEXT_BYTES_MIN: usize = 8;

/// What was looked at, and what was found.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Proof {
    /// Objects that were read.
    pub objects_scanned: usize,
    /// Lines of the user that were in them.
    pub lines_scanned: usize,
    /// Different texts that were erased.
    pub texts_searched: usize,
    /// Lines of the user that still say something, names of the user, and messages in the index.
    pub found: usize,
    /// Objects that no manifest names and that still had some of it.
    pub leftovers_deleted: usize,
    /// Texts that somebody else said, too.
    pub said_by_others: usize,
    /// Objects that could not be read, and why.
    pub unread: Vec<String>,
}

impl Proof {
    /// Whether nothing is left.
    pub(super) fn is_good(&self) -> bool {
        self.found == 0 && self.unread.is_empty()
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { objects_scanned, lines_scanned, texts_searched, found, .. } = self;
        write!(
            f,
            "scanned {objects_scanned} objects, {lines_scanned} lines of the user in them, for \
             {texts_searched} texts, found {found}"
        )?;
        if self.said_by_others > 0 {
            write!(f, " ({} texts were said by others, too)", self.said_by_others)?;
        }
        Ok(())
    }
}

/// Reads all objects in which something of these rooms can be.
pub(super) async fn prove(
    context: &Context,
    lease: &Lease,
    (user, rooms): (UserId, &BTreeSet<RoomId>),
    texts: &BTreeSet<String>,
) -> Result<Proof, Failure> {
    let mut search = Search { user, rooms, texts, by_others: BTreeSet::new(), n_lines: 0 };
    let mut proof = Proof { texts_searched: texts.len(), ..Proof::default() };
    // Listed before the manifest is read: what is not in that then was not about to be.
    let paths = paths(&context.store, rooms).await?;
    let named = named(&context.store, rooms).await?;
    let mut unnamed = Vec::new();
    for path in paths {
        context.stop.check()?;
        // A drain may have replaced it meanwhile: then the new one is in the next list.
        let Some(bytes) = context.store.find(&path).await? else { continue };
        proof.objects_scanned = proof.objects_scanned.saturating_add(1);
        let mut found = 0_usize;
        let read = read(&path, &bytes, &mut |part| {
            found = found.saturating_add(usize::from(search.finds(part)));
        });
        match read {
            Ok(()) if found == 0 => {}
            _ if !named.contains(&path) => unnamed.push(path),
            Ok(()) => proof.found = proof.found.saturating_add(found),
            Err(why) => proof.unread.push(format!("{path} ({why})")),
        }
    }
    proof.leftovers_deleted = unnamed.len();
    delete(context, lease, unnamed).await?;
    let in_index = index::count(context, Clause::By(BTreeSet::from([user]))).await?;
    proof.found = proof.found.saturating_add(in_index);
    (proof.lines_scanned, proof.said_by_others) = (search.n_lines, search.by_others.len());
    Ok(proof)
}

/// How many objects still hold something of a room, or cannot be read.
pub(super) async fn objects_of(context: &Context, room: RoomId) -> Result<usize, Failure> {
    let rooms = BTreeSet::from([room]);
    let mut found = 0_usize;
    for path in paths(&context.store, &rooms).await? {
        let Some(bytes) = context.store.find(&path).await? else { continue };
        let mut is_there = false;
        let read = read(&path, &bytes, &mut |part| is_there |= part.room() == room);
        found = found.saturating_add(usize::from(is_there || read.is_err()));
    }
    Ok(found)
}

/// The objects that count.
async fn named(store: &Store, rooms: &BTreeSet<RoomId>) -> Result<BTreeSet<String>, Failure> {
    let mut named = BTreeSet::new();
    let buckets: BTreeSet<u8> = rooms.iter().map(|room| layout::bucket(*room)).collect();
    for bucket in buckets {
        let objects = manifest::load(store, bucket).await?.objects;
        named.extend(objects.into_iter().map(|object| object.path));
    }
    Ok(named)
}

/// The objects in which something of these rooms can be.
async fn paths(store: &Store, rooms: &BTreeSet<RoomId>) -> Result<Vec<String>, Failure> {
    let mut paths = quarantine::of_rooms(store, rooms).await?;
    for room in rooms {
        paths.extend(leftovers::all_of(store, layout::bucket(*room), *room).await?);
    }
    let buckets: BTreeSet<u8> = rooms.iter().map(|room| layout::bucket(*room)).collect();
    let tables = leftovers::tables(store).await?.into_iter();
    let tables = tables.filter(|(bucket, _)| buckets.contains(bucket)).flat_map(|(_, of)| of);
    paths.extend(tables.map(|listed| listed.path));
    Ok(paths)
}

/// Deletes what is in no manifest. Whoever could still name it has lost its lease.
async fn delete(context: &Context, lease: &Lease, unnamed: Vec<String>) -> Result<(), Failure> {
    let mut buckets: BTreeMap<Option<u8>, Vec<String>> = BTreeMap::new();
    for path in unnamed {
        buckets.entry(layout::bucket_of(&path)).or_default().push(path);
    }
    for (bucket, mut paths) in buckets {
        lease.confirm().await?;
        if let Some(bucket) = bucket {
            let contents = manifest::load(&context.store, bucket).await?;
            let (fence, now) = (lease.check()?, context.now());
            let contents = manifest::shut_out(&context.store, bucket, contents, fence, now).await?;
            paths.retain(|path| contents.object(path).is_none());
        }
        for path in paths {
            context.store.delete(&path).await?;
        }
    }
    Ok(())
}

/// Something that an object says.
#[derive(Clone, Copy)]
enum Part<'a> {
    /// A line of a log.
    Line(RoomId, &'a str),
    /// What a room is beside its log.
    State(RoomId, &'a RoomState),
}

impl Part<'_> {
    fn room(&self) -> RoomId {
        match self {
            Self::Line(room, _) | Self::State(room, _) => *room,
        }
    }
}

/// Shows all that an object says, in quarantine or not; or why that cannot be told.
fn read(path: &str, bytes: &Bytes, each: &mut dyn FnMut(Part<'_>)) -> Result<(), String> {
    let path = layout::unquarantined(path);
    if path.starts_with(layout::TABLES) {
        let mut each = |room, _, _, line: &str| each(Part::Line(room, line));
        return table::read(bytes, &mut each).map_err(|why| why.to_string());
    }
    let room =
        layout::room_of(path).ok_or_else(|| "it is not called as an object is".to_owned())?;
    if path.starts_with("v1/state/") {
        let json = segment::decompress(bytes).map_err(|why| why.to_string())?;
        let state = serde_json::from_slice(&json).map_err(|why| why.to_string())?;
        each(Part::State(room, &state));
        return Ok(());
    }
    for line in segment::decode(bytes).map_err(|why| why.to_string())?.lines() {
        decode_entry(line).map_err(|_| "a line of it is no entry".to_owned())?;
        each(Part::Line(room, line));
    }
    Ok(())
}

/// What is looked for.
struct Search<'a> {
    user: UserId,
    rooms: &'a BTreeSet<RoomId>,
    texts: &'a BTreeSet<String>,
    by_others: BTreeSet<&'a str>,
    n_lines: usize,
}

impl Search<'_> {
    /// Whether the user still says something in it. Notes what others say, too.
    fn finds(&mut self, part: Part<'_>) -> bool {
        match part {
            Part::Line(room, line) if self.rooms.contains(&room) => self.line(line),
            Part::Line(_, line) => {
                self.others(line);
                false
            }
            Part::State(_, state) => self.state(state),
        }
    }

    /// Whether the user says something in a line.
    fn line(&mut self, line: &str) -> bool {
        let is_own = line.contains(self.user.as_str())
            && serde_json::from_str::<Value>(line).is_ok_and(|line| {
                line.get("by").and_then(Value::as_str) == Some(self.user.as_str())
            });
        if !is_own {
            self.others(line);
            return false;
        }
        self.n_lines = self.n_lines.saturating_add(1);
        match decode_entry(line) {
            // Of an entry of a later version it is not known what of it are words.
            Ok(None) => self.texts.iter().any(|text| has_text(line, text)),
            Ok(Some(_)) | Err(_) => !matches!(unerased(self.user, line), Ok(None)),
        }
    }

    /// Whether a state has a name of the user.
    fn state(&mut self, state: &RoomState) -> bool {
        let is_found = names(state, self.user).next().is_some();
        if !is_found && let Ok(json) = serde_json::to_string(state) {
            self.others(&json);
        }
        is_found
    }

    fn others(&mut self, line: &str) {
        let texts = self.texts.iter().map(String::as_str);
        let long = texts.filter(|text| text.len() >= TEXT_BYTES_MIN);
        self.by_others.extend(long.filter(|text| has_text(line, text)));
    }
}

/// Whether a line of JSON has a text within a string, or, if it is short, as one.
fn has_text(line: &str, text: &str) -> bool {
    let quoted = serde_json::to_string(text).unwrap_or_default();
    if text.len() < TEXT_BYTES_MIN {
        return !text.is_empty() && line.contains(&format!(":{quoted}"));
    }
    line.contains(quoted.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use protocol::codec::erase_line;

    use super::*;
    use crate::testing::{Log, MIDNIGHT, epoch, room, user};

    fn look(texts: &[&str], lines: &[&str]) -> (usize, usize) {
        let (texts, rooms) =
            (texts.iter().map(|&text| text.to_owned()).collect(), [room(0)].into());
        let (by_others, user) = (BTreeSet::new(), user(1));
        let mut search = Search { user, rooms: &rooms, texts: &texts, by_others, n_lines: 0 };
        let found = lines.iter().filter(|line| search.finds(Part::Line(room(0), line))).count();
        (found, search.by_others.len())
    }

    #[test]
    fn own_lines_count_as_found_and_those_of_others_do_not() {
        let mut log = Log::new(room(0), epoch(1));
        let said = [(1, "a \"secret\" word"), (2, "he said: a \"secret\" word"), (2, "else")];
        let (lines, _) = log.say(MIDNIGHT, &said);
        let lines: Vec<&str> = lines.lines().collect();
        assert_eq!(look(&["a \"secret\" word"], &lines), (1, 1));
        let erased = erase_line(lines[0]).unwrap();
        assert_eq!(look(&["a \"secret\" word"], &[&erased, lines[1]]), (0, 1));
    }

    #[test]
    fn a_text_is_found_however_short_and_whatever_a_run_before_erased() {
        let mut log = Log::new(room(0), epoch(1));
        let (lines, _) = log.say(MIDNIGHT, &[(1, "ok"), (2, "ok")]);
        let lines: Vec<&str> = lines.lines().collect();
        assert_eq!(look(&["ok"], &lines), (1, 0));
        assert_eq!(look(&[], &lines), (1, 0), "nobody knows any more what was erased");
        // What stays of the user beside it: the same letters are in a line that has no words.
        let stays = erase_line(lines[0]).unwrap();
        for text in ["ok", "redacted", &stays[10..30]] {
            assert_eq!(look(&[text], &[&stays]).0, 0, "{text}");
        }
    }

    #[test]
    fn of_a_later_version_a_line_is_found_that_has_one_of_the_texts() {
        let by = user(1);
        let line = format!(r#"{{"t":"poll","seq":1,"at":1,"by":"{by}","question":"lunch?"}}"#);
        assert_eq!(look(&["lunch?"], &[&line]).0, 1);
        assert_eq!(look(&["lunch", "at"], &[&line]).0, 0);
    }
}
