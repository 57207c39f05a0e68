//! How far the connection is: what is expected next, and until when.

use protocol::limits::{ANSWER_MS_MAX, HEARTBEAT_MS, PONG_MS_MAX};
use protocol::{Nonce, Seq, Timestamp};

/// Why a connection ended whose `welcome` this version cannot read: only a later one can.
pub const UPDATE: &str = "update";

/// The life of a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Connection {
    /// Nobody asked for one.
    Idle,
    /// The shell opens a socket.
    Opening {
        /// Since when.
        since: Timestamp,
    },
    /// The socket is open; what the server says first is due.
    Greeting {
        /// Since when.
        since: Timestamp,
    },
    /// Welcome; the replay is under way.
    CatchingUp(Live, Replay),
    /// Level with the server.
    Level(Live),
    /// The next attempt is at this time.
    Waiting {
        /// Until when.
        until: Timestamp,
    },
    /// Coming back would not help.
    Ended {
        /// Why: the name of a close code, or [`UPDATE`].
        reason: &'static str,
    },
}

/// The heartbeat of a session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Live {
    /// When anything was last heard.
    pub(crate) heard_at: Timestamp,
    /// When a ping was sent that nothing followed.
    pub(crate) pinged_at: Option<Timestamp>,
}

/// What a replay must bring.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Replay {
    /// The entry that ends it.
    pub(crate) to: Seq,
    /// The device's highest nonce in the log.
    pub(crate) nonce: Option<Nonce>,
}

/// What the clock asks of a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Due {
    /// Try to connect.
    Attempt,
    /// Say something, to hear something (rule CC3).
    Ping,
    /// Give up this socket and try another.
    Fail,
}

impl Connection {
    /// Whether there is a socket, or one is being opened.
    pub(crate) fn has_socket(&self) -> bool {
        match self {
            Self::Opening { .. }
            | Self::Greeting { .. }
            | Self::CatchingUp(..)
            | Self::Level(_) => true,
            Self::Idle | Self::Waiting { .. } | Self::Ended { .. } => false,
        }
    }

    /// What is due next, and when, given when the oldest unanswered send was sent.
    pub(crate) fn next_due(&self, oldest_sent_at: Option<Timestamp>) -> Option<(Timestamp, Due)> {
        match *self {
            Self::Idle | Self::Ended { .. } => None,
            Self::Opening { since } | Self::Greeting { since } => {
                Some((since.plus_ms(ANSWER_MS_MAX), Due::Fail))
            }
            Self::Waiting { until } => Some((until, Due::Attempt)),
            Self::CatchingUp(live, _) => Some(live.next_due()),
            Self::Level(live) => {
                let answer = oldest_sent_at.map(|at| (at.plus_ms(ANSWER_MS_MAX), Due::Fail));
                answer.into_iter().chain([live.next_due()]).min_by_key(|&(at, _)| at)
            }
        }
    }

    /// The session's heartbeat, once it is welcome.
    pub(crate) fn live_mut(&mut self) -> Option<&mut Live> {
        match self {
            Self::CatchingUp(live, _) | Self::Level(live) => Some(live),
            Self::Idle
            | Self::Opening { .. }
            | Self::Greeting { .. }
            | Self::Waiting { .. }
            | Self::Ended { .. } => None,
        }
    }

    /// Why the connection ended for good.
    pub(crate) fn ended(&self) -> Option<&'static str> {
        match self {
            Self::Ended { reason } => Some(reason),
            Self::Idle
            | Self::Opening { .. }
            | Self::Greeting { .. }
            | Self::CatchingUp(..)
            | Self::Level(_)
            | Self::Waiting { .. } => None,
        }
    }
}

impl Live {
    pub(crate) fn since(now: Timestamp) -> Self {
        Self { heard_at: now, pinged_at: None }
    }

    fn next_due(&self) -> (Timestamp, Due) {
        match self.pinged_at {
            Some(at) => (at.plus_ms(PONG_MS_MAX), Due::Fail),
            None => (self.heard_at.plus_ms(HEARTBEAT_MS), Due::Ping),
        }
    }
}
