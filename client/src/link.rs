//! Staying connected: attempts, backoff and heartbeat, whatever is said on the socket.

use protocol::codec::PING;
use protocol::{CloseCode, Timestamp};
use serde_json::Value;

use crate::backoff::Backoff;
use crate::connection::{Connection, Due};
use crate::effect::{Effect, Effects};

/// The code of a socket that was lost without a close frame.
const LOST: u16 = 1006;

/// A connection that comes back.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) connection: Connection,
    backoff: Backoff,
}

impl Link {
    /// Not connected; `seed` spreads the attempts.
    pub(crate) fn new(seed: u64) -> Self {
        Self { connection: Connection::Idle, backoff: Backoff::new(seed) }
    }

    /// Connects, unless that was asked for already.
    pub(crate) fn start(&mut self, now: Timestamp, effects: &mut Effects) {
        if self.connection == Connection::Idle {
            self.open(now, effects);
        }
    }

    /// Disconnects for good.
    pub(crate) fn stop(&mut self, effects: &mut Effects) {
        self.finish(Connection::Idle, effects);
    }

    /// Connects now, or makes sure that the connection still is one.
    pub(crate) fn reconnect(&mut self, now: Timestamp, effects: &mut Effects) {
        match self.connection {
            Connection::Waiting { .. } | Connection::Ended { .. } => self.open(now, effects),
            Connection::CatchingUp(..) | Connection::Level(_) => self.ping(now, effects),
            Connection::Idle | Connection::Opening { .. } | Connection::Greeting { .. } => {}
        }
    }

    /// The socket is open; says whether it was waited for.
    pub(crate) fn opened(&mut self, now: Timestamp) -> bool {
        let is_opening = matches!(self.connection, Connection::Opening { .. });
        if is_opening {
            self.connection = Connection::Greeting { since: now };
        }
        is_opening
    }

    /// Something was heard; says whether anybody listens.
    pub(crate) fn heard(&mut self, now: Timestamp) -> bool {
        if let Some(live) = self.connection.live_mut() {
            live.heard_at = now;
            live.pinged_at = None;
        }
        self.connection.has_socket()
    }

    /// The connection is of use, beside those of `n_online` members: the next attempt is a first
    /// one.
    pub(crate) fn succeed(&mut self, n_online: u32) {
        self.backoff.reset(n_online);
    }

    /// The socket closed, or never opened.
    pub(crate) fn closed(&mut self, now: Timestamp, code: u16, effects: &mut Effects) {
        if !self.connection.has_socket() {
            return;
        }
        self.connection = if CloseCode::may_reconnect(code) {
            Connection::Waiting { until: now.plus_ms(self.backoff.next_ms()) }
        } else {
            Connection::Ended { reason: CloseCode::name_of(code).unwrap_or("unknown") }
        };
        effects.push(Effect::Changed);
    }

    /// Gives up a socket that does not do what it should.
    pub(crate) fn fail(&mut self, now: Timestamp, effects: &mut Effects) {
        effects.push(Effect::Close);
        self.closed(now, LOST, effects);
    }

    /// Gives up for good, because coming back would not help.
    pub(crate) fn end(&mut self, reason: &'static str, effects: &mut Effects) {
        self.finish(Connection::Ended { reason }, effects);
    }

    /// Does what is due.
    pub(crate) fn carry_on(&mut self, due: Due, now: Timestamp, effects: &mut Effects) {
        match due {
            Due::Attempt => self.open(now, effects),
            Due::Fail => self.fail(now, effects),
            Due::Ping => self.ping(now, effects),
        }
    }

    fn open(&mut self, now: Timestamp, effects: &mut Effects) {
        self.connection = Connection::Opening { since: now };
        effects.push(Effect::Open);
        effects.push(Effect::Changed);
    }

    fn finish(&mut self, connection: Connection, effects: &mut Effects) {
        if self.connection.has_socket() {
            effects.push(Effect::Close);
        }
        self.connection = connection;
        effects.push(Effect::Changed);
    }

    fn ping(&mut self, now: Timestamp, effects: &mut Effects) {
        if let Some(live) = self.connection.live_mut().filter(|live| live.pinged_at.is_none()) {
            live.pinged_at = Some(now);
            effects.push(Effect::Transmit(PING.to_owned()));
        }
    }
}

/// Whether one of the lines of a frame that cannot be read as a whole is of this kind.
pub(crate) fn has_line(frame: &str, kind: &str) -> bool {
    frame.lines().any(|line| {
        let value = serde_json::from_str::<Value>(line);
        value.is_ok_and(|value| value.get("t").is_some_and(|said| said == kind))
    })
}
