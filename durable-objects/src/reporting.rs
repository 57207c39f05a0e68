//! When a room reports to its meter (rules LF3 and LF4). It decides from times alone; `metering`
//! sends, and keeps what was not said yet where it survives hibernation.

use protocol::Timestamp;
use room::Tally;

use crate::report::{Report, Rhythm};
use crate::words::Words;

/// Milliseconds from the first that is to be said until it is: what happens next goes with it.
pub const GATHER_MS: u64 = 1_000;

/// Milliseconds for which a timer may keep the room in memory, so that no alarm is needed.
pub const TIMER_MS_MAX: u64 = 2_000;

/// Milliseconds that an alarm may be late.
const LATE_MS: u64 = 30_000;

/// How often to report until the meter has said so.
const FIRST: Rhythm = Rhythm { period_ms: 60_000, again_ms: 3_600_000, alarm_ms: 600_000 };

/// What a room has to say, and what it has said.
#[derive(Debug)]
pub struct Reporting {
    tally: Tally,
    connections: u64,
    /// Since when there is something to say.
    since: Option<Timestamp>,
    said: Said,
    /// What was sent, until it is acknowledged.
    sending: Option<Report>,
    is_on_its_way: bool,
    /// When to send it again.
    again_at: Timestamp,
    /// When the alarm rings, as far as it was set for this.
    rings_at: Option<Timestamp>,
    /// When it rang last.
    rang_at: Timestamp,
    /// Whether what is written down is all of this.
    is_noted: bool,
}

/// What was acknowledged.
#[derive(Clone, Copy, Debug)]
struct Said {
    /// `None` before the first report.
    connections: Option<u64>,
    at: Timestamp,
    rhythm: Rhythm,
    /// Whether something happens in the room again and again.
    is_steady: bool,
}

impl Default for Reporting {
    fn default() -> Self {
        let at = Timestamp::default();
        Self {
            tally: Tally::default(),
            connections: 0,
            since: None,
            said: Said { connections: None, at, rhythm: FIRST, is_steady: false },
            sending: None,
            is_on_its_way: false,
            again_at: at,
            rings_at: None,
            rang_at: at,
            is_noted: true,
        }
    }
}

impl Reporting {
    /// Goes on from what [`Self::note`] wrote; from the beginning if that cannot be read.
    #[must_use]
    pub fn restore(note: &str) -> Self {
        Self::read(note).unwrap_or_default()
    }

    /// What to write down before the room hibernates; `None` if that is so already.
    pub fn note(&mut self) -> Option<String> {
        if std::mem::replace(&mut self.is_noted, true) {
            return None;
        }
        // What is on its way keeps the room in memory, and what failed goes with what follows.
        let mut tally = self.tally.clone();
        let mut since = self.since;
        if let Some(sending) = self.sending.as_ref().filter(|_| !self.is_on_its_way) {
            tally.add(&sending.tally);
            since = Some(sending.from);
        }
        let Said { connections, at, rhythm, is_steady } = self.said;
        let mut note = tally.to_text();
        for time in [since, self.rings_at, is_steady.then_some(at)] {
            time.write(&mut note);
        }
        connections.write(&mut note);
        at.write(&mut note);
        self.rang_at.write(&mut note);
        rhythm.write(&mut note);
        Some(note)
    }

    /// The room counted this since the last time, and has so many connections now.
    pub fn count(&mut self, now: Timestamp, tally: &Tally, connections: u64) {
        // A clock that was set back must not silence the room.
        self.said.at = self.said.at.min(now);
        self.rang_at = self.rang_at.min(now);
        self.again_at = self.again_at.min(now.plus_ms(self.said.rhythm.again_ms));
        let has_counted = !tally.is_empty();
        if has_counted {
            self.tally.add(tally);
        }
        if has_counted || connections != self.connections {
            self.connections = connections;
            self.is_noted = false;
        }
        if has_counted || connections != self.said.connections.unwrap_or_default() {
            self.since.get_or_insert(now);
        }
    }

    /// When the next report is due.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        let Said { at, rhythm: Rhythm { period_ms, again_ms, .. }, .. } = self.said;
        match (self.since, &self.sending) {
            _ if self.is_on_its_way => None,
            (_, Some(_)) => Some(self.again_at),
            // Without a socket nothing can be written down, so it is said at once.
            (Some(since), None) if self.connections == 0 => Some(since.plus_ms(GATHER_MS)),
            (Some(since), None) => Some(since.plus_ms(GATHER_MS).max(at.plus_ms(period_ms))),
            (None, None) => (self.connections > 0).then_some(at.plus_ms(again_ms)),
        }
    }

    /// When the alarm must ring if the room hibernates now, unless it will, or a timer does.
    #[must_use]
    pub fn to_ring_at(&self, now: Timestamp) -> Option<Timestamp> {
        let is_later = |at: &Timestamp| at.ms_since(now) > TIMER_MS_MAX;
        let mut at = self.due_at().filter(is_later).filter(|_| self.connections > 0)?;
        if self.since.is_none() && self.said.is_steady {
            // It would be set anew for what happens next.
            at = at.min(self.said.at.plus_ms(self.said.rhythm.period_ms)).max(now);
        }
        // Whatever is said later takes along what is due.
        at = at.max(self.rang_at.plus_ms(self.said.rhythm.alarm_ms));
        let is_coming = |rings_at: Timestamp| now.ms_since(rings_at) < LATE_MS;
        let rings = self.rings_at.is_some_and(|rings_at| is_coming(rings_at) && rings_at <= at);
        (!rings).then_some(at)
    }

    /// When the alarm must ring, whether or not it will: who sets it for something else must not
    /// set it for later.
    #[must_use]
    pub fn next_ring(&self, now: Timestamp) -> Option<Timestamp> {
        self.to_ring_at(now).or(self.rings_at.filter(|at| *at > now))
    }

    /// The alarm was set.
    pub fn rings_at(&mut self, at: Timestamp) {
        self.rings_at = Some(at);
        self.is_noted = false;
    }

    /// The alarm rang.
    pub fn rang(&mut self) {
        self.rang_at = self.rings_at.take().unwrap_or(self.rang_at);
        self.is_noted = false;
        if self.since.is_none() {
            self.said.is_steady = false;
        }
    }

    /// The report of `room` that is due, which is on its way from now on.
    pub fn begin(&mut self, now: Timestamp, room: &str) -> Option<Report> {
        self.due_at().filter(|due| *due <= now)?;
        self.is_on_its_way = true;
        self.is_noted = false;
        if self.sending.is_none() {
            let from = self.since.take().unwrap_or(now);
            let is_first = self.said.connections.is_none();
            let period_ms = self.said.rhythm.period_ms;
            self.said.is_steady = !is_first && from < self.said.at.plus_ms(period_ms);
            let tally = std::mem::take(&mut self.tally);
            let (room, connections) = (room.to_owned(), self.connections);
            self.sending = Some(Report { room, from, to: now, connections, tally });
        }
        self.sending.clone()
    }

    /// The meter answered, or did not.
    pub fn done(&mut self, now: Timestamp, answer: Option<Rhythm>) {
        self.is_on_its_way = false;
        self.is_noted = false;
        match answer {
            Some(rhythm) => {
                self.said.rhythm = rhythm;
                if let Some(Report { to, connections, .. }) = self.sending.take() {
                    (self.said.at, self.said.connections) = (to, Some(connections));
                }
                if self.said.connections != Some(self.connections) {
                    self.since.get_or_insert(now);
                }
            }
            None => self.again_at = now.plus_ms(self.said.rhythm.period_ms),
        }
    }

    fn read(note: &str) -> Option<Self> {
        let mut words = note.split_ascii_whitespace();
        let words = &mut words;
        let tally = Tally::read(words)?;
        let (since, rings_at) = (Words::read(words)?, Words::read(words)?);
        let is_steady = Option::<Timestamp>::read(words)?.is_some();
        let connections = Option::<u64>::read(words)?;
        let (at, rang_at) = (Words::read(words)?, Words::read(words)?);
        let said = Said { connections, at, rhythm: Words::read(words)?, is_steady };
        let connections = connections.unwrap_or_default();
        Some(Self { tally, connections, since, said, rings_at, rang_at, ..Self::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_000_000_000);
    const RHYTHM: Rhythm = Rhythm { period_ms: 10_000, again_ms: 3_600_000, alarm_ms: 100_000 };

    fn said(n: u64) -> Tally {
        Tally { messages: n, deliveries: n, ..Tally::default() }
    }

    fn messages(report: &Report) -> u64 {
        report.tally.messages
    }

    /// A room with two connections that has just said so.
    fn told() -> (Reporting, Timestamp) {
        let mut reporting = Reporting::default();
        reporting.count(START, &Tally::default(), 2);
        let at = START.plus_ms(GATHER_MS);
        assert_eq!(reporting.due_at(), Some(at));
        let report = reporting.begin(at, "room").unwrap();
        assert_eq!((report.from, report.to, report.connections), (START, at, 2));
        assert_eq!(reporting.due_at(), None, "it is on its way");
        reporting.done(at, Some(RHYTHM));
        (reporting, at)
    }

    #[test]
    fn lf3_nothing_is_said_of_a_room_where_nobody_is() {
        let mut reporting = Reporting::default();
        reporting.count(START, &Tally::default(), 0);
        assert_eq!((reporting.due_at(), reporting.note()), (None, None));
    }

    #[test]
    fn lf3_what_happens_is_said_once_each_period() {
        let (mut reporting, at) = told();
        for n in 1..=9 {
            reporting.count(at.plus_ms(n * 1_000), &said(1), 2);
            assert_eq!(reporting.begin(at.plus_ms(n * 1_000), "room"), None);
        }
        let due = at.plus_ms(10_000);
        assert_eq!(reporting.due_at(), Some(due));
        let report = reporting.begin(due, "room").unwrap();
        assert_eq!((messages(&report), report.from), (9, at.plus_ms(1_000)));
        reporting.count(due, &said(4), 2);
        reporting.done(due, Some(RHYTHM));
        assert_eq!(reporting.due_at(), Some(due.plus_ms(10_000)), "what was said meanwhile");
    }

    #[test]
    fn lf3_what_was_not_heard_is_said_again_and_counted_once() {
        let (mut reporting, at) = told();
        reporting.count(at, &said(1), 2);
        let due = at.plus_ms(10_000);
        let first = reporting.begin(due, "room").unwrap();
        reporting.done(due, None);
        reporting.count(due, &said(5), 2);
        let again = due.plus_ms(10_000);
        assert_eq!(reporting.due_at(), Some(again));
        assert_eq!(reporting.begin(again, "room").unwrap(), first, "the same report");
        reporting.done(again, Some(RHYTHM));
        let rest = reporting.begin(due.plus_ms(20_000), "room").unwrap();
        assert_eq!(messages(&rest), 5);
    }

    #[test]
    fn lf4_a_room_with_connections_says_so_again() {
        let (mut reporting, at) = told();
        assert_eq!(reporting.to_ring_at(at), Some(at.plus_ms(3_600_000)));
        reporting.rings_at(at.plus_ms(3_600_000));
        assert_eq!(reporting.to_ring_at(at), None, "it is set");
        reporting.rang();
        let again = reporting.begin(at.plus_ms(3_600_000), "room").unwrap();
        assert_eq!((again.connections, messages(&again)), (2, 0));
    }

    #[test]
    fn lf4_hibernation_forgets_nothing() {
        let (mut reporting, at) = told();
        reporting.count(at, &said(3), 2);
        reporting.rings_at(at.plus_ms(10_000));
        let note = reporting.note().unwrap();
        assert_eq!(reporting.note(), None, "it is written down");
        let mut woken = Reporting::restore(&note);
        woken.count(at.plus_ms(5_000), &said(1), 2);
        assert_eq!(woken.to_ring_at(at.plus_ms(5_000)), None, "the alarm is set");
        let report = woken.begin(at.plus_ms(10_000), "room").unwrap();
        assert_eq!((messages(&report), report.from), (4, at));
    }

    #[test]
    fn lf4_an_alarm_that_was_noted_is_not_set_for_later() {
        let (mut reporting, at) = told();
        reporting.count(at, &said(3), 2);
        let rings_at = at.plus_ms(10_000);
        assert_eq!(reporting.next_ring(at), Some(rings_at));
        reporting.rings_at(rings_at);
        let woken = Reporting::restore(&reporting.note().unwrap());
        let now = at.plus_ms(5_000);
        assert_eq!((woken.to_ring_at(now), woken.next_ring(now)), (None, Some(rings_at)));
    }

    #[test]
    fn lf4_what_failed_before_hibernation_is_said_after_it() {
        let (mut reporting, at) = told();
        reporting.count(at, &said(3), 2);
        reporting.begin(at.plus_ms(10_000), "room").unwrap();
        reporting.done(at.plus_ms(10_000), None);
        reporting.count(at.plus_ms(11_000), &said(1), 2);
        let mut woken = Reporting::restore(&reporting.note().unwrap());
        let report = woken.begin(at.plus_ms(20_000), "room").unwrap();
        assert_eq!((messages(&report), report.from), (4, at));
    }

    #[test]
    fn lf4_who_left_last_is_said_at_once() {
        let (mut reporting, at) = told();
        reporting.count(at.plus_ms(10), &said(1), 0);
        assert_eq!(reporting.due_at(), Some(at.plus_ms(10 + GATHER_MS)));
        assert_eq!(reporting.to_ring_at(at.plus_ms(10)), None, "it does not wait for an alarm");
        let report = reporting.begin(at.plus_ms(2_000), "room").unwrap();
        assert_eq!((report.connections, messages(&report)), (0, 1));
        reporting.done(at.plus_ms(2_000), Some(RHYTHM));
        assert_eq!(reporting.due_at(), None);
    }

    #[test]
    fn lf4_an_alarm_in_ten_periods_is_enough_for_a_room_that_goes_on() {
        let (mut reporting, at) = told();
        let mut now = at;
        let mut n_alarms = 0;
        for n in 0..6_000 {
            now = at.plus_ms(n * 100);
            if n % 20 == 0 {
                reporting.count(now, &said(1), 2);
            }
            if reporting.rings_at.is_some_and(|rings_at| rings_at <= now) {
                reporting.rang();
            }
            if reporting.begin(now, "room").is_some() {
                reporting.done(now, Some(RHYTHM));
            }
            if let Some(at) = reporting.to_ring_at(now) {
                assert!(at.ms_since(now) > TIMER_MS_MAX || reporting.since.is_none());
                n_alarms += 1;
                reporting.rings_at(at);
            }
        }
        assert!(n_alarms <= now.ms_since(at) / RHYTHM.alarm_ms + 2, "{n_alarms}");
    }

    #[test]
    fn lf4_an_alarm_that_is_late_is_waited_for_a_while() {
        let (mut reporting, at) = told();
        reporting.count(at, &said(1), 2);
        reporting.rings_at(at);
        assert_eq!(reporting.to_ring_at(at.plus_ms(1_000)), None, "whoever set it needs it");
        let again = reporting.to_ring_at(at.plus_ms(LATE_MS));
        assert_eq!(again, None, "what is due is said at once");
        reporting.begin(at.plus_ms(LATE_MS), "room").unwrap();
        reporting.done(at.plus_ms(LATE_MS), Some(RHYTHM));
        assert!(reporting.to_ring_at(at.plus_ms(LATE_MS)).is_some());
    }

    #[test]
    fn lf3_a_clock_that_was_set_back_silences_nobody() {
        let (mut reporting, at) = told();
        let now = Timestamp(at.0 - 500_000);
        reporting.count(now, &said(1), 2);
        assert_eq!(reporting.due_at(), Some(now.plus_ms(10_000)));
    }

    #[test]
    fn a_note_that_cannot_be_read_is_none() {
        let mut reporting = Reporting::restore("{}");
        reporting.count(START, &Tally::default(), 1);
        assert_eq!(reporting.due_at(), Some(START.plus_ms(GATHER_MS)));
    }
}
