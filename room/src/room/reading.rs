//! How far the members have read.

use protocol::{Seq, SessionId, Timestamp, UserId};

use super::Room;
use crate::effect::{Effect, Effects, Write};
use crate::sessions::SocketState;

impl Room {
    /// A session says how far its owner has read (rule RC1). The socket holds that (rule RC4).
    pub(super) fn read_on(
        &mut self,
        now: Timestamp,
        session: SessionId,
        state: SocketState,
        seq: Seq,
        effects: &mut Effects,
    ) {
        let seq = seq.min(self.log.head());
        if self.read(state.user, seq) {
            self.receipts.owe(now, state.user, seq);
            let state = SocketState { read: seq, ..state };
            self.sessions.put(session, state);
            effects.push(Effect::Keep { session, state });
        }
    }

    /// A user says it over HTTP, where no socket holds it.
    pub(super) fn read_at_once(&mut self, user: UserId, seq: Seq, effects: &mut Effects) {
        let seq = seq.min(self.log.head());
        if self.read(user, seq) {
            self.write(Write::Read { user, seq }, effects);
        }
    }

    /// Moves a read position; answers whether it moved.
    pub(super) fn read(&mut self, user: UserId, seq: Seq) -> bool {
        let Some(before) = self.roster.read(user, seq) else {
            return false;
        };
        self.receipts.exit(before);
        self.receipts.enter(seq);
        self.inboxes.read(user, seq, !self.presence.is_here(user));
        true
    }
}
