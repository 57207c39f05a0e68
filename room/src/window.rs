//! When a room may flush again: at once if it is at rest, else when its window ends.
//!
//! A flush costs a sweep over the live sockets. A room that flushed for every entry while a sweep
//! takes longer than entries take to arrive would fall behind for good, and a model of that cost
//! is wrong on a machine that is busy with something else. So the room watches the clock instead:
//! it asks to be called back when its window ends, and being called in time shows that nothing
//! else was waiting for it. Only then is it at rest.

use protocol::Timestamp;
use protocol::limits::{SWEEP_US_PER_SESSION, WINDOW_MS_MAX};

/// Milliseconds that a call may be late without meaning anything.
const LATE_MS: u64 = 2;

/// The pause after a flush.
#[derive(Debug, Default)]
pub(crate) struct Window {
    /// When the room may come to rest; `None` while it is at rest.
    ends_at: Option<Timestamp>,
    /// Whether the window was prolonged, because the call at its end was late.
    is_prolonged: bool,
}

impl Window {
    /// A room of `n_live` sessions flushed.
    pub(crate) fn flushed(&mut self, now: Timestamp, n_live: usize) {
        let ms = window_ms(n_live);
        self.ends_at = (ms > 0).then(|| now.plus_ms(ms));
        self.is_prolonged = false;
    }

    /// The room was called back (rule GC3).
    pub(crate) fn woke(&mut self, now: Timestamp, n_live: usize) {
        let Some(at) = self.ends_at.filter(|at| *at <= now) else {
            return;
        };
        let ms = window_ms(n_live);
        let was_busy = now.ms_since(at) > (ms / 2).saturating_add(LATE_MS);
        self.is_prolonged = was_busy && !self.is_prolonged;
        self.ends_at = self.is_prolonged.then(|| now.plus_ms(ms));
    }

    /// When entries are due of which the first was accepted at `since`.
    pub(crate) fn due_at(&self, now: Timestamp, since: Timestamp, n_live: usize) -> Timestamp {
        match self.ends_at {
            // A clock that was set back must not hold entries back.
            Some(at) if since <= now => {
                let company = since.plus_ms(window_ms(n_live) / 2);
                at.max(company).min(since.plus_ms(WINDOW_MS_MAX))
            }
            Some(_) | None => now,
        }
    }

    /// When to call the room back, to see whether it is at rest.
    pub(crate) fn ends_at(&self) -> Option<Timestamp> {
        self.ends_at
    }
}

/// Twice what one sweep over the live sessions costs, bounded; zero for a small room.
fn window_ms(n_live: usize) -> u64 {
    let n_live = u64::try_from(n_live).unwrap_or(u64::MAX);
    let sweep_us = n_live.saturating_mul(SWEEP_US_PER_SESSION);
    (sweep_us.saturating_mul(2) / 1_000).min(WINDOW_MS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gc3_the_window_follows_the_room() {
        assert_eq!(window_ms(0), 0);
        assert_eq!(window_ms(9), 0);
        assert_eq!(window_ms(100), 10);
        assert_eq!(window_ms(600), 60);
        assert_eq!(window_ms(5_000), WINDOW_MS_MAX);
        assert_eq!(window_ms(usize::MAX), WINDOW_MS_MAX);
    }

    #[test]
    fn gc3_a_room_that_is_called_in_time_is_at_rest() {
        let (start, end) = (Timestamp(1_000), Timestamp(1_060));
        let mut window = Window::default();
        assert_eq!(window.due_at(start, start, 600), start, "at rest");
        window.flushed(start, 600);
        let early = start.plus_ms(1);
        assert_eq!(window.due_at(early, early, 600), end);
        window.woke(end, 600);
        assert_eq!(window.ends_at(), None);
        assert_eq!(window.due_at(end, end, 600), end);
    }

    #[test]
    fn gc3_a_room_that_is_called_late_gathers_company_once_more() {
        let mut window = Window::default();
        window.flushed(Timestamp(1_000), 600);
        let late = Timestamp(1_175);
        assert_eq!(window.due_at(late, late, 600), late.plus_ms(30), "the queue comes along");
        window.woke(late, 600);
        assert_eq!(window.ends_at(), Some(late.plus_ms(60)));
        window.woke(late.plus_ms(175), 600);
        assert_eq!(window.ends_at(), None, "and then it rests");
    }

    #[test]
    fn gc3_nothing_waits_longer_than_the_longest_window_or_for_a_clock_set_back() {
        let mut window = Window::default();
        window.flushed(Timestamp(10_000), 600);
        let (since, now) = (Timestamp(1_000), Timestamp(1_010));
        assert_eq!(window.due_at(now, since, 600), since.plus_ms(WINDOW_MS_MAX));
        assert_eq!(window.due_at(now, Timestamp(10_001), 600), now);
    }
}
