//! A client that is level with a room of a hundred entries.

use client::{Act, Client, Config, Input};
use protocol::codec::{encode_entry, encode_server_line};
use protocol::{
    Limits, Role, RoomInfo, RoomKind, Seq, ServerLine, SessionId, Timestamp, Welcome, You,
};

use crate::scene::{N_MEMBERS, START, device, epoch, message, room_id, user};
use crate::{Operation, each};

pub(crate) const ALL: [Operation; 2] = [
    Operation { name: "client-frame-100", times: 1, prepare: frame_of_a_hundred },
    Operation { name: "client-act", times: 20, prepare: act },
];

/// One frame of a hundred entries, as a busy room sends it or a replay holds it.
fn frame_of_a_hundred() -> Box<dyn FnMut()> {
    let (mut client, now) = level();
    let lines: Vec<String> = (101..=200).map(|n| encode_entry(&message(n))).collect();
    each(vec![lines.join("\n")], move |frame| {
        let effects = client.handle(now, Input::Received(frame));
        assert_eq!(client.tip().get(), 200, "they arrived");
        effects
    })
}

/// The person writes a message: it is kept, persisted and transmitted.
fn act() -> Box<dyn FnMut()> {
    let (mut client, now) = level();
    let acts = (0..20).map(|n| Act::text(crate::scene::body(n))).collect();
    each(acts, move |act| client.handle(now, Input::Act(act)))
}

fn level() -> (Client, Timestamp) {
    let me = N_MEMBERS;
    let mut client = Client::new(Config { user: user(me), device: device(me), seed: 1 }, None);
    let lines: Vec<String> = (1..=100).map(|n| encode_entry(&message(n))).collect();
    let welcome = encode_server_line(&ServerLine::Welcome(Box::new(welcome(me))));
    let inputs =
        [Input::Start, Input::Opened, Input::Received(welcome), Input::Received(lines.join("\n"))];
    for input in inputs {
        drop(client.handle(START, input));
    }
    assert_eq!(client.tip().get(), 100, "level");
    (client, START.plus_ms(1))
}

fn welcome(me: u64) -> Welcome {
    let members = u32::try_from(N_MEMBERS).unwrap_or(u32::MAX);
    Welcome {
        session: SessionId(1),
        epoch: epoch(),
        head: crate::scene::seq(100),
        resumed: false,
        nonce: None,
        room: RoomInfo {
            id: room_id(0),
            name: "Floor".to_owned(),
            kind: RoomKind::Public,
            topic: String::new(),
            slow_ms: 0,
            archived: false,
        },
        you: You { user: user(me), role: Role::Member, read: Seq::ZERO, muted_until: None },
        members,
        online: members,
        pins: Vec::new(),
        receipts: Vec::new(),
        revision: Seq::ZERO,
        first: None,
        limits: Limits::CURRENT,
    }
}
