//! What a user object keeps, over native SQLite with the SQL text of the object.
#![allow(clippy::unwrap_used, reason = "a test may panic: that is how it reports")]

mod native;

use durable_objects::store::Standings;
use native::Native;
use protocol::{InboxRoom, Role, RoomId, RoomKind, Seq, Timestamp, UserId};
use user::Standing;

fn standing(n: u8, muted: bool) -> Standing {
    let room = RoomId::from_random([n; 13]);
    let seq = Seq::try_from(u64::from(n)).unwrap();
    let shown = InboxRoom {
        room,
        name: "it's \"방\"".into(),
        kind: RoomKind::Direct,
        topic: "주제".into(),
        archived: true,
        role: Role::Member,
        people: vec![UserId::from_random([n; 13])],
        last_at: Timestamp(u64::from(n)),
        read_seq: seq,
        unread: 3,
        mentions: 1,
        muted,
    };
    Standing { room, seq, shown: Some(shown) }
}

fn gone(n: u8) -> Standing {
    Standing { shown: None, ..standing(n, false) }
}

#[test]
fn ib4_what_is_stored_is_loaded() {
    let store = Standings(Native::fresh());
    assert_eq!(store.newest(9).unwrap(), [], "without a table there is nothing");
    assert_eq!(store.get(gone(3).room).unwrap(), None);
    for standing in [standing(1, true), standing(2, false), standing(3, false), gone(3)] {
        store.put(&standing).unwrap();
    }
    assert_eq!(store.newest(9).unwrap(), [standing(2, false), standing(1, true)]);
    assert_eq!(store.get(gone(3).room).unwrap(), Some(gone(3)));
}

#[test]
fn ib5_the_rooms_with_the_newest_entries_are_loaded() {
    let store = Standings(Native::fresh());
    // As numbers: as texts, 9 would come after 10.
    for n in [8, 10, 9, 7] {
        store.put(&standing(n, false)).unwrap();
    }
    assert_eq!(store.newest(2).unwrap(), [standing(10, false), standing(9, false)]);
    assert_eq!(store.get(standing(7, false).room).unwrap(), Some(standing(7, false)));
}

#[test]
fn rl6_the_credit_is_stored() {
    let store = Standings(Native::fresh());
    assert_eq!(store.credit().unwrap(), None);
    for full_at in [Timestamp(5), Timestamp(3)] {
        store.put_credit(full_at).unwrap();
        assert_eq!(store.credit().unwrap(), Some(full_at));
    }
}
