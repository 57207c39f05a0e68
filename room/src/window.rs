//! When a room may flush again: at once if it is at rest, else when its window ends.
//!
//! A flush costs a sweep over the live sockets. A room that flushed for every entry while a sweep
//! takes longer than entries take to arrive would fall behind for good, and no model of that cost
//! holds on a machine that is busy with something else, so the room measures it: it asks to be
//! called back at once, and the call comes when everything is sent. It then pauses for as long
//! again, as far as the oldest entry still reaches everybody in time, and for a third of that in
//! any case, so that a quarter of its time is left for what comes in. Of two sweeps in a row the
//! shorter one counts: the runtime collects garbage now and then, for about as long as a sweep
//! takes, and nobody shall wait for that twice. Where entries come so slowly that more than a
//! quarter is left if each has a sweep of its own, a pause would only make the next one late, and
//! there is none.
//!
//! A row costs the same whatever it holds. A room where entries come so quickly that a few more
//! milliseconds fill a row waits for them.

use protocol::Timestamp;
use protocol::limits::{
    BUSY_PER_S, CALM_MS_PER_S, PAUSE_MS_MAX, ROW_ENTRIES, ROW_MS, SMALL_ROOM, SPREAD_MS,
    SWEEP_MS_MAX,
};

/// The time after a flush, and how quickly entries come.
#[derive(Debug, Default)]
pub(crate) struct Window {
    flushed_at: Timestamp,
    state: State,
    /// How long the last sweep took, in milliseconds.
    sweep_ms: u64,
    /// Into how many sweeps everybody was divided.
    n_waves: u8,
    pace: Pace,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    AtRest,
    /// What was flushed is being sent.
    Sweeping,
    /// It was sent; the room is at rest from then on.
    PausingUntil(Timestamp),
}

impl Window {
    /// An entry was accepted.
    pub(crate) fn accepted(&mut self, now: Timestamp) {
        self.pace.note(now);
    }

    /// A room of `n_live` sessions flushed to one of `n_waves` parts of them.
    pub(crate) fn flushed(&mut self, now: Timestamp, n_live: usize, n_waves: u8) {
        self.flushed_at = now;
        self.n_waves = n_waves;
        self.state = if n_live < SMALL_ROOM { State::AtRest } else { State::Sweeping };
    }

    /// The room was called back, as it asked (rule GC3).
    pub(crate) fn woke(&mut self, now: Timestamp) {
        if matches!(self.state, State::Sweeping) {
            let sweep_ms = now.ms_since(self.flushed_at);
            let shorter_ms = sweep_ms.min(self.sweep_ms);
            let is_calm =
                self.n_waves == 1 && self.pace(now).saturating_mul(shorter_ms) <= CALM_MS_PER_S;
            let pause_ms = if is_calm { 0 } else { pause_ms(shorter_ms, self.n_waves) };
            self.sweep_ms = sweep_ms;
            self.state = State::PausingUntil(now.plus_ms(pause_ms));
        }
    }

    /// When to flush what waits, which is `n_waiting` entries.
    pub(crate) fn due_at(&self, now: Timestamp, n_waiting: u64) -> Timestamp {
        let rest_at = self.rest_at(now);
        // A clock that was set back must not hold entries back.
        if now >= self.flushed_at && n_waiting < ROW_ENTRIES && self.pace(now) >= BUSY_PER_S {
            rest_at.max(self.flushed_at.plus_ms(ROW_MS))
        } else {
            rest_at
        }
    }

    /// When the sweep and the pause after it are over.
    pub(crate) fn rest_at(&self, now: Timestamp) -> Timestamp {
        match self.state {
            _ if now < self.flushed_at => now,
            State::AtRest => now,
            State::Sweeping => self.flushed_at.plus_ms(SWEEP_MS_MAX),
            State::PausingUntil(rest_at) => rest_at,
        }
    }

    /// How many entries were accepted in this second of the clock, or in the one before: the more.
    pub(crate) fn pace(&self, now: Timestamp) -> u64 {
        self.pace.of(now)
    }

    /// When to call the room back, whether or not anything waits.
    pub(crate) fn wakes_at(&self) -> Option<Timestamp> {
        matches!(self.state, State::Sweeping).then_some(self.flushed_at)
    }
}

/// The pause after a sweep. Who is served last hears of an entry that was accepted right after a
/// flush when every wave had a sweep and a pause, and its own another sweep.
fn pause_ms(sweep_ms: u64, n_waves: u8) -> u64 {
    let in_time = SPREAD_MS.saturating_sub(sweep_ms).checked_div(u64::from(n_waves));
    let in_time = in_time.unwrap_or_default().saturating_sub(sweep_ms);
    sweep_ms.min(in_time).max(sweep_ms / 3).min(PAUSE_MS_MAX)
}

/// How many entries were accepted in the last second that had any, and in the one before it.
#[derive(Debug, Default)]
struct Pace {
    second: u64,
    n: u64,
    n_before: u64,
}

impl Pace {
    fn note(&mut self, now: Timestamp) {
        let second = second_of(now);
        if second != self.second {
            self.n_before = self.counted(second.saturating_sub(1));
            self.n = 0;
            self.second = second;
        }
        self.n = self.n.saturating_add(1);
    }

    /// The more of what was counted in this second, and in the one before.
    fn of(&self, now: Timestamp) -> u64 {
        let second = second_of(now);
        self.counted(second).max(self.counted(second.saturating_sub(1)))
    }

    fn counted(&self, second: u64) -> u64 {
        if second == self.second {
            self.n
        } else if second.saturating_add(1) == self.second {
            self.n_before
        } else {
            0
        }
    }
}

fn second_of(now: Timestamp) -> u64 {
    now.0 / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(10_000);
    const MANY: usize = 600;

    /// A window after sweeps of `sweep_ms`, in a second of `n` entries.
    fn paced(sweep_ms: u64, n: u64) -> Window {
        let mut window = Window { sweep_ms, ..Window::default() };
        for _ in 0..n {
            window.accepted(START);
        }
        window
    }

    /// The same in a second of as many as a room may hear that is not busy.
    fn hurried(sweep_ms: u64) -> Window {
        paced(sweep_ms, BUSY_PER_S - 1)
    }

    /// The same, whose flush at [`START`] took `sweep_ms`, too.
    fn swept(sweep_ms: u64) -> Window {
        let mut window = hurried(sweep_ms);
        window.flushed(START, MANY, 1);
        window.woke(START.plus_ms(sweep_ms));
        window
    }

    #[test]
    fn gc1_a_small_room_is_always_at_rest() {
        let mut window = Window::default();
        window.flushed(START, SMALL_ROOM - 1, 1);
        assert_eq!(window.wakes_at(), None);
        assert_eq!(window.due_at(START, 1), START);
    }

    #[test]
    fn gc3_the_pause_is_as_long_as_the_sweep_if_time_allows_and_a_third_of_it_in_any_case() {
        assert_eq!(swept(0).due_at(START, 1), START);
        assert_eq!(swept(20).due_at(START.plus_ms(20), 1), START.plus_ms(40));
        assert_eq!(swept(30).due_at(START.plus_ms(30), 1), START.plus_ms(SPREAD_MS - 30));
        assert_eq!(swept(45).due_at(START.plus_ms(45), 1), START.plus_ms(60));
        assert_eq!(swept(600).due_at(START, 1), START.plus_ms(600 + PAUSE_MS_MAX));
    }

    #[test]
    fn gc3_a_calm_room_does_not_pause() {
        let n_calm = CALM_MS_PER_S / 36;
        let crowd = (1, 4, false);
        for (n, n_waves, is_calm) in
            [(1, 1, true), (n_calm, 1, true), (n_calm + 1, 1, false), crowd]
        {
            let mut window = paced(36, n);
            window.flushed(START, MANY, n_waves);
            let swept_at = START.plus_ms(36);
            window.woke(swept_at);
            assert_eq!(window.due_at(swept_at, 1) == swept_at, is_calm, "{n} in {n_waves}");
        }
    }

    #[test]
    fn gc5_the_sweeps_and_pauses_of_all_waves_take_as_long_as_one_sweep_and_its_pause() {
        let mut window = hurried(8);
        window.flushed(START, MANY, 4);
        let swept_at = START.plus_ms(8);
        window.woke(swept_at);
        let turn_ms = window.rest_at(swept_at).ms_since(START);
        assert_eq!(turn_ms, 16, "as long as the sweep");
        let mut window = hurried(12);
        window.flushed(START, MANY, 4);
        let swept_at = START.plus_ms(12);
        window.woke(swept_at);
        let turn_ms = window.rest_at(swept_at).ms_since(START);
        assert!(turn_ms * 4 + 12 <= SPREAD_MS, "{turn_ms}");
    }

    #[test]
    fn gc3_the_room_asks_once_to_be_called_back_at_once() {
        let mut window = hurried(45);
        window.flushed(START, MANY, 1);
        assert_eq!(window.wakes_at(), Some(START));
        window.woke(START.plus_ms(45));
        assert_eq!(window.wakes_at(), None);
        window.woke(START.plus_ms(50));
        assert_eq!(window.due_at(START, 1), START.plus_ms(60), "measured once");
    }

    #[test]
    fn gc3_one_slow_sweep_does_not_make_a_long_pause() {
        let mut window = swept(30);
        for (sweep_ms, pause_ms) in [(90, 20), (90, 30), (30, 20)] {
            window.flushed(START, MANY, 1);
            let swept_at = START.plus_ms(sweep_ms);
            window.woke(swept_at);
            assert_eq!(window.due_at(START, 1), swept_at.plus_ms(pause_ms));
        }
    }

    #[test]
    fn gc3_nothing_waits_for_a_call_that_never_comes_or_for_a_clock_set_back() {
        let mut window = Window::default();
        window.flushed(START, MANY, 1);
        assert_eq!(window.due_at(START, 1), START.plus_ms(SWEEP_MS_MAX));
        let earlier = Timestamp(START.0 - 1);
        assert_eq!(window.due_at(earlier, 1), earlier);
    }

    #[test]
    fn gc4_a_busy_room_fills_a_row() {
        let mut window = swept(45);
        for _ in 0..BUSY_PER_S {
            window.accepted(START);
        }
        let now = START.plus_ms(50);
        assert_eq!(window.due_at(now, ROW_ENTRIES - 1), START.plus_ms(ROW_MS));
        assert_eq!(window.due_at(now, ROW_ENTRIES), START.plus_ms(60));
        let later = START.plus_ms(1_999);
        assert!(window.due_at(later, 1) <= later, "nothing waits longer than a row takes");
    }

    #[test]
    fn gc4_a_room_is_busy_by_what_came_in_this_second_or_the_one_before() {
        let mut pace = Pace::default();
        for _ in 1..BUSY_PER_S {
            pace.note(START);
        }
        assert!(pace.of(START) < BUSY_PER_S);
        pace.note(START.plus_ms(999));
        assert!(pace.of(START.plus_ms(1_000)) >= BUSY_PER_S);
        pace.note(START.plus_ms(1_500));
        assert!(pace.of(START.plus_ms(1_999)) >= BUSY_PER_S);
        assert!(pace.of(START.plus_ms(2_000)) < BUSY_PER_S);
        pace.note(START.plus_ms(3_000));
        assert!(pace.of(START.plus_ms(3_000)) < BUSY_PER_S);
    }
}
