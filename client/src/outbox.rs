//! What the person wrote and the room has not answered.

use protocol::{Body, ClientLine, Nonce, Refusal, Send, Timestamp};
use serde::{Deserialize, Serialize};

/// A message that has not landed.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    /// Its key; a repetition after a refusal gets a fresh one.
    pub nonce: Nonce,
    /// The text.
    pub body: String,
    /// When the person wrote it.
    pub at: Timestamp,
    /// How far it is.
    pub state: PendingState,
}

/// How far a message is that has not landed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum PendingState {
    /// No session has carried it.
    Queued,
    /// A session carried it and has not answered.
    Sent {
        /// When it was last sent.
        at: Timestamp,
    },
    /// The room refused it.
    Refused {
        /// Why.
        code: Refusal,
        /// Milliseconds after which a repetition may succeed, if waiting helps.
        retry_after_ms: Option<u64>,
    },
    /// It may have landed in a part of the log that was not replayed (rule SE5).
    Unconfirmed,
}

/// Messages that have not landed, in the order of their nonces.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outbox {
    /// The highest nonce that was ever used.
    last_nonce: Nonce,
    pending: Vec<Pending>,
}

/// What a life of a client began with: nonces that earlier lives took.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Memory {
    /// The highest one of a life that the room welcomed: others may have been used meanwhile.
    pub(crate) welcomed: Nonce,
    /// The highest one of any life.
    pub(crate) recalled: Nonce,
}

impl Outbox {
    pub(crate) fn pending(&self) -> &[Pending] {
        &self.pending
    }

    /// The highest nonce that was ever used, as far as the outbox knows.
    pub(crate) fn last_nonce(&self) -> Nonce {
        self.last_nonce
    }

    /// Learns that the device used nonces up to `nonce`.
    pub(crate) fn learn(&mut self, nonce: Nonce) {
        self.last_nonce = self.last_nonce.max(nonce);
    }

    /// Queues a message.
    pub(crate) fn push(&mut self, now: Timestamp, body: String) {
        if let Some(nonce) = self.take_nonce() {
            let state = initial_state(&body);
            self.pending.push(Pending { nonce, body, at: now, state });
        }
    }

    /// Forgets a message, because it landed or was given up; says whether it was there.
    pub(crate) fn remove(&mut self, nonce: Nonce) -> bool {
        let n_before = self.pending.len();
        self.pending.retain(|pending| pending.nonce != nonce);
        self.pending.len() != n_before
    }

    /// Notes an answer; says whether the message was there.
    pub(crate) fn mark(&mut self, nonce: Nonce, state: PendingState) -> bool {
        let found = self.pending.iter_mut().find(|pending| pending.nonce == nonce);
        found.map(|pending| pending.state = state).is_some()
    }

    /// Queues a refused or unconfirmed message again, under a fresh nonce.
    pub(crate) fn retry(&mut self, nonce: Nonce) -> bool {
        let Some(index) = self.pending.iter().position(|pending| {
            let state = pending.state;
            pending.nonce == nonce
                && matches!(state, PendingState::Refused { .. } | PendingState::Unconfirmed)
        }) else {
            return false;
        };
        let mut pending = self.pending.remove(index);
        let Some(fresh) = self.take_nonce() else {
            return false;
        };
        pending.nonce = fresh;
        pending.state = initial_state(&pending.body);
        self.pending.push(pending);
        true
    }

    /// Whether nothing is in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Judges what the skipped part of a log may hold (rule SE5); `last` is the device's highest
    /// nonce in it.
    pub(crate) fn settle_gap(&mut self, last: Option<Nonce>) {
        self.pending.retain_mut(|pending| {
            let nonce = Some(pending.nonce);
            let landed = pending.is_sent() && nonce == last;
            // Without a highest nonce, the room may have forgotten the device.
            let is_forgotten = last.is_none() && pending.is_sent();
            if is_forgotten || (pending.is_open() && nonce <= last) {
                pending.state = PendingState::Unconfirmed;
            } else if pending.is_sent() {
                pending.state = PendingState::Queued;
            }
            !landed
        });
    }

    /// Queues again what the log, seen up to its head, does not hold (rule SE5); under a fresh
    /// nonce if a higher one landed.
    pub(crate) fn settle(&mut self, last: Option<Nonce>) {
        let open: Vec<Pending> = self.pending.extract_if(.., |pending| pending.is_open()).collect();
        for mut pending in open {
            if Some(pending.nonce) <= last {
                let Some(fresh) = self.take_nonce() else {
                    return;
                };
                pending.nonce = fresh;
            }
            pending.state = PendingState::Queued;
            self.pending.push(pending);
        }
        self.pending.sort_by_key(|pending| pending.nonce);
    }

    /// Makes good for what an earlier life did and did not store (rule SE7). What was recalled may
    /// have landed under another nonce, and nonces that were taken since may have been used.
    pub(crate) fn recollect(&mut self, memory: Memory) {
        for mut pending in std::mem::take(&mut self.pending) {
            if pending.nonce <= memory.recalled {
                pending.state = PendingState::Unconfirmed;
            }
            if pending.nonce > memory.welcomed {
                let Some(fresh) = self.take_nonce() else {
                    continue;
                };
                pending.nonce = fresh;
            }
            self.pending.push(pending);
        }
    }

    /// Nobody can say what became of what was sent: the log is another one.
    pub(crate) fn doubt(&mut self) {
        for pending in self.pending.iter_mut().filter(|pending| pending.is_sent()) {
            pending.state = PendingState::Unconfirmed;
        }
    }

    /// Takes up to `lines_max` queued messages, at most `bytes_max` bytes of text and at least
    /// one message, to be sent now.
    pub(crate) fn take_queued(
        &mut self,
        now: Timestamp,
        lines_max: usize,
        bytes_max: usize,
    ) -> Vec<ClientLine> {
        let mut bytes: usize = 0;
        let mut lines = Vec::new();
        for pending in self.pending.iter_mut().filter(|pending| pending.is_queued()) {
            bytes = bytes.saturating_add(pending.body.len());
            if lines.len() >= lines_max || (!lines.is_empty() && bytes > bytes_max) {
                break;
            }
            pending.state = PendingState::Sent { at: now };
            let body = pending.body.clone();
            lines.push(ClientLine::Send(Send { nonce: pending.nonce, body }));
        }
        lines
    }

    /// When the message that waits longest for an answer was sent.
    pub(crate) fn oldest_sent_at(&self) -> Option<Timestamp> {
        let sent_at = |pending: &Pending| match pending.state {
            PendingState::Sent { at } => Some(at),
            PendingState::Queued | PendingState::Refused { .. } | PendingState::Unconfirmed => None,
        };
        self.pending.iter().filter_map(sent_at).min()
    }

    fn take_nonce(&mut self) -> Option<Nonce> {
        let nonce = self.last_nonce.next()?;
        self.last_nonce = nonce;
        Some(nonce)
    }
}

impl Pending {
    fn is_sent(&self) -> bool {
        matches!(self.state, PendingState::Sent { .. })
    }

    fn is_queued(&self) -> bool {
        matches!(self.state, PendingState::Queued)
    }

    /// Whether it is neither refused nor unconfirmed. A queued one counts, because a device that
    /// was cut off may have sent it without a chance to note that.
    fn is_open(&self) -> bool {
        self.is_sent() || self.is_queued()
    }
}

/// Queued, unless it is refused from the start: the room would end the session for a body that
/// does not fit into a frame, again and again.
fn initial_state(body: &str) -> PendingState {
    let refused = |code| PendingState::Refused { code, retry_after_ms: None };
    Body::check(body).map_or_else(refused, |()| PendingState::Queued)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nonce(n: u64) -> Nonce {
        Nonce::try_from(n).unwrap()
    }

    fn sent(bodies: &[&str]) -> Outbox {
        let mut outbox = Outbox::default();
        for body in bodies {
            outbox.push(Timestamp(1), (*body).to_owned());
        }
        let lines = outbox.take_queued(Timestamp(2), 64, usize::MAX);
        assert_eq!(lines.len(), bodies.len());
        outbox
    }

    fn states(outbox: &Outbox) -> Vec<(u64, &str, PendingState)> {
        let row = |p: &Pending| (p.nonce.get(), p.state);
        let bodies = outbox.pending.iter().map(|p| p.body.as_str());
        outbox.pending.iter().map(row).zip(bodies).map(|((n, s), b)| (n, b, s)).collect()
    }

    #[test]
    fn se5_after_a_complete_replay_what_did_not_land_is_sent_again() {
        let mut outbox = sent(&["refused, and the refusal lost", "lost"]);
        outbox.settle(Some(nonce(1)));
        let queued = PendingState::Queued;
        assert_eq!(
            states(&outbox),
            [(2, "lost", queued), (3, "refused, and the refusal lost", queued)]
        );
    }

    #[test]
    fn se5_after_a_gap_only_the_highest_landed_for_certain() {
        let mut outbox = sent(&["a", "b", "c"]);
        outbox.settle_gap(Some(nonce(2)));
        assert_eq!(
            states(&outbox),
            [(1, "a", PendingState::Unconfirmed), (3, "c", PendingState::Queued)]
        );
        assert!(outbox.retry(nonce(1)));
        assert_eq!(
            states(&outbox),
            [(3, "c", PendingState::Queued), (4, "a", PendingState::Queued)]
        );
    }

    #[test]
    fn se5_a_queued_send_that_may_have_left_is_not_repeated_over_a_gap() {
        let mut outbox = Outbox::default();
        outbox.push(Timestamp(1), "cut off before it was noted".into());
        outbox.settle_gap(Some(nonce(1)));
        let unconfirmed = PendingState::Unconfirmed;
        assert_eq!(states(&outbox), [(1, "cut off before it was noted", unconfirmed)]);
    }

    #[test]
    fn se2_a_nonce_below_what_landed_is_never_used() {
        let mut outbox = Outbox::default();
        outbox.push(Timestamp(1), "the counter was lost".into());
        outbox.learn(nonce(9));
        outbox.settle(Some(nonce(9)));
        assert_eq!(states(&outbox), [(10, "the counter was lost", PendingState::Queued)]);
    }

    #[test]
    fn what_is_sent_at_once_is_bounded() {
        let mut outbox = Outbox::default();
        for _ in 0..3 {
            outbox.push(Timestamp(1), "four".into());
        }
        assert_eq!(outbox.take_queued(Timestamp(2), 64, 8).len(), 2);
        assert_eq!(outbox.take_queued(Timestamp(2), 64, 1).len(), 1, "progress is made");
        assert_eq!(outbox.take_queued(Timestamp(2), 64, 8).len(), 0);
    }
}
