//! The room: all control flow is here and in the modules below, all state in those beside it.

mod amending;
mod archiving;
mod connecting;
mod departing;
mod erasing;
mod flushing;
mod handshake;
mod inviting;
mod membership;
mod moderation;
mod reading;
mod restoring;
mod rights;
mod sending;

pub use erasing::Said;
pub use restoring::{Restoring, Told, cut};

use protocol::codec::{Violation, encode_server_line};
use protocol::limits::{ATTACHMENTS_MAX, LEVEL_MS, SMALL_ROOM};
use protocol::{
    ClientLine, CloseCode, Denial, Epoch, Grant, InviteId, Refusal, Refused, Role, Send, Seq,
    ServerLine, SessionId, Timestamp, UserId,
};

use crate::archive::Archive;
use crate::effect::{Effect, Effects};
use crate::endings::Endings;
use crate::inboxes::Inboxes;
use crate::input::{Founding, Input, Known, Needs};
use crate::log::Log;
use crate::messages::Messages;
use crate::nonces::{LastSend, Nonces};
use crate::presence::Presence;
use crate::rate::{Limiter, Policy};
use crate::receipts::Receipts;
use crate::roster::{Member, Roster};
use crate::sessions::{Sessions, SocketState};
use crate::snapshot::{Invite, Settings, Snapshot};
use crate::tally::Tally;
use crate::typing::Typing;
use crate::waves::Waves;

use protocol::ordered::{Map, Set};

/// A room's state machine.
#[derive(Debug)]
pub struct Room {
    settings: Settings,
    log: Log,
    /// The last erasure (rule HT4).
    revision: Seq,
    archive: Archive,
    roster: Roster,
    bans: Set<UserId>,
    endings: Endings,
    blockers: Set<UserId>,
    invites: Map<InviteId, Invite>,
    pins: Set<Seq>,
    nonces: Nonces,
    messages: Messages,
    sessions: Sessions,
    waves: Waves,
    presence: Presence,
    typing: Typing,
    receipts: Receipts,
    inboxes: Inboxes,
    tally: Tally,
    policy: Policy,
    sends: Limiter,
    requests: Limiter,
    looks: Limiter,
    /// Sockets that outlived an eviction and should not have: their owner's membership was not
    /// stored, or they were superseded.
    leftover: Vec<(SessionId, CloseCode)>,
    woken_at: Option<Timestamp>,
    /// Whether it was just rebuilt, and knows not what it owed.
    is_rebuilt: bool,
    /// Nothing happens in a room that was deleted.
    is_deleted: bool,
}

impl Room {
    /// Founds a room. The effects store it, its first members and its first entries.
    pub fn found(now: Timestamp, founding: Founding, policy: Policy) -> (Self, Effects) {
        let Founding { settings, epoch, people } = founding;
        let snapshot = Snapshot::empty(settings.clone(), epoch);
        let mut room = Self { is_rebuilt: false, ..Self::restore(snapshot, policy) };
        let mut effects = Effects::default();
        effects.push(Effect::Found { settings, epoch });
        for (user, name) in people {
            // A new log has room for a few entries, so this is not refused.
            let _ = room.enrol(now, user, name);
        }
        room.flush(now, &mut effects);
        (room, effects)
    }

    /// Rebuilds a room after eviction. The shell then hands it [`Input::Woke`].
    #[must_use]
    pub fn restore(snapshot: Snapshot, policy: Policy) -> Self {
        let unstored = unstored_reads(&snapshot.members, &snapshot.sockets);
        let roster = restore_roster(&snapshot);
        let (members, strangers): (Vec<_>, Vec<_>) =
            snapshot.sockets.into_iter().partition(|(_, state)| roster.get(state.user).is_some());
        let endings = Endings::restore(snapshot.endings);
        let (ended, members): (Vec<_>, Vec<_>) = members
            .into_iter()
            .partition(|(_, state)| endings.cover(state.user, state.grant.as_ref()));
        let ended = ended.into_iter().map(|(session, _)| (session, CloseCode::SignedOut));
        let (sessions, superseded) = Sessions::restore(members);
        let strangers = strangers.into_iter().map(|(session, _)| (session, CloseCode::Restart));
        let superseded = superseded.into_iter().map(|session| (session, CloseCode::Superseded));
        let presence = Presence::restore(sessions.live_users());
        // Leaving does not store the list anew.
        let told = snapshot.told.into_iter().filter(|(user, _)| roster.get(*user).is_some());
        let told = told.collect();
        let away = roster.all().filter(|member| !presence.is_here(member.user));
        Self {
            log: Log::restore(
                snapshot.epoch,
                (snapshot.head, snapshot.head_at, snapshot.link),
                snapshot.checkpoint_seq,
                snapshot.recent,
            ),
            receipts: Receipts::restore(roster.all().map(|member| member.read), unstored),
            inboxes: Inboxes::restore(
                snapshot.last_message,
                told,
                away.map(|member| (member.user, member.read)),
            ),
            settings: snapshot.settings,
            revision: snapshot.revision,
            archive: snapshot.archive,
            bans: Set::of(snapshot.bans),
            endings,
            blockers: Set::of(snapshot.blockers),
            invites: Map::of(snapshot.invites.into_iter().map(|invite| (invite.id, invite))),
            pins: Set::of(snapshot.pins),
            nonces: Nonces::restore(snapshot.sends),
            messages: Messages::default(),
            presence,
            waves: Waves::default(),
            sessions,
            roster,
            tally: Tally::default(),
            typing: Typing::default(),
            policy,
            sends: Limiter::new(policy.sends),
            requests: Limiter::new(policy.requests),
            looks: Limiter::new(policy.looks),
            leftover: strangers.chain(ended).chain(superseded).collect(),
            woken_at: None,
            is_rebuilt: true,
            is_deleted: false,
        }
    }

    /// What the room must be told to judge `frame`, which came on `session`, at this same `now`.
    #[must_use]
    pub fn needs(
        &self,
        now: Timestamp,
        session: SessionId,
        frame: &Result<Vec<ClientLine>, Violation>,
    ) -> Needs {
        let (Some(state), Ok(lines)) = (self.sessions.get(session), frame) else {
            return Needs::default();
        };
        // What is refused in any case shall cost nothing.
        if !state.may_write() || self.sends.wait_ms(now, state.user).is_some() {
            return Needs::default();
        }
        let mut needs = Needs { user: Some(state.user), ..Needs::default() };
        for line in lines {
            match line {
                ClientLine::Send(send) if send.attachments.len() > ATTACHMENTS_MAX => {}
                ClientLine::Send(send) => {
                    needs.messages.extend(send.reply_to.into_iter().chain(send.thread));
                    needs.uploads.extend(&send.attachments);
                }
                ClientLine::Edit { target, .. }
                | ClientLine::Redact { target, .. }
                | ClientLine::React { target, .. }
                | ClientLine::Pin { target, .. } => needs.messages.push(*target),
                ClientLine::Hello(_)
                | ClientLine::Typing { .. }
                | ClientLine::Read { .. }
                | ClientLine::Ping => {}
            }
        }
        needs.messages.retain(|seq| !self.messages.knows(*seq, state.user));
        needs.messages.sort_unstable();
        needs.messages.dedup();
        needs.uploads.sort_unstable();
        needs.uploads.dedup();
        needs
    }

    /// Applies one input at `now` and returns what must be done about it.
    pub fn handle(&mut self, now: Timestamp, input: Input) -> Effects {
        let mut effects = Effects::default();
        if self.is_deleted {
            return effects;
        }
        match input {
            Input::Connected { session, user, grant } => {
                self.connected(now, session, (user, grant), &mut effects);
            }
            Input::Frame { session, frame, known } => {
                self.learn(now, session, &frame, known);
                self.frame(now, session, frame, &mut effects);
            }
            Input::Disconnected { session } => self.disconnected(now, session, &mut effects),
            Input::Request { request, act } => self.request(now, request, act, &mut effects),
            Input::Archive { request, act } => self.archiving(now, request, act, &mut effects),
            Input::Flush => self.flush(now, &mut effects),
            Input::Watching { user } => {
                if !self.presence.is_here(user) {
                    self.inboxes.watching(now, user);
                }
            }
            Input::SignedOut { user, ending } => {
                self.signed_out(now, user, ending, &mut effects);
            }
            Input::Woke => self.woke(now, &mut effects),
        }
        if !self.is_deleted {
            self.settle(now, &mut effects);
        }
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
        self.member(user).map(|member| member.role)
    }

    /// A member.
    #[must_use]
    pub fn member(&self, user: UserId) -> Option<&Member> {
        self.roster.get(user)
    }

    /// Who owns the room; nobody owns a direct room, or an empty one.
    #[must_use]
    pub fn owner(&self) -> Option<UserId> {
        self.roster.owner()
    }

    /// Whether `user` may not join.
    #[must_use]
    pub fn is_banned(&self, user: UserId) -> bool {
        self.bans.contains(&user)
    }

    /// Whether what `user` was let in by has ended (rule TK5).
    #[must_use]
    pub fn has_ended(&self, user: UserId, grant: &Grant) -> bool {
        self.endings.cover(user, Some(grant))
    }

    /// When the next session ends by itself: the shell hands the room [`Input::Woke`] then.
    #[must_use]
    pub fn next_end(&self) -> Option<Timestamp> {
        self.sessions.next_end()
    }

    /// How many sessions there are, live or not.
    #[must_use]
    pub fn n_sessions(&self) -> u32 {
        u32::try_from(self.sessions.len()).unwrap_or(u32::MAX)
    }

    /// Whether the room asked for no call, so that it may hibernate.
    #[must_use]
    pub fn may_hibernate(&self) -> bool {
        self.woken_at.is_none()
    }

    /// What was counted since it was last taken.
    pub fn take_tally(&mut self) -> Tally {
        std::mem::take(&mut self.tally)
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

    /// The invites that can be used at `now`.
    pub fn invites(&self, now: Timestamp) -> impl Iterator<Item = &Invite> {
        self.invites.values().filter(move |invite| invite.expires_at > now)
    }

    /// The pinned messages, in the order of the log.
    pub fn pins(&self) -> impl Iterator<Item = Seq> {
        self.pins.iter().copied()
    }

    /// The last erasure (rule HT4).
    #[must_use]
    pub fn revision(&self) -> Seq {
        self.revision
    }

    /// How far the log is archived, and how much of it expired.
    #[must_use]
    pub fn archive(&self) -> &Archive {
        &self.archive
    }

    /// How many members have read up to `seq` or further (rule RC3).
    #[must_use]
    pub fn n_readers(&self, seq: Seq) -> u32 {
        self.receipts.n_readers(seq)
    }

    /// The members who have read up to `seq` or further, in the order of ids.
    pub fn readers(&self, seq: Seq) -> impl Iterator<Item = UserId> {
        self.roster.all().filter(move |member| member.read >= seq).map(|member| member.user)
    }

    /// The last accepted entry. What waits for a flush counts, so it may not be stored yet.
    #[must_use]
    pub fn head(&self) -> Seq {
        self.log.head()
    }

    /// When it was accepted.
    #[must_use]
    pub fn head_at(&self) -> Timestamp {
        self.log.head_at()
    }

    /// The last stored entry.
    #[must_use]
    pub fn stored_head(&self) -> Seq {
        self.log.stored_head()
    }

    /// The incarnation of the log.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.log.epoch
    }

    fn woke(&mut self, now: Timestamp, effects: &mut Effects) {
        self.woken_at = None;
        self.log.woke(now);
        for (session, code) in std::mem::take(&mut self.leftover) {
            self.tally.ended(code);
            close(session, code, effects);
        }
        if std::mem::take(&mut self.is_rebuilt) {
            self.send_back_the_owed(now, effects);
        }
        self.end_late(now, effects);
    }

    /// A crowd that lost its memory between two waves does not know whom it owes what (rule GC6).
    fn send_back_the_owed(&mut self, now: Timestamp, effects: &mut Effects) {
        let is_level = now > self.log.head_at().plus_ms(LEVEL_MS);
        if is_level || self.sessions.n_live() < SMALL_ROOM {
            return;
        }
        for session in self.sessions.all() {
            self.end(now, session, CloseCode::Restart, effects);
        }
    }

    fn learn(
        &mut self,
        now: Timestamp,
        session: SessionId,
        frame: &Result<Vec<ClientLine>, Violation>,
        known: Known,
    ) {
        let needs = self.needs(now, session, frame);
        if let Some(user) = needs.user {
            self.messages.learn(user, &needs.messages, known);
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
            self.line(now, session, state, line, effects);
        }
    }

    fn line(
        &mut self,
        now: Timestamp,
        session: SessionId,
        state: SocketState,
        line: ClientLine,
        effects: &mut Effects,
    ) {
        let Some(device) = state.device else {
            return if let ClientLine::Hello(hello) = line {
                self.hello(now, session, state, &hello, effects);
            } else {
                self.end(now, session, CloseCode::OutOfTurn, effects);
            };
        };
        let (nonce, decided) = match line {
            ClientLine::Hello(_) => {
                return self.end(now, session, CloseCode::OutOfTurn, effects);
            }
            ClientLine::Typing { on } if state.may_write() => {
                return self.typing.set(now, state.user, on);
            }
            ClientLine::Typing { .. } => return,
            ClientLine::Read { seq } => return self.read_on(now, session, state, seq, effects),
            ClientLine::Ping => return say(session, &ServerLine::Pong, effects),
            ClientLine::Send(Send { nonce, .. })
            | ClientLine::Edit { nonce, .. }
            | ClientLine::Redact { nonce, .. }
            | ClientLine::React { nonce, .. }
            | ClientLine::Pin { nonce, .. }
                if !state.may_write() =>
            {
                (nonce, Err(Refusal::ScopeMissing.into()))
            }
            ClientLine::Send(send) => (send.nonce, self.send(now, (state.user, device), send)),
            ClientLine::Edit { nonce, target, body } => {
                (nonce, self.edit(now, (state.user, device), nonce, target, body))
            }
            ClientLine::Redact { nonce, target } => {
                (nonce, self.redact(now, (state.user, device), nonce, target, effects))
            }
            ClientLine::React { nonce, target, emoji, on } => {
                (nonce, self.react(now, (state.user, device), nonce, (target, emoji, on)))
            }
            ClientLine::Pin { nonce, target, on } => {
                (nonce, self.pin(now, (state.user, device), nonce, target, on))
            }
        };
        if let Err(Denial { code, retry_after_ms }) = decided {
            self.tally.add_errors(code.code(), 1);
            say(session, &ServerLine::Refused(Refused { nonce, code, retry_after_ms }), effects);
        }
    }
}

/// What the sockets say beyond what is stored (rule RC4).
fn unstored_reads(members: &[Member], sockets: &[(SessionId, SocketState)]) -> Map<UserId, Seq> {
    let stored = Map::of(members.iter().map(|m| (m.user, m.read)));
    let mut unstored = Map::new();
    for (_, SocketState { user, read, .. }) in sockets {
        if stored.get(user).is_some_and(|stored| read > stored) {
            let held = unstored.or_insert_with(*user, || *read);
            *held = (*read).max(*held);
        }
    }
    unstored
}

/// The members, each of whom has read at least what an own message or a socket says (rule RC4).
fn restore_roster(snapshot: &Snapshot) -> Roster {
    let mut roster = Roster::restore(snapshot.members.clone());
    let is_message = |send: &&LastSend| send.spoke_at > Timestamp::default();
    let sent = snapshot.sends.iter().filter(is_message).map(|send| (send.user, send.seq));
    let said = snapshot.sockets.iter().map(|(_, state)| (state.user, state.read));
    for (user, seq) in sent.chain(said) {
        roster.read(user, seq);
    }
    roster
}

fn say(session: SessionId, line: &ServerLine, effects: &mut Effects) {
    effects.push(Effect::Send { session, frame: encode_server_line(line) });
}

fn close(session: SessionId, code: CloseCode, effects: &mut Effects) {
    say(session, &ServerLine::bye(code), effects);
    effects.push(Effect::Close { session, code });
}
