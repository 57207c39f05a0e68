//! What the person did and the room has not answered.

use protocol::{ClientLine, Nonce, Refusal, Refused, Timestamp};
use serde::{Deserialize, Serialize};

use crate::act::Act;

/// An act that has not landed.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(from = "StoredPending")]
pub struct Pending {
    /// Its key; a repetition after a refusal gets a fresh one.
    pub nonce: Nonce,
    /// What the person did.
    #[serde(flatten)]
    pub act: Act,
    /// When the person did it.
    pub at: Timestamp,
    /// How far it is.
    pub state: PendingState,
}

/// How far an act is that has not landed.
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
    /// The room refused it for haste, and it is sent again by itself (rule RL4).
    Held {
        /// When.
        until: Timestamp,
        /// Why: it was too much, or too soon.
        code: Refusal,
    },
    /// It may have landed in a part of the log that was not replayed (rule SE5).
    Unconfirmed,
}

/// Acts that have not landed, in the order of their nonces.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outbox {
    /// The highest nonce that was ever used.
    last_nonce: Nonce,
    pending: Vec<Pending>,
    /// Whether the room refused something for haste. Then one act leaves at a time, until there
    /// is none: a burst would be refused as a whole, again and again.
    #[serde(skip)]
    is_slow: bool,
}

/// A pending act as it may be stored.
#[derive(Deserialize)]
struct StoredPending {
    nonce: Nonce,
    #[serde(flatten)]
    act: StoredAct,
    at: Timestamp,
    state: PendingState,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum StoredAct {
    Act(Act),
    /// By a version that knew messages of text alone.
    Text {
        body: String,
    },
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

    /// Queues an act, unless it is refused from the start; see [`Act::check`].
    pub(crate) fn push(&mut self, now: Timestamp, act: Act, target_may_have_files: bool) {
        if let Some(nonce) = self.take_nonce() {
            let state = initial_state(&act, target_may_have_files);
            self.pending.push(Pending { nonce, act, at: now, state });
        }
    }

    /// Forgets an act, because it landed or was given up; says whether it was there.
    pub(crate) fn remove(&mut self, nonce: Nonce) -> bool {
        let n_before = self.pending.len();
        self.pending.retain(|pending| pending.nonce != nonce);
        self.pending.len() != n_before
    }

    /// Notes that the room refused an act; says whether it was there.
    pub(crate) fn refuse(&mut self, now: Timestamp, refused: &Refused) -> bool {
        let Refused { nonce, code, retry_after_ms } = *refused;
        let Some(pending) = self.pending.iter_mut().find(|pending| pending.nonce == nonce) else {
            return false;
        };
        pending.state = match (code, retry_after_ms) {
            (Refusal::RateLimited | Refusal::SlowMode, Some(ms)) => {
                self.is_slow = true;
                PendingState::Held { until: now.plus_ms(ms), code }
            }
            _ => PendingState::Refused { code, retry_after_ms },
        };
        // What an amendment would change is as the person wants it.
        if code == Refusal::Unchanged && !pending.act.is_message() {
            self.remove(nonce);
        }
        true
    }

    /// Queues a refused or unconfirmed act again, under a fresh nonce.
    pub(crate) fn retry(&mut self, nonce: Nonce) -> bool {
        let Some(index) = self.pending.iter().position(|pending| {
            let state = pending.state;
            pending.nonce == nonce
                && matches!(state, PendingState::Refused { .. } | PendingState::Unconfirmed)
        }) else {
            return false;
        };
        let mut pending = self.pending.remove(index);
        pending.state = initial_state(&pending.act, true);
        self.push_anew(pending);
        true
    }

    /// Forgets a refused, unconfirmed or held act; says whether it was one.
    pub(crate) fn discard(&mut self, nonce: Nonce) -> bool {
        let found = self.pending.iter().find(|pending| pending.nonce == nonce);
        found.is_some_and(|pending| !pending.is_open()) && self.remove(nonce)
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

    /// Queues again what the room refused for haste and what was held back since, in the same
    /// order, if it is time to (rule RL4).
    pub(crate) fn release(&mut self, now: Timestamp) {
        let is_due = |pending: &Pending| pending.held_until().is_some_and(|until| until <= now);
        // What is under way may come back to be held, too, and would then be overtaken.
        let Some(first) = self.pending.iter().position(is_due).filter(|_| !self.awaits()) else {
            return;
        };
        let waits = |pending: &mut Pending| pending.is_queued() || pending.held_until().is_some();
        let waiting: Vec<Pending> = self.pending.extract_if(first.., waits).collect();
        for mut pending in waiting {
            pending.state = PendingState::Queued;
            self.push_anew(pending);
        }
    }

    /// When [`Outbox::release`] has something to do.
    pub(crate) fn held_until(&self) -> Option<Timestamp> {
        self.pending.iter().filter_map(Pending::held_until).min().filter(|_| !self.awaits())
    }

    /// Takes up to `lines_max` queued acts, at most `bytes_max` bytes of text and at least one
    /// act, to be sent now.
    pub(crate) fn take_queued(
        &mut self,
        now: Timestamp,
        lines_max: usize,
        bytes_max: usize,
    ) -> Vec<ClientLine> {
        self.is_slow &= self.pending.iter().any(|pending| !pending.is_over());
        if self.is_slow && self.awaits() {
            return Vec::new();
        }
        let lines_max = if self.is_slow { 1 } else { lines_max };
        let mut bytes: usize = 0;
        let mut messages_wait = false;
        let mut lines = Vec::new();
        for pending in &mut self.pending {
            match pending.state {
                PendingState::Queued if messages_wait && pending.act.is_message() => continue,
                PendingState::Queued => {}
                // Slow mode is about messages alone (rule RL2).
                PendingState::Held { code: Refusal::SlowMode, .. } => {
                    messages_wait = true;
                    continue;
                }
                PendingState::Held { .. } => break,
                PendingState::Sent { .. }
                | PendingState::Refused { .. }
                | PendingState::Unconfirmed => continue,
            }
            bytes = bytes.saturating_add(pending.act.body().len());
            if lines.len() >= lines_max || (!lines.is_empty() && bytes > bytes_max) {
                break;
            }
            pending.state = PendingState::Sent { at: now };
            lines.push(pending.act.line(pending.nonce));
        }
        lines
    }

    /// When the act that waits longest for an answer was sent.
    pub(crate) fn oldest_sent_at(&self) -> Option<Timestamp> {
        self.pending.iter().filter_map(Pending::sent_at).min()
    }

    /// Whether an act is under way.
    fn awaits(&self) -> bool {
        self.pending.iter().any(Pending::is_sent)
    }

    /// Adds an act again, under a fresh nonce.
    fn push_anew(&mut self, mut pending: Pending) {
        if let Some(fresh) = self.take_nonce() {
            pending.nonce = fresh;
            self.pending.push(pending);
        }
    }

    fn take_nonce(&mut self) -> Option<Nonce> {
        let nonce = self.last_nonce.next()?;
        self.last_nonce = nonce;
        Some(nonce)
    }
}

impl Pending {
    fn is_sent(&self) -> bool {
        self.sent_at().is_some()
    }

    fn is_queued(&self) -> bool {
        matches!(self.state, PendingState::Queued)
    }

    /// Whether it is neither answered nor in doubt. A queued one counts, because a device that
    /// was cut off may have sent it without a chance to note that.
    fn is_open(&self) -> bool {
        self.is_sent() || self.is_queued()
    }

    /// Whether nothing happens to it unless the person wants it.
    fn is_over(&self) -> bool {
        matches!(self.state, PendingState::Refused { .. } | PendingState::Unconfirmed)
    }

    fn sent_at(&self) -> Option<Timestamp> {
        match self.state {
            PendingState::Sent { at } => Some(at),
            PendingState::Queued
            | PendingState::Held { .. }
            | PendingState::Refused { .. }
            | PendingState::Unconfirmed => None,
        }
    }

    fn held_until(&self) -> Option<Timestamp> {
        match self.state {
            PendingState::Held { until, .. } => Some(until),
            PendingState::Queued
            | PendingState::Sent { .. }
            | PendingState::Refused { .. }
            | PendingState::Unconfirmed => None,
        }
    }
}

impl From<StoredPending> for Pending {
    fn from(stored: StoredPending) -> Self {
        let act = match stored.act {
            StoredAct::Act(act) => act,
            StoredAct::Text { body } => Act::text(body),
        };
        Self { nonce: stored.nonce, act, at: stored.at, state: stored.state }
    }
}

/// Queued, unless it is refused from the start.
fn initial_state(act: &Act, target_may_have_files: bool) -> PendingState {
    let refused = |code| PendingState::Refused { code, retry_after_ms: None };
    act.check(target_may_have_files).map_or_else(refused, |()| PendingState::Queued)
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
            outbox.push(Timestamp(1), Act::text((*body).to_owned()), true);
        }
        let lines = outbox.take_queued(Timestamp(2), 64, usize::MAX);
        assert_eq!(lines.len(), bodies.len());
        outbox
    }

    fn states(outbox: &Outbox) -> Vec<(u64, &str, PendingState)> {
        let row = |p: &Pending| (p.nonce.get(), p.state);
        let bodies = outbox.pending.iter().map(|p| p.act.body());
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
        outbox.push(Timestamp(1), Act::text("cut off before it was noted".into()), true);
        outbox.settle_gap(Some(nonce(1)));
        let unconfirmed = PendingState::Unconfirmed;
        assert_eq!(states(&outbox), [(1, "cut off before it was noted", unconfirmed)]);
    }

    #[test]
    fn se2_a_nonce_below_what_landed_is_never_used() {
        let mut outbox = Outbox::default();
        outbox.push(Timestamp(1), Act::text("the counter was lost".into()), true);
        outbox.learn(nonce(9));
        outbox.settle(Some(nonce(9)));
        assert_eq!(states(&outbox), [(10, "the counter was lost", PendingState::Queued)]);
    }

    #[test]
    fn what_is_sent_at_once_is_bounded() {
        let mut outbox = Outbox::default();
        for _ in 0..3 {
            outbox.push(Timestamp(1), Act::text("four".into()), true);
        }
        assert_eq!(outbox.take_queued(Timestamp(2), 64, 8).len(), 2);
        assert_eq!(outbox.take_queued(Timestamp(2), 64, 1).len(), 1, "progress is made");
        assert_eq!(outbox.take_queued(Timestamp(2), 64, 8).len(), 0);
    }
}
