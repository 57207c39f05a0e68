//! The proof that words are nowhere: every object is read again, whether or not a manifest names
//! it, and searched for each text that was erased.

use std::collections::BTreeSet;
use std::fmt;

use bytes::Bytes;
use protocol::archive::RoomState;
use protocol::{RoomId, UserId};
use serde::{Deserialize, Serialize};

use super::layout;
use crate::context::Context;
use crate::failure::Failure;
use crate::manifest;
use crate::segment;
use crate::store::Store;
use crate::table;

/// Shorter texts are in everything.
const TEXT_BYTES_MIN: usize = 8;

/// What was looked at, and what was found.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Proof {
    /// Objects that were read and searched, as they are and as what they hold.
    pub objects_scanned: usize,
    /// Different texts.
    pub texts_searched: usize,
    /// Texts that are in none of these: they are too short to be told from others.
    pub texts_too_short: usize,
    /// Lines of the user that still say something, and texts that are in what is no line.
    pub found: usize,
    /// Objects that no manifest names and that still had some of it.
    pub leftovers_deleted: usize,
    /// Texts that somebody else said, too.
    pub said_by_others: usize,
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { objects_scanned, texts_searched, found, .. } = self;
        write!(f, "scanned {objects_scanned} objects for {texts_searched} texts, found {found}")?;
        if self.said_by_others > 0 {
            write!(f, " ({} texts were said by others, too)", self.said_by_others)?;
        }
        Ok(())
    }
}

/// Texts as they are looked for.
struct Needles {
    /// Each as it is and as it is within JSON.
    texts: Vec<(String, String)>,
    by_others: BTreeSet<usize>,
}

/// Whose line it is.
#[derive(Deserialize)]
struct Head<'a> {
    by: &'a str,
}

/// Searches all objects in which something of these rooms can be.
pub(super) async fn prove(
    context: &Context,
    user: UserId,
    rooms: &BTreeSet<RoomId>,
    texts: &BTreeSet<String>,
) -> Result<Proof, Failure> {
    let long = texts.iter().filter(|text| text.len() >= TEXT_BYTES_MIN);
    let mut needles = Needles::new(long);
    let mut proof = Proof {
        texts_searched: needles.texts.len(),
        texts_too_short: texts.len().saturating_sub(needles.texts.len()),
        ..Proof::default()
    };
    let (mut lines_found, mut raw) = (0_usize, BTreeSet::new());
    let named = named(&context.store, rooms).await?;
    for path in paths(&context.store, rooms).await? {
        context.stop.check()?;
        // A drain may have replaced it meanwhile: then the new one is in the next list.
        let Some(bytes) = context.store.find(&path).await? else { continue };
        proof.objects_scanned = proof.objects_scanned.saturating_add(1);
        let mut found = 0_usize;
        for line in lines(&path, &bytes)? {
            found = found.saturating_add(needles.search(user, rooms, &line));
        }
        if found > 0 && !named.contains(&path) {
            // A run that was killed left it; whoever could still name it has lost its lease.
            context.store.delete(&path).await?;
            proof.leftovers_deleted = proof.leftovers_deleted.saturating_add(1);
            continue;
        }
        lines_found = lines_found.saturating_add(found);
        raw.extend(needles.within(&bytes));
    }
    // Bytes of compressed lines cannot be told apart: what others said may be among them.
    let in_raw = raw.difference(&needles.by_others).count();
    proof.found = lines_found.saturating_add(in_raw);
    proof.said_by_others = needles.by_others.len();
    Ok(proof)
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

/// How many objects still hold something of a room.
pub(super) async fn objects_of(context: &Context, room: RoomId) -> Result<usize, Failure> {
    let rooms = BTreeSet::from([room]);
    let mut found = 0_usize;
    for path in paths(&context.store, &rooms).await? {
        let Some(bytes) = context.store.find(&path).await? else { continue };
        let is_there = !path.starts_with("v1/l1/")
            || lines(&path, &bytes)?.iter().any(|line| line.room == Some(room));
        found = found.saturating_add(usize::from(is_there));
    }
    Ok(found)
}

/// The objects in which something of these rooms can be.
async fn paths(store: &Store, rooms: &BTreeSet<RoomId>) -> Result<Vec<String>, Failure> {
    let mut paths = Vec::new();
    for room in rooms {
        let bucket = layout::bucket(*room);
        for folder in ["l0", "state"] {
            let folder = format!("v1/{folder}/b={bucket:02x}/{room}");
            paths.extend(store.list(&folder).await?.into_iter().map(|listed| listed.path));
        }
    }
    let buckets: BTreeSet<u8> = rooms.iter().map(|room| layout::bucket(*room)).collect();
    let buckets: Vec<String> =
        buckets.into_iter().map(|bucket| format!("/b={bucket:02x}/")).collect();
    for listed in store.list("v1/l1").await? {
        if buckets.iter().any(|bucket| listed.path.contains(bucket)) {
            paths.push(listed.path);
        }
    }
    Ok(paths)
}

/// A line, and the room of which it is if that is known.
struct Found {
    room: Option<RoomId>,
    text: String,
}

fn lines(path: &str, bytes: &Bytes) -> Result<Vec<Found>, Failure> {
    if path.starts_with("v1/l1/") {
        let mut lines = Vec::new();
        let mut each = |room, _, _, line: &str| {
            lines.push(Found { room: Some(room), text: line.to_owned() });
        };
        table::read(bytes, &mut each).map_err(|why| Failure::damaged(path, why))?;
        return Ok(lines);
    }
    if path.starts_with("v1/state/") {
        return people(bytes).map_err(|why| Failure::damaged(path, why));
    }
    let text = segment::decode(bytes).map_err(|why| Failure::damaged(path, why))?;
    Ok(text.lines().map(|line| Found { room: None, text: line.to_owned() }).collect())
}

/// Who is called how in a state, each as if it were a line; then the rest, which is nobody's.
fn people(bytes: &[u8]) -> std::io::Result<Vec<Found>> {
    let mut state: RoomState = serde_json::from_slice(&zstd::decode_all(bytes)?)?;
    let members = state.members.drain(..).map(|member| (member.user.to_string(), member.name));
    let bans = state.bans.drain(..).map(|ban| (ban.user.to_string(), ban.name));
    let mut people: Vec<(String, String)> = members.chain(bans).collect();
    people.push((String::new(), serde_json::to_string(&state)?));
    let line = |(by, name)| serde_json::json!({ "by": by, "name": name }).to_string();
    Ok(people.into_iter().map(|person| Found { room: None, text: line(person) }).collect())
}

impl Needles {
    fn new<'a>(texts: impl Iterator<Item = &'a String>) -> Self {
        let both = |text: &String| {
            let json = serde_json::to_string(text).unwrap_or_default();
            let json = json.trim_start_matches('"').trim_end_matches('"').to_owned();
            (text.clone(), json)
        };
        Self { texts: texts.map(both).collect(), by_others: BTreeSet::new() }
    }

    /// Looks for all texts in a line; answers one if the user still says one of them there.
    fn search(&mut self, user: UserId, rooms: &BTreeSet<RoomId>, line: &Found) -> usize {
        if line.room.is_some_and(|room| !rooms.contains(&room)) {
            let others: Vec<usize> = self.within(line.text.as_bytes()).collect();
            self.by_others.extend(others);
            return 0;
        }
        let by = serde_json::from_str::<Head<'_>>(&line.text).ok();
        let is_own = by.is_none_or(|head| head.by == user.as_str());
        let hits: Vec<usize> = self.within(line.text.as_bytes()).collect();
        if is_own && !hits.is_empty() {
            return 1;
        }
        self.by_others.extend(hits);
        0
    }

    /// The texts that are within bytes.
    fn within<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
        let has = |text: &str| !text.is_empty() && contains(bytes, text.as_bytes());
        let texts = self.texts.iter().enumerate();
        texts.filter(move |(_, (text, json))| has(text) || has(json)).map(|(nth, _)| nth)
    }
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    let Some(first) = needle.first() else { return true };
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        let Some(here) = rest.get(at..) else { return false };
        if here.starts_with(needle) {
            return true;
        }
        rest = here.get(1..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Log, MIDNIGHT, epoch, room, user};

    #[test]
    fn bytes_are_found_where_they_are() {
        assert!(contains(b"aab", b"ab"));
        assert!(contains(b"xaaab", b"aab"));
        assert!(!contains(b"aa", b"ab"));
        assert!(!contains(b"", b"a"));
    }

    #[test]
    fn own_lines_count_as_found_and_those_of_others_do_not() {
        let mut log = Log::new(room(0), epoch(1));
        let said = [(1, "a \"secret\" word"), (2, "he said: a \"secret\" word"), (1, "else")];
        let (lines, _) = log.say(MIDNIGHT, &said);
        let texts = BTreeSet::from(["a \"secret\" word".to_owned()]);
        let mut needles = Needles::new(texts.iter());
        let rooms = BTreeSet::from([log.room]);
        let found: Vec<usize> = lines
            .lines()
            .map(|line| Found { room: None, text: line.to_owned() })
            .map(|line| needles.search(user(1), &rooms, &line))
            .collect();
        assert_eq!(found, [1, 0, 0]);
        assert_eq!(needles.by_others, BTreeSet::from([0]));
    }
}
