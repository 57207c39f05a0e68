//! The rules of the inbox, seen from outside of it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic: that is how it reports"
)]

use protocol::codec::decode_inbox_frame;
use protocol::limits::{INBOX_BYTES_MAX, INBOX_ROOMS_MAX, SESSIONS_PER_USER_MAX};
use protocol::{
    CloseCode, Ending, Grant, InboxLine, InboxRoom, Role, RoomId, RoomKind, Seq, SessionId,
    Timestamp, UserId, Which,
};
use user::{Effect, Effects, Inbox, Input, Rate, Snapshot, Socket, Standing};

const NOW: Timestamp = Timestamp(1_000);

const RATE: Rate = Rate { burst: 3, every_ms: 100 };

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
    Inbox::restore(Snapshot::default(), RATE)
}

fn tell(inbox: &mut Inbox, standing: Standing) -> Effects {
    inbox.handle(NOW, Input::Told(standing))
}

/// An inbox with one open socket.
fn watched() -> Inbox {
    let mut inbox = inbox();
    let _ = inbox.handle(NOW, Input::Connected { session: SessionId(1), grant: None });
    inbox
}

/// What the effects say to everyone.
fn said(effects: &Effects) -> Vec<InboxLine> {
    let mut said = Vec::new();
    for effect in &effects.0 {
        if let Effect::Broadcast(frame) = effect {
            said.extend(decode_inbox_frame(frame).unwrap());
        }
    }
    said
}

fn stored(effects: Effects) -> Vec<Standing> {
    let mut stored = Vec::new();
    for effect in effects.0 {
        if let Effect::Store(standing) = effect {
            stored.push(standing);
        }
    }
    stored
}

#[test]
fn ib1_a_socket_first_hears_of_every_room_the_newest_first() {
    let mut inbox = inbox();
    let _ = tell(&mut inbox, standing(1, 5, 5));
    let _ = tell(&mut inbox, standing(2, 9, 3));
    let _ = tell(&mut inbox, gone(3, 99));
    let session = SessionId(7);
    let Effects(effects) = inbox.handle(NOW, Input::Connected { session, grant: None });
    let rooms = vec![standing(2, 9, 3).shown.unwrap(), standing(1, 5, 5).shown.unwrap()];
    assert_eq!(inbox.rooms(), rooms);
    assert_eq!(effects[0], Effect::Keep { session, socket: Socket { since: NOW, grant: None } });
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
    snapshot.sockets = vec![(SessionId(1), Socket { since: NOW, grant: None })];
    let mut after = Inbox::restore(snapshot, RATE);
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
    let sockets = (1..=16)
        .map(|n| (SessionId(n), Socket { since: Timestamp(100 - n), grant: None }))
        .collect();
    let mut inbox = Inbox::restore(Snapshot { sockets, ..Snapshot::default() }, RATE);
    assert_eq!(SESSIONS_PER_USER_MAX, 16);
    let Effects(effects) =
        inbox.handle(NOW, Input::Connected { session: SessionId(99), grant: None });
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

/// The nth of many rooms, each with a later entry than the one before.
fn nth(n: usize) -> Standing {
    let mut random = [0; 13];
    random[..8].copy_from_slice(&n.to_be_bytes());
    let room = RoomId::from_random(random);
    let Standing { seq, shown, .. } = standing(1, 5, 5);
    let last_at = Timestamp(u64::try_from(n).unwrap());
    Standing { room, seq, shown: shown.map(|shown| InboxRoom { room, last_at, ..shown }) }
}

#[test]
fn ib5_the_rooms_with_the_oldest_entries_make_way_and_come_back_as_they_were() {
    let mut inbox = inbox();
    for n in 0..INBOX_ROOMS_MAX {
        let _ = tell(&mut inbox, nth(n));
    }
    let _ = inbox.handle(NOW, Input::Mute { room: nth(0).room, muted: true });
    let muted = Standing {
        shown: inbox.rooms().into_iter().find(|room| room.room == nth(0).room),
        ..nth(0)
    };
    let _ = tell(&mut inbox, Standing { shown: None, seq: seq(9), ..nth(7) });
    let _ = tell(&mut inbox, nth(INBOX_ROOMS_MAX));
    assert!(!inbox.holds(nth(7).room), "a room that was left makes way first");
    assert!(inbox.holds(nth(0).room));
    let _ = tell(&mut inbox, nth(INBOX_ROOMS_MAX + 1));
    assert!(!inbox.holds(nth(0).room));
    assert!(inbox.holds(nth(1).room) && inbox.rooms().len() == INBOX_ROOMS_MAX);

    assert_eq!(inbox.handle(NOW, Input::Recalled(muted.clone())), Effects::default());
    assert_eq!(tell(&mut inbox, muted), Effects::default(), "it is known again");
    assert!(inbox.rooms().last().unwrap().muted);
    assert!(!inbox.holds(nth(1).room));
}

#[test]
fn ib5_the_list_fits_into_a_frame() {
    let mut inbox = inbox();
    for n in 0..INBOX_ROOMS_MAX {
        let Standing { room, seq, shown } = nth(n);
        let (name, topic) = ("🏠".repeat(80), "🏠".repeat(250));
        let shown = shown.map(|shown| InboxRoom { name, topic, ..shown });
        let _ = tell(&mut inbox, Standing { room, seq, shown });
    }
    let Effects(effects) =
        inbox.handle(NOW, Input::Connected { session: SessionId(1), grant: None });
    let Effect::Send { frame, .. } = &effects[1] else { panic!("{effects:?}") };
    assert!(frame.len() <= INBOX_BYTES_MAX, "{}", frame.len());
    assert!(frame.len() > INBOX_BYTES_MAX - 20_000, "as many as fit: {}", frame.len());
    assert_eq!(inbox.rooms()[0].room, nth(INBOX_ROOMS_MAX - 1).room, "the newest of them");
}

/// Whether the user may found a room; if so, what is stored of it.
fn found(inbox: &mut Inbox, now: u64) -> Result<Timestamp, u64> {
    match inbox.found_wait_ms(Timestamp(now)) {
        Some(ms) => Err(ms),
        None => match &inbox.handle(Timestamp(now), Input::Found).0[..] {
            [Effect::StoreCredit { full_at }] => Ok(*full_at),
            other => panic!("{other:?}"),
        },
    }
}

#[test]
fn rl6_a_few_rooms_at_once_and_then_one_at_a_time() {
    let mut inbox = inbox();
    for n in 1..=3 {
        assert_eq!(found(&mut inbox, 1_000), Ok(Timestamp(1_000 + n * 100)));
    }
    assert_eq!(found(&mut inbox, 1_000), Err(100));
    assert_eq!(found(&mut inbox, 1_099), Err(1));
    assert_eq!(found(&mut inbox, 1_100), Ok(Timestamp(1_400)));
    for n in 1..=3 {
        assert_eq!(found(&mut inbox, 9_000), Ok(Timestamp(9_000 + n * 100)), "full again");
    }
    assert_eq!(found(&mut inbox, 9_000), Err(100), "and no more than full");
}

#[test]
fn rl6_an_eviction_gives_nothing_back() {
    let snapshot = Snapshot { full_at: Timestamp(1_300), ..Snapshot::default() };
    let mut inbox = Inbox::restore(snapshot, RATE);
    assert_eq!(found(&mut inbox, 1_000), Err(100));
    assert_eq!(
        found(&mut inbox, 5),
        Err(300),
        "no longer than a burst takes, after a clock was set back"
    );
    assert_eq!(found(&mut inbox, 1_100), Ok(Timestamp(1_400)));
}

fn grant(id: char, issued_at: u64) -> Grant {
    let id = id.to_string().repeat(20).parse().unwrap();
    Grant { id, issued_at: Timestamp(issued_at), is_token: false, may_write: true, until: None }
}

fn closed(effects: &Effects) -> Vec<(SessionId, CloseCode)> {
    let mut closed = Vec::new();
    for effect in &effects.0 {
        if let Effect::Close { session, code } = effect {
            closed.push((*session, *code));
        }
    }
    closed
}

#[test]
fn tk5_a_sign_in_that_ends_closes_its_sockets_and_opens_no_other() {
    let mut inbox = inbox();
    for (session, id) in [(1, 'a'), (2, 'b'), (3, 'a')] {
        let grant = Some(grant(id, 50));
        let _ = inbox.handle(NOW, Input::Connected { session: SessionId(session), grant });
    }
    let ending = Ending { of: Which::One { id: grant('a', 0).id }, at: NOW };
    let effects = inbox.handle(NOW, Input::SignedOut(ending));
    assert_eq!(effects.0[0], Effect::StoreEndings(vec![ending]), "stored before it is done");
    let code = CloseCode::SignedOut;
    assert_eq!(closed(&effects), [(SessionId(1), code), (SessionId(3), code)]);
    assert!(inbox.has_ended(&grant('a', 50)) && !inbox.has_ended(&grant('b', 50)));
    assert_eq!(inbox.handle(NOW, Input::SignedOut(ending)), Effects::default());
    assert_eq!(inbox.endings(NOW).collect::<Vec<_>>(), [ending], "for rooms that come later");

    let restored = Snapshot { endings: vec![ending], ..Snapshot::default() };
    assert!(Inbox::restore(restored, RATE).has_ended(&grant('a', 50)), "after an eviction");
}

#[test]
fn tk5_a_socket_lasts_no_longer_than_its_token() {
    let mut inbox = inbox();
    for (session, until) in [(1, None), (2, Some(NOW.plus_ms(5))), (3, Some(NOW.plus_ms(9)))] {
        let grant = Some(Grant { until, ..grant('a', 50) });
        let _ = inbox.handle(NOW, Input::Connected { session: SessionId(session), grant });
    }
    assert_eq!(inbox.next_end(), Some(NOW.plus_ms(5)));
    assert_eq!(closed(&inbox.handle(NOW.plus_ms(4), Input::Woke)), []);
    let ended = closed(&inbox.handle(NOW.plus_ms(5), Input::Woke));
    assert_eq!(ended, [(SessionId(2), CloseCode::SignedOut)]);
    assert_eq!(inbox.next_end(), Some(NOW.plus_ms(9)));
}

#[test]
fn tk5_who_signs_in_again_is_let_in() {
    let mut inbox = watched();
    let ending = Ending { of: Which::SignIns { but: None }, at: Timestamp(100) };
    let effects = inbox.handle(NOW, Input::SignedOut(ending));
    assert_eq!(closed(&effects).len(), 1, "a socket from before, whosever it is");
    assert!(inbox.has_ended(&grant('a', 100)) && !inbox.has_ended(&grant('a', 101)));
    for at in 200..220 {
        let _ = inbox.handle(NOW, Input::SignedOut(Ending { at: Timestamp(at), ..ending }));
    }
    assert!(inbox.endings(NOW).count() <= 8);
    assert!(inbox.has_ended(&grant('a', 219)) && !inbox.has_ended(&grant('a', 220)));
}
