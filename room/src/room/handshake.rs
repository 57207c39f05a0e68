//! `hello`: supersession, the welcome, and what is replayed.

use protocol::codec::encode_server_line;
use protocol::limits::{REPLAY_ENTRIES_MAX, REPLAY_TAIL};
use protocol::{
    CloseCode, Hello, Limits, RoomInfo, Seq, ServerLine, SessionId, Timestamp, Welcome, You,
};

use super::Room;
use crate::effect::{Effect, Effects};
use crate::rate::Rate;
use crate::roster::Member;
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
        let Some(&Member { role, read, muted_until, .. }) = self.member(user) else {
            return self.end(now, session, CloseCode::Left, effects);
        };
        if let Some(other) = self.sessions.of_device(user, hello.device) {
            // Sockets overtake each other: a `hello` that was late must not end a newer session.
            if self.sessions.is_newer(other, session) {
                return self.end(now, session, CloseCode::Superseded, effects);
            }
            self.end(now, other, CloseCode::Superseded, effects);
        }
        self.flush_in_time(now, effects);
        let wave = self.waves.join();
        let state = SocketState { device: Some(hello.device), wave, ..state };
        self.sessions.put(session, state);
        self.presence.arrived(user);
        self.inboxes.came(user);
        effects.push(Effect::Keep { session, state });
        if let Some(oldest) = self.sessions.surplus(user) {
            self.end(now, oldest, CloseCode::TooManySessions, effects);
        }

        let head = self.log.head();
        let position = hello.resume;
        let resumed = position.filter(|at| at.epoch == self.log.epoch && at.seq <= head);
        let held = resumed.map_or(Seq::ZERO, |at| at.seq);
        let expired = self.archive.expired;
        let replayable = self.log.replayable_after().max(expired);
        let after = replay_after(held, head, resumed.is_some(), replayable);
        let welcome = Welcome {
            session,
            epoch: self.log.epoch,
            head,
            resumed: resumed.is_some(),
            nonce: self.nonces.last(user, hello.device),
            room: self.info(),
            you: You { user, role, read, muted_until: muted_until.filter(|until| *until > now) },
            members: self.n_members(),
            online: self.presence.tell_count(),
            pins: self.pins().collect(),
            receipts: self.receipts.tell_steps(),
            revision: self.revision,
            first: Some(self.archive.first()).filter(|_| expired > Seq::ZERO),
            limits: self.limits(),
        };
        let mut frame = encode_server_line(&ServerLine::Welcome(Box::new(welcome)));
        if held < after
            && let Some(from) = held.max(expired).next()
        {
            frame.push('\n');
            frame.push_str(&encode_server_line(&ServerLine::Gap { from, to: after }));
        }
        effects.push(Effect::Send { session, frame });
        if after < head {
            effects.push(Effect::Replay { session, after });
        }
    }

    fn info(&self) -> RoomInfo {
        let Settings { id, name, kind, topic, slow_ms, archived } = self.settings.clone();
        RoomInfo { id, name, kind, topic, slow_ms, archived }
    }

    fn limits(&self) -> Limits {
        let Rate { burst, every_ms } = self.policy.sends;
        Limits { send_burst: burst, send_every_ms: every_ms, ..Limits::CURRENT }
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
