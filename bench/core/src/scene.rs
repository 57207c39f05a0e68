//! What the operations work on: people, bodies, entries, and a room of a thousand.

use protocol::grant::SIGN_IN_ID_BYTES;
use protocol::{
    ClientLine, DeviceId, Entry, Epoch, Grant, Key, Link, Message, Nonce, Role, RoomId, RoomKind,
    Send, Seq, SessionId, SignInId, Stamp, Timestamp, UserId,
};
use room::{Archive, Effects, Input, Known, Member, Policy, Room, Settings, Snapshot, SocketState};

/// Members of the room, each with one live session.
pub(crate) const N_MEMBERS: u64 = 1_000;

/// When it all begins.
pub(crate) const START: Timestamp = Timestamp(1_700_000_000_000);

/// A hundred characters of English.
pub(crate) const ENGLISH: &str = "Shall we meet at the usual place, a little later than last \
    time? I have the minutes with me this time.";

/// A hundred characters of Korean.
pub(crate) const KOREAN: &str = "지난번보다 조금 늦게 늘 보던 곳에서 만날까요? 이번에는 제가 회의록을 \
    가지고 갈게요. 발표 자료는 어제 올려 둔 폴더에 있으니 먼저 읽어 보시고 의견을 남겨 주세요. 고맙습니다.";

pub(crate) fn user(n: u64) -> UserId {
    UserId::from_random(random(n))
}

pub(crate) fn device(n: u64) -> DeviceId {
    DeviceId::from_random(random(n))
}

/// What let a member in.
fn grant(n: u64) -> Grant {
    let mut id = [0; SIGN_IN_ID_BYTES];
    id[..8].copy_from_slice(&n.to_be_bytes());
    let id = SignInId::from_bytes(id);
    Grant { id, issued_at: START, is_token: false, may_write: true, until: None }
}

/// The live session of a member.
pub(crate) fn session(n: u64) -> SessionId {
    SessionId(n + 1)
}

pub(crate) fn seq(n: u64) -> Seq {
    Seq::try_from(n).unwrap()
}

pub(crate) fn nonce(n: u64) -> Nonce {
    Nonce::try_from(n).unwrap()
}

pub(crate) fn epoch() -> Epoch {
    Epoch::from_random([7; 13])
}

pub(crate) fn room_id(n: u64) -> RoomId {
    RoomId::from_random(random(n))
}

/// A body of about a hundred characters, no two alike.
pub(crate) fn body(n: u64) -> String {
    let text = if n.is_multiple_of(2) { ENGLISH } else { KOREAN };
    let part: String = text.chars().take(96).collect();
    format!("{part} {n}")
}

/// What `n` says.
pub(crate) fn send(n: u64) -> ClientLine {
    ClientLine::Send(Send::text(nonce(1), body(n)))
}

/// A message of another's, as it stands in a log.
pub(crate) fn message(n: u64) -> Entry {
    Entry::Message(Message {
        stamp: Stamp { seq: seq(n), at: START.plus_ms(n), by: user(n % 20) },
        key: Key { device: device(n % 20), nonce: nonce(n) },
        body: body(n),
        reply_to: None,
        thread: None,
        attachments: Vec::new(),
    })
}

/// A room of [`N_MEMBERS`] that was stored, and whose sockets outlived that.
pub(crate) fn snapshot() -> Snapshot {
    let member = |n| Member {
        user: user(n),
        name: format!("member {n}"),
        role: Role::Member,
        joined_at: START,
        read: seq(1),
        muted_until: None,
    };
    // In the order in which a database holds them.
    let mut members: Vec<Member> = (0..N_MEMBERS).map(member).collect();
    members.sort_by_key(|member| member.user);
    let socket = |n| {
        let (user, device) = (user(n), Some(device(n)));
        (
            session(n),
            SocketState {
                user,
                since: START.plus_ms(n),
                device,
                read: seq(1),
                grant: Some(grant(n)),
                wave: room::Wave::default(),
            },
        )
    };
    Snapshot {
        settings: Settings {
            id: room_id(0),
            name: "Floor".to_owned(),
            kind: RoomKind::Public,
            topic: String::new(),
            slow_ms: 0,
            archived: false,
        },
        epoch: epoch(),
        head: seq(1),
        head_at: START,
        link: Link::GENESIS,
        last_message: seq(1),
        revision: Seq::ZERO,
        archive: Archive::default(),
        members,
        blockers: Vec::new(),
        endings: Vec::new(),
        bans: Vec::new(),
        invites: Vec::new(),
        pins: Vec::new(),
        told: Vec::new(),
        checkpoint_seq: Seq::ZERO,
        sends: Vec::new(),
        recent: Vec::new(),
        sockets: (0..N_MEMBERS).map(socket).collect(),
    }
}

/// That room, just flushed: whatever comes next waits for the window. Also what time it is.
pub(crate) fn busy_room() -> (Room, Timestamp) {
    let mut room = Room::restore(snapshot(), Policy::default());
    let now = START.plus_ms(10_000);
    drop(room.handle(now, Input::Woke));
    drop(frame(&mut room, now, N_MEMBERS - 1, send(N_MEMBERS - 1)));
    assert_eq!(room.head(), room.stored_head(), "a room at rest flushes at once");
    (room, now.plus_ms(1))
}

/// Hands one line of `n` to the room, as the shell does.
pub(crate) fn frame(room: &mut Room, now: Timestamp, n: u64, line: ClientLine) -> Effects {
    let (session, frame) = (session(n), Ok(vec![line]));
    let needs = room.needs(now, session, &frame);
    assert!(needs.messages.is_empty(), "nothing of the past is asked for");
    room.handle(now, Input::Frame { session, frame, known: Known::default() })
}

fn random(n: u64) -> [u8; 13] {
    let mut random = [1; 13];
    // Ids are random: neighbours in time are none in order.
    random[..8].copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    random
}
