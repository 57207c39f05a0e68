//! The room: all control flow is here and in the modules below, all state in those beside it.

mod handshake;
mod membership;

use protocol::codec::{Violation, encode_server_line};
use protocol::{
    Body, ClientLine, CloseCode, DeviceId, Entry, Epoch, Refusal, Refused, Role, Send, Seq,
    ServerLine, SessionId, Timestamp, UserId,
};

use crate::effect::{Commit, Effect, Effects};
use crate::input::{Founding, Input};
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
    /// Sockets that outlived an eviction and should not have: their owner's membership was not
    /// stored, or they were superseded.
    leftover: Vec<(SessionId, CloseCode)>,
    woken_at: Option<Timestamp>,
}

impl Room {
    /// Founds a room. The effects store it, its owner and its first entry.
    pub fn found(now: Timestamp, founding: Founding) -> (Self, Effects) {
        let Founding { settings, epoch, owner, owner_name } = founding;
        let mut room = Self::restore(Snapshot {
            settings: settings.clone(),
            epoch,
            head: Seq::ZERO,
            head_at: Timestamp::default(),
            link: protocol::Link::GENESIS,
            members: Vec::new(),
            checkpoint_seq: Seq::ZERO,
            sends: Vec::new(),
            recent: Vec::new(),
            sockets: Vec::new(),
        });
        let mut effects = Effects::default();
        effects.push(Effect::Found { settings, epoch });
        let member = Member { user: owner, name: owner_name, role: Role::Owner, joined_at: now };
        // A new log has room for an entry, so neither step can be refused.
        let _ = room.enrol(now, member);
        room.flush(now, &mut effects);
        (room, effects)
    }

    /// Rebuilds a room after eviction. The shell then hands it [`Input::Woke`].
    #[must_use]
    pub fn restore(snapshot: Snapshot) -> Self {
        let roster = Roster::restore(snapshot.members);
        let (members, strangers): (Vec<_>, Vec<_>) =
            snapshot.sockets.into_iter().partition(|(_, state)| roster.get(state.user).is_some());
        let (sessions, superseded) = Sessions::restore(members);
        let strangers = strangers.into_iter().map(|(session, _)| (session, CloseCode::Restart));
        let superseded = superseded.into_iter().map(|session| (session, CloseCode::Superseded));
        Self {
            settings: snapshot.settings,
            log: Log::restore(
                snapshot.epoch,
                (snapshot.head, snapshot.head_at, snapshot.link),
                snapshot.checkpoint_seq,
                snapshot.recent,
            ),
            roster,
            nonces: Nonces::restore(snapshot.sends),
            presence: Presence::restore(sessions.live_users()),
            sessions,
            typing: Typing::default(),
            leftover: strangers.chain(superseded).collect(),
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
        let since = self.sessions.next_since(now);
        let state = SocketState { user, since, device: None };
        self.sessions.put(session, state);
        effects.push(Effect::Keep { session, state });
    }

    fn disconnected(&mut self, now: Timestamp, session: SessionId) {
        if let Some(SocketState { user, device: Some(_), .. }) = self.sessions.remove(session) {
            self.presence.departed(now, user);
        }
    }

    fn woke(&mut self, now: Timestamp, effects: &mut Effects) {
        self.woken_at = None;
        self.log.woke(now, self.sessions.n_live());
        for (session, code) in std::mem::take(&mut self.leftover) {
            close(session, code, effects);
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
            let refused = Refused { nonce, code, retry_after_ms: None };
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
        self.nonces.record(LastSend { user, device, nonce, seq: self.log.head() });
        self.typing.set(now, user, false);
        Ok(())
    }

    /// Stores and broadcasts what waits.
    fn flush(&mut self, now: Timestamp, effects: &mut Effects) {
        let Some((chunk, waiting)) = self.log.flush(now, self.sessions.n_live()) else {
            return;
        };
        let frame = chunk.lines.clone();
        let checkpoint = self.log.take_checkpoint().then(|| self.nonces.all());
        let (roster, notices) = (waiting.roster, waiting.notices);
        effects.push(Effect::Commit(Commit { chunk, roster, notices, checkpoint }));
        if self.sessions.n_live() > 0 {
            effects.push(Effect::Broadcast(frame));
        }
        for (request, answer) in waiting.answers {
            effects.push(Effect::Answer { request, answer: Ok(answer) });
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
}

fn say(session: SessionId, line: &ServerLine, effects: &mut Effects) {
    effects.push(Effect::Send { session, frame: encode_server_line(line) });
}

fn close(session: SessionId, code: CloseCode, effects: &mut Effects) {
    say(session, &ServerLine::bye(code), effects);
    effects.push(Effect::Close { session, code });
}
