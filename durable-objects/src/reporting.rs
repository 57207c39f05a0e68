//! When a room reports to its meter (rules LF3 and LF4). It decides from times alone; `metering`
//! sends, and keeps what was not said yet where it survives hibernation.

use protocol::Timestamp;
use room::Tally;

use crate::report::{Report, Rhythm};
use crate::words::Words;

/// Milliseconds from the first that is to be said until it is: what happens next goes with it.
pub const GATHER_MS: u64 = 1_000;

/// Milliseconds for which a timer may keep the room in memory, so that no alarm is needed.
const TIMER_MS_MAX: u64 = 2_000;

/// Milliseconds between two reports of a room without connections: nothing but a timer sees to the
/// next, because there is no socket to write on what was not said.
const EMPTY_MS: u64 = 10_000;

/// The same as [`TIMER_MS_MAX`] there: what is repeated is spread over half as long again.
const EMPTY_TIMER_MS_MAX: u64 = EMPTY_MS / 2 * 3;

/// Times that such a room repeats a report so soon.
const EMPTY_TRIES: u64 = 3;

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
    /// Times that it was not acknowledged.
    n_failed: u64,
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
            n_failed: 0,
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
        let mut note = self.tally.to_text();
        self.connections.write(&mut note);
        let Said { connections, at, rhythm, is_steady } = self.said;
        for time in [self.since, self.rings_at, is_steady.then_some(at)] {
            time.write(&mut note);
        }
        connections.write(&mut note);
        at.write(&mut note);
        self.rang_at.write(&mut note);
        rhythm.write(&mut note);
        self.sending.write(&mut note);
        self.again_at.write(&mut note);
        self.n_failed.write(&mut note);
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
        if connections == 0 && self.connections > 0 {
            // No alarm will see to what failed before.
            self.n_failed = 0;
            self.again_at = self.again_at.min(now.plus_ms(EMPTY_MS));
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
            (Some(since), None) => {
                let pause_ms = match (self.connections, self.said.connections) {
                    (0, None | Some(0)) => period_ms.min(EMPTY_MS),
                    // That the last one left is said at once.
                    (0, Some(_)) => 0,
                    _ => period_ms,
                };
                Some(since.plus_ms(GATHER_MS).max(at.plus_ms(pause_ms)))
            }
            (None, None) => (self.connections > 0).then_some(at.plus_ms(again_ms)),
        }
    }

    /// In how many milliseconds the next report is due, if a timer may wait for it.
    #[must_use]
    pub fn timer_ms(&self, now: Timestamp) -> Option<u64> {
        let ms_max = if self.connections == 0 { EMPTY_TIMER_MS_MAX } else { TIMER_MS_MAX };
        let due_ms = self.due_at()?.ms_since(now);
        (1..=ms_max).contains(&due_ms).then_some(due_ms)
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
                self.n_failed = 0;
                if let Some(Report { to, connections, .. }) = self.sending.take() {
                    (self.said.at, self.said.connections) = (to, Some(connections));
                }
                if self.said.connections != Some(self.connections) {
                    self.since.get_or_insert(now);
                }
            }
            None => self.failed(now),
        }
    }

    fn failed(&mut self, now: Timestamp) {
        let Rhythm { period_ms, again_ms, alarm_ms } = self.said.rhythm;
        // Nobody looks at a meter that is down, but it may have been too busy.
        let rhythm = Rhythm {
            period_ms: period_ms.max(FIRST.period_ms),
            again_ms: again_ms.max(FIRST.again_ms),
            alarm_ms: alarm_ms.max(FIRST.alarm_ms),
        };
        self.said.rhythm = rhythm;
        let doublings = u32::try_from(self.n_failed).unwrap_or(u32::MAX);
        self.n_failed = self.n_failed.saturating_add(1);
        let pause_ms = if self.connections == 0 && self.n_failed <= EMPTY_TRIES {
            EMPTY_MS
        } else {
            let pause_ms = rhythm.period_ms.saturating_mul(2_u64.saturating_pow(doublings));
            pause_ms.min(rhythm.alarm_ms)
        };
        let room = self.sending.as_ref().map(|report| report.room.as_str()).unwrap_or_default();
        self.again_at = now.plus_ms(spread(pause_ms, room));
    }

    fn read(note: &str) -> Option<Self> {
        let mut words = note.split_ascii_whitespace();
        let words = &mut words;
        let (tally, n_connections) = (Tally::read(words)?, Words::read(words)?);
        let (since, rings_at) = (Words::read(words)?, Words::read(words)?);
        let is_steady = Option::<Timestamp>::read(words)?.is_some();
        let (connections, at) = (Words::read(words)?, Words::read(words)?);
        let rang_at = Words::read(words)?;
        let said = Said { connections, at, rhythm: Words::read(words)?, is_steady };
        let (sending, again_at) = (Words::read(words)?, Words::read(words)?);
        let n_failed = Words::read(words)?;
        Some(Self {
            tally,
            connections: n_connections,
            since,
            said,
            sending,
            again_at,
            n_failed,
            rings_at,
            rang_at,
            ..Self::default()
        })
    }
}

/// Up to half as long again, so that rooms that failed together do not come back together.
fn spread(pause_ms: u64, room: &str) -> u64 {
    let hash = |hash: u64, byte: u8| hash.wrapping_mul(31).wrapping_add(u64::from(byte));
    let spread_ms = room.bytes().fold(0, hash).checked_rem(pause_ms / 2);
    pause_ms.saturating_add(spread_ms.unwrap_or_default())
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
        let again = reporting.due_at().unwrap();
        assert_eq!(reporting.begin(again, "room").unwrap(), first, "the same report");
        reporting.done(again, Some(RHYTHM));
        let rest = reporting.begin(again.plus_ms(10_000), "room").unwrap();
        assert_eq!(messages(&rest), 5);
    }

    /// Milliseconds between each of so many attempts of a room that has said `told`, and the next.
    fn pauses(room: &str, connections: u64, n: usize) -> Vec<u64> {
        let (mut reporting, at) = told();
        reporting.count(at.plus_ms(10), &said(1), connections);
        let mut now = reporting.due_at().unwrap();
        let mut pause = || {
            reporting.begin(now, room).unwrap();
            reporting.done(now, None);
            let before = now;
            now = reporting.due_at().unwrap();
            now.ms_since(before)
        };
        std::iter::repeat_with(&mut pause).take(n).collect()
    }

    #[test]
    fn lf3_a_meter_that_does_not_answer_is_asked_ever_less_often() {
        let minutes = [1, 2, 4, 8, 10, 10];
        for (pause_ms, minutes) in pauses("room", 2, minutes.len()).into_iter().zip(minutes) {
            let least_ms = minutes * 60_000;
            assert!((least_ms..least_ms / 2 * 3).contains(&pause_ms), "{pause_ms}");
        }
        let first_ms = |n: u8| pauses(&format!("room{n}"), 2, 1);
        let different: std::collections::BTreeSet<_> = (0..9).map(first_ms).collect();
        assert_eq!(different.len(), 9, "rooms do not come back together");
    }

    #[test]
    fn lf3_a_failure_ends_the_rhythm_of_who_looked() {
        let (mut reporting, at) = told();
        let looked = Rhythm { alarm_ms: 10_000, ..RHYTHM };
        reporting.said.rhythm = looked;
        reporting.count(at, &said(1), 2);
        let due = at.plus_ms(10_000);
        reporting.rings_at(due);
        reporting.rang();
        reporting.begin(due, "room").unwrap();
        reporting.done(due, None);
        assert_eq!(reporting.to_ring_at(due), Some(due.plus_ms(FIRST.alarm_ms)));
        let busy = Rhythm { period_ms: 900_000, again_ms: 7_200_000, alarm_ms: 9_000_000 };
        reporting.said.rhythm = busy;
        reporting.failed(due);
        assert_eq!(reporting.said.rhythm, busy, "a meter that is too busy is not asked more often");
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
        let first = reporting.begin(at.plus_ms(10_000), "room").unwrap();
        reporting.done(at.plus_ms(10_000), None);
        reporting.count(at.plus_ms(11_000), &said(1), 2);
        let again = reporting.due_at().unwrap();
        let mut woken = Reporting::restore(&reporting.note().unwrap());
        woken.count(at.plus_ms(12_000), &Tally::default(), 2);
        assert_eq!(woken.due_at(), Some(again), "it waits as long as it would have");
        assert_eq!(woken.begin(again, "room").unwrap(), first, "the same report");
        woken.done(again, None);
        let pause_ms = woken.due_at().unwrap().ms_since(again);
        assert!(pause_ms >= 2 * FIRST.period_ms, "nor does it forget how often it failed");
        let again = woken.due_at().unwrap();
        woken.begin(again, "room").unwrap();
        woken.done(again, Some(RHYTHM));
        let rest = woken.begin(again.plus_ms(10_000), "room").unwrap();
        assert_eq!((messages(&rest), rest.from), (1, at.plus_ms(11_000)));
    }

    #[test]
    fn lf4_what_was_under_way_before_hibernation_is_the_same_after_it() {
        let (mut reporting, at) = told();
        reporting.count(at, &said(3), 2);
        let first = reporting.begin(at.plus_ms(10_000), "room").unwrap();
        let mut woken = Reporting::restore(&reporting.note().unwrap());
        assert_eq!(woken.begin(at.plus_ms(20_000), "room").unwrap(), first);
    }

    #[test]
    fn lf4_a_note_has_room_on_a_socket() {
        let mut most = Tally { messages: u64::MAX, deliveries: u64::MAX, ..Tally::default() };
        most.latency.buckets.fill(u64::MAX);
        most.latency.sum_ms = u64::MAX;
        let refusals = protocol::Refusal::ALL.iter().map(|refusal| refusal.code());
        let ends = protocol::CloseCode::ALL.iter().map(|code| code.name());
        for code in refusals.chain(ends).chain(["internal"]) {
            most.add_errors(code, u64::MAX);
        }
        let mut reporting = Reporting::default();
        reporting.count(START, &most, u64::MAX);
        reporting.begin(START.plus_ms(GATHER_MS), &"r".repeat(26)).unwrap();
        reporting.count(START, &most, u64::MAX);
        let note = reporting.note().unwrap();
        let woken = Reporting::restore(&note);
        assert!(woken.sending.is_some() && woken.tally == most);
        // A socket has 16 KiB, and what the room itself writes there is far below one.
        assert!(note.len() <= 6 * 1024, "{}", note.len());
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
    fn lf3_a_room_where_nobody_is_reports_in_its_rhythm_too() {
        let (mut reporting, at) = told();
        reporting.count(at, &Tally::default(), 0);
        let left = reporting.begin(at.plus_ms(GATHER_MS), "room").unwrap().to;
        reporting.done(left, Some(RHYTHM));
        for (rhythm, pause_ms) in [(FIRST, EMPTY_MS), (Rhythm { period_ms: 5_000, ..FIRST }, 5_000)]
        {
            reporting.said.rhythm = rhythm;
            reporting.count(left.plus_ms(10), &said(1), 0);
            assert_eq!(reporting.due_at(), Some(left.plus_ms(pause_ms)));
            assert_eq!(reporting.timer_ms(left), Some(pause_ms), "nothing else would wake it");
            assert_eq!(reporting.to_ring_at(left), None);
        }
    }

    #[test]
    fn lf4_that_nobody_is_in_is_said_again_soon_a_few_times() {
        let pauses = pauses("room", 0, 4);
        let (soon, later) = pauses.split_at(3);
        let is_soon = |pause_ms: &u64| (EMPTY_MS..EMPTY_TIMER_MS_MAX).contains(pause_ms);
        assert!(soon.iter().all(is_soon), "{soon:?}");
        assert!(later.iter().all(|pause_ms| *pause_ms > EMPTY_TIMER_MS_MAX), "{later:?}");
    }

    #[test]
    fn lf4_what_failed_is_said_soon_after_the_last_one_left() {
        let (mut reporting, at) = told();
        reporting.count(at, &said(1), 2);
        let due = at.plus_ms(10_000);
        let first = reporting.begin(due, "room").unwrap();
        reporting.done(due, None);
        let mut woken = Reporting::restore(&reporting.note().unwrap());
        woken.count(due.plus_ms(500), &Tally::default(), 0);
        assert_eq!(woken.timer_ms(due.plus_ms(500)), Some(EMPTY_MS));
        let again = due.plus_ms(500 + EMPTY_MS);
        assert_eq!(woken.begin(again, "room").unwrap(), first);
        woken.done(again, Some(RHYTHM));
        let last = woken.begin(again.plus_ms(GATHER_MS), "room").unwrap();
        assert_eq!(last.connections, 0);
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
        let (mut reporting, at) = told();
        reporting.count(at, &said(3), 2);
        let note = reporting.note().unwrap();
        let (cut, _) = note.rsplit_once(' ').unwrap();
        for note in ["{}", cut] {
            let mut reporting = Reporting::restore(note);
            reporting.count(START, &Tally::default(), 1);
            assert_eq!(reporting.due_at(), Some(START.plus_ms(GATHER_MS)));
        }
    }
}
