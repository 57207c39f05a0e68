//! A crowd is served in waves: each frame goes to a part of the live sessions, in turns.
//!
//! Who is served last waits for the window and for the sweep. A room that sweeps over a quarter of
//! its sessions at a time spares them most of the sweep, so the window may be longer for the same
//! latency, and frames, which are what a busy room costs, are fewer.

use protocol::Timestamp;
use protocol::limits::WAVES;

use crate::effect::{Effect, Effects};
use crate::tally::Handed;

/// One part of the live sessions; a session stays in the one it came into.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Wave(u8);

/// What each wave has yet to be sent.
#[derive(Debug, Default)]
pub(crate) struct Waves {
    /// The wave that was served last: it holds everything that is stored.
    level: Wave,
    /// What was stored since each wave was served.
    owed: [Owed; WAVES as usize],
    /// When the sends arrived that some wave has not been sent yet: those of each frame.
    arrivals: Vec<Vec<Timestamp>>,
}

/// What is sent as it happens.
#[derive(Debug, Default)]
pub(crate) struct Frame {
    /// The lines of entries and of digests.
    pub(crate) text: String,
    /// How many entries.
    pub(crate) n_entries: u64,
    /// When those of them arrived that were sent by somebody.
    pub(crate) arrivals: Vec<Timestamp>,
}

/// How many sessions are live in each wave.
pub(crate) type Live = [u64; WAVES as usize];

#[derive(Debug, Default)]
struct Owed {
    text: String,
    n_entries: u64,
}

impl Wave {
    /// The wave of this number, counted from zero; `None` if there are not so many.
    #[must_use]
    pub fn new(number: u8) -> Option<Self> {
        (number < WAVES).then_some(Self(number))
    }

    /// Its number, from zero.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }

    fn next(self) -> Self {
        Self::new(self.0.saturating_add(1)).unwrap_or_default()
    }
}

impl Waves {
    /// Whether everybody was sent everything.
    pub(crate) fn are_level(&self) -> bool {
        self.owed.iter().all(|owed| owed.text.is_empty())
    }

    /// Whether some wave lacks something, and no wave an entry.
    pub(crate) fn lack_digests_alone(&self) -> bool {
        !self.are_level() && self.owed.iter().all(|owed| owed.n_entries == 0)
    }

    /// The wave that a session joins which is told everything up to now.
    pub(crate) fn join(&mut self) -> Wave {
        if self.are_level() {
            // Any will do; so they stay about as large as one another.
            self.level = self.level.next();
        }
        self.level
    }

    /// Sends everybody what they lack, and `frame`.
    pub(crate) fn serve_all(&mut self, frame: Frame, live: &Live, effects: &mut Effects) -> Handed {
        if self.are_level() {
            let n_live = live.iter().fold(0, |all: u64, n| all.saturating_add(*n));
            if !frame.text.is_empty() {
                effects.push(Effect::Broadcast(frame.text));
            }
            let deliveries = frame.n_entries.saturating_mul(n_live);
            return Handed { deliveries, arrivals: frame.arrivals };
        }
        self.owe(frame);
        let mut handed = Handed::default();
        for _ in 0..WAVES {
            handed.deliveries = handed.deliveries.saturating_add(self.serve(live, effects));
        }
        handed.arrivals = std::mem::take(&mut self.arrivals).concat();
        handed
    }

    /// Sends `frame` to the wave whose turn it is, after what it lacks; the others will follow.
    pub(crate) fn serve_next(
        &mut self,
        frame: Frame,
        live: &Live,
        effects: &mut Effects,
    ) -> Handed {
        self.owe(frame);
        let deliveries = self.serve(live, effects);
        // What came with the oldest of so many frames was sent to every wave.
        let is_sent = self.arrivals.len() >= usize::from(WAVES);
        let arrivals = if is_sent { self.arrivals.remove(0) } else { Vec::new() };
        Handed { deliveries, arrivals }
    }

    /// Nobody is there to be sent anything.
    pub(crate) fn forget(&mut self, frame: Frame) -> Handed {
        self.owed = Default::default();
        let mut arrivals = std::mem::take(&mut self.arrivals).concat();
        arrivals.extend(frame.arrivals);
        Handed { deliveries: 0, arrivals }
    }

    fn owe(&mut self, frame: Frame) {
        for owed in self.owed.iter_mut().filter(|_| !frame.text.is_empty()) {
            if !owed.text.is_empty() {
                owed.text.push('\n');
            }
            owed.text.push_str(&frame.text);
            owed.n_entries = owed.n_entries.saturating_add(frame.n_entries);
        }
        self.arrivals.push(frame.arrivals);
    }

    /// Answers the deliveries.
    fn serve(&mut self, live: &Live, effects: &mut Effects) -> u64 {
        self.level = self.level.next();
        let wave = self.level;
        let owed = self.owed.get_mut(usize::from(wave.0)).map(std::mem::take);
        let Some(Owed { text: frame, n_entries }) = owed.filter(|owed| !owed.text.is_empty())
        else {
            return 0;
        };
        effects.push(Effect::Serve { wave, frame });
        n_entries.saturating_mul(live.get(usize::from(wave.0)).copied().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each wave was sent.
    fn served(effects: Effects, sent: &mut [String; WAVES as usize]) {
        for effect in effects.0 {
            if let Effect::Serve { wave, frame } = effect {
                push(&mut sent[usize::from(wave.0)], &frame);
            } else if let Effect::Broadcast(frame) = effect {
                for sent in sent.iter_mut() {
                    push(sent, &frame);
                }
            }
        }
    }

    fn push(sent: &mut String, frame: &str) {
        assert!(!frame.is_empty());
        sent.push_str(frame);
        sent.push('\n');
    }

    const LIVE: Live = [1, 2, 3, 4];

    fn frame(text: &str) -> Frame {
        let n_entries = text.split('\n').filter(|line| !line.is_empty()).count() as u64;
        Frame { text: text.to_owned(), n_entries, arrivals: Vec::new() }
    }

    #[test]
    fn gc5_every_wave_is_sent_everything_once_and_in_order() {
        let (mut waves, mut sent) = (Waves::default(), Default::default());
        for i in 0..10 {
            let mut effects = Effects::default();
            let _ = waves.serve_next(frame(&format!("{i}")), &LIVE, &mut effects);
            served(effects, &mut sent);
        }
        assert!(!waves.are_level());
        let mut effects = Effects::default();
        let _ = waves.serve_all(frame("10\n11"), &LIVE, &mut effects);
        served(effects, &mut sent);
        assert!(waves.are_level());
        let all = "0 1 2 3 4 5 6 7 8 9 10 11 ".replace(' ', "\n");
        assert!(sent.iter().all(|sent| *sent == all), "{sent:?}");
    }

    #[test]
    fn gc5_who_is_level_is_served_with_one_frame_for_all() {
        let (mut waves, mut effects) = (Waves::default(), Effects::default());
        let _ = waves.serve_all(frame("one"), &LIVE, &mut effects);
        let _ = waves.serve_all(frame(""), &LIVE, &mut effects);
        assert_eq!(effects.0, [Effect::Broadcast("one".to_owned())]);
    }

    #[test]
    fn gc5_a_session_joins_a_wave_that_lacks_nothing() {
        let (mut waves, mut effects) = (Waves::default(), Effects::default());
        let apart: Vec<Wave> = (0..WAVES).map(|_| waves.join()).collect();
        assert!(apart.windows(2).all(|pair| pair[0] != pair[1]), "{apart:?}");
        let _ = waves.serve_next(frame("one"), &LIVE, &mut effects);
        let Some(Effect::Serve { wave, .. }) = effects.0.pop() else {
            unreachable!("it is served")
        };
        assert_eq!((waves.join(), waves.join()), (wave, wave));
    }

    #[test]
    fn lf2_what_each_wave_is_handed_counts_once_for_each_of_its_sessions() {
        let (mut waves, mut effects) = (Waves::default(), Effects::default());
        let at = |n: u64| Frame { arrivals: vec![Timestamp(n)], ..frame("a\nb") };
        let mut deliveries = 0;
        for n in 1..=5 {
            let handed = waves.serve_next(at(n), &LIVE, &mut effects);
            deliveries += handed.deliveries;
            // The last wave is handed what came three frames ago.
            let whole = n.checked_sub(3).filter(|n| *n > 0).map(Timestamp);
            assert_eq!(handed.arrivals, whole.into_iter().collect::<Vec<_>>());
        }
        let rest = waves.serve_all(at(6), &LIVE, &mut effects);
        assert_eq!(rest.arrivals, [3, 4, 5, 6].map(Timestamp));
        assert_eq!(deliveries + rest.deliveries, 6 * 2 * (1 + 2 + 3 + 4));
        let alike = waves.serve_all(at(7), &LIVE, &mut effects);
        assert_eq!(alike, Handed { deliveries: 20, arrivals: vec![Timestamp(7)] });
    }
}
