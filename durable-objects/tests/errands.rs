//! How a user's rooms hear of the user, over native SQLite with the SQL text of the object.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic: that is how it reports")]

mod native;

use std::cell::{Cell, RefCell};

use durable_objects::store::{ErrandWaiting, Errands};
use durable_objects::telling::{RETRY_MS, RETRY_MS_MAX, tell_all};
use futures::executor::block_on;
use native::Native;
use object_api::errand::{Errand, Told};
use protocol::ordered::Set;
use protocol::{RoomId, Timestamp, UserId};

/// Rooms that hear, or not, and the time.
struct Rooms {
    errands: Errands<Native>,
    now: Cell<Timestamp>,
    /// Who does not answer.
    silent: RefCell<Vec<RoomId>>,
    /// Everything that was said, heard or not.
    said: RefCell<Vec<(RoomId, String)>>,
}

impl Rooms {
    fn new() -> Self {
        let errands = Errands(Native::fresh());
        let (silent, said) = (RefCell::default(), RefCell::default());
        Self { errands, now: Cell::new(Timestamp(1_000)), silent, said }
    }

    fn give(&self, name: &str, rooms: impl IntoIterator<Item = RoomId>) {
        let errand = Errand::Renamed { name: name.to_owned() };
        let told = Told { user: UserId::from_random([1; 13]), errand };
        self.errands.add(&told, &Set::of(rooms), self.now.get()).unwrap();
    }

    /// One run; answers when the next one is due.
    fn run(&self) -> Option<Timestamp> {
        let tell = async |ErrandWaiting { room, told, .. }: &ErrandWaiting| {
            let Errand::Renamed { name } = &told.errand else { panic!("{told:?}") };
            self.said.borrow_mut().push((*room, name.clone()));
            !self.silent.borrow().contains(room)
        };
        block_on(tell_all(&self.errands, || self.now.get(), tell)).unwrap()
    }

    fn said(&self) -> Vec<(RoomId, String)> {
        self.said.take()
    }
}

fn room(n: u8) -> RoomId {
    RoomId::from_random([n; 13])
}

fn to(rooms: &[(u8, &str)]) -> Vec<(RoomId, String)> {
    rooms.iter().map(|(n, name)| (room(*n), (*name).to_owned())).collect()
}

#[test]
fn tk5_a_room_that_cannot_be_reached_hears_it_later_and_in_order() {
    let rooms = Rooms::new();
    rooms.silent.borrow_mut().push(room(2));
    rooms.give("first", [1, 2, 3].map(room));
    rooms.give("second", [1, 2].map(room));
    let start = rooms.now.get();
    assert_eq!(rooms.run(), Some(start.plus_ms(RETRY_MS)));
    let told = [(1, "first"), (2, "first"), (3, "first"), (1, "second")];
    assert_eq!(rooms.said(), to(&told), "one room holds up no other");

    assert_eq!(rooms.run(), Some(start.plus_ms(RETRY_MS)), "not before its time");
    assert_eq!(rooms.said(), []);
    rooms.now.set(start.plus_ms(RETRY_MS));
    assert_eq!(rooms.run(), Some(start.plus_ms(3 * RETRY_MS)), "later each time");
    assert_eq!(rooms.said(), to(&[(2, "first")]));

    rooms.silent.borrow_mut().clear();
    rooms.now.set(start.plus_ms(3 * RETRY_MS));
    assert_eq!(rooms.run(), None, "all is heard");
    assert_eq!(rooms.said(), to(&[(2, "first"), (2, "second")]));
    assert_eq!(rooms.run(), None);
    assert_eq!(rooms.said(), [], "and once");
}

#[test]
fn tk5_a_room_that_never_answers_is_asked_now_and_then_for_ever() {
    let rooms = Rooms::new();
    rooms.silent.borrow_mut().push(room(1));
    rooms.give("first", [room(1)]);
    let mut waits = Vec::new();
    for _ in 0..12 {
        let next = rooms.run().unwrap();
        waits.push(next.ms_since(rooms.now.get()));
        rooms.now.set(next);
    }
    assert!(waits.is_sorted() && waits.contains(&RETRY_MS_MAX), "{waits:?}");
    assert_eq!(rooms.said().len(), 12);
}

#[test]
fn one_run_tells_no_more_rooms_than_an_event_may_ask() {
    let rooms = Rooms::new();
    rooms.give("all", (0..=255).map(room));
    rooms.give("again", (0..=255).map(room));
    let now = rooms.now.get();
    assert_eq!(rooms.run(), Some(now), "the rest is due at once");
    assert!(rooms.said().len() < 512);
    assert_eq!(rooms.run(), None);
}
