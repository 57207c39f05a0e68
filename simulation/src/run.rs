//! A run: chaos, then calm, then everyone comes back, and what must be true after each.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use client::{Item, Older, Phase};
use protocol::Entry;

use crate::fault::Fault;
use crate::invariant::{Check, Invariant, Violation};
use crate::people::{is_settled, is_unconfirmed};
use crate::random::Random;
use crate::transition::Transition;
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
    for _ in 0..world.profile.n_transitions {
        let transition = Transition::draw(&world, &mut random);
        transitions.push(transition);
        world.apply(transition)?;
    }
    world.calm_down()?;
    world.check_calm()?;
    world.heal()?;
    world.check_healed()?;
    Ok(world.report())
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
            let is_member = self.ledger.roles().contains_key(&person.user);
            let is_away = match view.phase {
                Phase::Idle => true,
                // Who left is told so, and comes back only when asked to.
                Phase::Ended => view.ended == Some("left"),
                Phase::Connecting | Phase::Resuming | Phase::Live | Phase::Waiting => !is_member,
            };
            if is_away {
                continue;
            }
            let is_level = view.phase == Phase::Live && person.client.tip().get() == head;
            let is_settled = view.pending.iter().all(|pending| is_settled(pending.state));
            Invariant::CalmLevel.check(is_level && is_settled, || {
                let (tip, pending) = (person.client.tip().get(), view.pending);
                let phase = (view.phase, view.ended);
                format!("person {index} is {phase:?} at {tip} of {head} with {pending:?}")
            })?;
            let online = self.n_users_online();
            let members = self.disk.members.len();
            let typing = view.typing.len() as u32 + view.typing_more;
            // Who lingers or writes while memory is lost abruptly is not told of again.
            let is_told = view.online == online && typing == 0;
            let is_excused = self.profile.evicts_abruptly && self.report.n_evictions > 0;
            let is_counted = view.members as usize == members;
            Invariant::CalmDigests.check(is_counted && (is_told || is_excused), || {
                let seen = (view.online, view.members, typing);
                format!("person {index} sees {seen:?} of {online}, {members} and 0")
            })?;
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
            self.load_all(person)?;
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
                && self.is_member(person)
                && let Some(nonce) = self.people[person].pending(is_unconfirmed)
            {
                self.act(person, client::Input::Retry(nonce))?;
            }
        }
        self.rest()
    }

    /// Loads history until nothing is missing, or no page brings anything.
    fn load_all(&mut self, person: usize) -> Check {
        loop {
            let n_held = self.n_held(person);
            let older = self.people[person].client.view().older;
            if !matches!(older, Older::Idle | Older::Failed) {
                return Ok(());
            }
            self.act(person, client::Input::LoadOlder)?;
            self.settle()?;
            Invariant::HealedAlike.check(self.n_held(person) > n_held, || {
                format!("a page of history brings nothing to person {person}")
            })?;
        }
    }

    /// How many entries a client holds.
    fn n_held(&self, person: usize) -> usize {
        let items = self.people[person].client.items();
        items.filter(|item| matches!(item, Item::Entry(_))).count()
    }

    fn check_healed(&self) -> Check {
        self.check_disk()?;
        for (index, person) in self.people.iter().enumerate() {
            if !self.is_member(index) {
                continue;
            }
            let items: Vec<Item<'_>> = person.client.items().collect();
            let held: Option<Vec<&Entry>> = items
                .iter()
                .map(|item| match item {
                    Item::Entry(entry) => Some(*entry),
                    Item::Gap { .. } => None,
                })
                .collect();
            let is_alike = held.is_some_and(|held| held.into_iter().eq(self.ledger.entries()));
            Invariant::HealedAlike.check(is_alike, || {
                let (n, head) = (items.len(), self.ledger.head());
                format!("person {index} sees {n} items of {head} entries, or others")
            })?;
        }
        self.check_sends()?;
        self.check_order()
    }

    fn check_disk(&self) -> Check {
        let stored = self.disk.chunks.iter().flat_map(|c| c.lines.split('\n'));
        let is_same = stored.eq(self.ledger.lines());
        Invariant::AppendOnly.check(is_same, || "a stored line changed".to_owned())?;
        let rows = self.disk.members.iter().map(|(user, row)| (user, &row.role));
        let is_same = rows.eq(self.ledger.roles());
        Invariant::RosterTrue.check(is_same, || "rows and log differ".to_owned())
    }

    /// Every send is in the log, or its person knows that it is not.
    fn check_sends(&self) -> Check {
        for (body, utterance) in &self.utterances {
            let index = utterance.person;
            let is_member = self.is_member(index);
            let view = self.people[index].client.view();
            let pending = view.pending.iter().find(|pending| pending.body == *body);
            let has_landed = self.ledger.seq_of(body).is_some();
            let is_known = pending.is_some_and(|p| is_settled(p.state) || !is_member);
            let is_given_up = utterance.was_discarded || utterance.was_forgotten;
            // A device that forgot may show a send as unconfirmed that is in the log.
            let is_doubled = has_landed && pending.is_some() && is_member;
            let is_doubled = is_doubled && !self.people[index].forgot;
            let holds = (has_landed && !is_doubled) || (!has_landed && (is_known || is_given_up));
            Invariant::SendsAccounted.check(holds, || {
                format!("{body:?} of person {index}: landed {has_landed}, {pending:?}")
            })?;
        }
        Ok(())
    }

    fn check_order(&self) -> Check {
        let mut last = BTreeMap::new();
        for entry in self.ledger.entries() {
            let Entry::Message { body, device, .. } = entry else {
                continue;
            };
            let Some(utterance) = self.utterances.get(body).filter(|u| !u.was_moved) else {
                continue;
            };
            let before = last.insert(*device, utterance.index);
            Invariant::OrderKept.check(before < Some(utterance.index), || {
                format!("{body:?} after number {before:?}")
            })?;
        }
        Ok(())
    }

    fn is_member(&self, index: usize) -> bool {
        self.ledger.roles().contains_key(&self.people[index].user)
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
