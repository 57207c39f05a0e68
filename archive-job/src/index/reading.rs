//! What of the archive is not indexed yet, in the order in which it is read: day by day, so that
//! months come one after the other, and within a day and bucket room by room.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{Epoch, RoomId, Seq, Timestamp};

use super::state::{Watermark, Watermarks};
use crate::failure::Failure;
use crate::record::{Contents, Kind, Object, Run};
use crate::segment;
use crate::store::{Store, sha256};
use crate::table;

/// The objects of a day and bucket that hold something new.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Part {
    pub(super) day: String,
    pub(super) bucket: u8,
    objects: BTreeMap<String, Wanted>,
    pub(super) pieces: Vec<Piece>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Wanted {
    kind: Kind,
    sha256: String,
}

/// Entries of a room that are new.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Piece {
    pub(super) room: RoomId,
    pub(super) epoch: Epoch,
    /// The first entry that the archive has of the epoch.
    pub(super) first: Seq,
    pub(super) from: Seq,
    pub(super) to: Seq,
    /// The object that has them.
    path: String,
}

/// The pieces of a part with their lines, each with its position.
pub(super) type Lines = Vec<(Piece, Vec<(Seq, String)>)>;

/// What was read of a part.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) lines: Lines,
    /// Objects that could not be read; of their rooms there are no lines.
    pub(super) broken: Vec<Broken>,
}

/// An object that is missing or damaged.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) bucket: u8,
    pub(super) path: String,
    pub(super) rooms: BTreeSet<RoomId>,
    pub(super) failure: Failure,
}

/// What of a bucket is new, in order.
pub(super) fn parts(bucket: u8, contents: &Contents, watermarks: &Watermarks) -> Vec<Part> {
    let mut runs: BTreeMap<RoomId, Vec<(&Object, &Run)>> = BTreeMap::new();
    for object in contents.objects.iter().filter(|object| object.kind != Kind::State) {
        for run in &object.runs {
            runs.entry(run.room).or_default().push((object, run));
        }
    }
    let mut parts: BTreeMap<&str, Part> = BTreeMap::new();
    for (room, runs) in &runs {
        for (object, piece) in pieces(runs, watermarks.get(room).copied()) {
            let part = parts.entry(&object.day).or_insert_with(|| Part {
                day: object.day.clone(),
                bucket,
                objects: BTreeMap::new(),
                pieces: Vec::new(),
            });
            let wanted = Wanted { kind: object.kind, sha256: object.sha256.clone() };
            part.objects.insert(object.path.clone(), wanted);
            part.pieces.push(piece);
        }
    }
    parts.into_values().collect()
}

/// What of a room is new: of the epoch that is indexed and the later ones, in order, each only as
/// far as the next one does not begin anew.
fn pieces<'a>(
    runs: &[(&'a Object, &Run)],
    watermark: Option<Watermark>,
) -> Vec<(&'a Object, Piece)> {
    let mut epochs: BTreeMap<Epoch, ((Timestamp, Seq), Seq)> = BTreeMap::new();
    for (_, run) in runs {
        let end = (run.last_at, run.to);
        let (last, first) = epochs.entry(run.epoch).or_insert((end, run.from));
        (*last, *first) = ((*last).max(end), (*first).min(run.from));
    }
    let mut order: Vec<_> = epochs.into_iter().collect();
    order.sort_by_key(|(_, (last, _))| *last);
    let known = order.iter().position(|(epoch, _)| watermark.is_some_and(|w| w.epoch == *epoch));
    let order = order.get(known.unwrap_or(0)..).unwrap_or_default();
    let mut pieces = Vec::new();
    for (nth, (epoch, (_, first))) in order.iter().enumerate() {
        let later = order.iter().skip(nth.saturating_add(1));
        let end = later.map(|(_, (_, first))| first.back(1)).min();
        let after = watermark.filter(|watermark| watermark.epoch == *epoch).map(|w| w.seq);
        let mut of_epoch: Vec<_> = runs.iter().filter(|(_, run)| run.epoch == *epoch).collect();
        of_epoch.sort_by_key(|(_, run)| run.from);
        for (object, run) in of_epoch {
            let to = end.map_or(run.to, |end| run.to.min(end));
            let from = after.and_then(Seq::next).map_or(run.from, |next| run.from.max(next));
            if from <= to {
                let (room, epoch, path) = (run.room, run.epoch, object.path.clone());
                pieces.push((*object, Piece { room, epoch, first: *first, from, to, path }));
            }
        }
    }
    pieces
}

impl Part {
    /// How many entries are new.
    pub(super) fn entries(&self) -> u64 {
        let count = |piece: &Piece| piece.to.since(piece.from).saturating_add(1);
        self.pieces.iter().map(count).sum()
    }

    /// Reads the new lines, in order. What is damaged is passed over, with all of its rooms: what
    /// comes later of them cannot be read before that.
    pub(super) async fn read(&self, store: &Store) -> Result<Read, Failure> {
        let mut wanted: BTreeMap<&str, Vec<(usize, &Piece)>> = BTreeMap::new();
        for (nth, piece) in self.pieces.iter().enumerate() {
            wanted.entry(&piece.path).or_default().push((nth, piece));
        }
        let mut lines: BTreeMap<usize, Vec<(Seq, String)>> = BTreeMap::new();
        let mut broken: Vec<Broken> = Vec::new();
        for (path, object) in &self.objects {
            let pieces = wanted.remove(path.as_str()).unwrap_or_default();
            match object.read(store, path, &pieces).await {
                Ok(read) => {
                    for (nth, seq, line) in read {
                        lines.entry(nth).or_default().push((seq, line));
                    }
                }
                Err(failure) if failure.exit_code() == 42 => {
                    let rooms = pieces.iter().map(|(_, piece)| piece.room).collect();
                    let (bucket, path) = (self.bucket, path.clone());
                    broken.push(Broken { bucket, path, rooms, failure });
                }
                Err(failure) => return Err(failure),
            }
        }
        let is_whole = |room: RoomId| !broken.iter().any(|broken| broken.rooms.contains(&room));
        let pieces = self.pieces.iter().enumerate().filter(|(_, piece)| is_whole(piece.room));
        let lines = pieces.map(|(nth, piece)| (piece.clone(), lines.remove(&nth)));
        let lines = lines.map(|(piece, lines)| (piece, lines.unwrap_or_default())).collect();
        Ok(Read { lines, broken })
    }
}

impl Wanted {
    /// The lines of these pieces, each with its piece's number and its position.
    async fn read(
        &self,
        store: &Store,
        path: &str,
        pieces: &[(usize, &Piece)],
    ) -> Result<Vec<(usize, Seq, String)>, Failure> {
        let bytes = store.read(path).await?;
        if sha256(&bytes) != self.sha256 {
            return Err(Failure::damaged(path, "its bytes are others than the manifest says"));
        }
        let mut lines = Vec::new();
        let mut take = |room, epoch, seq, line: &str| {
            let has = |piece: &Piece| {
                (piece.room, piece.epoch) == (room, epoch) && (piece.from..=piece.to).contains(&seq)
            };
            if let Some((nth, _)) = pieces.iter().find(|(_, piece)| has(piece)) {
                lines.push((*nth, seq, line.to_owned()));
            }
        };
        match (self.kind, pieces.first()) {
            (Kind::Segment, Some((_, piece))) => {
                let text = segment::decode(&bytes).map_err(|why| Failure::damaged(path, why))?;
                let mut seq = first_seq(path, &text)?;
                for line in text.lines() {
                    take(piece.room, piece.epoch, seq, line);
                    seq = seq.next().unwrap_or(seq);
                }
            }
            (Kind::Table, _) => {
                table::read(&bytes, &mut take).map_err(|why| Failure::damaged(path, why))?;
            }
            (Kind::Segment | Kind::State, _) => {}
        }
        Ok(lines)
    }
}

/// The position of the first line.
fn first_seq(path: &str, lines: &str) -> Result<Seq, Failure> {
    #[derive(serde::Deserialize)]
    struct Head {
        seq: Seq,
    }
    let head: Result<Head, _> = serde_json::from_str(lines.lines().next().unwrap_or_default());
    head.map(|head| head.seq).map_err(|why| Failure::damaged(path, why))
}
