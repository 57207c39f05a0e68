//! The codec against the specification: golden lines, bounds, and arbitrary bytes.
#![allow(clippy::unwrap_used, reason = "a test may panic: that is how it reports")]

use proptest::prelude::*;
use protocol::archive::ERASED_NAME;
use protocol::codec::{
    FromRoom, PING, PONG, Violation, decode_client_frame, decode_entry, decode_inbox_frame,
    decode_room_frame, encode_client_frame, encode_entry, encode_inbox_line, encode_server_line,
    erase_line,
};
use protocol::limits::{FRAME_BYTES_MAX, FRAME_LINES_MAX};
use protocol::{
    Amendment, Attachment, AttachmentId, Change, Changed, ClientLine, CloseCode, DeviceId, Edit,
    Entry, Epoch, Hello, InboxLine, InboxRoom, Join, Key, Leave, Limits, Link, Message, Moderate,
    Moderation, Nonce, Pin, Position, React, Reaction, ReadStep, Redact, Refusal, Refused, Role,
    RoomId, RoomInfo, RoomKind, Send, Seq, ServerLine, SessionId, Stamp, Timestamp, UserId,
    Welcome, You,
};

fn user(n: u8) -> UserId {
    UserId::from_random([n; 13])
}

fn device(n: u8) -> DeviceId {
    DeviceId::from_random([n; 13])
}

fn seq(n: u64) -> Seq {
    Seq::try_from(n).unwrap()
}

fn nonce(n: u64) -> Nonce {
    Nonce::try_from(n).unwrap()
}

/// Every kind of line from a client, in its one encoding.
#[test]
fn tr4_client_lines_are_golden() {
    let epoch = Epoch::from_random([0; 13]);
    let golden = [
        (
            ClientLine::Hello(Hello { device: device(0), resume: None }),
            r#"{"t":"hello","device":"00000000000000000000"}"#,
        ),
        (
            ClientLine::Hello(Hello {
                device: device(0),
                resume: Some(Position { epoch, seq: seq(7) }),
            }),
            r#"{"t":"hello","device":"00000000000000000000","resume":{"epoch":"00000000000000000000","seq":7}}"#,
        ),
        (
            ClientLine::Send(Send::text(nonce(3), "안녕\n\"hi\"".into())),
            r#"{"t":"send","nonce":3,"body":"안녕\n\"hi\""}"#,
        ),
        (
            ClientLine::Send(Send {
                reply_to: Some(seq(5)),
                thread: Some(seq(4)),
                attachments: vec![AttachmentId::from_random([0; 13])],
                ..Send::text(nonce(4), String::new())
            }),
            r#"{"t":"send","nonce":4,"body":"","reply_to":5,"thread":4,"attachments":["00000000000000000000"]}"#,
        ),
        (
            ClientLine::Edit { nonce: nonce(5), target: seq(4), body: "x".into() },
            r#"{"t":"edit","nonce":5,"target":4,"body":"x"}"#,
        ),
        (
            ClientLine::Redact { nonce: nonce(6), target: seq(4) },
            r#"{"t":"redact","nonce":6,"target":4}"#,
        ),
        (
            ClientLine::React { nonce: nonce(7), target: seq(4), emoji: "👍".into(), on: true },
            r#"{"t":"react","nonce":7,"target":4,"emoji":"👍","on":true}"#,
        ),
        (
            ClientLine::Pin { nonce: nonce(8), target: seq(4), on: false },
            r#"{"t":"pin","nonce":8,"target":4,"on":false}"#,
        ),
        (ClientLine::Read { seq: seq(9) }, r#"{"t":"read","seq":9}"#),
        (ClientLine::Typing { on: true }, r#"{"t":"typing","on":true}"#),
        (ClientLine::Ping, PING),
    ];
    for (line, text) in golden {
        assert_eq!(encode_client_frame([&line]), text);
        assert_eq!(decode_client_frame(text), Ok(vec![line]));
    }
}

fn stamp(n: u64) -> Stamp {
    Stamp { seq: seq(n), at: Timestamp(5), by: user(0) }
}

fn key(n: u64) -> Key {
    Key { device: device(0), nonce: nonce(n) }
}

fn message(stamp: Stamp, key: Key, body: &str) -> Message {
    Message { stamp, key, body: body.into(), reply_to: None, thread: None, attachments: vec![] }
}

/// A line with the members of [`stamp`], and of [`key`] where there is a nonce.
fn line(t: &str, seq: u64, nonce: Option<u64>, rest: &str) -> String {
    let id = "00000000000000000000";
    let key = nonce.map(|nonce| format!(r#","device":"{id}","nonce":{nonce}"#));
    format!(r#"{{"t":"{t}","seq":{seq},"at":5,"by":"{id}"{}{rest}}}"#, key.unwrap_or_default())
}

/// Every kind of entry, in its one encoding: the stored bytes, so it never changes.
#[test]
fn en2_en3_entries_are_golden() {
    let (body, emoji) = ("마루".to_owned(), "👍".to_owned());
    let target = seq(1);
    let file = Attachment {
        id: AttachmentId::from_random([0; 13]),
        name: "floor.png".into(),
        media_type: "image/png".into(),
        bytes: 9,
        width: Some(3),
        height: Some(2),
    };
    let full = Message {
        reply_to: Some(seq(2)),
        thread: Some(seq(1)),
        attachments: vec![file],
        ..message(stamp(3), key(2), "")
    };
    let change = Change { slow_ms: Some(0), archived: Some(true), ..Change::default() };
    let golden = [
        (
            Entry::Message(message(stamp(2), key(1), "마루")),
            line("message", 2, Some(1), r#","body":"마루""#),
        ),
        (
            Entry::Message(full),
            line(
                "message",
                3,
                Some(2),
                r#","body":"","reply_to":2,"thread":1,"attachments":[{"id":"00000000000000000000","name":"floor.png","type":"image/png","bytes":9,"width":3,"height":2}]"#,
            ),
        ),
        (
            Entry::Edit(Edit { stamp: stamp(4), key: key(3), target, body }),
            line("edit", 4, Some(3), r#","target":1,"body":"마루""#),
        ),
        (
            Entry::Redact(Redact { stamp: stamp(5), key: key(4), target }),
            line("redact", 5, Some(4), r#","target":1"#),
        ),
        (
            Entry::React(React { stamp: stamp(6), key: key(5), target, emoji, on: true }),
            line("react", 6, Some(5), r#","target":1,"emoji":"👍","on":true"#),
        ),
        (
            Entry::Pin(Pin { stamp: stamp(7), key: key(6), target, on: false }),
            line("pin", 7, Some(6), r#","target":1,"on":false"#),
        ),
        (
            Entry::Join(Join {
                stamp: stamp(1),
                name: "Ann".into(),
                role: Role::Owner,
                hash: None,
            }),
            line("join", 1, None, r#","name":"Ann","role":"owner""#),
        ),
        (Entry::Leave(Leave { stamp: stamp(8) }), line("leave", 8, None, "")),
        (
            Entry::Settings(Changed { stamp: stamp(9), change }),
            line("settings", 9, None, r#","slow_ms":0,"archived":true"#),
        ),
    ];
    for (entry, text) in golden {
        assert_eq!(encode_entry(&entry), text);
        assert_eq!(decode_room_frame(&text), Ok(vec![FromRoom::Entry(entry)]));
    }
}

#[test]
fn en3_moderation_is_golden() {
    let golden = [
        (Moderation::Role { role: Role::Guest }, r#""act":"role","role":"guest""#),
        (Moderation::Kick, r#""act":"kick""#),
        (Moderation::Ban, r#""act":"ban""#),
        (Moderation::Unban, r#""act":"unban""#),
        (Moderation::Mute { until: Timestamp(9) }, r#""act":"mute","until":9"#),
        (Moderation::Unmute, r#""act":"unmute""#),
    ];
    for (act, rest) in golden {
        let entry = Entry::Moderate(Moderate { stamp: stamp(2), user: user(0), act });
        let rest = format!(r#","user":"00000000000000000000",{rest}"#);
        let text = line("moderate", 2, None, &rest);
        assert_eq!(encode_entry(&entry), text);
        assert_eq!(decode_room_frame(&text), Ok(vec![FromRoom::Entry(entry)]));
    }
}

#[test]
fn rd2_what_is_erased_leaves_its_place_its_send_and_its_hash() {
    let said = encode_entry(&Entry::Message(message(stamp(2), key(1), "secret")));
    let edit = Edit { stamp: stamp(3), key: key(2), target: seq(2), body: "secret".into() };
    let edited = encode_entry(&Entry::Edit(edit));
    let (tombstone, of_edit) = (erase_line(&said).unwrap(), erase_line(&edited).unwrap());
    assert!(!tombstone.contains("secret") && !of_edit.contains("secret"));
    let rest = format!(r#","hash":"{}""#, protocol::chain::line_hash(&said));
    assert_eq!(tombstone, line("redacted", 2, Some(1), &rest));
    let rest = format!(r#","target":2,"hash":"{}""#, protocol::chain::line_hash(&edited));
    assert_eq!(of_edit, line("redacted", 3, Some(2), &rest));
    assert_eq!(erase_line(&tombstone).unwrap(), tombstone, "erasing twice changes nothing");

    let entry = decode_entry(&tombstone).unwrap().unwrap();
    let link = Link::GENESIS.then(&said);
    assert_eq!(Link::GENESIS.then_stored(&tombstone, &entry), Some(link), "the chain verifies");
    assert_eq!(entry.send(), Some((user(0), device(0), nonce(1))), "the send is remembered");
}

/// Every kind of line of a user's inbox.
#[test]
fn ib1_inbox_lines_are_golden() {
    let id = "00000000000000000000";
    let room = InboxRoom {
        room: RoomId::from_random([0; 13]),
        name: "Floor".into(),
        kind: RoomKind::Private,
        topic: String::new(),
        archived: false,
        role: Role::Moderator,
        people: vec![],
        last_at: Timestamp(5),
        read_seq: seq(3),
        unread: 2,
        mentions: 1,
        muted: false,
    };
    let row = format!(
        r#""room":"{id}","name":"Floor","kind":"private","topic":"","archived":false,"role":"moderator","last_at":5,"read_seq":3,"unread":2,"mentions":1,"muted":false"#
    );
    let golden = [
        (
            InboxLine::Rooms { rooms: vec![room.clone()] },
            format!(r#"{{"t":"rooms","rooms":[{{{row}}}]}}"#),
        ),
        (InboxLine::Room(room.clone()), format!(r#"{{"t":"room",{row}}}"#)),
        (InboxLine::Gone { room: room.room }, format!(r#"{{"t":"gone","room":"{id}"}}"#)),
        (InboxLine::Pong, PONG.to_owned()),
    ];
    for (line, text) in golden {
        assert_eq!(encode_inbox_line(&line), text);
        assert_eq!(decode_inbox_frame(&text), Ok(vec![line]));
    }
    assert_eq!(decode_inbox_frame("{\"t\":\"later\"}\n"), Ok(vec![]));
}

/// What a session begins with.
#[test]
fn hs4_welcome_is_golden() {
    let id = "00000000000000000000";
    let welcome = Welcome {
        session: SessionId(9),
        epoch: Epoch::from_random([0; 13]),
        head: seq(4),
        resumed: false,
        nonce: Some(nonce(2)),
        room: RoomInfo {
            id: RoomId::from_random([0; 13]),
            name: "Floor".into(),
            kind: RoomKind::Public,
            topic: String::new(),
            slow_ms: 0,
            archived: false,
        },
        you: You {
            user: user(0),
            role: Role::Member,
            read: seq(3),
            muted_until: Some(Timestamp(9)),
        },
        members: 3,
        online: 1,
        pins: vec![seq(2)],
        receipts: vec![ReadStep { seq: seq(4), readers: 2 }],
        revision: seq(1),
        first: Some(seq(2)),
        limits: Limits::CURRENT,
    };
    let line = ServerLine::Welcome(Box::new(welcome));
    let text = format!(
        r#"{{"t":"welcome","session":9,"epoch":"{id}","head":4,"resumed":false,"nonce":2,"room":{{"id":"{id}","name":"Floor","kind":"public","topic":"","slow_ms":0,"archived":false}},"you":{{"user":"{id}","role":"member","read":3,"muted_until":9}},"members":3,"online":1,"pins":[2],"receipts":[[4,2]],"revision":1,"first":2,"limits":{{"body_bytes_max":16384,"frame_bytes_max":131072,"frame_lines_max":64,"members_max":10000,"pins_max":50,"reaction_kinds_max":20,"mentions_max":50,"attachments_max":10,"attachment_bytes_max":104857600,"send_burst":60,"send_every_ms":200}}}}"#
    );
    assert_eq!(encode_server_line(&line), text);
    assert_eq!(decode_room_frame(&text), Ok(vec![FromRoom::Line(line)]));
}

/// Every other kind of line from a room.
#[test]
fn tr4_server_lines_are_golden() {
    let id = "00000000000000000000";
    let golden = [
        (ServerLine::Gap { from: seq(1), to: seq(9) }, r#"{"t":"gap","from":1,"to":9}"#.to_owned()),
        (
            ServerLine::Refused(Refused {
                nonce: nonce(5),
                code: Refusal::BodyTooLong,
                retry_after_ms: None,
            }),
            r#"{"t":"refused","nonce":5,"code":"body_too_long"}"#.to_owned(),
        ),
        (
            ServerLine::Presence { online: 2, came: vec![user(0)], went: vec![] },
            format!(r#"{{"t":"presence","online":2,"came":["{id}"],"went":[]}}"#),
        ),
        (
            ServerLine::Typing { who: vec![user(0)], more: 3 },
            format!(r#"{{"t":"typing","who":["{id}"],"more":3}}"#),
        ),
        (
            ServerLine::Receipts { steps: vec![ReadStep { seq: seq(9), readers: 1 }] },
            r#"{"t":"receipts","steps":[[9,1]]}"#.to_owned(),
        ),
        (
            ServerLine::Amendment(Amendment {
                target: seq(4),
                body: Some("x".into()),
                edited_at: Some(Timestamp(5)),
                redacted_by: None,
                reactions: vec![Reaction { emoji: "👍".into(), count: 2, mine: true }],
                pinned: true,
                replies: 1,
                last_reply: Some(seq(8)),
            }),
            r#"{"t":"amendment","target":4,"body":"x","edited_at":5,"reactions":[{"emoji":"👍","count":2,"mine":true}],"pinned":true,"replies":1,"last_reply":8}"#.to_owned(),
        ),
        (ServerLine::AsOf { upto: seq(9) }, r#"{"t":"as_of","upto":9}"#.to_owned()),
        (
            ServerLine::bye(CloseCode::Superseded),
            r#"{"t":"bye","code":4501,"reason":"superseded"}"#.to_owned(),
        ),
        (ServerLine::Pong, PONG.to_owned()),
    ];
    for (line, text) in golden {
        assert_eq!(encode_server_line(&line), text);
        assert_eq!(decode_room_frame(&text), Ok(vec![FromRoom::Line(line)]));
    }
}

#[test]
fn tr3_a_frame_holds_lines_and_empty_ones_are_ignored() {
    let frame = "\n{\"t\":\"typing\",\"on\":true}\n\n{\"t\":\"typing\",\"on\":false}\n";
    let lines = [ClientLine::Typing { on: true }, ClientLine::Typing { on: false }];
    assert_eq!(decode_client_frame(frame), Ok(lines.to_vec()));
}

#[test]
fn tr4_what_is_not_known_is_ignored_by_a_client() {
    let frame = "{\"t\":\"news\",\"x\":1}\n{\"t\":\"pong\",\"later\":true}";
    let lines = vec![FromRoom::Unknown, FromRoom::Line(ServerLine::Pong)];
    assert_eq!(decode_room_frame(frame), Ok(lines));
    let frame = "{\"t\":\"poll\",\"seq\":7}\n{\"t\":\"join\",\"seq\":8,\"role\":\"queen\"}";
    let lines = vec![FromRoom::UnknownEntry(seq(7)), FromRoom::UnknownEntry(seq(8))];
    assert_eq!(decode_room_frame(frame), Ok(lines));
    let frame = "{\"t\":\"refused\",\"nonce\":1,\"code\":\"full_moon\"}";
    let refused = Refused { nonce: nonce(1), code: Refusal::Unknown, retry_after_ms: None };
    assert_eq!(decode_room_frame(frame), Ok(vec![FromRoom::Line(ServerLine::Refused(refused))]));
}

#[test]
fn er4_the_name_in_a_join_can_be_erased_and_the_chain_verifies() {
    let (name, role) = ("Ann".to_owned(), Role::Owner);
    let joined = encode_entry(&Entry::Join(Join { stamp: stamp(1), name, role, hash: None }));
    let erased = erase_line(&joined).unwrap();
    assert!(!erased.contains("Ann") && erased.contains(ERASED_NAME), "{erased}");
    assert_eq!(erase_line(&erased).unwrap(), erased, "erasing twice changes nothing");
    let entry = decode_entry(&erased).unwrap().unwrap();
    let link = Link::GENESIS.then(&joined);
    assert_eq!(Link::GENESIS.then_stored(&erased, &entry), Some(link));
    assert_eq!(encode_entry(&entry), erased, "it survives the log");
}

#[test]
fn bi1_what_is_not_of_the_protocol_is_malformed() {
    let wrong = [
        "hello",
        "[]",
        "[\"ping\",null,null,null,null,null,null,null,[],null,null,null]",
        "{}",
        "{\"t\":\"shout\"}",
        "{\"t\":\"hello\"}",
        "{\"t\":\"hello\",\"device\":\"short\"}",
        "{\"t\":\"send\",\"nonce\":-1,\"body\":\"x\"}",
        "{\"t\":\"send\",\"nonce\":9007199254740992,\"body\":\"x\"}",
        "{\"t\":\"send\",\"nonce\":1,\"body\":7}",
        "{\"t\":\"typing\",\"on\":true}\n{",
        // A member has one type, whatever the kind (rule TR4).
        "{\"t\":\"send\",\"nonce\":1,\"body\":\"x\",\"device\":\"my bot\"}",
    ];
    for frame in wrong {
        assert_eq!(decode_client_frame(frame), Err(Violation::Malformed), "{frame}");
    }
}

#[test]
fn bi2_a_frame_has_bounds() {
    let line = "{\"t\":\"ping\"}\n";
    assert!(decode_client_frame(&line.repeat(FRAME_LINES_MAX)).is_ok());
    assert_eq!(decode_client_frame(&line.repeat(10_000)), Err(Violation::TooLong));
    let long = "x".repeat(FRAME_BYTES_MAX + 1);
    assert_eq!(decode_client_frame(&long), Err(Violation::TooLong));
    assert_eq!(
        decode_client_frame(&"[".repeat(FRAME_BYTES_MAX)),
        Err(Violation::Malformed),
        "deep nesting must not exhaust the stack"
    );
}

proptest! {
    #[test]
    fn bi1_arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        let text = String::from_utf8_lossy(&bytes);
        let _ = decode_client_frame(&text);
        let _ = decode_room_frame(&text);
    }

    /// Near misses find more than noise: valid JSON with the protocol's own words.
    #[test]
    fn bi1_arbitrary_near_misses_never_panic(
        t in "(hello|send|edit|react|read|typing|ping|welcome|gap|refused|message|join|moderate|[a-z]{0,3})",
        key in "(device|nonce|body|resume|seq|target|act|on|at|by|[a-z]{0,3})",
        value in "(1|-1|1e400|null|true|\"0{20}\"|\"x\"|\\{\\}|\\[\\[\\]\\])",
    ) {
        let text = format!("{{\"t\":\"{t}\",\"{key}\":{value}}}");
        let _ = decode_client_frame(&text);
        let _ = decode_room_frame(&text);
    }

    #[test]
    fn se1_a_send_survives_the_wire(n in 0..=(1_u64 << 53) - 1, body in any::<String>()) {
        let line = ClientLine::Send(Send::text(nonce(n), body));
        let frame = encode_client_frame([&line]);
        prop_assert!(!frame.contains('\n'), "a line holds no newline");
        prop_assert_eq!(decode_client_frame(&frame), Ok(vec![line]));
    }

    #[test]
    fn en1_a_message_survives_the_log(n in 1..=(1_u64 << 53) - 1, body in any::<String>()) {
        let entry = Entry::Message(message(stamp(n), key(n), &body));
        let line = encode_entry(&entry);
        prop_assert!(!line.contains('\n'), "a line holds no newline");
        prop_assert_eq!(decode_room_frame(&line), Ok(vec![FromRoom::Entry(entry)]));
    }
}
