//! The people: who is on which device, what they wrote, and what they see of it.

use std::collections::{BTreeMap, VecDeque};

use client::{Client, Config, PendingState, Saved};
use protocol::{Attachment, DeviceId, Nonce, SessionId, Timestamp, UserId};

use crate::random::Random;

/// How many stored states a device that forgets may fall back by.
const SAVED_MAX: usize = 6;

/// A user at one device.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "facts that depend on nothing")]
pub(crate) struct Person {
    pub(crate) user: UserId,
    pub(crate) device: DeviceId,
    pub(crate) client: Client,
    /// Counts reloads, so that answers to an earlier page are not heard.
    pub(crate) life: u64,
    /// Counts the sockets that were asked for.
    pub(crate) attempt: u64,
    pub(crate) socket: Option<SessionId>,
    /// Whether a socket was asked for and neither opened nor failed.
    pub(crate) is_opening: bool,
    pub(crate) wake_at: Option<Timestamp>,
    /// What was stored, oldest first.
    pub(crate) saved: VecDeque<Saved>,
    /// Whether frames for this one wait long.
    pub(crate) is_slow: bool,
    /// Whether a request to join or to leave is on its way.
    pub(crate) is_asking: bool,
    /// Whether a gap was announced, so that sends may be unconfirmed.
    pub(crate) had_gap: bool,
    /// Whether a reload found older state than was stored last.
    pub(crate) forgot: bool,
    /// What is in the outbox, by name.
    pub(crate) outbox: BTreeMap<String, Nonce>,
    /// Whether something in it was refused for haste, and waits.
    pub(crate) had_held: bool,
    pub(crate) n_said: u64,
    /// Files that were uploaded here.
    pub(crate) files: Vec<Attachment>,
}

impl Person {
    pub(crate) fn new(user: UserId, random: &mut Random) -> Self {
        let device = DeviceId::from_random(random.id_bytes());
        let seed = random.draw();
        Self {
            user,
            device,
            client: Client::new(Config { user, device, seed }, None),
            life: 0,
            attempt: 0,
            socket: None,
            is_opening: false,
            wake_at: None,
            saved: VecDeque::new(),
            is_slow: false,
            is_asking: false,
            had_gap: false,
            forgot: false,
            outbox: BTreeMap::new(),
            had_held: false,
            n_said: 0,
            files: Vec::new(),
        }
    }

    pub(crate) fn keep(&mut self, saved: Saved) {
        self.saved.push_back(saved);
        if self.saved.len() > SAVED_MAX {
            self.saved.pop_front();
        }
    }

    /// The first send whose state satisfies `is`.
    pub(crate) fn pending(&self, is: impl Fn(PendingState) -> bool) -> Option<Nonce> {
        let pending = self.client.view().pending;
        let found = pending.iter().find(|pending| is(pending.state));
        found.map(|pending| pending.nonce)
    }
}

/// Whether the person has to decide what becomes of a send in this state.
pub(crate) fn is_settled(state: PendingState) -> bool {
    match state {
        PendingState::Refused { .. } | PendingState::Unconfirmed => true,
        PendingState::Queued | PendingState::Sent { .. } | PendingState::Held { .. } => false,
    }
}

pub(crate) fn is_refused(state: PendingState) -> bool {
    matches!(state, PendingState::Refused { .. })
}

pub(crate) fn is_unconfirmed(state: PendingState) -> bool {
    state == PendingState::Unconfirmed
}
