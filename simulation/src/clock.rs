//! Time, and the timers that the room and the clients asked for.

use protocol::Timestamp;
use protocol::limits::ROW_MS;

use crate::invariant::{Check, Invariant};
use crate::world::World;

/// Where the world's clock starts: some day in November 2025, in milliseconds.
const EPOCH_MS: u64 = 1_763_817_600_000;

/// Milliseconds that sending a frame to everybody takes at most.
pub(crate) const SWEEP_MS: u64 = 60;

/// The timer that is due next.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Timer {
    Room,
    Person(usize),
}

impl World {
    /// The time on the clients' clocks.
    pub(crate) fn client_time(&self) -> Timestamp {
        Timestamp(EPOCH_MS + self.now_ms)
    }

    /// The time on the clock of the machine that runs the room now.
    pub(crate) fn room_time(&self) -> Timestamp {
        Timestamp(EPOCH_MS + self.now_ms + self.host.skew_ms)
    }

    /// Lets `ms` pass, firing what becomes due in the order of time.
    pub(crate) fn advance(&mut self, ms: u64) -> Check {
        let end = self.now_ms + ms;
        while let Some((at, timer)) = self.next_timer().filter(|(at, _)| *at <= end) {
            self.pass_to(at.max(self.now_ms))?;
            self.fire(timer)?;
        }
        self.pass_to(end)
    }

    /// How long it is until the next timer.
    pub(crate) fn ms_to_next_timer(&self) -> Option<u64> {
        self.next_timer().map(|(at, _)| at.saturating_sub(self.now_ms))
    }

    fn pass_to(&mut self, ms: u64) -> Check {
        self.now_ms = ms;
        let waited = self.host.waiting_since_ms.map_or(0, |since| ms - since);
        Invariant::WindowBounded
            .check(waited <= 2 * SWEEP_MS + ROW_MS, || format!("entries wait for {waited} ms"))
    }

    fn next_timer(&self) -> Option<(u64, Timer)> {
        let room = self.host.wake_at.map(|at| {
            let at = at.0.saturating_sub(EPOCH_MS + self.host.skew_ms);
            (at.max(self.host.sent_at_ms), Timer::Room)
        });
        let people = self.people.iter().enumerate().filter_map(|(index, person)| {
            let at = person.wake_at?.0.saturating_sub(EPOCH_MS);
            Some((at, Timer::Person(index)))
        });
        room.into_iter().chain(people).min()
    }

    fn fire(&mut self, timer: Timer) -> Check {
        match timer {
            Timer::Room => {
                self.host.wake_at = None;
                self.turn(room::Input::Woke)
            }
            Timer::Person(index) => {
                self.people[index].wake_at = None;
                self.act(index, client::Input::Woke)
            }
        }
    }
}
