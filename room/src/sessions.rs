//! The sockets of a room and how far each one's handshake is.

use protocol::ordered::{Map, Set};

use protocol::id::ID_RANDOM_BYTES;
use protocol::limits::{HELLO_MS_MAX, SESSIONS_PER_USER_MAX};
use protocol::{DeviceId, Grant, Seq, SessionId, Timestamp, UserId};

use crate::waves::{Live, Wave};

/// What is written on a socket, so that a fresh instance knows it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SocketState {
    /// The authenticated owner.
    pub user: UserId,
    /// When the socket was accepted.
    pub since: Timestamp,
    /// The device that said `hello`; until then the session is not live.
    pub device: Option<DeviceId>,
    /// How far the owner has read, as this session said.
    pub read: Seq,
    /// What let the owner in; not known of a socket that was opened before that was written down.
    pub grant: Option<Grant>,
    /// With whom it is served in a crowd, once it is live.
    pub wave: Wave,
}

impl SocketState {
    /// Whether its owner may do more here than look.
    pub(crate) fn may_write(&self) -> bool {
        self.grant.is_none_or(|grant| grant.may_write)
    }

    /// When what let its owner in ends by itself.
    fn until(&self) -> Option<Timestamp> {
        self.grant.and_then(|grant| grant.until)
    }
}

/// The open sockets. A device has at most one live session (rule HS2).
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    by_id: Map<SessionId, SocketState>,
    live: Map<(UserId, DeviceId), SessionId>,
    /// How many of them are served with each wave.
    live_in_waves: Live,
    /// When the newest session was accepted: no two at the same time, so that one is newer.
    newest: Timestamp,
    /// The sessions that owe a `hello`, by the time it is due.
    owing: Set<(Timestamp, SessionId)>,
    /// The sessions whose grant ends by itself, by the time it does.
    lasting: Set<(Timestamp, SessionId)>,
}

impl Sessions {
    /// The sockets that outlived an eviction, except those that a newer one of their device
    /// superseded, which are answered.
    pub(crate) fn restore(mut sockets: Vec<(SessionId, SocketState)>) -> (Self, Vec<SessionId>) {
        let (mut sessions, mut superseded) = (Self::default(), Vec::new());
        sockets.sort_unstable_by_key(|&(session, state)| (state.since, session));
        for (session, state) in sockets {
            let older = state.device.and_then(|device| sessions.of_device(state.user, device));
            if let Some(older) = older {
                sessions.remove(older);
                superseded.push(older);
            }
            sessions.put(session, state);
        }
        (sessions, superseded)
    }

    pub(crate) fn get(&self, session: SessionId) -> Option<SocketState> {
        self.by_id.get(&session).copied()
    }

    /// How many sessions said `hello`: what a broadcast costs.
    pub(crate) fn n_live(&self) -> usize {
        self.live.len()
    }

    /// The same, apart for each wave.
    pub(crate) fn live_in_waves(&self) -> Live {
        self.live_in_waves
    }

    /// How many sessions there are, live or not.
    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// The owners of the live sessions.
    pub(crate) fn live_users(&self) -> impl Iterator<Item = UserId> {
        self.live.keys().map(|&(user, _)| user)
    }

    /// When a session that is accepted now counts as accepted: after every other one.
    pub(crate) fn next_since(&self, now: Timestamp) -> Timestamp {
        now.max(self.newest.plus_ms(1))
    }

    pub(crate) fn put(&mut self, session: SessionId, state: SocketState) {
        self.newest = self.newest.max(state.since);
        if let Some(until) = state.until() {
            self.lasting.insert((until, session));
        }
        // A state that changed is put in its place; only a `hello` changes where it is found.
        if let Some(before) = self.by_id.insert(session, state)
            && before.device != state.device
        {
            self.unlist(session, &before);
        }
        match state.device {
            Some(device) => {
                let before = self.live.insert((state.user, device), session);
                if before != Some(session) {
                    self.count_live(state.wave, 1);
                    // No device has two, but if it had, the older one would not be live.
                    let before = before.and_then(|before| self.get(before));
                    if let Some(before) = before {
                        self.count_live(before.wave, -1);
                    }
                }
            }
            None => {
                self.owing.insert((hello_by(&state), session));
            }
        }
    }

    pub(crate) fn remove(&mut self, session: SessionId) -> Option<SocketState> {
        let state = self.by_id.remove(&session)?;
        self.unlist(session, &state);
        if let Some(until) = state.until() {
            self.lasting.remove(&(until, session));
        }
        Some(state)
    }

    fn unlist(&mut self, session: SessionId, state: &SocketState) {
        self.owing.remove(&(hello_by(state), session));
        if let Some(device) = state.device
            && self.live.get(&(state.user, device)) == Some(&session)
        {
            self.live.remove(&(state.user, device));
            self.count_live(state.wave, -1);
        }
    }

    fn count_live(&mut self, wave: Wave, by: i64) {
        if let Some(n) = self.live_in_waves.get_mut(usize::from(wave.number())) {
            *n = n.saturating_add_signed(by);
        }
    }

    /// The live session of a device.
    pub(crate) fn of_device(&self, user: UserId, device: DeviceId) -> Option<SessionId> {
        self.live.get(&(user, device)).copied()
    }

    /// The live sessions of one user.
    pub(crate) fn live_of(&self, user: UserId) -> impl Iterator<Item = SessionId> {
        let first = (user, DeviceId::from_random([0; ID_RANDOM_BYTES]));
        let theirs = self.live.iter_from(&first).take_while(move |((of, _), _)| *of == user);
        theirs.map(|(_, &session)| session)
    }

    /// The oldest of a user's sessions that makes way for one more (rule RL5), if one must.
    pub(crate) fn surplus(&self, user: UserId) -> Option<SessionId> {
        let accepted = |session: &SessionId| self.get(*session).map(|state| state.since);
        if self.live_of(user).count() > SESSIONS_PER_USER_MAX {
            return self.live_of(user).min_by_key(accepted);
        }
        let theirs = |session: &SessionId| self.get(*session).is_some_and(|s| s.user == user);
        let owing = || self.owing.iter().map(|&(_, session)| session).filter(theirs);
        (owing().count() > SESSIONS_PER_USER_MAX).then(|| owing().next()).flatten()
    }

    /// Every session.
    pub(crate) fn all(&self) -> Vec<SessionId> {
        self.by_id.keys().copied().collect()
    }

    /// Whether `one` was accepted after `other`. Both are open.
    pub(crate) fn is_newer(&self, one: SessionId, other: SessionId) -> bool {
        let accepted = |session| self.get(session).map(|state| (state.since, session));
        accepted(one) > accepted(other)
    }

    /// Every session of one user.
    pub(crate) fn of_user(&self, user: UserId) -> Vec<SessionId> {
        let theirs = self.by_id.iter().filter(|(_, state)| state.user == user);
        theirs.map(|(&session, _)| session).collect()
    }

    /// When the next `hello` is due (rule BI4).
    pub(crate) fn next_hello_by(&self) -> Option<Timestamp> {
        self.owing.first().map(|&(by, _)| by)
    }

    /// A session whose `hello` was due by `now`.
    pub(crate) fn hello_late(&self, now: Timestamp) -> Option<SessionId> {
        self.owing.first().filter(|(by, _)| *by <= now).map(|&(_, session)| session)
    }

    /// When the next grant ends by itself.
    pub(crate) fn next_end(&self) -> Option<Timestamp> {
        self.lasting.first().map(|&(until, _)| until)
    }

    /// A session whose grant has ended by itself by `now`.
    pub(crate) fn over(&self, now: Timestamp) -> Option<SessionId> {
        self.lasting.first().filter(|(until, _)| *until <= now).map(|&(_, session)| session)
    }
}

fn hello_by(state: &SocketState) -> Timestamp {
    state.since.plus_ms(HELLO_MS_MAX)
}
