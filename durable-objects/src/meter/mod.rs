//! What a meter knows of its rooms: how they stand, what happened in the last hour, and what
//! happened ever (rules LF1 to LF6).

mod figures;
mod prometheus;
mod steps;

use std::str::SplitAsciiWhitespace;

use protocol::Timestamp;
use protocol::ordered::Map;
use room::Tally;

use crate::report::{Report, Rhythm};
use crate::words::Words;
pub use figures::Figures;
use steps::group_of;
pub use steps::{STEP_MS, STEPS, Step, Steps};

/// Parts in which rooms are kept and stored.
pub const PARTS: u64 = 64;

/// Milliseconds between two reports of a room while something happens.
const PERIOD_MS: u64 = 60_000;

/// The same while somebody looks at the figures.
const PERIOD_WATCHED_MS: u64 = 10_000;

/// Periods between two alarms of a room unless somebody looks. Who speaks less often than once in
/// a period needs none, so nowhere are there more than a tenth as many as messages.
const ALARM_PERIODS: u64 = 10;

/// Milliseconds for which a look counts.
const WATCHED_MS: u64 = 60_000;

/// Milliseconds after which a room with connections says so again.
const AGAIN_MS: u64 = 3_600_000;

/// Milliseconds for which a room without connections is remembered: it may repeat its last report.
const REPEAT_MS: u64 = 300_000;

/// Reports that a meter hears in a second before it asks for fewer: a fifth of what one object can.
const REPORTS_PER_S: u64 = 200;

/// Milliseconds after which it looks again how many rooms report.
const LOOK_MS: u64 = 60_000;

/// What one meter knows.
#[derive(Debug)]
pub struct Meter {
    rooms: Vec<Map<String, Seen>>,
    /// Rooms with connections, and all of these.
    n_rooms: u64,
    connections: u64,
    steps: Steps,
    total: Tally,
    watched_at: Option<Timestamp>,
    load: Load,
    unsaved: Unsaved,
}

/// What is not stored, a bit for each.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Unsaved {
    /// Parts of the rooms.
    parts: u64,
    /// Groups of steps.
    groups: u64,
    /// What happened ever.
    total: bool,
}

/// How a room stood when it reported last.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Seen {
    connections: u64,
    /// The end of that report.
    to: Timestamp,
    /// Until when it counts.
    until: Timestamp,
}

/// A part of the rooms as it is stored.
#[derive(Debug, Default)]
pub struct Part(Vec<(String, Seen)>);

/// What one meter tells the one that answers.
#[derive(Debug, Eq, PartialEq)]
pub struct State {
    rooms: u64,
    connections: u64,
    steps: Vec<Step>,
    total: Tally,
}

/// How far apart the reports of a room have to be, so many are there, and when that was looked at.
#[derive(Debug, Default)]
struct Load {
    at: Timestamp,
    period_ms: u64,
}

impl Meter {
    /// A meter that begins at `now` with what is stored.
    #[must_use]
    pub fn restore(
        now: Timestamp,
        parts: Vec<(u64, Part)>,
        steps: Vec<Step>,
        total: Tally,
    ) -> Self {
        let mut rooms: Vec<Map<String, Seen>> = (0..PARTS).map(|_| Map::new()).collect();
        for (number, Part(part)) in parts {
            if let Some(rooms) = usize::try_from(number).ok().and_then(|at| rooms.get_mut(at)) {
                *rooms = Map::of(part);
            }
        }
        let load = Load { at: now, period_ms: 0 };
        let mut meter = Self {
            rooms,
            n_rooms: 0,
            connections: 0,
            steps: Steps::restore(now, steps),
            total,
            watched_at: None,
            load,
            unsaved: Unsaved::default(),
        };
        meter.forget_old(now);
        meter
    }

    /// Hears a report, once; answers how often the room is to report.
    pub fn report(&mut self, now: Timestamp, report: Report) -> Rhythm {
        self.advance(now);
        let rhythm = self.rhythm(now);
        let part = part_of(&report.room);
        let Some(rooms) = usize::try_from(part).ok().and_then(|at| self.rooms.get_mut(at)) else {
            return rhythm;
        };
        let Report { room, from, to, connections, tally } = report;
        let before = rooms.get(&room).copied();
        let lasts_ms = match connections {
            0 => REPEAT_MS,
            // Twice it may have been late.
            _ => rhythm.again_ms.saturating_mul(2).saturating_add(REPEAT_MS),
        };
        let seen = Seen { connections, to, until: now.plus_ms(lasts_ms) };
        rooms.insert(room, seen);
        if before.is_none_or(|before| before.connections != connections || connections > 0) {
            self.unsaved.parts |= bit(part);
        }
        let had = before.map_or(0, |before| before.connections);
        self.connections = self.connections.saturating_sub(had).saturating_add(connections);
        let is_in = |n: u64| u64::from(n > 0);
        self.n_rooms = self.n_rooms.saturating_sub(is_in(had)).saturating_add(is_in(connections));
        if before.is_none_or(|before| before.to != to) {
            self.count((now, from, to), &tally);
        }
        self.stand();
        rhythm
    }

    /// Counts errors of whoever is no room, a line `code n` for each code.
    pub fn failed(&mut self, now: Timestamp, errors: &str) {
        self.advance(now);
        let mut tally = Tally::default();
        for line in errors.lines() {
            let Some((code, n)) = line.split_once(' ') else { continue };
            tally.add_errors(code, n.parse().unwrap_or_default());
        }
        self.count((now, now, now), &tally);
    }

    /// What this meter knows; `watched` if somebody looks at the last hour.
    pub fn state(&mut self, now: Timestamp, watched: bool) -> State {
        self.advance(now);
        if watched {
            self.watched_at = Some(now);
        }
        State {
            rooms: self.n_rooms,
            connections: self.connections,
            steps: self.steps.all().cloned().collect(),
            total: self.total.clone(),
        }
    }

    /// Whether nothing has to be stored.
    #[must_use]
    pub fn is_saved(&self) -> bool {
        self.unsaved == Unsaved::default()
    }

    /// The parts of the rooms and the groups of steps that are not stored, which they are from now
    /// on.
    pub fn save(&mut self) -> (Vec<u64>, Vec<u64>) {
        let Unsaved { parts, groups, .. } = std::mem::take(&mut self.unsaved);
        let numbers = |bits: u64| (0..u64::from(u64::BITS)).filter(move |n| bits & bit(*n) != 0);
        (numbers(parts).collect(), numbers(groups).collect())
    }

    /// A part of the rooms, to be stored.
    #[must_use]
    pub fn part(&self, number: u64) -> Part {
        let rooms = usize::try_from(number).ok().and_then(|at| self.rooms.get(at));
        let rooms = rooms.into_iter().flat_map(Map::iter);
        Part(rooms.map(|(room, seen)| (room.clone(), *seen)).collect())
    }

    /// The steps that are stored together as a group.
    #[must_use]
    pub fn group(&self, number: u64) -> Vec<Step> {
        self.steps.all().filter(|step| group_of(step.number) == number).cloned().collect()
    }

    /// What happened ever.
    #[must_use]
    pub const fn total(&self) -> &Tally {
        &self.total
    }

    fn count(&mut self, (now, from, to): (Timestamp, Timestamp, Timestamp), tally: &Tally) {
        self.total.add(tally);
        self.unsaved.total |= !tally.is_empty();
        for number in self.steps.spread(now, (from, to), tally) {
            self.unsaved.groups |= bit(group_of(number));
        }
    }

    /// The last step knows how many connections there are.
    fn stand(&mut self) {
        if let Some(number) = self.steps.stand(self.connections) {
            self.unsaved.groups |= bit(group_of(number));
        }
    }

    fn advance(&mut self, now: Timestamp) {
        if self.steps.advance(now) {
            self.forget_old(now);
        }
        let Load { at, period_ms } = self.load;
        if now.ms_since(at) >= LOOK_MS {
            // Whatever goes on in a room, it reported within that time.
            let recent_ms = period_ms.max(PERIOD_MS).saturating_mul(2);
            let is_active = |seen: &&Seen| now.ms_since(seen.to) <= recent_ms;
            let n_rooms = self.rooms.iter().flat_map(Map::values).filter(is_active).count();
            let n_rooms = u64::try_from(n_rooms).unwrap_or(u64::MAX);
            let period_ms = n_rooms.saturating_mul(1_000) / REPORTS_PER_S;
            self.load = Load { at: now, period_ms };
        }
    }

    /// Rooms that have not said for long how they stand do not count (rule LF4).
    fn forget_old(&mut self, now: Timestamp) {
        (self.n_rooms, self.connections) = (0, 0);
        for rooms in &mut self.rooms {
            rooms.retain(|_, seen| seen.until > now);
            for seen in rooms.values().filter(|seen| seen.connections > 0) {
                self.n_rooms = self.n_rooms.saturating_add(1);
                self.connections = self.connections.saturating_add(seen.connections);
            }
        }
        self.stand();
    }

    fn rhythm(&self, now: Timestamp) -> Rhythm {
        let is_watched = self.watched_at.is_some_and(|at| now.ms_since(at) < WATCHED_MS);
        let period_ms = if is_watched { PERIOD_WATCHED_MS } else { PERIOD_MS };
        let again_ms = self.n_rooms.saturating_mul(1_000) / REPORTS_PER_S;
        let period_ms = period_ms.max(self.load.period_ms);
        Rhythm {
            period_ms,
            again_ms: AGAIN_MS.max(again_ms).max(period_ms),
            alarm_ms: period_ms.saturating_mul(if is_watched { 1 } else { ALARM_PERIODS }),
        }
    }
}

impl Words for Part {
    fn write(&self, text: &mut String) {
        for (room, Seen { connections, to, until }) in &self.0 {
            room.write(text);
            for n in [*connections, to.0, until.0] {
                n.write(text);
            }
        }
    }

    fn read(words: &mut SplitAsciiWhitespace<'_>) -> Option<Self> {
        let mut part = Vec::new();
        while let Some(room) = String::read(words) {
            let (connections, to) = (Words::read(words)?, Words::read(words)?);
            part.push((room, Seen { connections, to, until: Words::read(words)? }));
        }
        Some(Self(part))
    }
}

impl Words for State {
    fn write(&self, text: &mut String) {
        self.rooms.write(text);
        self.connections.write(text);
        self.steps.write(text);
        self.total.write(text);
    }

    fn read(words: &mut SplitAsciiWhitespace<'_>) -> Option<Self> {
        let (rooms, connections) = (Words::read(words)?, Words::read(words)?);
        let (steps, total) = (Words::read(words)?, Words::read(words)?);
        Some(Self { rooms, connections, steps, total })
    }
}

const fn bit(number: u64) -> u64 {
    1 << (number % 64)
}

fn part_of(room: &str) -> u64 {
    let hash = |hash: u64, byte: u8| hash.wrapping_mul(31).wrapping_add(u64::from(byte));
    room.bytes().fold(0, hash) % PARTS
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_763_888_400_000);

    fn meter() -> Meter {
        Meter::restore(START, Vec::new(), Vec::new(), Tally::default())
    }

    fn report(room: &str, to: Timestamp, connections: u64, messages: u64) -> Report {
        let tally = Tally { messages, deliveries: messages.saturating_mul(2), ..Tally::default() };
        let (room, from) = (room.to_owned(), Timestamp(to.0.saturating_sub(1_000)));
        Report { room, from, to, connections, tally }
    }

    fn standing(meter: &mut Meter, now: Timestamp) -> (u64, u64) {
        let State { rooms, connections, .. } = meter.state(now, false);
        (rooms, connections)
    }

    #[test]
    fn lf4_what_a_room_says_replaces_what_it_said() {
        let mut meter = meter();
        meter.report(START, report("a", START, 3, 0));
        meter.report(START, report("b", START, 2, 0));
        assert_eq!(standing(&mut meter, START), (2, 5));
        meter.report(START.plus_ms(1), report("a", START.plus_ms(1), 1, 0));
        assert_eq!(standing(&mut meter, START), (2, 3));
        meter.report(START.plus_ms(2), report("a", START.plus_ms(2), 0, 0));
        assert_eq!(standing(&mut meter, START), (1, 2));
    }

    #[test]
    fn lf4_a_room_that_says_nothing_for_two_hours_does_not_count() {
        let mut meter = meter();
        meter.report(START, report("a", START, 3, 0));
        assert_eq!(standing(&mut meter, START.plus_ms(2 * AGAIN_MS)), (1, 3));
        assert_eq!(standing(&mut meter, START.plus_ms(2 * AGAIN_MS + REPEAT_MS)), (0, 0));
    }

    #[test]
    fn lf3_a_report_that_comes_twice_counts_once() {
        let mut meter = meter();
        for n in [0, 1, 5_000] {
            meter.report(START.plus_ms(n), report("a", START, 1, 7));
        }
        meter.report(START.plus_ms(9_000), report("a", START.plus_ms(9_000), 1, 2));
        assert_eq!(meter.total().messages, 9);
    }

    #[test]
    fn lf6_what_is_older_than_the_hour_is_stored_all_the_same() {
        let mut meter = meter();
        meter.report(START, report("a", START, 0, 1));
        meter.save();
        let before = Timestamp(START.0 - 2 * 3_600_000);
        meter.report(START, report("a", before, 0, 1));
        assert!(!meter.is_saved());
        meter.save();
        meter.report(START, report("a", before, 0, 1));
        assert!(meter.is_saved(), "it came twice");
    }

    #[test]
    fn lf3_who_looks_makes_rooms_report_more_often() {
        let mut meter = meter();
        let periods = |meter: &mut Meter, ms: u64| {
            let now = START.plus_ms(ms);
            let rhythm = meter.report(now, report("a", now, 1, 1));
            (rhythm.period_ms, rhythm.alarm_ms)
        };
        let (quiet, watched) = ((60_000, 600_000), (10_000, 10_000));
        assert_eq!(periods(&mut meter, 0), quiet);
        meter.state(START, false);
        assert_eq!(periods(&mut meter, 1), quiet);
        meter.state(START.plus_ms(2), true);
        assert_eq!(periods(&mut meter, 3), watched);
        assert_eq!(periods(&mut meter, 2 + WATCHED_MS), quiet);
    }

    #[test]
    fn lf3_a_meter_that_hears_too_much_asks_for_less() {
        let mut meter = meter();
        // So many rooms, each of which reports as it is told.
        let mut next: Vec<u64> = (0..20_000).map(|room| room % 60).collect();
        let mut told = 0;
        for second in 0..500 {
            let now = START.plus_ms(second * 1_000);
            for (room, next) in next.iter_mut().enumerate().filter(|(_, next)| **next <= second) {
                let room = report(&room.to_string(), now, 1, 1);
                told = meter.report(now, room).period_ms;
                *next = second + told / 1_000;
            }
            let is_told = second < 200 || told == 100_000;
            assert!(is_told, "{told} after {second} s");
        }
    }

    #[test]
    fn lf6_what_is_stored_is_all_that_counts() {
        let mut meter = meter();
        for n in 0..100_u64 {
            let now = START.plus_ms(n * 1_000);
            meter.report(now, report(&n.to_string(), now, 1, 1));
        }
        meter.failed(START.plus_ms(100_000), "internal 1\n");
        let now = START.plus_ms(100_000);
        let (parts, groups) = meter.save();
        assert!(meter.is_saved());
        let part = |number: &u64| Part::from_text(&meter.part(*number).to_text()).unwrap();
        let parts = parts.iter().map(|number| (*number, part(number))).collect();
        let group = |number: &u64| Words::from_text(&meter.group(*number).to_text());
        let steps: Vec<Vec<Step>> = groups.iter().map(|number| group(number).unwrap()).collect();
        let mut again = Meter::restore(now, parts, steps.concat(), meter.total().clone());
        let was = meter.state(now, false);
        assert_eq!(was, again.state(now, false));
        assert_eq!(State::from_text(&was.to_text()), Some(was));
    }
}
