//! The shell of the room: it executes effects front to back, and loses the room now and then.

use std::collections::BTreeMap;

use protocol::codec::{PING, decode_client_frame};
use protocol::{ClientLine, Role, Seq, SessionId, Timestamp, UserId};
use room::{Act, Commit, Effect, Input, Known, RequestId, Room, SocketState, Write};

use crate::clock::SWEEP_MS;
use crate::invariant::{Check, Invariant};
use crate::ledger::{Acceptance, Witness};
use crate::network::{Down, Frame, RoomEnd, Socket, Up};
use crate::requests::Asked;
use crate::stream::Truth;
use crate::world::World;

/// The machine that runs the room.
#[derive(Debug, Default)]
pub(crate) struct Host {
    pub(crate) room: Option<Room>,
    pub(crate) wake_at: Option<Timestamp>,
    /// Until when the last broadcast keeps the machine busy: no timer fires before.
    pub(crate) sent_at_ms: u64,
    /// How far this machine's clock is ahead of the world's.
    pub(crate) skew_ms: u64,
    /// How the next turn that stores something ends, if it ends badly.
    pub(crate) crash: Option<Crash>,
    /// Since when accepted entries wait.
    pub(crate) waiting_since_ms: Option<u64>,
    pub(crate) next_session: u64,
    pub(crate) next_request: u64,
    /// Who waits for which answer.
    pub(crate) asked: BTreeMap<RequestId, Asked>,
    /// When each entry was accepted that is not stored yet.
    pub(crate) accepted: BTreeMap<u64, Acceptance>,
    /// Whether the room was deleted.
    pub(crate) is_gone: bool,
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
        if self.host.is_gone {
            return Ok(());
        }
        self.wake_room()?;
        self.decide(input)?;
        self.check_strangers()
    }

    /// Restores the room, if its memory is lost.
    pub(crate) fn wake_room(&mut self) -> Check {
        if self.host.room.is_some() || self.host.is_gone {
            return Ok(());
        }
        let kept = |(&session, socket): (&SessionId, &Socket)| {
            let state = socket.state.filter(|_| socket.room_end == RoomEnd::Open);
            state.map(|state| (session, state))
        };
        let sockets = self.network.sockets.iter().filter_map(kept);
        let sockets = sockets.chain(self.host.crowd.iter().copied()).collect();
        let snapshot = self.disk.snapshot(sockets);
        let snapshot = self.tamper_with_snapshot(snapshot);
        let policy = self.tamper_with_policy(self.profile.policy);
        self.host.room = Some(Room::restore(snapshot, policy));
        self.decide(Input::Woke)?;
        self.frame_to_repeat().map_or(Ok(()), |input| self.decide(input))
    }

    fn decide(&mut self, mut input: Input) -> Check {
        let now = self.room_time();
        // A crash of the turn that restored the room takes the input with it.
        let Some(room) = &self.host.room else {
            return Ok(());
        };
        if let Input::Frame { session, frame, known } = &mut input {
            *known = self.disk.known(&room.needs(now, *session, frame));
            self.tamper_with_known(known);
        }
        self.note_input(&input);
        let said = self.readers_of(&input);
        let Some(room) = &mut self.host.room else {
            return Ok(());
        };
        let head = room.head().get();
        let effects = room.handle(now, input).0;
        let acceptance = Acceptance { at_ms: self.now_ms, now };
        let accepted = head + 1..=room.head().get();
        self.host.accepted.extend(accepted.map(|seq| (seq, acceptance)));
        for (user, seq) in said {
            self.reads.said(user, seq.min(room.head()));
        }
        self.reads.look(room)?;
        let effects = self.tamper_with_turn(effects);
        self.execute_turn(effects)
    }

    /// Those who say with an input, or show by it, how far they have read.
    fn readers_of(&self, input: &Input) -> Vec<(UserId, Seq)> {
        // Whoever writes or joins has read up to there.
        let end = Seq::try_from(protocol::limits::INTEGER_MAX).expect("the largest integer");
        match input {
            Input::Frame { session, frame: Ok(lines), .. } => {
                let Some(socket) = self.network.sockets.get(session) else {
                    return Vec::new();
                };
                let said = lines.iter().filter_map(|line| match line {
                    ClientLine::Read { seq } => Some(*seq),
                    ClientLine::Send(_) => Some(end),
                    _ => None,
                });
                said.map(|seq| (socket.user, seq)).collect()
            }
            Input::Request { act: Act::Read { user, seq }, .. } => vec![(*user, *seq)],
            Input::Request { act: Act::Join { user, .. } | Act::Add { user, .. }, .. } => {
                let is_new = self.host.role(*user).is_none();
                is_new.then_some((*user, end)).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// Counts what gives the room a reason to tell somebody something.
    fn note_input(&mut self, input: &Input) {
        match input {
            Input::Request { act: Act::Read { user, .. }, .. } => {
                self.inboxes.may_tell_of_reading(*user);
            }
            Input::Frame { session, frame: Ok(lines), .. } => {
                let Some(socket) = self.network.sockets.get(session) else {
                    return;
                };
                for line in lines {
                    match line {
                        ClientLine::Hello(_) => self.inboxes.may_tell(socket.user),
                        ClientLine::Read { .. } => self.inboxes.may_tell_of_reading(socket.user),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    /// Who is not a member has no open socket (rules MB2 and MB9).
    fn check_strangers(&self) -> Check {
        if self.host.waiting_since_ms.is_some() || self.host.room.is_none() {
            return Ok(());
        }
        let is_open = |socket: &&Socket| socket.room_end == RoomEnd::Open && socket.state.is_some();
        let stranger = self.network.sockets.values().filter(is_open);
        let stranger =
            stranger.map(|socket| socket.user).find(|user| !self.ledger.is_member(*user));
        Invariant::StrangersOut
            .check(stranger.is_none(), || format!("{stranger:?} still has an open socket"))
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
            Effect::Commit(commit) => self.store(commit)?,
            Effect::Gone => {
                self.host.is_gone = true;
                self.host.room = None;
            }
            Effect::Broadcast(text) => {
                // As good as any draw, and takes none.
                self.host.sent_at_ms = self.now_ms + self.now_ms % (SWEEP_MS + 1);
                self.deliver_to(&text, Socket::is_live)?;
            }
            Effect::Serve { wave, frame } => {
                self.host.sent_at_ms = self.now_ms + self.now_ms % (SWEEP_MS / 4 + 1);
                self.deliver_to(&frame, |socket| {
                    socket.is_live() && socket.state.is_some_and(|state| state.wave == wave)
                })?;
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

    fn deliver_to(&mut self, text: &str, whom: impl Fn(&Socket) -> bool) -> Check {
        let frame = Frame::new(text);
        for session in self.network.which(whom) {
            if let Some(frame) = self.tamper_with_broadcast(session, &frame) {
                self.deliver(session, frame)?;
            }
        }
        Ok(())
    }

    /// Judges a transaction and stores it.
    fn store(&mut self, commit: Commit) -> Check {
        let witness = Witness { accepted: &self.host.accepted, uploaded: &self.uploaded };
        let entries = self.ledger.commit(&commit, &witness)?;
        if self.ledger.law.settings.kind == protocol::RoomKind::Private
            && self.ledger.law.is_founded
        {
            let now = self.room_time();
            self.invites.note(&commit, &entries, now)?;
        }
        let members: Vec<UserId> = self.ledger.law.members.keys().copied().collect();
        for entry in &entries {
            let at_ms = self.host.accepted.remove(&entry.seq().get()).map(|a| a.at_ms);
            if let (Some((user, ..)), Some(at_ms)) = (entry.send(), at_ms) {
                self.rates.note(user, at_ms, self.profile.policy.sends)?;
            }
            self.inboxes.note_entry(entry, &members);
        }
        for write in &commit.writes {
            match write {
                Write::Notice(notice) => self.inboxes.note_notice(notice)?,
                Write::NoMember(user) => self.reads.left(*user),
                Write::Expire { .. } => {
                    // It is as if they had read that.
                    for user in &members {
                        self.inboxes.may_tell_of_reading(*user);
                    }
                }
                _ => {}
            }
        }
        if !entries.is_empty() {
            self.host.waiting_since_ms = None;
        }
        let erased = commit.writes.iter().filter_map(|write| match write {
            Write::Erase { target, .. } => Some(*target),
            _ => None,
        });
        let erased: Vec<Seq> = erased.collect();
        let commit = self.tamper_with_stored(commit);
        self.disk.commit(commit);
        self.tamper_with_rows(&erased);
        Ok(())
    }

    /// Puts a frame on its way to a client, if it says what is stored and comes in its turn.
    fn deliver(&mut self, session: SessionId, frame: Frame) -> Check {
        // Of a room that was deleted nothing is left to compare with.
        if self.disk.founded.is_none() {
            return Ok(());
        }
        let texts = frame.text.split('\n').filter(|line| !line.is_empty());
        let texts: Vec<&str> = texts.collect();
        for (entry, text) in frame.lines.iter().zip(texts) {
            if let protocol::codec::FromRoom::Entry(entry) = entry {
                let is_kept = !self.ledger.is_erased(entry.seq())
                    || matches!(entry, protocol::Entry::Redacted(_));
                Invariant::Erased.check(is_kept, || format!("{text} was erased, and is sent"))?;
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
            reads: &self.reads,
        };
        socket.stream.judge(&frame, &truth)?;
        if socket.client_end && socket.room_end != RoomEnd::Cut {
            socket.down.push_back(Down::Frame(frame));
        }
        Ok(())
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
                // Whoever is told of an end still knows what was written on the socket.
                self.wake_room()?;
                self.network.socket(session).room_end = RoomEnd::Cut;
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
                let again = self.edits_to_repeat(&text);
                self.last_heard = Some((session, text));
                self.turn(Input::Frame { session, frame, known: Known::default() })?;
                if again.is_empty() {
                    return Ok(());
                }
                let known = Known::default();
                self.turn(Input::Frame { session, frame: Ok(again), known })
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
            ClientLine::Edit { nonce, .. }
            | ClientLine::Redact { nonce, .. }
            | ClientLine::React { nonce, .. }
            | ClientLine::Pin { nonce, .. } => drop(stream.sent.insert(*nonce)),
            ClientLine::Typing { .. } | ClientLine::Read { .. } | ClientLine::Ping => {}
        }
    }

    /// The platform loses a socket: the room knows, the client does not.
    pub(crate) fn cut(&mut self, session: SessionId) -> Check {
        self.wake_room()?;
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
        self.host.sent_at_ms = 0;
        if self.host.waiting_since_ms.take().is_some() {
            // What was accepted is lost, and with it what its authors had read.
            self.forget_reads();
        }
        self.host.accepted.clear();
        self.rates.forget();
        self.answer_nobody();
    }

    /// The machine dies: memory and sockets are lost, and the next one has another clock.
    fn crash(&mut self) {
        self.evict();
        self.report.n_evictions -= 1;
        self.report.n_crashes += 1;
        self.host.skew_ms = self.random.below(20_000);
        self.forget_reads();
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

    /// What was not stored is lost, so that read positions may fall back (rule RC4), and members
    /// are told again of what they seem not to have read.
    fn forget_reads(&mut self) {
        self.reads.crashed();
        for user in self.ledger.law.members.keys() {
            self.inboxes.may_tell(*user);
        }
    }

    fn note_waiting(&mut self) {
        let head = self.host.room.as_ref().map(|room| room.head().get());
        let waits = head.is_some_and(|head| head > self.ledger.head());
        let since = self.host.waiting_since_ms.unwrap_or(self.now_ms);
        self.host.waiting_since_ms = waits.then_some(since);
    }
}
