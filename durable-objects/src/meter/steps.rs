//! The last hour in steps of ten seconds.

use std::str::SplitAsciiWhitespace;

use protocol::Timestamp;
use room::{Latency, Tally};

use crate::words::Words;

/// Milliseconds of a step.
pub const STEP_MS: u64 = 10_000;

/// Steps of an hour.
pub const STEPS: u64 = 360;

/// Steps that are stored together.
const GROUP: u64 = 6;

/// What happened in ten seconds.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Step {
    /// Which: milliseconds since the Unix epoch, divided by [`STEP_MS`].
    pub number: u64,
    /// Open sockets at its end, or now.
    pub connections: u64,
    /// What was counted in it.
    pub tally: Tally,
}

/// The last [`STEPS`] of them, in a ring.
#[derive(Debug)]
pub struct Steps {
    ring: Vec<Step>,
    last: u64,
}

impl Steps {
    /// An hour that ends at `now`, of which these are known.
    pub(super) fn restore(now: Timestamp, known: Vec<Step>) -> Self {
        let mut steps = Self { ring: vec![Step::default(); ring_len()], last: number_of(now) };
        let (oldest, last) = (steps.oldest(), steps.last);
        // Some are of the hour before, and what did not change was not stored.
        for step in known.into_iter().filter(|step| (oldest..=last).contains(&step.number)) {
            if let Some(place) = steps.at(step.number) {
                *place = step;
            }
        }
        let mut before = 0;
        for number in oldest..=last {
            if let Some(step) = steps.at(number) {
                if step.number != number {
                    *step = Step { number, connections: before, tally: Tally::default() };
                }
                before = step.connections;
            }
        }
        steps
    }

    /// Goes on to `now`; answers whether a step began.
    pub(super) fn advance(&mut self, now: Timestamp) -> bool {
        let (number, last) = (number_of(now), self.last);
        let connections = self.at(last).map_or(0, |step| step.connections);
        let first = last.saturating_add(1).max(number.saturating_sub(STEPS.saturating_sub(1)));
        for number in first..=number {
            if let Some(place) = self.at(number) {
                *place = Step { number, connections, tally: Tally::default() };
            }
        }
        self.last = last.max(number);
        self.last != last
    }

    /// The last step ends with so many connections; answers its number if that is news.
    pub(super) fn stand(&mut self, connections: u64) -> Option<u64> {
        let last = self.last;
        let step = self.at(last).filter(|step| step.connections != connections)?;
        step.connections = connections;
        Some(last)
    }

    /// Divides what was counted from `from` to `to` among the steps of that time; answers their
    /// numbers. What lies before the hour is left out.
    pub(super) fn spread(
        &mut self,
        now: Timestamp,
        (from, to): (Timestamp, Timestamp),
        tally: &Tally,
    ) -> Vec<u64> {
        // The room's clock is another one.
        let to = to.min(now);
        let from = from.min(to);
        let whole = to.ms_since(from).saturating_add(1);
        let oldest = self.oldest();
        let mut changed = Vec::new();
        for number in number_of(from).max(oldest)..=number_of(to) {
            let begins = Timestamp(number.saturating_mul(STEP_MS));
            let part = Part {
                from: begins.ms_since(from).min(whole),
                to: begins.plus_ms(STEP_MS).ms_since(from).min(whole),
                whole,
            };
            let part = part.of(tally);
            if part != Tally::default()
                && let Some(step) = self.at(number)
            {
                step.tally.add(&part);
                changed.push(number);
            }
        }
        changed
    }

    /// All of them, the oldest first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Step> {
        (self.oldest()..=self.last).filter_map(|number| self.ring.get(place(number)))
    }

    fn oldest(&self) -> u64 {
        self.last.saturating_sub(STEPS.saturating_sub(1))
    }

    fn at(&mut self, number: u64) -> Option<&mut Step> {
        self.ring.get_mut(place(number))
    }
}

/// The row in which a step is stored; another hour's are in the same rows.
pub(super) const fn group_of(number: u64) -> u64 {
    (number / GROUP) % (STEPS / GROUP + 1)
}

/// The number of the step at `at`.
pub(super) const fn number_of(at: Timestamp) -> u64 {
    at.0 / STEP_MS
}

fn ring_len() -> usize {
    usize::try_from(STEPS).unwrap_or_default()
}

fn place(number: u64) -> usize {
    usize::try_from(number % STEPS).unwrap_or_default()
}

impl Words for Step {
    fn write(&self, text: &mut String) {
        self.number.write(text);
        self.connections.write(text);
        self.tally.write(text);
    }

    fn read(words: &mut SplitAsciiWhitespace<'_>) -> Option<Self> {
        let (number, connections) = (Words::read(words)?, Words::read(words)?);
        Some(Self { number, connections, tally: Words::read(words)? })
    }
}

/// A part of an interval, in milliseconds of it.
#[derive(Clone, Copy)]
struct Part {
    from: u64,
    to: u64,
    whole: u64,
}

impl Part {
    fn of(self, tally: &Tally) -> Tally {
        let mut buckets = tally.latency.buckets;
        for n in &mut buckets {
            *n = self.share(*n);
        }
        let latency = Latency { buckets, sum_ms: self.share(tally.latency.sum_ms) };
        let errors = tally.errors.iter().map(|(code, n)| (code.clone(), self.share(*n)));
        Tally {
            messages: self.share(tally.messages),
            deliveries: self.share(tally.deliveries),
            latency,
            errors: errors.filter(|(_, n)| *n > 0).collect(),
        }
    }

    /// The shares of all parts are the whole, without a rest.
    fn share(self, n: u64) -> u64 {
        let until = |ms: u64| n.saturating_mul(ms).checked_div(self.whole).unwrap_or_default();
        until(self.to).saturating_sub(until(self.from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_763_888_400_000);

    fn counts(steps: &Steps) -> Vec<u64> {
        steps.ring.iter().map(|step| step.tally.messages).filter(|n| *n > 0).collect()
    }

    #[test]
    fn lf5_what_was_counted_over_several_steps_is_divided_among_them() {
        let mut steps = Steps::restore(START.plus_ms(30_000), Vec::new());
        let tally = Tally { messages: 61, ..Tally::default() };
        let changed = steps.spread(
            START.plus_ms(30_000),
            (START.plus_ms(5_000), START.plus_ms(30_000)),
            &tally,
        );
        let first = number_of(START);
        assert_eq!(changed, (first..=first + 3).collect::<Vec<_>>());
        let of = |n: u64| steps.ring[place(first + n)].tally.messages;
        assert_eq!([of(0), of(1), of(2), of(3)], [12, 24, 24, 1], "nothing is lost");
    }

    #[test]
    fn lf5_what_happened_at_once_is_in_one_step() {
        let mut steps = Steps::restore(START, Vec::new());
        let mut tally = Tally { messages: 3, ..Tally::default() };
        tally.latency.note(4, 1);
        tally.add_errors("muted", 1);
        assert_eq!(steps.spread(START, (START, START), &tally), [number_of(START)]);
        assert_eq!(steps.ring[place(number_of(START))].tally, tally);
    }

    #[test]
    fn lf5_only_the_last_hour_is_kept() {
        let mut steps = Steps::restore(START, Vec::new());
        steps.stand(5);
        let tally = Tally { messages: 7_200, ..Tally::default() };
        let later = START.plus_ms(7_200_000);
        assert!(steps.advance(later) && !steps.advance(later));
        steps.spread(later, (START, later), &tally);
        assert_eq!(steps.all().count(), 360);
        assert!(steps.all().all(|step| step.connections == 5));
        assert!(counts(&steps).iter().sum::<u64>() < 3_601);
        assert!(steps.all().map(|step| step.number).eq(number_of(later) - 359..=number_of(later)));
    }
}
