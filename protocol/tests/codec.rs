//! The codec against the specification: golden lines, bounds, and arbitrary bytes.
#![allow(clippy::unwrap_used, reason = "a test may panic: that is how it reports")]

use proptest::prelude::*;
use protocol::codec::{
    FromRoom, PING, PONG, Violation, decode_client_frame, decode_room_frame, encode_client_frame,
    encode_entry, encode_server_line,
};
use protocol::limits::{FRAME_BYTES_MAX, FRAME_LINES_MAX};
use protocol::{
    ClientLine, CloseCode, DeviceId, Entry, Epoch, Hello, Limits, Nonce, Position, Refusal,
    Refused, Role, RoomId, RoomInfo, RoomKind, Send, Seq, ServerLine, SessionId, Timestamp, UserId,
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
            ClientLine::Send(Send { nonce: nonce(3), body: "안녕\n\"hi\"".into() }),
            r#"{"t":"send","nonce":3,"body":"안녕\n\"hi\""}"#,
        ),
        (ClientLine::Typing { on: true }, r#"{"t":"typing","on":true}"#),
        (ClientLine::Ping, PING),
    ];
    for (line, text) in golden {
        assert_eq!(encode_client_frame([&line]), text);
        assert_eq!(decode_client_frame(text), Ok(vec![line]));
    }
}

/// Every kind of entry, in its one encoding: the stored bytes, so it never changes.
#[test]
fn en2_en3_entries_are_golden() {
    let golden = [
        (
            Entry::Message {
                seq: seq(2),
                at: Timestamp(1_763_817_600_000),
                by: user(0),
                device: device(0),
                nonce: nonce(1),
                body: "마루".into(),
            },
            r#"{"t":"message","seq":2,"at":1763817600000,"by":"00000000000000000000","device":"00000000000000000000","nonce":1,"body":"마루"}"#,
        ),
        (
            Entry::Join {
                seq: seq(1),
                at: Timestamp(5),
                by: user(0),
                name: "Ann".into(),
                role: Role::Owner,
            },
            r#"{"t":"join","seq":1,"at":5,"by":"00000000000000000000","name":"Ann","role":"owner"}"#,
        ),
        (
            Entry::Leave { seq: seq(3), at: Timestamp(6), by: user(0) },
            r#"{"t":"leave","seq":3,"at":6,"by":"00000000000000000000"}"#,
        ),
    ];
    for (entry, text) in golden {
        assert_eq!(encode_entry(&entry), text);
        assert_eq!(decode_room_frame(text), Ok(vec![FromRoom::Entry(entry)]));
    }
}

/// Every other kind of line from a room.
#[test]
fn tr4_server_lines_are_golden() {
    let id = "00000000000000000000";
    let golden = [
        (
            ServerLine::Welcome(Box::new(Welcome {
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
                },
                you: You { user: user(0), role: Role::Member },
                members: 3,
                online: 1,
                limits: Limits::CURRENT,
            })),
            format!(
                r#"{{"t":"welcome","session":9,"epoch":"{id}","head":4,"resumed":false,"nonce":2,"room":{{"id":"{id}","name":"Floor","kind":"public","topic":""}},"you":{{"user":"{id}","role":"member"}},"members":3,"online":1,"limits":{{"body_bytes_max":16384,"frame_bytes_max":131072,"frame_lines_max":64}}}}"#
            ),
        ),
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
fn bi1_what_is_not_of_the_protocol_is_malformed() {
    let wrong = [
        "hello",
        "[]",
        "{}",
        "{\"t\":\"shout\"}",
        "{\"t\":\"hello\"}",
        "{\"t\":\"hello\",\"device\":\"short\"}",
        "{\"t\":\"send\",\"nonce\":-1,\"body\":\"x\"}",
        "{\"t\":\"send\",\"nonce\":9007199254740992,\"body\":\"x\"}",
        "{\"t\":\"send\",\"nonce\":1,\"body\":7}",
        "{\"t\":\"typing\",\"on\":true}\n{",
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
        t in "(hello|send|typing|ping|welcome|gap|refused|message|join|leave|[a-z]{0,3})",
        key in "(device|nonce|body|resume|seq|on|at|by|[a-z]{0,3})",
        value in "(1|-1|1e400|null|true|\"0{20}\"|\"x\"|\\{\\}|\\[\\[\\]\\])",
    ) {
        let text = format!("{{\"t\":\"{t}\",\"{key}\":{value}}}");
        let _ = decode_client_frame(&text);
        let _ = decode_room_frame(&text);
    }

    #[test]
    fn se1_a_send_survives_the_wire(n in 0..=(1_u64 << 53) - 1, body in any::<String>()) {
        let line = ClientLine::Send(Send { nonce: nonce(n), body });
        let frame = encode_client_frame([&line]);
        prop_assert!(!frame.contains('\n'), "a line holds no newline");
        prop_assert_eq!(decode_client_frame(&frame), Ok(vec![line]));
    }

    #[test]
    fn en1_a_message_survives_the_log(n in 1..=(1_u64 << 53) - 1, body in any::<String>()) {
        let entry = Entry::Message {
            seq: seq(n), at: Timestamp(n), by: user(1), device: device(2), nonce: nonce(n), body,
        };
        let line = encode_entry(&entry);
        prop_assert!(!line.contains('\n'), "a line holds no newline");
        prop_assert_eq!(decode_room_frame(&line), Ok(vec![FromRoom::Entry(entry)]));
    }
}
