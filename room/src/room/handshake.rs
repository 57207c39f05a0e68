//! `hello`: supersession, the welcome, and what is replayed.

use protocol::codec::encode_server_line;
use protocol::limits::{REPLAY_ENTRIES_MAX, REPLAY_TAIL};
use protocol::{
    CloseCode, Hello, Limits, RoomInfo, Seq, ServerLine, SessionId, Timestamp, Welcome, You,
};

use super::Room;
use crate::effect::{Effect, Effects};
use crate::sessions::SocketState;
use crate::snapshot::Settings;

impl Room {
    pub(super) fn hello(
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
        let state = SocketState { device: Some(hello.device), ..state };
        self.sessions.put(session, state);
        self.presence.arrived(user);
        effects.push(Effect::Keep { session, state });

        let head = self.log.head();
        let position = hello.resume;
        let resumed = position.filter(|at| at.epoch == self.log.epoch && at.seq <= head);
        let held = resumed.map_or(Seq::ZERO, |at| at.seq);
        let after = replay_after(held, head, resumed.is_some(), self.log.replayable_after());
        let welcome = Welcome {
            session,
            epoch: self.log.epoch,
            head,
            resumed: resumed.is_some(),
            nonce: self.nonces.last(user, hello.device),
            room: self.info(),
            you: You { user, role },
            members: self.n_members(),
            online: self.presence.tell_count(),
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

    fn info(&self) -> RoomInfo {
        let Settings { id, name, kind, topic } = self.settings.clone();
        RoomInfo { id, name, kind, topic }
    }
}

/// The seq after which a session that holds everything up to `held` receives the log (rule RP2),
/// of which what lies after `replayable` fits.
fn replay_after(held: Seq, head: Seq, resumed: bool, replayable: Seq) -> Seq {
    if resumed && head.since(held) <= REPLAY_ENTRIES_MAX && held >= replayable {
        held
    } else {
        held.max(head.back(REPLAY_TAIL)).max(replayable)
    }
}
