//! A room of a thousand members with a live session each.

use protocol::limits::{PRESENCE_GRACE_MS, WAVES};
use protocol::{ClientLine, Hello, Position, Timestamp};
use room::{Effect, Effects, Input, Known, MessageState, Policy, Room};

use crate::scene::{
    N_MEMBERS, START, busy_room, device, epoch, frame, nonce, send, seq, session, snapshot, user,
};
use crate::{Operation, each};

const N: u32 = 100;

pub(crate) const ALL: [Operation; 8] = [
    Operation { name: "room-send", times: N, prepare: room_send },
    Operation { name: "room-flush-100", times: 1, prepare: flush },
    Operation { name: "room-hello", times: 10, prepare: hello },
    Operation { name: "room-read", times: N, prepare: read },
    Operation { name: "room-typing", times: N, prepare: typing },
    Operation { name: "room-presence", times: 10, prepare: presence },
    Operation { name: "room-react", times: N, prepare: react },
    Operation { name: "room-restore", times: 1, prepare: restore },
];

fn numbers() -> Vec<u64> {
    (0..u64::from(N)).collect()
}

/// Sends while the window is not over: each waits for the flush.
fn room_send() -> Box<dyn FnMut()> {
    let (mut room, now) = busy_room();
    let lines = numbers().into_iter().map(|n| (n, send(n))).collect();
    each(lines, move |(n, line)| frame(&mut room, now, n, line))
}

/// One flush of a hundred messages that wait.
fn flush() -> Box<dyn FnMut()> {
    let (mut room, now) = busy_room();
    let mut wake_at = None;
    for n in numbers() {
        wake_at = wakes(frame(&mut room, now, n, send(n)).0).or(wake_at);
    }
    assert!(room.stored_head() < room.head(), "they wait");
    let at = wake_at.unwrap_or_else(|| now.plus_ms(100));
    each(vec![room], move |mut room| {
        let effects = room.handle(at, Input::Woke);
        assert_eq!(room.stored_head(), room.head(), "they are stored");
        // Forgetting a whole room is no part of a flush.
        (effects, std::mem::ManuallyDrop::new(room))
    })
}

/// Members who lost their sockets a second ago come back, and resume.
fn hello() -> Box<dyn FnMut()> {
    let (mut room, now) = busy_room();
    let back = now.plus_ms(1_000);
    let mut frames = Vec::new();
    for n in 0..10 {
        drop(room.handle(now, Input::Disconnected { session: session(n) }));
        let (session, user) = (session(N_MEMBERS + n), user(n));
        drop(room.handle(back, Input::Connected { session, user, grant: None }));
        let resume = Some(Position { epoch: epoch(), seq: seq(1) });
        frames.push((N_MEMBERS + n, ClientLine::Hello(Hello { device: device(n), resume })));
    }
    each(frames, move |(n, line)| frame(&mut room, back, n, line))
}

fn read() -> Box<dyn FnMut()> {
    let (mut room, now) = busy_room();
    let lines = numbers().into_iter().map(|n| (n, ClientLine::Read { seq: seq(2) })).collect();
    each(lines, move |(n, line)| frame(&mut room, now, n, line))
}

fn typing() -> Box<dyn FnMut()> {
    let (mut room, now) = busy_room();
    let lines = numbers().into_iter().map(|n| (n, ClientLine::Typing { on: true })).collect();
    each(lines, move |(n, line)| frame(&mut room, now, n, line))
}

/// A member leaves for good, and everybody is told.
fn presence() -> Box<dyn FnMut()> {
    let (mut room, now) = busy_room();
    let leaves = (0..10).map(|n| (n, now.plus_ms(n * 2 * PRESENCE_GRACE_MS))).collect();
    each(leaves, move |(n, now)| {
        let left = room.handle(now, Input::Disconnected { session: session(n) });
        let offline = now.plus_ms(PRESENCE_GRACE_MS);
        let told: Vec<Effects> = (0..WAVES).map(|_| room.handle(offline, Input::Woke)).collect();
        let is_served =
            |told: &Effects| told.0.iter().any(|effect| matches!(effect, Effect::Serve { .. }));
        assert!(told.iter().all(is_served));
        (left, told)
    })
}

/// Reactions to one message of the past.
fn react() -> Box<dyn FnMut()> {
    let (mut room, now) = busy_room();
    let target = seq(2);
    let state = MessageState::new(target, user(N_MEMBERS - 1), None, "Done.".to_owned());
    let input = |n| {
        let (nonce, emoji) = (nonce(1), "👍".to_owned());
        let line = ClientLine::React { nonce, target, emoji, on: true };
        let known = Known { messages: vec![state.clone()], ..Known::default() };
        (session(n), Ok(vec![line]), known)
    };
    let inputs = numbers().into_iter().map(input).collect();
    each(inputs, move |(session, frame, known)| {
        let needs = room.needs(now, session, &frame);
        assert_eq!(needs.messages, [target]);
        let head = room.head();
        let effects = room.handle(now, Input::Frame { session, frame, known });
        assert!(room.head() > head, "it is accepted");
        (effects, needs)
    })
}

/// A room wakes after hibernation.
fn restore() -> Box<dyn FnMut()> {
    each(vec![snapshot()], |snapshot| {
        let mut room = Room::restore(snapshot, Policy::default());
        let effects = room.handle(START.plus_ms(10_000), Input::Woke);
        (effects, std::mem::ManuallyDrop::new(room))
    })
}

/// The last time at which the room asked to be called back.
fn wakes(effects: Vec<Effect>) -> Option<Timestamp> {
    let at = |effect| if let Effect::WakeAt(at) = effect { at } else { None };
    effects.into_iter().filter_map(at).next_back()
}
