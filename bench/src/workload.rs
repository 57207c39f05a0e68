//! Who says how much in rooms of which size.

use std::time::Duration;

use crate::system::Size;

/// A crowd, and the loads that it bears one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) size: Size,
    pub(crate) loads: Vec<Load>,
}

/// What is said in every room, evenly spread over the time and over those who talk.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    /// On the command line and in the results.
    pub(crate) name: String,
    /// How many of a room talk, in turns.
    pub(crate) senders: usize,
    /// Messages a second in each room.
    pub(crate) rate: u32,
}

/// How long a load is borne.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    /// Before anything is measured.
    pub(crate) warm_up: Duration,
    /// In which it is.
    pub(crate) window: Duration,
    /// For the last messages to arrive.
    pub(crate) drain: Duration,
}

impl Load {
    pub(crate) fn new(name: impl Into<String>, senders: usize, rate: u32) -> Self {
        Self { name: name.into(), senders, rate }
    }

    /// The seat that says message `i` of all rooms together.
    pub(crate) fn sender(&self, size: Size, i: usize) -> usize {
        let (room, turn) = (i % size.rooms, i / size.rooms);
        room * size.members + turn % self.senders
    }

    /// When it does.
    pub(crate) fn due(&self, size: Size, i: usize) -> Duration {
        Duration::from_secs_f64(i as f64 / self.messages_per_second(size))
    }

    /// In all rooms together.
    pub(crate) fn messages_per_second(&self, size: Size) -> f64 {
        f64::from(self.rate) * size.rooms as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_and_their_senders_take_turns() {
        let size = Size { rooms: 2, members: 10 };
        let load = Load::new("two of ten", 2, 5);
        let senders: Vec<usize> = (0..6).map(|i| load.sender(size, i)).collect();
        assert_eq!(senders, [0, 10, 1, 11, 0, 10]);
        assert_eq!(load.due(size, 10), Duration::from_secs(1));
        assert!((load.messages_per_second(size) - 10.0).abs() < 1e-9);
    }
}
