//! What reached everybody: how much, how late, whether all of it, and in which order.

use std::ops::Range;

use crate::marker::{Marker, Scanner};
use crate::system::Size;
use crate::times::Times;

/// Counts by message, for every receiver.
pub(crate) struct Tally {
    size: Size,
    scanner: Scanner,
    /// For each receiver and each member of its room: the number of the last message heard.
    last: Vec<u32>,
    /// For each receiver: how many messages it heard.
    heard: Vec<u64>,
    /// For each receiver: a hash of all it heard, in its order.
    orders: Vec<u64>,
    /// For each sender: how many messages it said.
    said: Vec<u32>,
    /// Deliveries of everything said so far, and of those that came.
    expected: u64,
    pub(crate) delivered: u64,
    pub(crate) faults: Faults,
    pub(crate) window: Window,
}

/// What is measured: messages said, and deliveries that came, within a range of time.
pub(crate) struct Window {
    /// Microseconds since the generator began.
    us: Range<u64>,
    /// Whose latencies count.
    witnesses: Range<usize>,
    /// Deliveries of messages that were said in it, and those of them that came at any time.
    pub(crate) expected: u64,
    pub(crate) delivered: u64,
    /// Deliveries that came in it, and their frames and bytes.
    pub(crate) arrived: u64,
    pub(crate) frames: u64,
    pub(crate) bytes: u64,
    /// Of messages that were said in it.
    pub(crate) latencies: Times,
}

/// What must not happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    /// A later message of a sender came although an earlier one had not.
    pub(crate) skipped: u64,
    /// A message came again, or after a later one of its sender.
    pub(crate) repeated: u64,
    /// A message came to another room.
    pub(crate) strayed: u64,
}

impl Tally {
    pub(crate) fn new(size: Size) -> Self {
        let seats = size.rooms * size.members;
        Self {
            size,
            scanner: Scanner::new(),
            last: vec![0; seats * size.members],
            heard: vec![0; seats],
            orders: vec![0; seats],
            said: vec![0; seats],
            expected: 0,
            delivered: 0,
            faults: Faults::default(),
            window: Window::new(0..0),
        }
    }

    /// From now on, measures what is said and heard in these microseconds.
    pub(crate) fn open(&mut self, us: Range<u64>) {
        self.window = Window::new(us);
    }

    /// The same, with latencies of these receivers alone.
    pub(crate) fn open_for(&mut self, us: Range<u64>, witnesses: Range<usize>) {
        self.window = Window { witnesses, ..Window::new(us) };
    }

    /// The next marker of a sender, which is said now.
    pub(crate) fn say(&mut self, sender: usize, now_us: u64) -> Marker {
        self.said[sender] += 1;
        let members = self.size.members as u64;
        self.expected += members;
        if self.window.us.contains(&now_us) {
            self.window.expected += members;
        }
        Marker { sender, n: self.said[sender], sent_us: now_us }
    }

    /// A frame reached a receiver.
    pub(crate) fn hear(&mut self, receiver: usize, frame: &[u8], now_us: u64) {
        let Self { size, scanner, last, heard, orders, delivered, faults, window, .. } = self;
        let room = receiver / size.members;
        let first = room * size.members;
        let mut n_heard: u64 = 0;
        scanner.scan(frame, |marker| {
            if marker.sender / size.members != room {
                faults.strayed += 1;
                return;
            }
            let last = &mut last[receiver * size.members + (marker.sender - first)];
            if marker.n <= *last {
                faults.repeated += 1;
                return;
            }
            faults.skipped += u64::from(marker.n - *last - 1);
            *last = marker.n;
            orders[receiver] = mixed(orders[receiver], marker);
            n_heard += 1;
            if window.us.contains(&marker.sent_us) {
                window.delivered += 1;
                if window.witnesses.contains(&receiver) {
                    window.latencies.add_us(now_us.saturating_sub(marker.sent_us));
                }
            }
        });
        *delivered += n_heard;
        heard[receiver] += n_heard;
        if n_heard > 0 && window.us.contains(&now_us) {
            window.arrived += n_heard;
            window.frames += 1;
            window.bytes += frame.len() as u64;
        }
    }

    /// Deliveries that did not come.
    pub(crate) fn missing(&self) -> u64 {
        self.expected.saturating_sub(self.delivered)
    }

    /// How many messages somebody heard.
    pub(crate) fn heard_by(&self, receiver: usize) -> u64 {
        self.heard[receiver]
    }

    /// Whether the members of every room heard the same in the same order.
    pub(crate) fn is_one_order(&self) -> bool {
        self.orders.chunks(self.size.members).all(|room| room.iter().all(|order| *order == room[0]))
    }
}

impl Window {
    fn new(us: Range<u64>) -> Self {
        let witnesses = 0..usize::MAX;
        Self {
            us,
            witnesses,
            expected: 0,
            delivered: 0,
            arrived: 0,
            frames: 0,
            bytes: 0,
            latencies: Times::new(),
        }
    }
}

/// The hash of a sequence that goes on with `marker`.
fn mixed(order: u64, marker: Marker) -> u64 {
    let next = (marker.sender as u64) << 32 | u64::from(marker.n);
    (order ^ next).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO_ROOMS: Size = Size { rooms: 2, members: 2 };

    fn told(tally: &mut Tally, receivers: &[usize], markers: &[Marker]) {
        let frame = markers.iter().map(|marker| marker.body()).collect::<String>();
        for receiver in receivers {
            tally.hear(*receiver, frame.as_bytes(), 1_500);
        }
    }

    #[test]
    fn everything_heard_in_one_order_is_complete() {
        let mut tally = Tally::new(TWO_ROOMS);
        let (a, b) = (tally.say(0, 1), tally.say(1, 2));
        assert_eq!(tally.missing(), 4);
        told(&mut tally, &[0, 1], &[a, b]);
        assert!(tally.is_one_order());
        assert_eq!((tally.heard_by(0), tally.heard_by(2)), (2, 0));
        assert_eq!((tally.missing(), tally.delivered), (0, 4));
    }

    #[test]
    fn another_order_of_two_senders_is_complete_but_not_one() {
        let mut tally = Tally::new(TWO_ROOMS);
        let (a, b) = (tally.say(0, 1), tally.say(1, 2));
        told(&mut tally, &[0], &[a, b]);
        told(&mut tally, &[1], &[b, a]);
        assert_eq!((tally.missing(), tally.faults), (0, Faults::default()));
        assert!(!tally.is_one_order());
    }

    #[test]
    fn each_fault_is_found() {
        let mut tally = Tally::new(TWO_ROOMS);
        let (a, b) = (tally.say(0, 1), tally.say(0, 2));
        told(&mut tally, &[1], &[b]);
        assert_eq!(tally.faults, Faults { skipped: 1, ..Faults::default() });
        told(&mut tally, &[1], &[a]);
        assert_eq!(tally.faults, Faults { skipped: 1, repeated: 1, strayed: 0 });
        told(&mut tally, &[2], &[a]);
        assert_eq!(tally.faults, Faults { skipped: 1, repeated: 1, strayed: 1 });
    }

    #[test]
    fn a_loss_at_the_end_is_missing() {
        let mut tally = Tally::new(TWO_ROOMS);
        let a = tally.say(0, 1);
        told(&mut tally, &[0], &[a]);
        assert_eq!(tally.faults, Faults::default());
        assert_eq!(tally.missing(), 1);
    }

    #[test]
    fn a_window_holds_what_was_said_in_it_however_late_it_comes() {
        let mut tally = Tally::new(TWO_ROOMS);
        tally.open(1_000..2_000);
        let (before, within) = (tally.say(0, 500), tally.say(0, 1_100));
        told(&mut tally, &[0], &[before, within]);
        tally.hear(1, format!("{}{}", before.body(), within.body()).as_bytes(), 9_100);
        let window = &tally.window;
        assert_eq!((window.expected, window.delivered), (2, 2));
        assert_eq!((window.arrived, window.frames), (2, 1));
        let quantile_ms = |part| (window.latencies.quantile_ms(part) * 10.0).round() / 10.0;
        assert_eq!((quantile_ms(0.5), quantile_ms(1.0)), (0.4, 8.0));
    }

    #[test]
    fn only_witnesses_are_asked_how_late_it_was() {
        let mut tally = Tally::new(TWO_ROOMS);
        tally.open_for(1_000..2_000, 1..2);
        let said = tally.say(0, 1_100);
        told(&mut tally, &[0, 1], &[said]);
        assert_eq!((tally.window.delivered, tally.window.latencies.count()), (2, 1));
    }
}
