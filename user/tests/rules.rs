//! The rules of the inbox, seen from outside of it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic: that is how it reports"
)]

use protocol::codec::decode_inbox_frame;
use protocol::limits::SESSIONS_PER_USER_MAX;
use protocol::{
    CloseCode, InboxLine, InboxRoom, Role, RoomId, RoomKind, Seq, SessionId, Timestamp, UserId,
};
use user::{Effect, Effects, Inbox, Input, Snapshot, Standing};

const NOW: Timestamp = Timestamp(1_000);

fn room(n: u8) -> RoomId {
    RoomId::from_random([n; 13])
}

fn seq(n: u64) -> Seq {
    Seq::try_from(n).unwrap()
}

/// Where the user has read up to `read` of `head` entries, and the rest is unread.
fn standing(n: u8, head: u64, read: u64) -> Standing {
    let shown = InboxRoom {
        room: room(n),
        name: format!("방 {n}"),
        kind: RoomKind::Public,
        topic: String::new(),
        archived: false,
        role: Role::Member,
        people: vec![UserId::from_random([n; 13])],
        last_at: Timestamp(head * 10),
        read_seq: seq(read),
        unread: u32::try_from(head - read).unwrap(),
        mentions: 0,
        muted: false,
    };
    Standing { room: room(n), seq: seq(head), shown: Some(shown) }
}

fn gone(n: u8, head: u64) -> Standing {
    Standing { room: room(n), seq: seq(head), shown: None }
}

fn inbox() -> Inbox {
    Inbox::restore(Snapshot::default())
}

fn tell(inbox: &mut Inbox, standing: Standing) -> Effects {
    inbox.handle(NOW, Input::Told(standing))
}

/// An inbox with one open socket.
fn watched() -> Inbox {
    let mut inbox = inbox();
    let _ = inbox.handle(NOW, Input::Connected { session: SessionId(1) });
    inbox
}

/// What the effects say to everyone.
fn said(effects: &Effects) -> Vec<InboxLine> {
    let frames = effects.0.iter().filter_map(|effect| match effect {
        Effect::Broadcast(frame) => Some(decode_inbox_frame(frame).unwrap()),
        Effect::Store(_) | Effect::Keep { .. } | Effect::Send { .. } | Effect::Close { .. } => None,
    });
    frames.flatten().collect()
}

fn stored(effects: Effects) -> Vec<Standing> {
    let standings = effects.0.into_iter().filter_map(|effect| match effect {
        Effect::Store(standing) => Some(standing),
        Effect::Broadcast(_) | Effect::Keep { .. } | Effect::Send { .. } | Effect::Close { .. } => {
            None
        }
    });
    standings.collect()
}

#[test]
fn ib1_a_socket_first_hears_of_every_room_the_newest_first() {
    let mut inbox = inbox();
    let _ = tell(&mut inbox, standing(1, 5, 5));
    let _ = tell(&mut inbox, standing(2, 9, 3));
    let _ = tell(&mut inbox, gone(3, 99));
    let session = SessionId(7);
    let Effects(effects) = inbox.handle(NOW, Input::Connected { session });
    let rooms = vec![standing(2, 9, 3).shown.unwrap(), standing(1, 5, 5).shown.unwrap()];
    assert_eq!(inbox.rooms(), rooms);
    assert_eq!(effects[0], Effect::Keep { session, since: NOW });
    let Effect::Send { session: to, frame } = &effects[1] else { panic!("{effects:?}") };
    assert_eq!(*to, session);
    assert_eq!(decode_inbox_frame(frame).unwrap(), [InboxLine::Rooms { rooms }]);
}

#[test]
fn ib1_then_it_hears_what_is_new_changed_or_gone() {
    let mut inbox = watched();
    let first = standing(1, 5, 5);
    let effects = tell(&mut inbox, first.clone());
    assert_eq!(said(&effects), [InboxLine::Room(first.shown.clone().unwrap())]);
    assert!(matches!(effects.0[0], Effect::Store(_)), "stored before it is said");
    let changed = standing(1, 8, 5);
    let effects = tell(&mut inbox, changed.clone());
    assert_eq!(said(&effects), [InboxLine::Room(changed.shown.unwrap())]);
    assert_eq!(said(&tell(&mut inbox, gone(1, 9))), [InboxLine::Gone { room: room(1) }]);
    assert!(inbox.rooms().is_empty());
}

#[test]
fn ib1_a_client_that_speaks_is_sent_away() {
    let mut inbox = watched();
    let Effects(effects) = inbox.handle(NOW, Input::Frame { session: SessionId(1) });
    let close = Effect::Close { session: SessionId(1), code: CloseCode::Malformed };
    assert_eq!(effects.last(), Some(&close));
    assert!(!inbox.is_watched());
}

#[test]
fn ib3_what_is_read_on_one_device_is_read_on_all() {
    let mut inbox = watched();
    let _ = tell(&mut inbox, standing(1, 8, 5));
    let read = standing(1, 8, 8);
    let effects = tell(&mut inbox, read.clone());
    assert_eq!(said(&effects), [InboxLine::Room(read.shown.unwrap())]);
    assert_eq!(inbox.rooms()[0].unread, 0);
}

#[test]
fn ib4_a_repetition_changes_nothing() {
    let mut inbox = watched();
    for standing in [standing(1, 8, 5), gone(2, 3)] {
        assert_eq!(stored(tell(&mut inbox, standing.clone())).len(), 1);
        assert_eq!(tell(&mut inbox, standing), Effects::default());
    }
}

/// Whatever order facts come in, and however often, the last one counts.
#[test]
fn ib4_any_order_ends_the_same() {
    let facts =
        [standing(1, 4, 4), standing(1, 8, 4), standing(1, 8, 8), gone(1, 9), standing(1, 12, 11)];
    for last in 1..=facts.len() {
        let want = facts[last - 1].shown.clone().into_iter().collect::<Vec<_>>();
        for shift in 0..last {
            for backwards in [false, true] {
                let mut order: Vec<_> = facts[..last].to_vec();
                order.rotate_left(shift);
                if backwards {
                    order.reverse();
                }
                let mut inbox = inbox();
                for fact in order.iter().chain(&order) {
                    let _ = tell(&mut inbox, fact.clone());
                }
                assert_eq!(inbox.rooms(), want, "{last} facts, from {shift}, {backwards}");
            }
        }
    }
}

#[test]
fn ib4_a_late_word_does_not_bring_a_left_room_back() {
    let mut inbox = watched();
    let _ = tell(&mut inbox, gone(1, 8));
    assert_eq!(tell(&mut inbox, standing(1, 7, 7)), Effects::default());
    assert_eq!(tell(&mut inbox, standing(1, 8, 8)), Effects::default());
    assert!(!inbox.has(room(1)));
    let _ = tell(&mut inbox, standing(1, 9, 9));
    assert!(inbox.has(room(1)));
}

#[test]
fn ib4_what_was_stored_is_all_that_is_needed() {
    let mut before = watched();
    let mut snapshot = Snapshot::default();
    for fact in [standing(1, 5, 5), standing(2, 9, 3), gone(3, 4)] {
        snapshot.standings.extend(stored(tell(&mut before, fact)));
    }
    let mute = before.handle(NOW, Input::Mute { room: room(1), muted: true });
    snapshot.standings.extend(stored(mute));
    snapshot.sockets = vec![(SessionId(1), NOW)];
    let mut after = Inbox::restore(snapshot);
    assert_eq!(after.rooms(), before.rooms());
    assert!(after.is_watched());
    assert_eq!(tell(&mut after, standing(3, 4, 4)), Effects::default());
}

#[test]
fn muted_stays_muted_whatever_the_room_says() {
    let mut inbox = watched();
    let _ = tell(&mut inbox, standing(1, 5, 5));
    let effects = inbox.handle(NOW, Input::Mute { room: room(1), muted: true });
    assert!(matches!(&said(&effects)[..], [InboxLine::Room(room)] if room.muted));
    assert_eq!(inbox.handle(NOW, Input::Mute { room: room(1), muted: true }), Effects::default());
    let _ = tell(&mut inbox, standing(1, 8, 5));
    assert!(inbox.rooms()[0].muted);
    let unknown = inbox.handle(NOW, Input::Mute { room: room(2), muted: true });
    assert_eq!(unknown, Effects::default());
}

#[test]
fn a_user_with_too_many_sockets_loses_the_oldest() {
    let sockets = (1..=16).map(|n| (SessionId(n), Timestamp(100 - n))).collect();
    let mut inbox = Inbox::restore(Snapshot { standings: vec![], sockets });
    assert_eq!(SESSIONS_PER_USER_MAX, 16);
    let Effects(effects) = inbox.handle(NOW, Input::Connected { session: SessionId(99) });
    let close = Effect::Close { session: SessionId(16), code: CloseCode::TooManySessions };
    assert!(effects.contains(&close), "{effects:?}");
    let _ = inbox.handle(NOW, Input::Disconnected { session: SessionId(99) });
    assert!(inbox.is_watched());
}

#[test]
fn nobody_watches_an_inbox_without_sockets() {
    let mut inbox = watched();
    let _ = inbox.handle(NOW, Input::Disconnected { session: SessionId(1) });
    assert!(!inbox.is_watched());
    assert_eq!(said(&tell(&mut inbox, standing(1, 5, 5))), []);
}
