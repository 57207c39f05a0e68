//! The list of rooms.

use client::{Effect, Inbox, InboxInput, Phase, UPDATE};
use protocol::codec::encode_inbox_line;
use protocol::limits::{ANSWER_MS_MAX, BACKOFF_MS, HEARTBEAT_MS, PONG_MS_MAX};
use protocol::{CloseCode, InboxLine, InboxRoom, Role, RoomId, RoomKind, Seq, Timestamp};

use crate::NOTHING;

/// An inbox and the time.
struct Shell {
    inbox: Inbox,
    now_ms: u64,
    wake_at: Option<Timestamp>,
}

impl Shell {
    fn new() -> Self {
        Self { inbox: Inbox::new(1), now_ms: 1_000, wake_at: None }
    }

    /// An inbox that was told of these rooms.
    fn with(rooms: Vec<InboxRoom>) -> Self {
        let mut shell = Self::new();
        assert_eq!(shell.input(InboxInput::Start), ["open"]);
        assert_eq!(shell.input(InboxInput::Opened), NOTHING, "the server speaks first");
        shell.receive(&InboxLine::Rooms { rooms });
        shell
    }

    fn receive(&mut self, line: &InboxLine) -> Vec<String> {
        self.input(InboxInput::Received(encode_inbox_line(line)))
    }

    fn input(&mut self, input: InboxInput) -> Vec<String> {
        let mut told = Vec::new();
        for effect in self.inbox.handle(Timestamp(self.now_ms), input).0 {
            match effect {
                Effect::Open => told.push("open".to_owned()),
                Effect::Close => told.push("close".to_owned()),
                Effect::Transmit(frame) => told.push(frame),
                Effect::WakeAt(at) => self.wake_at = Some(at),
                Effect::Changed => {}
                Effect::Fetch { .. } | Effect::Persist(_) => told.push("?".to_owned()),
            }
        }
        told
    }

    fn pass(&mut self, ms: u64) -> Vec<String> {
        let end = Timestamp(self.now_ms + ms);
        let mut told = Vec::new();
        while let Some(at) = self.wake_at.filter(|at| *at <= end) {
            self.now_ms = self.now_ms.max(at.0);
            self.wake_at = None;
            told.extend(self.input(InboxInput::Woke));
        }
        self.now_ms = end.0;
        told
    }

    fn names(&self) -> Vec<&str> {
        self.inbox.view().rooms.iter().map(|room| room.name.as_str()).collect()
    }
}

fn room(name: &str, last_at: u64) -> InboxRoom {
    InboxRoom {
        room: id(name),
        name: name.to_owned(),
        kind: RoomKind::Public,
        topic: String::new(),
        archived: false,
        role: Role::Member,
        people: Vec::new(),
        last_at: Timestamp(last_at),
        read_seq: Seq::ZERO,
        unread: 0,
        mentions: 0,
        muted: false,
    }
}

fn id(name: &str) -> RoomId {
    RoomId::from_random([name.as_bytes()[0]; 13])
}

#[test]
fn ib1_rooms_come_first_and_then_what_changes() {
    let mut shell = Shell::with(vec![room("attic", 5), room("bar", 9), room("cave", 5)]);
    assert_eq!(shell.inbox.view().phase, Phase::Live);
    assert_eq!(shell.names(), ["bar", "attic", "cave"], "the newest first");
    shell.receive(&InboxLine::Room(room("cave", 10)));
    shell.receive(&InboxLine::Room(room("den", 7)));
    assert_eq!(shell.names(), ["cave", "bar", "den", "attic"]);
    shell.receive(&InboxLine::Gone { room: id("bar") });
    shell.receive(&InboxLine::Gone { room: id("elsewhere") });
    assert_eq!(shell.names(), ["cave", "den", "attic"]);
    shell.receive(&InboxLine::Rooms { rooms: vec![room("bar", 1)] });
    assert_eq!(shell.names(), ["bar"], "a snapshot replaces what was known");
}

#[test]
fn ib1_totals_leave_out_what_is_muted_but_not_its_mentions() {
    let counted =
        |name, unread, mentions, muted| InboxRoom { unread, mentions, muted, ..room(name, 1) };
    let shell = Shell::with(vec![counted("attic", 3, 1, false), counted("bar", 50, 2, true)]);
    let view = shell.inbox.view();
    assert_eq!((view.unread, view.mentions), (3, 3));
}

#[test]
fn cc1_an_inbox_comes_back_and_shows_what_it_knew_meanwhile() {
    let mut shell = Shell::with(vec![room("attic", 5)]);
    shell.input(InboxInput::Closed(1006));
    assert_eq!(shell.inbox.view().phase, Phase::Waiting);
    assert_eq!(shell.names(), ["attic"]);
    assert_eq!(shell.pass(BACKOFF_MS), ["open"]);
    shell.input(InboxInput::Closed(CloseCode::Superseded.number()));
    assert_eq!(shell.inbox.view().phase, Phase::Ended);
    assert_eq!(shell.pass(3_600_000), NOTHING);
    assert_eq!(shell.input(InboxInput::Reconnect), ["open"]);
    assert_eq!(shell.input(InboxInput::Stop), ["close"]);
    assert_eq!(shell.inbox.view().phase, Phase::Idle);
}

#[test]
fn tr4_a_list_of_a_later_version_ends_the_inbox_instead_of_a_loop() {
    let mut shell = Shell::new();
    shell.input(InboxInput::Start);
    shell.input(InboxInput::Opened);
    let line = encode_inbox_line(&InboxLine::Rooms { rooms: vec![room("attic", 5)] });
    let later = line.replace("\"member\"", "\"bishop\"");
    assert_ne!(later, line);
    assert_eq!(shell.input(InboxInput::Received(later)), ["close"]);
    assert_eq!(shell.inbox.view().ended, Some(UPDATE));
    assert_eq!(shell.pass(3_600_000), NOTHING);
}

#[test]
fn cc3_an_inbox_asks_about_silence() {
    let mut shell = Shell::with(Vec::new());
    assert_eq!(shell.pass(HEARTBEAT_MS), [r#"{"t":"ping"}"#]);
    shell.receive(&InboxLine::Pong);
    assert_eq!(shell.pass(HEARTBEAT_MS), [r#"{"t":"ping"}"#]);
    assert_eq!(shell.pass(PONG_MS_MAX), ["close"]);
}

#[test]
fn cc3_an_inbox_that_is_told_nothing_tries_again() {
    let mut shell = Shell::new();
    shell.input(InboxInput::Start);
    shell.input(InboxInput::Opened);
    assert_eq!(shell.pass(ANSWER_MS_MAX), ["close"]);
    assert_eq!(shell.pass(BACKOFF_MS), ["open"]);
}
