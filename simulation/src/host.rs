//! The shell of the room: it executes effects front to back, and loses the room now and then.

use std::collections::BTreeMap;

use protocol::codec::{PING, decode_client_frame};
use protocol::{ClientLine, Refusal, Role, SessionId, Timestamp, UserId};
use room::{Answer, Effect, Input, RequestId, Room, SocketState};

use crate::invariant::{Check, Invariant};
use crate::network::{Down, Frame, RoomEnd, Up};
use crate::stream::Truth;
use crate::world::World;

/// The machine that runs the room.
#[derive(Debug, Default)]
pub(crate) struct Host {
    pub(crate) room: Option<Room>,
    pub(crate) wake_at: Option<Timestamp>,
    /// How far this machine's clock is ahead of the world's.
    pub(crate) skew_ms: u64,
    /// How the next turn that stores something ends, if it ends badly.
    pub(crate) crash: Option<Crash>,
    /// Since when accepted entries wait.
    pub(crate) waiting_since_ms: Option<u64>,
    pub(crate) next_session: u64,
    pub(crate) next_request: u64,
    /// Who waits for which answer.
    pub(crate) asked: BTreeMap<RequestId, usize>,
    /// The sockets of the crowd, which say nothing and of which nothing is looked at.
    pub(crate) crowd: Vec<(SessionId, SocketState)>,
}

/// Where in a turn the machine dies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Crash {
    /// Before the rows were durable: nothing of the turn is seen by anybody.
    BeforeCommit,
    /// After the rows were durable and this many effects that follow them.
    AfterCommit(usize),
}

impl Host {
    pub(crate) fn role(&self, user: UserId) -> Option<Role> {
        self.room.as_ref().and_then(|room| room.role(user))
    }
}

impl World {
    /// One turn of the room.
    pub(crate) fn turn(&mut self, input: Input) -> Check {
        self.wake_room()?;
        self.decide(input)
    }

    /// Restores the room, if its memory is lost.
    pub(crate) fn wake_room(&mut self) -> Check {
        if self.host.room.is_some() {
            return Ok(());
        }
        let kept = |(&session, socket): (&SessionId, &crate::network::Socket)| {
            let state = socket.state.filter(|_| socket.room_end == RoomEnd::Open);
            state.map(|state| (session, state))
        };
        let sockets = self.network.sockets.iter().filter_map(kept);
        let sockets = sockets.chain(self.host.crowd.iter().copied()).collect();
        let snapshot = self.disk.snapshot(sockets);
        let snapshot = self.tamper_with_snapshot(snapshot);
        self.host.room = Some(Room::restore(snapshot));
        self.decide(Input::Woke)?;
        self.frame_to_repeat().map_or(Ok(()), |input| self.decide(input))
    }

    fn decide(&mut self, input: Input) -> Check {
        let now = self.room_time();
        // A crash of the turn that restored the room takes the input with it.
        let Some(room) = &mut self.host.room else {
            return Ok(());
        };
        let effects = room.handle(now, input).0;
        let effects = self.tamper_with_turn(effects);
        self.execute_turn(effects)
    }

    /// Executes a turn, unless the machine dies within it.
    pub(crate) fn execute_turn(&mut self, effects: Vec<Effect>) -> Check {
        let stored = effects.iter().rposition(|e| matches!(e, Effect::Commit(_)));
        let crash = self.host.crash.take_if(|_| stored.is_some());
        let n = match (crash, stored) {
            (Some(Crash::BeforeCommit), _) => 0,
            (Some(Crash::AfterCommit(n)), Some(stored)) => stored + 1 + n,
            (Some(Crash::AfterCommit(_)), None) | (None, _) => effects.len(),
        };
        for effect in effects.into_iter().take(n) {
            self.execute(effect)?;
        }
        if crash.is_some() {
            self.crash();
        }
        self.note_waiting();
        Ok(())
    }

    fn execute(&mut self, effect: Effect) -> Check {
        match effect {
            Effect::Found { settings, epoch } => self.disk.found(settings, epoch),
            Effect::Commit(commit) => {
                self.ledger.commit(&commit)?;
                self.disk.commit(commit);
                self.host.waiting_since_ms = None;
            }
            Effect::Broadcast(text) => {
                let frame = Frame::new(&text);
                for session in self.network.which(crate::network::Socket::is_live) {
                    if let Some(frame) = self.tamper_with_broadcast(session, &frame) {
                        self.deliver(session, frame)?;
                    }
                }
            }
            Effect::Send { session, frame } => self.deliver(session, Frame::new(&frame))?,
            Effect::Replay { session, after } => {
                for text in self.replay(after) {
                    self.deliver(session, Frame::new(&text))?;
                }
            }
            Effect::Keep { session, state } => {
                if let Some(socket) = self.network.sockets.get_mut(&session) {
                    socket.state = Some(state);
                }
            }
            Effect::Close { session, code } => {
                if let Some(socket) = self.network.sockets.get_mut(&session) {
                    socket.room_end = RoomEnd::Closed;
                    socket.down.push_back(Down::Closed(code.number()));
                }
            }
            Effect::Answer { request, answer } => self.answer(request, answer)?,
            Effect::WakeAt(at) => {
                if !self.ignores_room_timers() {
                    self.host.wake_at = at;
                }
            }
        }
        Ok(())
    }

    /// Puts a frame on its way to a client, if it says what is stored and comes in its turn.
    fn deliver(&mut self, session: SessionId, frame: Frame) -> Check {
        let texts = frame.text.split('\n').filter(|line| !line.is_empty());
        let texts: Vec<&str> = texts.collect();
        for (entry, text) in frame.lines.iter().zip(texts) {
            if let protocol::codec::FromRoom::Entry(entry) = entry {
                let is_stored = self.ledger.line(entry.seq()) == Some(text);
                Invariant::StoredFirst.check(is_stored, || format!("{text} is not stored"))?;
            }
        }
        let Some(socket) = self.network.sockets.get_mut(&session) else {
            return Ok(());
        };
        let truth = Truth {
            ledger: &self.ledger,
            epoch: self.disk.epoch(),
            session,
            user: socket.user,
            members: self.disk.members.len(),
        };
        socket.stream.judge(&frame, &truth)?;
        if socket.client_end && socket.room_end != RoomEnd::Cut {
            socket.down.push_back(Down::Frame(frame));
        }
        Ok(())
    }

    fn answer(&mut self, request: RequestId, answer: Result<Answer, Refusal>) -> Check {
        let Some(index) = self.host.asked.remove(&request) else {
            return Ok(());
        };
        self.people[index].is_asking = false;
        let is_member = self.ledger.roles().contains_key(&self.people[index].user);
        let want = match answer {
            Ok(Answer::Joined) => true,
            Ok(Answer::Left) => false,
            Err(_) => is_member,
        };
        Invariant::StoredFirst
            .check(is_member == want, || format!("{answer:?} to person {index} is not stored"))
    }

    /// The room's end of a socket hears what comes next on it.
    pub(crate) fn hear_client(&mut self, session: SessionId) -> Check {
        let socket = self.network.socket(session);
        let Some(up) = socket.up.pop_front() else {
            return Ok(());
        };
        match (up, socket.room_end) {
            (_, RoomEnd::Cut) | (Up::Gone, RoomEnd::Closed) => Ok(()),
            (Up::Gone, RoomEnd::Open) => {
                socket.room_end = RoomEnd::Cut;
                self.turn(Input::Disconnected { session })
            }
            (Up::Frame(text), RoomEnd::Open | RoomEnd::Closed) if text == PING => {
                self.pong(session);
                Ok(())
            }
            (Up::Frame(text), RoomEnd::Open | RoomEnd::Closed) => {
                self.accept_late(session)?;
                let frame = decode_client_frame(&text);
                for line in frame.iter().flatten() {
                    self.note_line(session, line);
                }
                let session = self.session_heard(session);
                self.last_heard = Some((session, text));
                self.turn(Input::Frame { session, frame })
            }
        }
    }

    fn note_line(&mut self, session: SessionId, line: &ClientLine) {
        let stream = &mut self.network.socket(session).stream;
        match line {
            ClientLine::Hello(hello) => {
                stream.hello.get_or_insert_with(|| hello.clone());
            }
            ClientLine::Send(send) => {
                stream.sent.insert(send.nonce);
            }
            ClientLine::Typing { .. } | ClientLine::Ping => {}
        }
    }

    /// The platform loses a socket: the room knows, the client does not.
    pub(crate) fn cut(&mut self, session: SessionId) -> Check {
        let socket = self.network.socket(session);
        socket.up.clear();
        let was_open = socket.room_end == RoomEnd::Open;
        socket.room_end = RoomEnd::Cut;
        if was_open {
            return self.turn(Input::Disconnected { session });
        }
        Ok(())
    }

    /// The room's memory is lost; rows, sockets and what is written on them survive.
    pub(crate) fn evict(&mut self) {
        self.report.n_evictions += 1;
        self.host.room = None;
        self.host.wake_at = None;
        self.host.waiting_since_ms = None;
        for index in std::mem::take(&mut self.host.asked).into_values() {
            self.people[index].is_asking = false;
        }
    }

    /// The machine dies: memory and sockets are lost, and the next one has another clock.
    fn crash(&mut self) {
        self.evict();
        self.report.n_evictions -= 1;
        self.report.n_crashes += 1;
        self.host.skew_ms = self.random.below(20_000);
        for session in self.network.which(|socket| socket.room_end != RoomEnd::Cut) {
            let is_noticed = self.random.percent(75);
            let n_arrive = self.random.index(4);
            let socket = self.network.socket(session);
            socket.room_end = RoomEnd::Cut;
            socket.up.clear();
            socket.down.truncate(n_arrive);
            if is_noticed {
                socket.down.push_back(Down::Closed(1006));
            }
        }
    }

    fn note_waiting(&mut self) {
        let head = self.host.room.as_ref().map(|room| room.head().get());
        let waits = head.is_some_and(|head| head > self.ledger.head());
        let since = self.host.waiting_since_ms.unwrap_or(self.now_ms);
        self.host.waiting_since_ms = waits.then_some(since);
    }
}
