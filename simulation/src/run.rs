//! A run: chaos, then calm, then everyone comes back, and what must be true after each.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use client::{More, Phase};
use protocol::{Entry, Message, Role, Seq};
use room::Act;

use crate::archive::Step;
use crate::fault::Fault;
use crate::invariant::{Check, Invariant, Violation};
use crate::network::{Request, RoomEnd};
use crate::people::{is_settled, is_unconfirmed};
use crate::random::Random;
use crate::transition::Transition;
use crate::utterance;
use crate::world::World;

/// Simulated milliseconds in which a world without faults must heal by itself: the longest
/// silence before a ping, its answer, the longest backoff, and twice an answer.
const CALM_MS: u64 = 120_000;

/// Steps after which a world that should come to rest never will.
const STEPS_MAX: u64 = 100_000;

/// What a run did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Report {
    /// Transitions of the random phase.
    pub n_transitions: u64,
    /// Entries in the log at the end.
    pub n_entries: u64,
    /// Messages that people wrote.
    pub n_sends: u64,
    /// Sockets that were accepted.
    pub n_connects: u64,
    /// Losses of the room's memory.
    pub n_evictions: u64,
    /// Deaths of the room's machine.
    pub n_crashes: u64,
    /// Replays that began with a gap.
    pub n_gaps: u64,
    /// Sends that ended as unconfirmed on a device that remembers all it did.
    pub n_unconfirmed: u64,
    /// Sends that ended as unconfirmed on a device that forgot something.
    pub n_doubted: u64,
    /// Sends that a reload forgot.
    pub n_forgotten: u64,
}

impl Report {
    /// Counts another run in.
    pub fn add(&mut self, other: Self) {
        self.n_transitions += other.n_transitions;
        self.n_entries += other.n_entries;
        self.n_sends += other.n_sends;
        self.n_connects += other.n_connects;
        self.n_evictions += other.n_evictions;
        self.n_crashes += other.n_crashes;
        self.n_gaps += other.n_gaps;
        self.n_unconfirmed += other.n_unconfirmed;
        self.n_doubted += other.n_doubted;
        self.n_forgotten += other.n_forgotten;
    }
}

/// A run that violated an invariant.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Replays the run.
    pub seed: u64,
    /// What was violated.
    pub violation: Violation,
    /// What had happened until then.
    pub transitions: Vec<Transition>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, transition) in self.transitions.iter().enumerate() {
            writeln!(f, "{index:5}  {transition:?}")?;
        }
        write!(f, "SEED={} violates {}", self.seed, self.violation)
    }
}

/// Runs the world of `seed`, with a fault if one is given.
///
/// # Errors
/// The first invariant that did not hold.
pub fn run(seed: u64, fault: Option<Fault>) -> Result<Report, Box<Failure>> {
    reported(seed, |transitions| live(seed, fault, transitions))
}

/// Does `work`, and reports what it violates, or that it panics.
fn reported(
    seed: u64,
    work: impl FnOnce(&mut Vec<Transition>) -> Result<Report, Violation>,
) -> Result<Report, Box<Failure>> {
    let mut transitions = Vec::new();
    let outcome = catch_unwind(AssertUnwindSafe(|| work(&mut transitions)));
    let outcome = outcome.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        Err(Violation { invariant: Invariant::NoPanic, detail: text.unwrap_or_default() })
    });
    outcome.map_err(|violation| Box::new(Failure { seed, violation, transitions }))
}

fn live(
    seed: u64,
    fault: Option<Fault>,
    transitions: &mut Vec<Transition>,
) -> Result<Report, Violation> {
    let mut world = World::new(seed, fault)?;
    let mut random = Random::new(!seed);
    // It draws for itself, and only in every second world.
    let mut archiver = seed.is_multiple_of(2).then(|| Random::new(seed.rotate_left(32)));
    for _ in 0..world.profile.n_transitions {
        let transition = Transition::draw(&world, &mut random);
        transitions.push(transition);
        world.apply(transition)?;
        if let Some(step) = archiver.as_mut().and_then(Step::draw) {
            transitions.push(Transition::Archive(step));
            world.apply(Transition::Archive(step))?;
        }
    }
    world.calm_down()?;
    world.check_calm()?;
    world.check_rows()?;
    world.check_inboxes()?;
    world.heal()?;
    world.check_healed()?;
    if archiver.is_some() {
        world.drain()?;
    }
    let report = world.report();
    world.delete()?;
    Ok(report)
}

impl World {
    /// Nothing breaks any more: what is lost is noticed, and timers do the rest.
    fn calm_down(&mut self) -> Check {
        self.is_calm = true;
        self.host.crash = None;
        self.tamper_with_disk();
        self.notice_all();
        self.wake_room()?;
        self.rest()
    }

    /// Lets time pass while everything arrives at once.
    fn rest(&mut self) -> Check {
        let end = self.now_ms + CALM_MS;
        let mut n_steps = 0;
        while self.now_ms < end {
            n_steps += 1;
            Invariant::CalmLevel.check(n_steps < STEPS_MAX, || "there is no rest".to_owned())?;
            self.settle()?;
            let step = self.ms_to_next_timer().unwrap_or(u64::MAX);
            self.advance(step.min(end - self.now_ms))?;
        }
        self.settle()
    }

    /// Delivers until nothing is on its way.
    fn settle(&mut self) -> Check {
        for _ in 0..STEPS_MAX {
            self.pump(None)?;
            self.network.sweep();
            if let Some(opening) = self.network.openings.pop() {
                self.accept(opening, false)?;
            } else if let Some(request) = self.network.requests.pop() {
                self.serve(request, false)?;
            } else if !self.disk.notices.is_empty() {
                self.deliver_notice(0, false)?;
            } else {
                return Ok(());
            }
        }
        Invariant::CalmLevel.check(false, || "something is always on its way".to_owned())
    }

    fn check_calm(&self) -> Check {
        let head = self.ledger.head();
        for (index, person) in self.people.iter().enumerate() {
            let view = person.client.view();
            let is_member = self.is_member(index);
            let is_away = match view.phase {
                Phase::Idle => true,
                // Who is told to go comes back only when asked to.
                Phase::Ended => matches!(view.ended, Some("left" | "kicked" | "banned")),
                Phase::Connecting | Phase::Resuming | Phase::Live | Phase::Waiting => !is_member,
            };
            if is_away {
                continue;
            }
            let is_level = view.phase == Phase::Live && person.client.tip().get() == head;
            let is_open = |pending: &&client::Pending| !is_settled(pending.state);
            let open: Vec<_> = view.pending.iter().filter(is_open).collect();
            Invariant::CalmLevel.check(is_level && open.is_empty(), || {
                let tip = person.client.tip().get();
                let phase = (view.phase, view.ended);
                format!("person {index} is {phase:?} at {tip} of {head} with {open:?}")
            })?;
            let online = self.n_users_online();
            let members = self.disk.members.len();
            let typing = view.typing.len() as u32 + view.typing_more;
            // Who lingers or writes while memory is lost abruptly is not told of again.
            let is_told = view.online == online && typing == 0;
            let is_excused = self.profile.evicts_abruptly && self.report.n_evictions > 0;
            let is_counted =
                view.members as usize == members || self.ledger.law.has_banned_stranger;
            Invariant::CalmDigests.check(is_counted && (is_told || is_excused), || {
                let seen = (view.online, view.members, typing);
                format!("person {index} sees {seen:?} of {online}, {members} and 0")
            })?;
            self.check_sight(index)?;
        }
        Ok(())
    }

    /// Everyone comes back, loads what is missing, and sends again what did not land.
    fn heal(&mut self) -> Check {
        for person in 0..self.people.len() {
            self.start(person)?;
        }
        self.rest()?;
        for person in 0..self.people.len() {
            if self.is_member(person) {
                self.load_all(person)?;
                self.load_thread(person)?;
            }
        }
        for person in 0..self.people.len() {
            let doubted = self.people[person].client.view().pending;
            let doubted = doubted.iter().filter(|p| is_unconfirmed(p.state)).count();
            if self.people[person].forgot {
                self.report.n_doubted += doubted as u64;
            } else {
                self.report.n_unconfirmed += doubted as u64;
            }
            // Who sees all of the log and forgot nothing knows that these did not land.
            while !self.people[person].forgot
                && self.ledger.expired == Seq::ZERO
                && self.is_member(person)
                && let Some(nonce) = self.people[person].pending(is_unconfirmed)
            {
                self.act(person, client::Input::Retry(nonce))?;
            }
        }
        self.rest()
    }

    /// Scrolls to the beginning and back, until nothing is missing, or no page brings anything.
    fn load_all(&mut self, person: usize) -> Check {
        let older = |view: client::View<'_>| view.older;
        let newer = |view: client::View<'_>| view.newer;
        self.act(person, client::Input::Present)?;
        self.scroll(person, &client::Input::LoadOlder, older)?;
        let first = self.people[person].client.items().next().map(|item| item.seq());
        // What was seen before it expired may still be seen.
        let is_old = first.is_some_and(|first| first <= self.ledger.expired);
        let is_whole = is_old || first == self.ledger.first_shown();
        Invariant::HealedAlike
            .check(is_whole, || format!("person {person} sees nothing before {first:?}"))?;
        self.scroll(person, &client::Input::LoadNewer, newer)?;
        let last = self.people[person].client.items().last().map(|item| item.seq());
        let is_whole =
            is_old && last <= Some(self.ledger.expired) || last == self.ledger.last_shown();
        Invariant::HealedAlike
            .check(is_whole, || format!("person {person} sees nothing after {last:?}"))
    }

    /// Opens the newest thread, and loads all of it.
    fn load_thread(&mut self, person: usize) -> Check {
        let has_replies =
            |(seq, message): (_, &crate::fold::Folded)| (message.replies > 0).then_some(seq);
        let Some(root) = self.ledger.fold.messages().rev().find_map(has_replies) else {
            return Ok(());
        };
        let older = |view: client::View<'_>| view.thread.map_or(More::None, |thread| thread.older);
        self.act(person, client::Input::OpenThread(root))?;
        self.settle()?;
        self.check_sight(person)?;
        self.scroll(person, &client::Input::LoadOlderInThread, older)
    }

    /// Loads pages in one direction, and looks at what is seen.
    fn scroll(
        &mut self,
        person: usize,
        input: &client::Input,
        more: impl Fn(client::View<'_>) -> More,
    ) -> Check {
        for _ in 0..=self.ledger.head() {
            if !matches!(more(self.people[person].client.view()), More::Idle | More::Failed) {
                return Ok(());
            }
            self.act(person, input.clone())?;
            self.settle()?;
            self.check_sight(person)?;
        }
        Invariant::HealedAlike
            .check(false, || format!("pages of history bring nothing to person {person}"))
    }

    fn check_healed(&self) -> Check {
        self.check_rows()?;
        for index in (0..self.people.len()).filter(|index| self.is_member(*index)) {
            Invariant::HealedAlike
                .check(self.is_level(index), || format!("person {index} is not back"))?;
            self.check_sight(index)?;
        }
        self.check_inboxes()?;
        self.check_sends()?;
        self.check_order()
    }

    /// In some worlds the owner deletes the room in the end: nothing of it stays (rule MB11).
    fn delete(&mut self) -> Check {
        let owner = |user| self.ledger.role(user) == Some(Role::Owner);
        let owner = self.people.iter().position(|person| owner(person.user));
        let Some(person) = owner.filter(|_| self.profile.ends_deleted) else {
            return Ok(());
        };
        self.host.skew_ms += 1_000_000;
        let by = self.people[person].user;
        self.serve(Request::Ask { person, act: Act::Delete { by } }, false)?;
        let is_open = self.network.sockets.values().any(|s| s.room_end == RoomEnd::Open);
        Invariant::StrangersOut.check(self.host.is_gone && !is_open, || {
            "the room is there after its end".to_owned()
        })?;
        let is_empty = self.disk.chunks.is_empty() && self.disk.members.is_empty();
        Invariant::Erased.check(is_empty, || "rows of a deleted room stay".to_owned())?;
        self.settle()?;
        let sees_it = self.inboxes.shows_anybody();
        Invariant::InboxTrue.check(!sees_it, || "a deleted room is in an inbox".to_owned())
    }

    /// Every send is in the log, or its person knows that it is not.
    fn check_sends(&self) -> Check {
        for (name, utterance) in &self.utterances {
            let index = utterance.person;
            let person = &self.people[index];
            let is_member = self.is_member(index);
            let view = person.client.view();
            let is_it =
                |pending: &&client::Pending| utterance::name(person.device, &pending.act) == *name;
            let pending = view.pending.iter().find(is_it);
            let landed = self.ledger.seq_of(name);
            let has_landed = landed.is_some();
            let is_known = pending.is_some_and(|p| is_settled(p.state) || !is_member);
            let is_given_up = utterance.was_discarded || utterance.was_forgotten;
            let is_given_up = is_given_up || utterance.was_idle;
            // A device that forgot may show a send as unconfirmed that is in the log, and one that
            // was away while it expired.
            let is_doubled = has_landed && pending.is_some() && is_member;
            let is_doubled = is_doubled && !person.forgot && landed > Some(self.ledger.expired);
            let holds = (has_landed && !is_doubled) || (!has_landed && (is_known || is_given_up));
            Invariant::SendsAccounted.check(holds, || {
                format!("{name:?} of person {index}: landed {has_landed}, {pending:?}")
            })?;
        }
        Ok(())
    }

    fn check_order(&self) -> Check {
        let mut last = BTreeMap::new();
        for entry in self.ledger.entries() {
            let Entry::Message(Message { body, key, .. }) = entry else {
                continue;
            };
            let Some(utterance) = self.utterances.get(body).filter(|u| !u.was_moved) else {
                continue;
            };
            let before = last.insert(key.device, utterance.index);
            Invariant::OrderKept.check(before < Some(utterance.index), || {
                format!("{body:?} after number {before:?}")
            })?;
        }
        Ok(())
    }

    pub(crate) fn is_member(&self, index: usize) -> bool {
        self.ledger.is_member(self.people[index].user)
    }

    fn report(&self) -> Report {
        let forgotten = self.utterances.values().filter(|u| u.was_forgotten);
        Report {
            n_entries: self.ledger.head(),
            n_forgotten: forgotten.count() as u64,
            ..self.report
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_reported_with_its_seed() {
        let failure = reported(7, |_| panic!("a core gave up")).unwrap_err();
        assert_eq!(failure.seed, 7);
        assert_eq!(failure.violation.invariant, Invariant::NoPanic);
        assert_eq!(failure.violation.detail, "a core gave up");
    }
}
