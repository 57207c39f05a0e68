//! A shell for tests: it tells what a room did as short lines that can be read and compared.

use protocol::codec::{FromRoom, Violation, decode_room_frame};
use protocol::{
    ClientLine, DeviceId, Entry, Epoch, Hello, Link, Nonce, Position, RoomId, RoomKind, Send, Seq,
    ServerLine, SessionId, Timestamp, UserId,
};
use room::{
    Act, Commit, Effect, Founding, Input, Member, RequestId, Room, RosterChange, Settings, Snapshot,
};

/// A room and the time. Users and devices are letters, sessions are numbers.
pub(crate) struct Shell {
    room: Room,
    now_ms: u64,
    wake_at: Option<Timestamp>,
    /// Everything that was stored.
    pub(crate) commits: Vec<Commit>,
}

impl Shell {
    /// A room that `a` has just founded.
    pub(crate) fn founded() -> Self {
        let founding = Founding {
            settings: settings(),
            epoch: epoch(),
            owner: user('a'),
            owner_name: "a".to_owned(),
        };
        let (room, effects) = Room::found(Timestamp(1_000_000), founding);
        let mut shell = Self::of(room);
        shell.execute(effects.0);
        shell
    }

    /// A room that was stored as `snapshot` and has just been restored.
    pub(crate) fn restored(snapshot: Snapshot) -> Self {
        let mut shell = Self::of(Room::restore(snapshot));
        shell.input(Input::Woke);
        shell
    }

    /// A founded room in which these are members with a live session, whose device has the user's
    /// letter. Their sessions are numbered from 1.
    pub(crate) fn with_live(users: &str) -> Self {
        let mut shell = Self::founded();
        for (user, session) in users.chars().zip(1..) {
            shell.join(user);
            shell.live(session, user, user);
        }
        shell.pass(20_000);
        shell
    }

    fn of(room: Room) -> Self {
        Self { room, now_ms: 1_000_000, wake_at: None, commits: Vec::new() }
    }

    /// The room itself.
    pub(crate) fn room(&self) -> &Room {
        &self.room
    }

    /// The room's memory is lost; sockets are not.
    pub(crate) fn evicted(self, sockets: &[(u64, char, char)]) -> Self {
        let last = self.commits.last().unwrap();
        let members = self.room.members_after(None).cloned().collect();
        let snapshot = Snapshot {
            head: last.chunk.last_seq,
            head_at: last.chunk.last_at,
            link: last.chunk.link,
            members,
            ..snapshot(sockets)
        };
        let mut shell = Self::restored(snapshot);
        shell.now_ms = self.now_ms;
        shell
    }

    /// Lets time pass, calling the room back when it asked for it.
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

    /// Lets time pass without calling the room back.
    pub(crate) fn oversleep(&mut self, ms: u64) {
        self.now_ms += ms;
    }

    pub(crate) fn connect(&mut self, session: u64, who: char) -> Vec<String> {
        let (session, user) = (SessionId(session), user(who));
        self.input(Input::Connected { session, user })
    }

    pub(crate) fn disconnect(&mut self, session: u64) -> Vec<String> {
        let session = SessionId(session);
        self.input(Input::Disconnected { session })
    }

    pub(crate) fn hello(
        &mut self,
        session: u64,
        device: char,
        resume: impl Into<Option<Position>>,
    ) -> Vec<String> {
        let (device, resume) = (device_id(device), resume.into());
        self.line(session, ClientLine::Hello(Hello { device, resume }))
    }

    /// Connects and says hello, resuming nothing.
    pub(crate) fn live(&mut self, session: u64, who: char, device: char) -> Vec<String> {
        self.connect(session, who);
        self.hello(session, device, None)
    }

    pub(crate) fn send(&mut self, session: u64, number: u64, body: &str) -> Vec<String> {
        self.line(session, send(number, body))
    }

    pub(crate) fn typing(&mut self, session: u64, on: bool) -> Vec<String> {
        self.line(session, ClientLine::Typing { on })
    }

    pub(crate) fn line(&mut self, session: u64, line: ClientLine) -> Vec<String> {
        self.frame(session, Ok(vec![line]))
    }

    pub(crate) fn frame(
        &mut self,
        session: u64,
        frame: Result<Vec<ClientLine>, Violation>,
    ) -> Vec<String> {
        let session = SessionId(session);
        self.input(Input::Frame { session, frame })
    }

    pub(crate) fn join(&mut self, who: char) -> Vec<String> {
        let (user, name) = (user(who), who.to_string());
        self.request(Act::Join { user, name })
    }

    pub(crate) fn leave(&mut self, who: char) -> Vec<String> {
        self.request(Act::Leave { user: user(who) })
    }

    fn request(&mut self, act: Act) -> Vec<String> {
        let request = RequestId(0);
        self.input(Input::Request { request, act })
    }

    /// Hands an input to the room and tells what it did, except for timers and socket states.
    pub(crate) fn input(&mut self, input: Input) -> Vec<String> {
        let effects = self.room.handle(Timestamp(self.now_ms), input);
        self.execute(effects.0)
    }

    fn execute(&mut self, effects: Vec<Effect>) -> Vec<String> {
        let mut told = Vec::new();
        for effect in effects {
            told.extend(match effect {
                Effect::Found { .. } => Some("found".to_owned()),
                Effect::Commit(commit) => {
                    let text = tell_commit(&commit);
                    self.commits.push(commit);
                    Some(text)
                }
                Effect::Broadcast(frame) => Some(format!("all: {}", tell_frame(&frame))),
                Effect::Send { session, frame } => {
                    Some(format!("{}: {}", session.0, tell_frame(&frame)))
                }
                Effect::Replay { session, after } => {
                    Some(format!("{}: replay after {}", session.0, after.get()))
                }
                Effect::Close { session, code } => {
                    Some(format!("close {} {}", session.0, code.name()))
                }
                Effect::Answer { answer, .. } => Some(match answer {
                    Ok(answer) => format!("answer {answer:?}").to_lowercase(),
                    Err(refusal) => format!("answer {}", refusal.code()),
                }),
                Effect::WakeAt(at) => {
                    self.wake_at = at;
                    None
                }
                Effect::Keep { .. } => None,
            });
        }
        told
    }
}

/// A stored room of `a` with these live sockets and one entry.
pub(crate) fn snapshot(sockets: &[(u64, char, char)]) -> Snapshot {
    let state = |&(session, who, device): &(u64, char, char)| {
        let state = room::SocketState {
            user: user(who),
            since: Timestamp(0),
            device: Some(device_id(device)),
        };
        (SessionId(session), state)
    };
    Snapshot {
        settings: settings(),
        epoch: epoch(),
        head: seq(1),
        head_at: Timestamp(0),
        link: Link::GENESIS,
        members: vec![member(user('a'), protocol::Role::Owner)],
        checkpoint_seq: Seq::ZERO,
        sends: Vec::new(),
        recent: Vec::new(),
        sockets: sockets.iter().map(state).collect(),
    }
}

/// A snapshot with so many silent live sockets that the window is long.
pub(crate) fn crowded(n: u64) -> Snapshot {
    let mut snapshot = snapshot(&[]);
    snapshot.sockets = (0..n)
        .map(|number| {
            let mut random = [1; 13];
            random[..8].copy_from_slice(&number.to_be_bytes());
            let state = room::SocketState {
                user: user('a'),
                since: Timestamp(0),
                device: Some(DeviceId::from_random(random)),
            };
            (SessionId(1_000 + number), state)
        })
        .collect();
    snapshot
}

pub(crate) fn member(user: UserId, role: protocol::Role) -> Member {
    Member { user, name: String::new(), role, joined_at: Timestamp(0) }
}

pub(crate) fn user(letter: char) -> UserId {
    UserId::from_random([letter as u8; 13])
}

pub(crate) fn device_id(letter: char) -> DeviceId {
    DeviceId::from_random([letter as u8; 13])
}

pub(crate) fn epoch() -> Epoch {
    Epoch::from_random([7; 13])
}

pub(crate) fn at(number: u64) -> Position {
    let (epoch, seq) = (epoch(), seq(number));
    Position { epoch, seq }
}

pub(crate) fn seq(number: u64) -> Seq {
    Seq::try_from(number).unwrap()
}

pub(crate) fn send(number: u64, body: &str) -> ClientLine {
    let (nonce, body) = (Nonce::try_from(number).unwrap(), body.to_owned());
    ClientLine::Send(Send { nonce, body })
}

fn settings() -> Settings {
    Settings {
        id: RoomId::from_random([9; 13]),
        name: "Floor".to_owned(),
        kind: RoomKind::Public,
        topic: String::new(),
    }
}

fn tell_commit(commit: &Commit) -> String {
    let tell = |change: &RosterChange| match change {
        RosterChange::Put(member) => format!(" +{}", letter(member.user)),
        RosterChange::Remove(user) => format!(" -{}", letter(*user)),
    };
    let roster: String = commit.roster.iter().map(tell).collect();
    let (first, last) = (commit.chunk.first_seq.get(), commit.chunk.last_seq.get());
    format!("store {first}..={last}{roster}")
}

fn tell_frame(frame: &str) -> String {
    let lines = decode_room_frame(frame).unwrap();
    let lines: Vec<String> = lines.iter().map(tell_line).collect();
    lines.join(", ")
}

fn tell_line(line: &FromRoom) -> String {
    match line {
        FromRoom::Entry(Entry::Message { seq, by, nonce, body, .. }) => {
            format!("{} {}#{} {body}", seq.get(), letter(*by), nonce.get())
        }
        FromRoom::Entry(Entry::Join { seq, by, role, .. }) => {
            format!("{} join {} {role}", seq.get(), letter(*by))
        }
        FromRoom::Entry(Entry::Leave { seq, by, .. }) => {
            format!("{} leave {}", seq.get(), letter(*by))
        }
        FromRoom::Line(line) => tell_server_line(line),
        FromRoom::UnknownEntry(_) | FromRoom::Unknown => "unknown".to_owned(),
    }
}

fn tell_server_line(line: &ServerLine) -> String {
    match line {
        ServerLine::Welcome(welcome) => format!(
            "welcome head={} resumed={} nonce={} members={} online={}",
            welcome.head.get(),
            welcome.resumed,
            welcome.nonce.unwrap_or_default().get(),
            welcome.members,
            welcome.online
        ),
        ServerLine::Gap { from, to } => format!("gap {}..={}", from.get(), to.get()),
        ServerLine::Refused(refused) => {
            format!("refused {} {}", refused.nonce.get(), refused.code.code())
        }
        ServerLine::Presence { online, came, went } => {
            format!("presence {online} +{} -{}", letters(came), letters(went))
        }
        ServerLine::Typing { who, more } => format!("typing {} +{more}", letters(who)),
        ServerLine::Bye { reason, .. } => format!("bye {reason}"),
        ServerLine::Pong => "pong".to_owned(),
    }
}

fn letters(users: &[UserId]) -> String {
    users.iter().map(|user| letter(*user)).collect()
}

fn letter(id: UserId) -> char {
    ('a'..='z').find(|letter| user(*letter) == id).unwrap_or('?')
}
