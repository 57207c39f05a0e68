//! One list out of many rooms' hits, newest first, page by page.
//!
//! A position in a room is the cursor of the room's page that was read last, and the seq of the
//! last hit that was shown from it. So what arrives between two pages shifts nothing: a hit at or
//! above that seq was shown already, and a hit below it was not.

use std::cmp::Reverse;

use protocol::{RoomId, Seq, Timestamp, ordered};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Where the search in one room goes on.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Position {
    /// The room.
    #[serde(rename = "r")]
    pub(super) room: RoomId,
    /// The room's own cursor; `None` for its first page.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub(super) cursor: Option<String>,
    /// Hits at and above this were shown.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    shown: Option<Seq>,
}

/// A hit, of which only the place matters here.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Hit {
    seq: Seq,
    at: Timestamp,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// A hit and the room that it is in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct RoomHit {
    room: RoomId,
    #[serde(flatten)]
    hit: Hit,
}

/// What one room found: hits that were not shown, and whether it has more.
#[derive(Debug)]
pub(super) struct Found {
    position: Position,
    /// The newest last, because they are taken from there.
    hits: Vec<Hit>,
    next: Option<String>,
}

impl Position {
    /// The beginning of the search in a room.
    pub(super) fn newest(room: RoomId) -> Self {
        Self { room, cursor: None, shown: None }
    }
}

impl Found {
    /// What a room answered at `position`: `hits`, newest first, and the cursor of its next page.
    pub(super) fn new(position: Position, hits: Vec<Hit>, next: Option<String>) -> Self {
        let is_new = |hit: &Hit| position.shown.is_none_or(|shown| hit.seq < shown);
        let hits = hits.into_iter().rev().filter(is_new).map(|hit| (hit.seq, hit));
        let hits = ordered::Map::of(hits).into_iter().map(|(_, hit)| hit).collect();
        Self { position, hits, next }
    }

    /// A room that has not come to a hit, nor to its end.
    pub(super) fn unknown(position: Position) -> Self {
        Self { next: position.cursor.clone(), hits: Vec::new(), position }
    }

    /// Whether it has a hit, or certainly none.
    pub(super) fn says_something(&self) -> bool {
        !self.hits.is_empty() || self.next.is_none()
    }

    /// Where the search in this room goes on.
    pub(super) fn position(self) -> Position {
        if self.hits.is_empty() {
            Position { cursor: self.next, ..self.position }
        } else {
            self.position
        }
    }

    /// Whether the room has more, of which nobody knows yet how new it is.
    fn is_unknown(&self) -> bool {
        self.hits.is_empty() && self.next.is_some()
    }

    fn is_done(&self) -> bool {
        self.hits.is_empty() && self.next.is_none()
    }

    fn newest(&self) -> Option<(Timestamp, Reverse<RoomId>)> {
        self.hits.last().map(|hit| (hit.at, Reverse(self.position.room)))
    }

    fn show(&mut self) -> Option<RoomHit> {
        let hit = self.hits.pop()?;
        self.position.shown = Some(hit.seq);
        Some(RoomHit { room: self.position.room, hit })
    }
}

/// The newest hits, at most `max` of them, and where the search goes on. A page ends early where
/// the next hit might be one that its room was not asked for yet.
pub(super) fn merge(mut found: Vec<Found>, max: usize) -> (Vec<RoomHit>, Vec<Position>) {
    let mut page = Vec::new();
    while page.len() < max && !found.iter().any(Found::is_unknown) {
        let newest = found.iter_mut().max_by_key(|found| found.newest());
        let Some(hit) = newest.and_then(Found::show) else {
            break;
        };
        page.push(hit);
    }
    let left = found.into_iter().filter(|found| !found.is_done());
    (page, left.map(Found::position).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A room that has these hits, as `(seq, at)`, oldest first, and for a question looks at
    /// `window` entries, or fewer if they hold `page` hits.
    struct Room {
        id: RoomId,
        hits: Vec<(u64, u64)>,
        page: usize,
        window: u64,
    }

    impl Room {
        fn new(byte: u8, hits: &[(u64, u64)], page: usize, window: u64) -> Self {
            Self { id: RoomId::from_random([byte; 13]), hits: hits.to_vec(), page, window }
        }

        /// The newest hits below the seq that the cursor names.
        fn answer(&self, position: &Position) -> (Vec<Hit>, Option<String>) {
            let head = self.hits.last().map_or(0, |hit| hit.0);
            let cursor = position.cursor.as_deref().map(|seq| seq.parse().unwrap());
            let end = cursor.unwrap_or(head.saturating_add(1));
            let first = end.saturating_sub(self.window);
            let seen = self.hits.iter().rev().filter(|hit| (first..end).contains(&hit.0));
            let page: Vec<Hit> = seen.take(self.page).map(|hit| hit_at(hit.0, hit.1)).collect();
            let full = page.last().filter(|_| page.len() == self.page);
            let next = full.map_or(first, |hit| hit.seq.get());
            (page, (next > 1).then(|| next.to_string()))
        }

        fn found(&self, mut position: Position) -> Found {
            for _ in 0..2 {
                let (hits, next) = self.answer(&position);
                let found = Found::new(position, hits, next);
                if found.says_something() {
                    return found;
                }
                position = found.position();
            }
            Found::unknown(position)
        }
    }

    fn hit_at(seq: u64, at: u64) -> Hit {
        Hit { seq: Seq::try_from(seq).unwrap(), at: Timestamp(at), rest: Map::new() }
    }

    fn places(hits: &[RoomHit]) -> Vec<(u64, RoomId, u64)> {
        hits.iter().map(|hit| (hit.hit.at.0, hit.room, hit.hit.seq.get())).collect()
    }

    fn page(rooms: &[Room], positions: Vec<Position>, max: usize) -> (Vec<RoomHit>, Vec<Position>) {
        let room = |id| rooms.iter().find(|room| room.id == id).unwrap();
        merge(
            positions.into_iter().map(|position| room(position.room).found(position)).collect(),
            max,
        )
    }

    #[test]
    fn ht5_hits_of_all_rooms_are_one_list_newest_first() {
        let rooms =
            [Room::new(1, &[(1, 10), (2, 40)], 9, 99), Room::new(2, &[(7, 20), (8, 30)], 9, 99)];
        let begin = rooms.iter().map(|room| Position::newest(room.id)).collect();
        let (first, positions) = page(&rooms, begin, 3);
        assert_eq!(first.iter().map(|hit| hit.hit.at.0).collect::<Vec<_>>(), [40, 30, 20]);
        let (last, positions) = page(&rooms, positions, 3);
        assert_eq!(last.iter().map(|hit| hit.hit.at.0).collect::<Vec<_>>(), [10]);
        assert_eq!(positions, []);
    }

    #[test]
    fn ht5_a_message_between_two_pages_moves_no_other() {
        let mut rooms = [Room::new(1, &[(1, 1), (2, 2), (3, 3), (4, 4)], 2, 99)];
        let (first, positions) = page(&rooms, vec![Position::newest(rooms[0].id)], 1);
        assert_eq!(first[0].hit.seq.get(), 4);
        rooms[0].hits.extend([(5, 5), (6, 6)]);
        let (second, _) = page(&rooms, positions, 1);
        assert_eq!(second[0].hit.seq.get(), 3);
    }

    #[test]
    fn a_hit_passes_as_it_came() {
        let text = r#"{"seq":3,"at":5,"by":"0","body":"a","ranges":[[0,1]]}"#;
        let hit: Hit = serde_json::from_str(text).unwrap();
        let room = RoomId::from_random([1; 13]);
        let mut expected: Value = serde_json::from_str(text).unwrap();
        expected["room"] = Value::from(room.as_str());
        assert_eq!(serde_json::to_value(RoomHit { room, hit }).unwrap(), expected);
    }

    proptest! {
        #[test]
        fn ht5_pages_hold_every_hit_once_and_in_order(
            rooms in proptest::collection::vec(
                (
                    proptest::collection::vec((1..9_u64, 0..5_u64), 0..12),
                    1..4_usize,
                    1..9_u64,
                ),
                0..5,
            ),
            max in 1..6_usize,
        ) {
            let rooms: Vec<Room> = rooms.iter().zip(0..).map(|((steps, page, window), byte)| {
                let mut place = (0_u64, 0_u64);
                let hits: Vec<_> = steps.iter().map(|(seq, at)| {
                    place = (place.0.saturating_add(*seq), place.1.saturating_add(*at));
                    place
                }).collect();
                Room::new(byte, &hits, *page, *window)
            }).collect();
            let mut all: Vec<_> = rooms.iter()
                .flat_map(|room| room.hits.iter().map(|(seq, at)| (*at, room.id, *seq)))
                .collect();
            all.sort_by_key(|(at, room, seq)| (Reverse(*at), *room, Reverse(*seq)));

            let newest = |room: &Room| Position::newest(room.id);
            let mut positions: Vec<_> = rooms.iter().map(newest).collect();
            let mut seen = Vec::new();
            while !positions.is_empty() {
                let (hits, next) = page(&rooms, positions.clone(), max);
                prop_assert!(!hits.is_empty() || positions != next, "no progress");
                seen.extend(places(&hits));
                positions = next;
            }
            prop_assert_eq!(seen, all);
        }
    }
}
