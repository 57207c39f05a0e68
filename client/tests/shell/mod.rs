//! A shell for tests: it tells what a client did as short lines that can be read and compared.

use client::{Client, Config, Effect, Input, Item, PendingState, Saved};
use protocol::codec::{PING, decode_client_frame, encode_entry, encode_server_line};
use protocol::{
    ClientLine, DeviceId, Entry, Epoch, Limits, Nonce, Refused, Role, RoomId, RoomInfo, RoomKind,
    Seq, ServerLine, SessionId, Timestamp, UserId, Welcome, You,
};

/// A client and the time.
pub(crate) struct Shell {
    pub(crate) client: Client,
    pub(crate) now_ms: u64,
    wake_at: Option<Timestamp>,
    /// Everything that was stored.
    pub(crate) saved: Vec<Saved>,
}

/// What a `welcome` says.
#[derive(Clone, Copy)]
pub(crate) struct Welcomed {
    pub(crate) head: u64,
    pub(crate) resumed: bool,
    pub(crate) nonce: u64,
}

impl Shell {
    /// A client that was not started.
    pub(crate) fn new(seed: u64, saved: Option<Saved>) -> Self {
        let config = Config { user: user(), device: device(), seed };
        Self {
            client: Client::new(config, saved),
            now_ms: 1_000_000,
            wake_at: None,
            saved: Vec::new(),
        }
    }

    /// A client that is level with a log of so many entries.
    pub(crate) fn level(head: u64) -> Self {
        let mut shell = Self::new(1, None);
        shell.connect();
        shell.welcome(Welcomed { head, resumed: false, nonce: 0 });
        shell.receive(&others(1..=head));
        shell
    }

    /// The client of a page that was loaded again, and finds what was stored last.
    pub(crate) fn reloaded(self) -> Self {
        let text = self.saved.last().unwrap().to_text();
        Self::new(1, Saved::parse(&text))
    }

    /// Starts, or comes back, and opens the socket; tells what is said first.
    pub(crate) fn connect(&mut self) -> Vec<String> {
        self.input(Input::Start);
        self.input(Input::Reconnect);
        self.input(Input::Opened)
    }

    /// The connection is lost, and another one is open.
    pub(crate) fn reconnect(&mut self) -> Vec<String> {
        self.input(Input::Closed(1006));
        self.connect()
    }

    pub(crate) fn welcome(&mut self, welcomed: Welcomed) -> Vec<String> {
        let welcome = ServerLine::Welcome(Box::new(welcome(welcomed)));
        self.receive(&[encode_server_line(&welcome)])
    }

    /// A `welcome` and a `gap` up to `to` in one frame.
    pub(crate) fn welcome_over_gap(&mut self, welcomed: Welcomed, to: u64) -> Vec<String> {
        let welcome = ServerLine::Welcome(Box::new(welcome(welcomed)));
        let (from, to) = (seq(1), seq(to));
        let gap = ServerLine::Gap { from, to };
        self.receive(&[encode_server_line(&welcome), encode_server_line(&gap)])
    }

    pub(crate) fn refuse(&mut self, number: u64) -> Vec<String> {
        let refused = ServerLine::Refused(Refused {
            nonce: nonce(number),
            code: protocol::Refusal::BodyEmpty,
            retry_after_ms: None,
        });
        self.receive(&[encode_server_line(&refused)])
    }

    /// One frame of these lines.
    pub(crate) fn receive(&mut self, lines: &[String]) -> Vec<String> {
        self.input(Input::Received(lines.join("\n")))
    }

    pub(crate) fn send(&mut self, body: &str) -> Vec<String> {
        self.input(Input::Send(body.to_owned()))
    }

    /// Lets time pass, calling the client back when it asked for it.
    pub(crate) fn pass(&mut self, ms: u64) -> Vec<String> {
        let end = Timestamp(self.now_ms + ms);
        let mut told = Vec::new();
        while let Some(at) = self.wake_at.filter(|at| *at <= end) {
            self.now_ms = self.now_ms.max(at.0);
            self.wake_at = None;
            told.extend(self.input(Input::Woke));
        }
        self.now_ms = end.0;
        told
    }

    /// Hands an input to the client and tells what it did, except for timers, stores and news.
    pub(crate) fn input(&mut self, input: Input) -> Vec<String> {
        let effects = self.client.handle(Timestamp(self.now_ms), input).0;
        let mut told = Vec::new();
        for effect in effects {
            match effect {
                Effect::Open => told.push("open".to_owned()),
                Effect::Close => told.push("close".to_owned()),
                Effect::Transmit(frame) => told.push(tell_frame(&frame)),
                Effect::FetchHistory { before } => told.push(format!("fetch {}", before.get())),
                Effect::WakeAt(at) => self.wake_at = Some(at),
                Effect::Persist(saved) => self.saved.push(saved),
                Effect::Changed => {}
            }
        }
        told
    }

    /// What has not landed.
    pub(crate) fn pending(&self) -> Vec<String> {
        let pending = self.client.view().pending.iter();
        let tell = pending.map(|pending| {
            let state = match pending.state {
                PendingState::Queued => "queued",
                PendingState::Sent { .. } => "sent",
                PendingState::Refused { .. } => "refused",
                PendingState::Unconfirmed => "unconfirmed",
            };
            format!("#{} {} {state}", pending.nonce.get(), pending.body)
        });
        tell.collect()
    }

    /// What a person sees of the log.
    pub(crate) fn items(&self) -> String {
        let items = self.client.items().map(|item| match item {
            Item::Entry(entry) => entry.seq().get().to_string(),
            Item::Gap { from, to } => format!("({}-{})", from.get(), to.get()),
        });
        items.collect::<Vec<_>>().join(" ")
    }
}

/// The line of this device's message.
pub(crate) fn mine(at: u64, number: u64, body: &str) -> String {
    encode_entry(&Entry::Message {
        seq: seq(at),
        at: Timestamp(at),
        by: user(),
        device: device(),
        nonce: nonce(number),
        body: body.to_owned(),
    })
}

/// The lines of somebody else's entries.
pub(crate) fn others(seqs: impl IntoIterator<Item = u64>) -> Vec<String> {
    let line = |at| {
        encode_entry(&Entry::Leave {
            seq: seq(at),
            at: Timestamp(at),
            by: UserId::from_random([9; 13]),
        })
    };
    seqs.into_iter().map(line).collect()
}

pub(crate) fn seq(number: u64) -> Seq {
    Seq::try_from(number).unwrap()
}

pub(crate) fn nonce(number: u64) -> Nonce {
    Nonce::try_from(number).unwrap()
}

fn user() -> UserId {
    UserId::from_random([1; 13])
}

fn device() -> DeviceId {
    DeviceId::from_random([2; 13])
}

fn welcome(welcomed: Welcomed) -> Welcome {
    Welcome {
        session: SessionId(1),
        epoch: Epoch::from_random([3; 13]),
        head: seq(welcomed.head),
        resumed: welcomed.resumed,
        nonce: Some(nonce(welcomed.nonce)).filter(|nonce| nonce.get() > 0),
        room: RoomInfo {
            id: RoomId::from_random([4; 13]),
            name: "Floor".to_owned(),
            kind: RoomKind::Public,
            topic: String::new(),
        },
        you: You { user: user(), role: Role::Member },
        members: 2,
        online: 1,
        limits: Limits::CURRENT,
    }
}

fn tell_frame(frame: &str) -> String {
    if frame == PING {
        return "ping".to_owned();
    }
    let lines = decode_client_frame(frame).unwrap();
    let lines: Vec<String> = lines.iter().map(tell_line).collect();
    lines.join(", ")
}

fn tell_line(line: &ClientLine) -> String {
    match line {
        ClientLine::Hello(hello) => match hello.resume {
            Some(position) => format!("hello after {}", position.seq.get()),
            None => "hello".to_owned(),
        },
        ClientLine::Send(send) => format!("send #{} {}", send.nonce.get(), send.body),
        ClientLine::Typing { on } => format!("typing {on}"),
        ClientLine::Ping => "a ping among others".to_owned(),
    }
}
