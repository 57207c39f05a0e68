//! One room object: what it has to do, and what stops it first.

use super::inputs::Inputs;

pub(super) const DAY_S: f64 = 86_400.0;

/// What an object does, a second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Load {
    pub(super) window_ms: f64,
    /// Commits and broadcasts.
    pub(super) flushes: f64,
    /// One entry that reaches one member.
    pub(super) deliveries: f64,
    /// Frames to clients.
    pub(super) frames_out: f64,
    /// Frames from clients.
    pub(super) frames_in: f64,
    /// Of one core.
    pub(super) cpu: f64,
    /// The part of the time in which the object may not hibernate, and is paid for.
    pub(super) awake: f64,
}

/// What stops an object that is told ever more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    Cpu,
    Requests,
}

/// The load of a room with `live` sockets in which `rate` messages a second are said.
pub(super) fn load(inputs: &Inputs, live: f64, rate: f64) -> Load {
    let (protocol, assumed) = (&inputs.protocol, &inputs.assumed);
    let window_ms = window_ms(inputs, live, rate);
    let flushes = if window_ms > 0.0 { rate.min(1_000.0 / window_ms) } else { rate };
    let read_again_s = (protocol.read_again_ms.0 / 1e3).max(live / protocol.reads_per_s.0);
    let reads = live * assumed.read_share.0 * rate.min(1.0 / read_again_s);
    let typing = (rate * assumed.typing_lines_per_message.0)
        .min(live * 1_000.0 / protocol.typing_again_ms.0);
    let departures = departures(inputs, live);
    let digests = digest_frames(inputs, live, flushes, [reads, typing, departures]);

    let deliveries = rate * live;
    let frames_out = (flushes + digests) * live;
    let frames_in = rate + reads + typing;
    let us = deliveries * entry_us(inputs)
        + frames_out * inputs.measured.frame_us.0
        + frames_in * assumed.frame_in_us.0
        + flushes * assumed.commit_us.0;
    // Each event keeps the object awake for a while; the whiles of independent events overlap.
    let overlapping = rate * assumed.awake_message_s.0 + departures * assumed.awake_presence_s.0;
    let awake = 1.0 - (-overlapping).exp();
    Load { window_ms, flushes, deliveries, frames_out, frames_in, cpu: us / 1e6, awake }
}

/// Frames a second for digests alone, of kinds that change so often: they go along with entries
/// that come between half a tick and their own time (rule DG4).
pub(super) fn digest_frames(inputs: &Inputs, live: f64, flushes: f64, kinds: [f64; 3]) -> f64 {
    let protocol = &inputs.protocol;
    let tick_s = protocol.tick_ms.0 / 1e3;
    let alone_s = (live / protocol.digest_frames_per_s.0).min(protocol.digest_ms_max.0 / 1e3);
    let alone_s = alone_s.max(tick_s);
    let due: f64 = kinds.map(|each| each.min(1.0 / alone_s)).iter().sum();
    due * (-flushes * (alone_s - tick_s / 2.0)).exp()
}

/// Milliseconds from a flush to the next one that entries may wait for (rules GC1, GC3 and GC4).
fn window_ms(inputs: &Inputs, live: f64, rate: f64) -> f64 {
    let protocol = &inputs.protocol;
    let sweep_ms =
        if live < protocol.small_room.0 { 0.0 } else { live * inputs.measured.frame_us.0 / 1e3 };
    let in_time = protocol.spread_ms.0 - 2.0 * sweep_ms;
    let pause_ms = if rate * sweep_ms <= protocol.calm_ms_per_s.0 {
        0.0
    } else {
        sweep_ms.min(in_time).max(sweep_ms / 3.0).min(protocol.pause_ms_max.0)
    };
    let is_busy = rate >= protocol.busy_per_s.0;
    let row_ms =
        if is_busy { protocol.row_ms.0.min(protocol.row_entries.0 / rate * 1e3) } else { 0.0 };
    row_ms.max(sweep_ms + pause_ms)
}

/// Microseconds for one more entry in a frame, for each member: what was measured, less the part
/// of the frame and of the frame that brought the entry.
pub(super) fn entry_us(inputs: &Inputs) -> f64 {
    let measured = &inputs.measured;
    let frame = measured.frame_us.0 / measured.delivery_entries_per_frame.0;
    let brought = inputs.assumed.frame_in_us.0 / measured.delivery_live.0;
    (measured.delivery_us.0 - frame - brought).max(0.0)
}

/// Departures and returns a second of a room with `live` sockets.
pub(super) fn departures(inputs: &Inputs, live: f64) -> f64 {
    live * inputs.assumed.reconnects_per_day.0 / DAY_S
}

/// The most messages a second that a room with `live` sockets takes, and what stops more.
pub(super) fn capacity(inputs: &Inputs, live: f64) -> (f64, Stop) {
    let most = |fits: &dyn Fn(Load) -> bool| {
        let (mut low, mut high) = (0.0, 1e6);
        for _ in 0..100 {
            let middle = f64::midpoint(low, high);
            if fits(load(inputs, live, middle)) { low = middle } else { high = middle }
        }
        low
    };
    let cpu = most(&|load| load.cpu <= inputs.assumed.cpu_share_max.0);
    let requests = most(&|load| load.frames_in <= inputs.limits.requests_per_s.0);
    if cpu <= requests { (cpu, Stop::Cpu) } else { (requests, Stop::Requests) }
}

/// Rows that an entry writes into the room, beside read positions and notices.
pub(super) fn rows_per_entry(inputs: &Inputs, live: f64, rate: f64) -> f64 {
    // Of a lone message, all but its own flush: index, alarms, checkpoints.
    let apart = inputs.measured.rows_per_entry_alone.0 - 1.0;
    let flushes = load(inputs, live, rate).flushes;
    apart + if rate > 0.0 { flushes / rate } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scale::inputs::Figure;

    fn inputs() -> Inputs {
        Inputs::read(include_str!("../../../docs/scale.toml")).unwrap()
    }

    /// Round figures, so that a person can calculate along.
    pub(in crate::scale) fn round() -> Inputs {
        let mut inputs = inputs();
        inputs.measured.delivery_us = Figure(1.0);
        inputs.measured.delivery_entries_per_frame = Figure(100.0);
        inputs.measured.delivery_live = Figure(1_000.0);
        inputs.measured.frame_us = Figure(20.0);
        inputs.assumed.frame_in_us = Figure(100.0);
        inputs.assumed.commit_us = Figure(500.0);
        inputs.assumed.read_share = Figure(0.5);
        inputs.assumed.typing_lines_per_message = Figure(2.0);
        inputs.assumed.awake_message_s = Figure(3.0);
        inputs.assumed.awake_presence_s = Figure(10.0);
        inputs.assumed.reconnects_per_day = Figure(8.64);
        inputs
    }

    fn near(have: f64, want: f64) {
        assert!((have - want).abs() <= 1e-9 * want.abs().max(1.0), "{have} is not {want}");
    }

    #[test]
    fn the_load_of_a_room_by_hand() {
        // 200 live, 10 msg/s: a sweep of 200 · 20 µs = 4 ms and no pause, so each message is a
        // flush.
        let load = load(&round(), 200.0, 10.0);
        near(load.window_ms, 4.0);
        near(load.flushes, 10.0);
        near(load.deliveries, 2_000.0);
        // Half of them read, every two seconds: 50. Typing: 20. With the sends: 80.
        near(load.frames_in, 80.0);
        // 200 · 8.64 / 86,400 = 0.02 departures; digests of reading, of typing, and of those,
        // of which all but one in e⁵ come with a message.
        let digests = (1.0 + 1.0 + 0.02) * (-5.0_f64).exp();
        near(load.frames_out, (10.0 + digests) * 200.0);
        // An entry: 1 − 20/100 − 100/1,000 = 0.7 µs.
        near(load.cpu, (1_400.0 + load.frames_out * 20.0 + 80.0 * 100.0 + 10.0 * 500.0) / 1e6);
        near(load.awake, 1.0 - (-30.2_f64).exp());
    }

    #[test]
    fn a_room_that_was_measured_costs_what_was_measured() {
        let inputs = inputs();
        let load = load(&inputs, 1_000.0, 1_000.0);
        let measured = inputs.measured.delivery_us.0;
        // Reading and typing were not part of that run; they and the digests are the rest.
        let per_delivery = load.cpu * 1e6 / load.deliveries;
        assert!(per_delivery >= measured && per_delivery < measured * 1.25, "{per_delivery}");
    }

    #[test]
    fn the_rows_of_a_busy_room_are_found_again() {
        let inputs = inputs();
        let [lone, busy] = [1.0, 100.0].map(|rate| rows_per_entry(&inputs, 1_000.0, rate));
        near(lone, inputs.measured.rows_per_entry_alone.0);
        assert!((busy - inputs.measured.rows_per_entry_busy.0).abs() < 0.005, "{busy}");
    }

    #[test]
    fn nothing_that_fits_is_more_than_the_capacity() {
        let inputs = round();
        for live in [5.0, 100.0, 1_000.0] {
            let (rate, stop) = capacity(&inputs, live);
            let (at, beyond) = (load(&inputs, live, rate), load(&inputs, live, rate * 1.01));
            let share = inputs.assumed.cpu_share_max.0;
            for part in 1..100 {
                let less = load(&inputs, live, rate * f64::from(part) / 100.0);
                assert!(less.cpu <= share, "{live}: {less:?} at {part} % of {rate}");
            }
            assert!(at.cpu <= share && at.frames_in <= 1_000.0, "{live}: {at:?}");
            match stop {
                Stop::Cpu => assert!(beyond.cpu > share, "{live}: {beyond:?}"),
                Stop::Requests => assert!(beyond.frames_in > 1_000.0, "{live}: {beyond:?}"),
            }
        }
    }
}
