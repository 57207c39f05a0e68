//! A crowd is served in waves: each frame goes to a part of the live sessions, in turns.
//!
//! Who is served last waits for the window and for the sweep. A room that sweeps over a quarter of
//! its sessions at a time spares them most of the sweep, so the window may be longer for the same
//! latency, and frames, which are what a busy room costs, are fewer.

use protocol::limits::WAVES;

use crate::effect::{Effect, Effects};

/// One part of the live sessions; a session stays in the one it came into.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Wave(u8);

/// What each wave has yet to be sent.
#[derive(Debug, Default)]
pub(crate) struct Waves {
    /// The wave that was served last: it holds everything that is stored.
    level: Wave,
    /// The lines that were stored since each wave was served.
    owed: [String; WAVES as usize],
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
        self.owed.iter().all(String::is_empty)
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
    pub(crate) fn serve_all(&mut self, frame: String, effects: &mut Effects) {
        if self.are_level() {
            if !frame.is_empty() {
                effects.push(Effect::Broadcast(frame));
            }
            return;
        }
        self.owe(&frame);
        for _ in 0..WAVES {
            self.serve(effects);
        }
    }

    /// Sends `frame` to the wave whose turn it is, after what it lacks; the others will follow.
    pub(crate) fn serve_next(&mut self, frame: &str, effects: &mut Effects) {
        self.owe(frame);
        self.serve(effects);
    }

    /// Nobody is there to be sent anything.
    pub(crate) fn forget(&mut self) {
        self.owed = Default::default();
    }

    fn owe(&mut self, frame: &str) {
        for owed in self.owed.iter_mut().filter(|_| !frame.is_empty()) {
            if !owed.is_empty() {
                owed.push('\n');
            }
            owed.push_str(frame);
        }
    }

    fn serve(&mut self, effects: &mut Effects) {
        self.level = self.level.next();
        let wave = self.level;
        let frame = self.owed.get_mut(usize::from(wave.0)).map(std::mem::take);
        if let Some(frame) = frame.filter(|frame| !frame.is_empty()) {
            effects.push(Effect::Serve { wave, frame });
        }
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

    #[test]
    fn gc5_every_wave_is_sent_everything_once_and_in_order() {
        let (mut waves, mut sent) = (Waves::default(), Default::default());
        for i in 0..10 {
            let mut effects = Effects::default();
            waves.serve_next(&format!("{i}"), &mut effects);
            served(effects, &mut sent);
        }
        assert!(!waves.are_level());
        let mut effects = Effects::default();
        waves.serve_all("10\n11".to_owned(), &mut effects);
        served(effects, &mut sent);
        assert!(waves.are_level());
        let all = "0 1 2 3 4 5 6 7 8 9 10 11 ".replace(' ', "\n");
        assert!(sent.iter().all(|sent| *sent == all), "{sent:?}");
    }

    #[test]
    fn gc5_who_is_level_is_served_with_one_frame_for_all() {
        let (mut waves, mut effects) = (Waves::default(), Effects::default());
        waves.serve_all("one".to_owned(), &mut effects);
        waves.serve_all(String::new(), &mut effects);
        assert_eq!(effects.0, [Effect::Broadcast("one".to_owned())]);
    }

    #[test]
    fn gc5_a_session_joins_a_wave_that_lacks_nothing() {
        let (mut waves, mut effects) = (Waves::default(), Effects::default());
        let apart: Vec<Wave> = (0..WAVES).map(|_| waves.join()).collect();
        assert!(apart.windows(2).all(|pair| pair[0] != pair[1]), "{apart:?}");
        waves.serve_next("one", &mut effects);
        let Some(Effect::Serve { wave, .. }) = effects.0.pop() else {
            unreachable!("it is served")
        };
        assert_eq!((waves.join(), waves.join()), (wave, wave));
    }
}
