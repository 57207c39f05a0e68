//! How often a user may found rooms: the generic cell rate algorithm (ITU-T I.371), which needs one
//! time.

use protocol::Timestamp;
use protocol::limits::{FOUND_BURST, FOUND_EVERY_MS};

/// So many at once, and one more every so often.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rate {
    /// How many at once; at least one.
    pub burst: u32,
    /// Milliseconds in which one of them is regained.
    pub every_ms: u64,
}

/// What the protocol allows (rule RL6).
impl Default for Rate {
    fn default() -> Self {
        Self { burst: FOUND_BURST, every_ms: FOUND_EVERY_MS }
    }
}

impl Rate {
    /// Milliseconds to wait, if the credit is full again at `full_at`; `None` if there is some.
    pub(crate) fn wait_ms(self, now: Timestamp, full_at: Timestamp) -> Option<u64> {
        let after_ms = full_at.ms_since(now).saturating_add(self.every_ms);
        let over_ms = after_ms.saturating_sub(self.depth_ms());
        // After a clock was set back, a full burst is still the most that anybody waits for.
        (over_ms > 0).then(|| over_ms.min(self.depth_ms()))
    }

    /// When the credit is full again after one more.
    pub(crate) fn charged(self, now: Timestamp, full_at: Timestamp) -> Timestamp {
        now.max(full_at).plus_ms(self.every_ms).min(now.plus_ms(self.depth_ms()))
    }

    /// Milliseconds in which a whole burst is regained.
    fn depth_ms(self) -> u64 {
        self.every_ms.saturating_mul(u64::from(self.burst.max(1)))
    }
}
