//! The list of a user's rooms, and the sockets that follow it.

use protocol::ordered::Map;
use std::cmp::Reverse;

use protocol::codec::encode_inbox_line;
use protocol::limits::{INBOX_BYTES_MAX, INBOX_ROOMS_MAX, SESSIONS_PER_USER_MAX};
use protocol::{
    CloseCode, Ending, Grant, InboxLine, InboxRoom, RoomId, SessionId, Timestamp, Which,
};

use crate::effect::{Effect, Effects};
use crate::input::{Input, Standing};
use crate::rate::Rate;

/// Endings that are told apart; beyond, everything that was issued so far counts as ended.
const ENDINGS_MAX: usize = 8;

/// An open socket.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Socket {
    /// Since when it is open.
    pub since: Timestamp,
    /// What let the user in; not known of a socket that was opened before that was written down.
    pub grant: Option<Grant>,
}

/// The inbox of one user.
#[derive(Debug)]
pub struct Inbox {
    /// The rooms that told, at most [`INBOX_ROOMS_MAX`]; the others are stored. One that the user
    /// left stays, so that a late word from before cannot bring it back.
    standings: Map<RoomId, Standing>,
    /// The open sockets, oldest first.
    sockets: Vec<(SessionId, Socket)>,
    /// What has ended of the user's sign-ins and tokens, as long as somebody may bring it.
    endings: Vec<Ending>,
    /// How often the user may found rooms.
    founding: Rate,
    /// When the credit for that is full again.
    full_at: Timestamp,
}

/// The durable part of an inbox: what a fresh instance needs after eviction.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// What was stored of the rooms with the newest entries, in any order.
    pub standings: Vec<Standing>,
    /// When the credit for founding rooms is full again, as it was stored last.
    pub full_at: Timestamp,
    /// What has ended of the user's sign-ins and tokens.
    pub endings: Vec<Ending>,
    /// The sockets that are still open.
    pub sockets: Vec<(SessionId, Socket)>,
}

impl Socket {
    fn until(&self) -> Option<Timestamp> {
        self.grant.and_then(|grant| grant.until)
    }

    fn is_over(&self, now: Timestamp) -> bool {
        self.until().is_some_and(|until| until <= now)
    }
}

impl Inbox {
    /// An inbox that goes on where `snapshot` was taken.
    #[must_use]
    pub fn restore(snapshot: Snapshot, founding: Rate) -> Self {
        let Snapshot { standings, full_at, endings, mut sockets } = snapshot;
        sockets.sort_unstable_by_key(|(session, socket)| (socket.since, *session));
        Self {
            standings: Map::of(standings.into_iter().map(|standing| (standing.room, standing))),
            sockets,
            endings,
            founding,
            full_at,
        }
    }

    /// Decides what follows from one input.
    pub fn handle(&mut self, now: Timestamp, input: Input) -> Effects {
        let mut effects = Effects::default();
        match input {
            Input::Connected { session, grant } => {
                self.connected(session, Socket { since: now, grant }, &mut effects);
            }
            Input::Frame { session } => self.close(session, CloseCode::Malformed, &mut effects),
            Input::Disconnected { session } => self.sockets.retain(|(open, _)| *open != session),
            Input::SignedOut(ending) => self.signed_out(now, ending, &mut effects),
            Input::Woke => self.end(|socket| socket.is_over(now), &mut effects),
            Input::Told(standing) => self.told(standing, &mut effects),
            Input::Recalled(standing) => self.hold(standing),
            Input::Found => self.found(now, &mut effects),
            Input::Mute { room, muted } => self.mute(room, muted, &mut effects),
        }
        effects
    }

    /// The user's rooms, the one with the newest entry first, and as many as fit into a frame.
    #[must_use]
    pub fn rooms(&self) -> Vec<InboxRoom> {
        let shown = self.standings.values().filter_map(|standing| standing.shown.as_ref());
        let mut rooms: Vec<InboxRoom> = shown.cloned().collect();
        rooms.sort_unstable_by_key(|room| (Reverse(room.last_at), room.room));
        let mut bytes: usize = 0;
        let fits = |room: &InboxRoom| {
            // A line of its own is a little longer than a place in the list.
            let line = encode_inbox_line(&InboxLine::Room(room.clone()));
            bytes = bytes.saturating_add(line.len());
            bytes <= INBOX_BYTES_MAX
        };
        rooms.into_iter().take_while(fits).collect()
    }

    /// Whether the inbox has in memory what is stored of this room, if anything is.
    #[must_use]
    pub fn holds(&self, room: RoomId) -> bool {
        self.standings.contains_key(&room)
    }

    /// Milliseconds until the user may found another room; `None` if at once.
    #[must_use]
    pub fn found_wait_ms(&self, now: Timestamp) -> Option<u64> {
        self.founding.wait_ms(now, self.full_at)
    }

    /// Whether the user is a member of this room, as far as the inbox knows.
    #[must_use]
    pub fn has(&self, room: RoomId) -> bool {
        self.standings.get(&room).is_some_and(|standing| standing.shown.is_some())
    }

    /// Whether a socket is open, that is, whether the user may be looking.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        !self.sockets.is_empty()
    }

    /// Whether what the user was let in by has ended (rule TK5).
    #[must_use]
    pub fn has_ended(&self, grant: &Grant) -> bool {
        self.endings.iter().any(|ending| ending.covers(Some(grant)))
    }

    /// When the next socket ends by itself, because what let the user in does.
    #[must_use]
    pub fn next_end(&self) -> Option<Timestamp> {
        self.sockets.iter().filter_map(|(_, socket)| socket.until()).min()
    }

    /// What has ended and may still be brought at `now`: what a room must hear that the user
    /// enters.
    pub fn endings(&self, now: Timestamp) -> impl Iterator<Item = Ending> {
        self.endings.iter().copied().filter(move |ending| !ending.is_over(now))
    }

    fn connected(&mut self, session: SessionId, socket: Socket, effects: &mut Effects) {
        self.sockets.push((session, socket));
        if self.sockets.len() > SESSIONS_PER_USER_MAX
            && let Some((oldest, _)) = self.sockets.first().copied()
        {
            self.close(oldest, CloseCode::TooManySessions, effects);
        }
        effects.push(Effect::Keep { session, socket });
        let frame = encode_inbox_line(&InboxLine::Rooms { rooms: self.rooms() });
        effects.push(Effect::Send { session, frame });
    }

    fn close(&mut self, session: SessionId, code: CloseCode, effects: &mut Effects) {
        self.sockets.retain(|(open, _)| *open != session);
        let bye = InboxLine::Bye { code: code.number(), reason: code.name().to_owned() };
        effects.push(Effect::Send { session, frame: encode_inbox_line(&bye) });
        effects.push(Effect::Close { session, code });
    }

    /// Stores first and closes second.
    fn signed_out(&mut self, now: Timestamp, ending: Ending, effects: &mut Effects) {
        if !self.endings.contains(&ending) {
            self.endings.retain(|ending| !ending.is_over(now));
            self.endings.push(ending);
            if self.endings.len() > ENDINGS_MAX {
                let at = self.endings.iter().map(|ending| ending.at).max().unwrap_or(now);
                self.endings = vec![Ending { of: Which::All, at }];
            }
            effects.push(Effect::StoreEndings(self.endings.clone()));
        }
        self.end(|socket| ending.covers(socket.grant.as_ref()), effects);
    }

    /// Closes the sockets whose sign-in or token has ended.
    fn end(&mut self, has_ended: impl Fn(&Socket) -> bool, effects: &mut Effects) {
        let ended = self.sockets.iter().filter(|(_, socket)| has_ended(socket));
        let ended: Vec<SessionId> = ended.map(|(session, _)| *session).collect();
        for session in ended {
            self.close(session, CloseCode::SignedOut, effects);
        }
    }

    fn told(&mut self, mut standing: Standing, effects: &mut Effects) {
        let before = self.standings.get(&standing.room);
        if before.is_some_and(|before| standing.order() < before.order()) {
            return;
        }
        let shown = before.and_then(|before| before.shown.as_ref());
        if let Some(next) = &mut standing.shown {
            next.muted = shown.is_some_and(|shown| shown.muted);
        }
        if before != Some(&standing) {
            let is_seen = shown != standing.shown.as_ref();
            self.put(standing, is_seen, effects);
        }
    }

    fn mute(&mut self, room: RoomId, muted: bool, effects: &mut Effects) {
        let Some(mut standing) = self.standings.get(&room).cloned() else {
            return;
        };
        if let Some(shown) = &mut standing.shown
            && shown.muted != muted
        {
            shown.muted = muted;
            self.put(standing, true, effects);
        }
    }

    fn found(&mut self, now: Timestamp, effects: &mut Effects) {
        self.full_at = self.founding.charged(now, self.full_at);
        effects.push(Effect::StoreCredit { full_at: self.full_at });
    }

    /// Stores first and speaks second.
    fn put(&mut self, standing: Standing, is_seen: bool, effects: &mut Effects) {
        effects.push(Effect::Store(standing.clone()));
        if is_seen && self.is_watched() {
            let line = match standing.shown.clone() {
                Some(room) => InboxLine::Room(room),
                None => InboxLine::Gone { room: standing.room },
            };
            effects.push(Effect::Broadcast(encode_inbox_line(&line)));
        }
        self.hold(standing);
    }

    /// Holds it in memory, in the place of the one that is least missed: a room that the user left,
    /// or the one with the oldest entry.
    fn hold(&mut self, standing: Standing) {
        if !self.holds(standing.room) && self.standings.len() >= INBOX_ROOMS_MAX {
            let last_at = |held: &&Standing| held.shown.as_ref().map(|shown| shown.last_at);
            if let Some(least) = self.standings.values().min_by_key(last_at).map(|held| held.room) {
                self.standings.remove(&least);
            }
        }
        self.standings.insert(standing.room, standing);
    }
}
