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
        last_at: Timestamp(9),
        read_seq: seq,
        unread: 3,
        mentions: 1,
        muted,
    };
    Standing { room, seq, shown: Some(shown) }
}

#[test]
fn ib4_what_is_stored_is_loaded() {
    let store = Standings(Native::fresh());
    assert_eq!(store.load().unwrap(), [], "without a table there is nothing");
    let gone = Standing { shown: None, ..standing(3, false) };
    for standing in [standing(1, true), standing(2, false), standing(3, false), gone.clone()] {
        store.put(&standing).unwrap();
    }
    assert_eq!(store.load().unwrap(), [standing(1, true), standing(2, false), gone]);
}
