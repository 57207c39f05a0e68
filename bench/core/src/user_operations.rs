//! An inbox of a hundred rooms that somebody looks at.

use protocol::{InboxRoom, Role, RoomKind, SessionId};
use user::{Inbox, Input, Rate, Snapshot, Standing};

use crate::scene::{START, room_id, seq};
use crate::{Operation, each};

const N: u32 = 100;

pub(crate) const ALL: [Operation; 2] = [
    Operation { name: "inbox-told", times: N, prepare: told },
    Operation { name: "inbox-open", times: 1, prepare: open },
];

/// Rooms say that something is unread.
fn told() -> Box<dyn FnMut()> {
    let mut inbox = inbox();
    drop(inbox.handle(START, Input::Connected { session: SessionId(1), grant: None }));
    let standings = (0..u64::from(N)).map(|n| standing(n, 2)).collect();
    each(standings, move |standing| inbox.handle(START, Input::Told(standing)))
}

/// Somebody opens the inbox, and is told of every room.
fn open() -> Box<dyn FnMut()> {
    let mut inbox = inbox();
    each(vec![SessionId(1)], move |session| {
        inbox.handle(START, Input::Connected { session, grant: None })
    })
}

fn inbox() -> Inbox {
    let standings = (0..u64::from(N)).map(|n| standing(n, 1)).collect();
    Inbox::restore(Snapshot { standings, ..Snapshot::default() }, Rate::default())
}

fn standing(n: u64, head: u64) -> Standing {
    let room = room_id(n);
    let shown = InboxRoom {
        room,
        name: format!("room {n}"),
        kind: RoomKind::Public,
        topic: "What we talk about".to_owned(),
        archived: false,
        role: Role::Member,
        people: Vec::new(),
        last_at: START.plus_ms(head),
        read_seq: seq(1),
        unread: 1,
        mentions: 0,
        muted: false,
    };
    Standing { room, seq: seq(head), shown: Some(shown) }
}
