//! The room: all control flow is here, all state in the modules beside it.

use protocol::codec::{Violation, encode_server_line};
use protocol::limits::{REPLAY_ENTRIES_MAX, REPLAY_TAIL};
use protocol::{
    Body, ClientLine, CloseCode, DeviceId, Entry, Epoch, Hello, Limits, Refusal, Refused, Role,
    RoomInfo, Send, Seq, ServerLine, SessionId, Timestamp, UserId, Welcome, You,
};

use crate::effect::{Answer, Commit, Effect, Effects, Notice, RosterChange};
use crate::input::{Act, Founding, Input, RequestId};
use crate::log::Log;
use crate::nonces::{LastSend, Nonces};
use crate::presence::Presence;
use crate::roster::{Member, Roster};
use crate::sessions::{Sessions, SocketState};
use crate::snapshot::{Settings, Snapshot};
use crate::typing::Typing;

/// A room's state machine.
#[derive(Debug)]
pub struct Room {
    settings: Settings,
    log: Log,
    roster: Roster,
    nonces: Nonces,
    sessions: Sessions,
    presence: Presence,
    typing: Typing,
    /// Sockets whose owner is not in the roster: an eviction took a membership that was not stored.
    strangers: Vec<SessionId>,
    woken_at: Option<Timestamp>,
}

impl Room {
    /// Founds a room. The effects store it, its owner and its first entry.
    pub fn found(now: Timestamp, founding: Founding) -> (Self, Effects) {
        let Founding {
            settings,
            epoch,
            owner,
            owner_name,
        } = founding;
        let mut room = Self::restore(Snapshot {
            settings: settings.clone(),
            epoch,
            head: Seq::ZERO,
            head_at: Timestamp::default(),
            link: protocol::Link::GENESIS,
            members: Vec::new(),
            checkpoint_seq: Seq::ZERO,
            sends: Vec::new(),
            sockets: Vec::new(),
        });
        let mut effects = Effects::default();
        effects.push(Effect::Found {
            settings: settings.clone(),
            epoch,
        });
        let member = Member {
            user: owner,
            name: owner_name,
            role: Role::Owner,
            joined_at: now,
        };
        // A new log has room for an entry, so neither step can be refused.
        let _ = room.enrol(now, member);
        if let Some(waiting) = room.log.waiting() {
            let seq = waiting.first_seq();
            waiting.notices.insert(
                0,
                Notice::Room {
                    settings,
                    owner,
                    seq,
                    at: now,
                },
            );
        }
        room.flush(now, &mut effects);
        (room, effects)
    }

    /// Rebuilds a room after eviction. The shell then hands it [`Input::Woke`].
    #[must_use]
    pub fn restore(snapshot: Snapshot) -> Self {
        let roster = Roster::restore(snapshot.members);
        let (members, strangers): (Vec<_>, Vec<_>) = snapshot
            .sockets
            .into_iter()
            .partition(|(_, state)| roster.get(state.user).is_some());
        let sessions = Sessions::restore(members);
        Self {
            settings: snapshot.settings,
            log: Log::restore(
                snapshot.epoch,
                (snapshot.head, snapshot.head_at, snapshot.link),
                snapshot.checkpoint_seq,
            ),
            roster,
            nonces: Nonces::restore(snapshot.sends),
            presence: Presence::restore(sessions.live_users()),
            sessions,
            typing: Typing::default(),
            strangers: strangers.into_iter().map(|(session, _)| session).collect(),
            woken_at: None,
        }
    }

    /// Applies one input at `now` and returns what must be done about it.
    pub fn handle(&mut self, now: Timestamp, input: Input) -> Effects {
        let mut effects = Effects::default();
        match input {
            Input::Connected { session, user } => self.connected(now, session, user, &mut effects),
            Input::Frame { session, frame } => self.frame(now, session, frame, &mut effects),
            Input::Disconnected { session } => self.disconnected(now, session),
            Input::Request { request, act } => self.request(now, request, act, &mut effects),
            Input::Woke => self.woke(now, &mut effects),
        }
        self.settle(now, &mut effects);
        effects
    }

    /// What the room is called, and who may enter.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What `user` is in this room; `None` for one who is not a member.
    #[must_use]
    pub fn role(&self, user: UserId) -> Option<Role> {
        self.roster.get(user).map(|member| member.role)
    }

    /// How many members there are.
    #[must_use]
    pub fn n_members(&self) -> u32 {
        u32::try_from(self.roster.len()).unwrap_or(u32::MAX)
    }

    /// How many members are online.
    #[must_use]
    pub fn n_online(&self) -> u32 {
        self.presence.count()
    }

    /// Whether a member is online.
    #[must_use]
    pub fn is_online(&self, user: UserId) -> bool {
        self.presence.is_online(user)
    }

    /// The members with an id after `after`, in the order of ids.
    pub fn members_after(&self, after: Option<UserId>) -> impl Iterator<Item = &Member> {
        self.roster.after(after)
    }

    /// The last accepted entry. What waits for a flush counts, so it may not be stored yet.
    #[must_use]
    pub fn head(&self) -> Seq {
        self.log.head()
    }

    /// The incarnation of the log.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.log.epoch
    }

    fn connected(
        &mut self,
        now: Timestamp,
        session: SessionId,
        user: UserId,
        effects: &mut Effects,
    ) {
        let state = SocketState {
            user,
            since: now,
            device: None,
        };
        self.sessions.put(session, state);
        effects.push(Effect::Keep { session, state });
    }

    fn disconnected(&mut self, now: Timestamp, session: SessionId) {
        if let Some(SocketState {
            user,
            device: Some(_),
            ..
        }) = self.sessions.remove(session)
        {
            self.presence.departed(now, user);
        }
    }

    fn woke(&mut self, now: Timestamp, effects: &mut Effects) {
        self.woken_at = None;
        self.log.woke(now, self.sessions.n_live());
        for session in std::mem::take(&mut self.strangers) {
            close(session, CloseCode::Restart, effects);
        }
        while let Some(session) = self.sessions.hello_late(now) {
            self.end(now, session, CloseCode::HelloLate, effects);
        }
    }

    fn frame(
        &mut self,
        now: Timestamp,
        session: SessionId,
        frame: Result<Vec<ClientLine>, Violation>,
        effects: &mut Effects,
    ) {
        // Whatever still arrives on a session that was ended is dropped (rule HS2).
        if self.sessions.get(session).is_none() {
            return;
        }
        let lines = match frame {
            Ok(lines) => lines,
            Err(violation) => {
                return self.end(now, session, violation.close_code(), effects);
            }
        };
        for line in lines {
            // A session that an earlier line ended, or that was superseded, says nothing more.
            let Some(state) = self.sessions.get(session) else {
                return;
            };
            match (line, state.device) {
                (ClientLine::Hello(hello), None) => {
                    self.hello(now, session, state, &hello, effects);
                }
                (ClientLine::Hello(_), Some(_))
                | (ClientLine::Send(_) | ClientLine::Typing { .. } | ClientLine::Ping, None) => {
                    self.end(now, session, CloseCode::OutOfTurn, effects);
                }
                (ClientLine::Send(send), Some(device)) => {
                    self.send(now, session, (state.user, device), send, effects);
                }
                (ClientLine::Typing { on }, Some(_)) => self.typing.set(now, state.user, on),
                (ClientLine::Ping, Some(_)) => say(session, &ServerLine::Pong, effects),
            }
        }
    }

    fn hello(
        &mut self,
        now: Timestamp,
        session: SessionId,
        state: SocketState,
        hello: &Hello,
        effects: &mut Effects,
    ) {
        let SocketState { user, .. } = state;
        let Some(role) = self.role(user) else {
            return self.end(now, session, CloseCode::Left, effects);
        };
        if let Some(other) = self.sessions.of_device(user, hello.device) {
            // Sockets overtake each other: a `hello` that was late must not end a newer session.
            if self.sessions.is_newer(other, session) {
                return self.end(now, session, CloseCode::Superseded, effects);
            }
            self.end(now, other, CloseCode::Superseded, effects);
        }
        self.flush(now, effects);
        let state = SocketState {
            device: Some(hello.device),
            ..state
        };
        self.sessions.put(session, state);
        self.presence.arrived(user);
        effects.push(Effect::Keep { session, state });

        let head = self.log.head();
        let position = hello.resume;
        let resumed = position.filter(|at| at.epoch == self.log.epoch && at.seq <= head);
        let held = resumed.map_or(Seq::ZERO, |at| at.seq);
        let after = replay_after(held, head, resumed.is_some());
        let welcome = Welcome {
            session,
            epoch: self.log.epoch,
            head,
            resumed: resumed.is_some(),
            nonce: self.nonces.last(user, hello.device),
            room: self.info(),
            you: You { user, role },
            members: self.n_members(),
            online: self.n_online(),
            limits: Limits::CURRENT,
        };
        let mut frame = encode_server_line(&ServerLine::Welcome(Box::new(welcome)));
        if let Some(from) = held.next().filter(|from| *from <= after) {
            frame.push('\n');
            frame.push_str(&encode_server_line(&ServerLine::Gap { from, to: after }));
        }
        effects.push(Effect::Send { session, frame });
        if after < head {
            effects.push(Effect::Replay { session, after });
        }
    }

    fn send(
        &mut self,
        now: Timestamp,
        session: SessionId,
        (user, device): (UserId, DeviceId),
        send: Send,
        effects: &mut Effects,
    ) {
        let nonce = send.nonce;
        if let Err(code) = self.append(now, user, device, send) {
            let refused = Refused {
                nonce,
                code,
                retry_after_ms: None,
            };
            say(session, &ServerLine::Refused(refused), effects);
        }
    }

    fn append(
        &mut self,
        now: Timestamp,
        user: UserId,
        device: DeviceId,
        Send { nonce, body }: Send,
    ) -> Result<(), Refusal> {
        let body = Body::parse(body)?.into_string();
        if self.nonces.last(user, device) >= Some(nonce) {
            return Err(Refusal::StaleNonce);
        }
        self.log.accept(now, |seq, at| Entry::Message {
            seq,
            at,
            by: user,
            device,
            nonce,
            body,
        })?;
        self.nonces.record(LastSend {
            user,
            device,
            nonce,
            seq: self.log.head(),
        });
        self.typing.set(now, user, false);
        Ok(())
    }

    fn request(&mut self, now: Timestamp, request: RequestId, act: Act, effects: &mut Effects) {
        let decided = match act {
            Act::Join { user, name } => self.join(now, user, name).map(|()| Answer::Joined),
            Act::Leave { user } => self.leave(now, user, effects).map(|()| Answer::Left),
        };
        match (decided, self.log.waiting()) {
            (Ok(answer), Some(waiting)) => waiting.answers.push((request, answer)),
            (answer, _) => effects.push(Effect::Answer { request, answer }),
        }
    }

    fn join(&mut self, now: Timestamp, user: UserId, name: String) -> Result<(), Refusal> {
        if self.role(user).is_some() {
            return Ok(());
        }
        let role = self.roster.role_of_next()?;
        self.enrol(
            now,
            Member {
                user,
                name,
                role,
                joined_at: now,
            },
        )
    }

    fn enrol(&mut self, now: Timestamp, member: Member) -> Result<(), Refusal> {
        let Member { user, role, .. } = member;
        let name = member.name.clone();
        let waiting = self.log.accept(now, |seq, at| Entry::Join {
            seq,
            at,
            by: user,
            name,
            role,
        })?;
        waiting.roster.push(RosterChange::Put(member.clone()));
        let seq = self.log.head();
        self.notice(Notice::Membership {
            user,
            role: Some(role),
            seq,
            at: now,
        });
        self.roster.put(member);
        Ok(())
    }

    /// Ends a membership. It is flushed at once, so that a closed socket means a stored departure.
    fn leave(
        &mut self,
        now: Timestamp,
        user: UserId,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        self.roster.may_leave(user)?;
        let waiting = self
            .log
            .accept(now, |seq, at| Entry::Leave { seq, at, by: user })?;
        waiting.roster.push(RosterChange::Remove(user));
        let seq = self.log.head();
        self.notice(Notice::Membership {
            user,
            role: None,
            seq,
            at: now,
        });
        self.roster.remove(user);
        self.flush(now, effects);
        for session in self.sessions.of_user(user) {
            self.end(now, session, CloseCode::Left, effects);
        }
        self.presence.left(user);
        self.typing.set(now, user, false);
        Ok(())
    }

    fn notice(&mut self, notice: Notice) {
        if let Some(waiting) = self.log.waiting() {
            waiting.notices.push(notice);
        }
    }

    /// Stores and broadcasts what waits.
    fn flush(&mut self, now: Timestamp, effects: &mut Effects) {
        let Some((chunk, waiting)) = self.log.flush(now, self.sessions.n_live()) else {
            return;
        };
        let frame = chunk.lines.clone();
        let checkpoint = self.log.take_checkpoint().then(|| self.nonces.all());
        let (roster, notices) = (waiting.roster, waiting.notices);
        effects.push(Effect::Commit(Commit {
            chunk,
            roster,
            notices,
            checkpoint,
        }));
        if self.sessions.n_live() > 0 {
            effects.push(Effect::Broadcast(frame));
        }
        for (request, answer) in waiting.answers {
            effects.push(Effect::Answer {
                request,
                answer: Ok(answer),
            });
        }
    }

    /// After every input: flush what is due, tell what changed, and ask to be woken for the rest.
    fn settle(&mut self, now: Timestamp, effects: &mut Effects) {
        let n_live = self.sessions.n_live();
        if self.log.due_at(now, n_live).is_some_and(|at| at <= now) {
            self.flush(now, effects);
        }
        let digests = [self.presence.digest(now), self.typing.digest(now)];
        for digest in digests.into_iter().flatten().filter(|_| n_live > 0) {
            effects.push(Effect::Broadcast(encode_server_line(&digest)));
        }
        let next = [
            self.log.due_at(now, n_live),
            self.log.window_ends_at(),
            self.presence.next_at(),
            self.typing.next_at(),
            self.sessions.next_hello_by(),
        ];
        let next = next.into_iter().flatten().min();
        if next != self.woken_at {
            self.woken_at = next;
            effects.push(Effect::WakeAt(next));
        }
    }

    fn end(&mut self, now: Timestamp, session: SessionId, code: CloseCode, effects: &mut Effects) {
        self.disconnected(now, session);
        close(session, code, effects);
    }

    fn info(&self) -> RoomInfo {
        let Settings {
            id,
            name,
            kind,
            topic,
        } = self.settings.clone();
        RoomInfo {
            id,
            name,
            kind,
            topic,
        }
    }
}

/// The seq after which a session that holds everything up to `held` receives the log (rule RP2).
fn replay_after(held: Seq, head: Seq, resumed: bool) -> Seq {
    if resumed && head.since(held) <= REPLAY_ENTRIES_MAX {
        held
    } else {
        held.max(head.back(REPLAY_TAIL))
    }
}

fn say(session: SessionId, line: &ServerLine, effects: &mut Effects) {
    effects.push(Effect::Send {
        session,
        frame: encode_server_line(line),
    });
}

fn close(session: SessionId, code: CloseCode, effects: &mut Effects) {
    say(session, &ServerLine::bye(code), effects);
    effects.push(Effect::Close { session, code });
}
