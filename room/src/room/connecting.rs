//! How sessions begin and end.

use protocol::{CloseCode, Ending, Grant, Seq, SessionId, Timestamp, UserId};

use super::{Room, close};
use crate::effect::{Effect, Effects, Write};
use crate::sessions::SocketState;
use crate::waves::Wave;

impl Room {
    pub(super) fn connected(
        &mut self,
        now: Timestamp,
        session: SessionId,
        (user, grant): (UserId, Option<Grant>),
        effects: &mut Effects,
    ) {
        let since = self.sessions.next_since(now);
        let (device, read, wave) = (None, Seq::ZERO, Wave::default());
        let state = SocketState { user, since, device, read, grant, wave };
        self.sessions.put(session, state);
        effects.push(Effect::Keep { session, state });
        if let Some(oldest) = self.sessions.surplus(user) {
            self.end(now, oldest, CloseCode::TooManySessions, effects);
        }
    }

    pub(super) fn disconnected(
        &mut self,
        now: Timestamp,
        session: SessionId,
        effects: &mut Effects,
    ) {
        let Some(SocketState { user, device: Some(_), .. }) = self.sessions.remove(session) else {
            return;
        };
        self.presence.departed(now, user);
        if let Some(seq) = self.receipts.take_unstored(user) {
            // This socket may be the one that held it until now (rule RC4).
            self.write(Write::Read { user, seq }, effects);
        }
    }

    /// Ends the sessions of sign-ins and tokens that have ended, and lets nobody in by them again.
    pub(super) fn signed_out(
        &mut self,
        now: Timestamp,
        user: UserId,
        ending: Ending,
        effects: &mut Effects,
    ) {
        let rows = self.endings.remember(now, user, ending).into_iter();
        effects.write(rows.map(|(user, endings)| Write::Endings { user, endings }).collect());
        for session in self.sessions.of_user(user) {
            let grant = self.sessions.get(session).and_then(|state| state.grant);
            if ending.covers(grant.as_ref()) {
                self.end(now, session, CloseCode::SignedOut, effects);
            }
        }
    }

    /// Ends the sessions that did not say who they are in time, and those whose grant has ended.
    pub(super) fn end_late(&mut self, now: Timestamp, effects: &mut Effects) {
        while let Some(session) = self.sessions.hello_late(now) {
            self.end(now, session, CloseCode::HelloLate, effects);
        }
        while let Some(session) = self.sessions.over(now) {
            self.end(now, session, CloseCode::SignedOut, effects);
        }
    }

    pub(super) fn end(
        &mut self,
        now: Timestamp,
        session: SessionId,
        code: CloseCode,
        effects: &mut Effects,
    ) {
        self.disconnected(now, session, effects);
        self.tally.ended(code);
        close(session, code, effects);
    }
}
