//! When what was accepted is stored and sent, and to whom (rules GC1 to GC5 and DG4).

use protocol::codec::encode_server_line;
use protocol::limits::{SMALL_ROOM, WAVES};
use protocol::{Seq, Timestamp};

use super::Room;
use crate::effect::{Commit, Effect, Effects, Write};
use crate::tick::{ALONG_MS, alone_ms};
use crate::waves::Frame;

impl Room {
    /// Stores what waits, and sends everybody what they lack.
    pub(super) fn flush(&mut self, now: Timestamp, effects: &mut Effects) {
        self.flush_to(now, 1, effects);
    }

    /// The same when it is time, for all or, in a crowd, for the wave whose turn it is.
    pub(super) fn flush_in_time(&mut self, now: Timestamp, effects: &mut Effects) {
        let (n_live, per_s) = (self.sessions.n_live(), self.policy.crowd_per_s);
        let in_waves = if self.log.waiting().is_some() {
            n_live >= SMALL_ROOM && self.log.is_crowded(now, n_live, per_s)
        } else {
            self.waves.lack_digests_alone()
        };
        self.flush_to(now, if in_waves { WAVES } else { 1 }, effects);
    }

    fn flush_to(&mut self, now: Timestamp, n_waves: u8, effects: &mut Effects) {
        let stored = self.store(now, effects);
        let n_live = self.sessions.n_live();
        if stored.is_some() || !self.waves.are_level() && !self.waves.lack_digests_alone() {
            self.log.sweeps(now, n_live, n_waves);
        }
        let (frame, answers) = stored.unwrap_or_default();
        let live = self.sessions.live_in_waves();
        let handed = if n_live == 0 {
            self.waves.forget(frame)
        } else if n_waves > 1 {
            self.waves.serve_next(frame, &live, effects)
        } else {
            self.waves.serve_all(frame, &live, effects)
        };
        self.tally.handed(now, &handed);
        effects.0.extend(answers);
    }

    /// Stores what waits; answers the frame to send, and who waits for it.
    fn store(&mut self, now: Timestamp, effects: &mut Effects) -> Option<(Frame, Vec<Effect>)> {
        let (chunk, waiting) = self.log.flush()?;
        let first_at = chunk.first_at;
        let n_entries = chunk.last_seq.since(chunk.first_seq).saturating_add(1);
        let n_messages = u64::try_from(waiting.arrivals.len()).unwrap_or(u64::MAX);
        self.tally.messages = self.tally.messages.saturating_add(n_messages);
        let mut text = chunk.lines.clone();
        for digest in self.digests(now, ALONG_MS) {
            text.push('\n');
            text.push_str(&digest);
        }
        let mut writes = waiting.writes;
        for write in &mut writes {
            // A position that moved while the row waited may be stored already.
            if let Write::Member(member) = write
                && let Some(now) = self.roster.get(member.user)
            {
                member.read = now.read;
            }
        }
        writes.extend(self.messages.take_changed().into_iter().map(Write::Message));
        let stale = self.receipts.take_stale(now).into_iter();
        writes.extend(stale.map(|(user, seq)| Write::Read { user, seq }));
        writes.extend(self.inboxes.take());
        self.tell_unarchived(first_at, &mut writes);
        if self.log.take_checkpoint() {
            writes.push(Write::Checkpoint(self.nonces.all().collect()));
        }
        effects.push(Effect::Commit(Commit { chunk: Some(chunk), writes }));
        let answer = |(request, answer)| Effect::Answer { request, answer: Ok(answer) };
        let frame = Frame { text, n_entries, arrivals: waiting.arrivals };
        Some((frame, waiting.answers.into_iter().map(answer).collect()))
    }

    /// The digests that waited for `after_ms`, as lines for everybody who listens.
    fn digests(&mut self, now: Timestamp, after_ms: u64) -> Vec<String> {
        let due = [
            self.presence.digest(now, after_ms),
            self.typing.digest(now, after_ms),
            self.receipts.digest(now, after_ms),
        ];
        let due = due.into_iter().flatten().filter(|_| self.sessions.n_live() > 0);
        due.map(|digest| encode_server_line(&digest)).collect()
    }

    /// Sends the digests that waited long enough as a frame of their own. A message that comes
    /// meanwhile waits until one wave of a large room was told, and not until everybody was.
    fn tell_alone(&mut self, now: Timestamp, effects: &mut Effects) {
        let n_live = self.sessions.n_live();
        let mut digests = self.digests(now, alone_ms(n_live));
        if digests.is_empty() {
            return;
        }
        digests.extend(self.digests(now, ALONG_MS));
        let frame = Frame { text: digests.join("\n"), ..Frame::default() };
        let live = self.sessions.live_in_waves();
        let handed = if n_live < SMALL_ROOM {
            self.waves.serve_all(frame, &live, effects)
        } else {
            self.waves.serve_next(frame, &live, effects)
        };
        self.tally.handed(now, &handed);
    }

    /// After every input: flush what is due, tell what changed, and ask to be woken for the rest.
    pub(super) fn settle(&mut self, now: Timestamp, effects: &mut Effects) {
        for user in self.presence.expire(now) {
            let read = self.member(user).map_or(Seq::ZERO, |member| member.read);
            self.inboxes.went(user, read);
        }
        self.inboxes.tick(now);
        match self.due_at(now) {
            Some(at) if at > now => {}
            Some(_) => self.flush_in_time(now, effects),
            None => self.tell_alone(now, effects),
        }
        if self.log.waiting().is_none() {
            self.messages.forget();
            if self.inboxes.owes() {
                effects.write(self.inboxes.take());
            }
        }
        self.ask_to_be_woken(now, effects);
    }

    /// When to flush; `None` if nothing waits and nobody lacks anything.
    fn due_at(&self, now: Timestamp) -> Option<Timestamp> {
        // Those who lack something do not wait for a row to fill.
        let catch_up_at = (!self.waves.are_level()).then(|| self.log.rest_at(now));
        self.log.due_at(now).into_iter().chain(catch_up_at).min()
    }

    fn ask_to_be_woken(&mut self, now: Timestamp, effects: &mut Effects) {
        let due_at = self.due_at(now);
        let after_ms = alone_ms(self.sessions.n_live());
        let digest_at = [
            self.presence.next_at(after_ms),
            self.typing.next_at(after_ms),
            self.receipts.next_at(after_ms),
        ];
        // A digest goes with the entries that wait.
        let digest_at = digest_at.into_iter().flatten().min().max(due_at);
        let next = [
            due_at,
            self.log.wakes_at(),
            digest_at,
            self.inboxes.next_at(),
            self.sessions.next_hello_by(),
        ];
        let next = next.into_iter().flatten().min();
        if next != self.woken_at {
            self.woken_at = next;
            effects.push(Effect::WakeAt(next));
        }
    }
}
