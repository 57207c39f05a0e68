//! Places at which a test ends or stops the program, as a power cut or a pause would.
//!
//! `ARCHIVE_FAILPOINT=sealed` kills the process the first time that it gets there, `sealed:3` the
//! third time, `any:3` at the third point of whatever name, and `sealed=stop` stops it there until
//! it is continued: all of it, as when a machine sleeps. Only programs built with debug assertions
//! look at it: nobody runs those on an archive that matters, and tests use them without having to
//! ask for a feature.

/// A place: those of a drain in the order in which it gets there, then those of other commands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Point {
    /// A room fixed a range.
    Sealed,
    /// Its lines were read and their chain holds.
    Read,
    /// The lease was checked, and an object is about to be put.
    Putting,
    /// The object was put.
    Put,
    /// It was read back and verified.
    Verified,
    /// An object without erased words was put in place of one that has them.
    Rewritten,
    /// The lease was checked, and a change of the manifest is about to be created.
    Committing,
    /// The change was created.
    Committed,
    /// Objects that no manifest names any more are about to be deleted.
    Deleting,
    /// They were deleted.
    Deleted,
    /// The lease was checked, and a range is about to be acknowledged.
    Acknowledging,
    /// It was acknowledged.
    Acknowledged,
    /// The archive of a deleted room is gone, or what a user said, and the room or the account is
    /// about to be forgotten.
    Forgetting,
    /// Maru forgot it.
    Forgotten,
    /// A room forgot a batch of what is old.
    Trimmed,
    /// A room erased a batch of what a user said.
    Erased,
    /// The index forgot what is old, or was erased.
    Unindexed,
    /// D1 took a page of a copy.
    Loaded,
    /// A room began to come back.
    Begun,
    /// It took a batch of its log.
    Told,
    /// It has all of it, and lets people in.
    Restored,
}

impl Point {
    /// All that a drain gets to.
    pub const OF_DRAIN: [Self; 13] = [
        Self::Sealed,
        Self::Read,
        Self::Putting,
        Self::Put,
        Self::Verified,
        Self::Rewritten,
        Self::Committing,
        Self::Committed,
        Self::Deleting,
        Self::Deleted,
        Self::Acknowledging,
        Self::Acknowledged,
        Self::Forgetting,
    ];

    /// Its name in `ARCHIVE_FAILPOINT`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sealed => "sealed",
            Self::Read => "read",
            Self::Putting => "putting",
            Self::Put => "put",
            Self::Verified => "verified",
            Self::Rewritten => "rewritten",
            Self::Committing => "committing",
            Self::Committed => "committed",
            Self::Deleting => "deleting",
            Self::Deleted => "deleted",
            Self::Acknowledging => "acknowledging",
            Self::Acknowledged => "acknowledged",
            Self::Forgetting => "forgetting",
            Self::Forgotten => "forgotten",
            Self::Trimmed => "trimmed",
            Self::Erased => "erased",
            Self::Unindexed => "unindexed",
            Self::Loaded => "loaded",
            Self::Begun => "begun",
            Self::Told => "told",
            Self::Restored => "restored",
        }
    }
}

/// Ends or stops the program, if that is asked for here.
#[cfg(not(debug_assertions))]
pub fn reach(_point: Point) {}

/// Ends or stops the program, if that is asked for here.
#[cfg(debug_assertions)]
pub fn reach(point: Point) {
    armed::reach(point);
}

#[cfg(debug_assertions)]
mod armed {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    use rustix::process::{Signal, getpid, kill_process};

    use super::Point;

    /// What was asked for.
    #[derive(Clone, Debug, Eq, PartialEq)]
    struct Trap {
        name: String,
        /// The how many-th time.
        nth: u64,
        /// Whether to stop instead of dying.
        stops: bool,
    }

    static TRAP: LazyLock<Option<Trap>> =
        LazyLock::new(|| std::env::var("ARCHIVE_FAILPOINT").ok().as_deref().and_then(parse));
    /// Stands for every point.
    const ANY: &str = "any";

    static SEEN: AtomicU64 = AtomicU64::new(0);

    pub(super) fn reach(point: Point) {
        let is_meant = |trap: &&Trap| trap.name == ANY || trap.name == point.name();
        let Some(trap) = TRAP.as_ref().filter(is_meant) else { return };
        if SEEN.fetch_add(1, Relaxed).checked_add(1) == Some(trap.nth) {
            let signal = if trap.stops { Signal::STOP } else { Signal::KILL };
            // Nobody may forbid a process to signal itself; if so, the test that waits will tell.
            let _ = kill_process(getpid(), signal);
        }
    }

    fn parse(text: &str) -> Option<Trap> {
        let (place, stops) = match text.split_once('=') {
            Some((place, "stop")) => (place, true),
            Some(_) => return None,
            None => (text, false),
        };
        let (name, nth) = place.split_once(':').unwrap_or((place, "1"));
        Some(Trap { name: name.to_owned(), nth: nth.parse().ok()?, stops })
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn what_is_asked_for_is_understood() {
            let trap = |name: &str, nth, stops| Some(Trap { name: name.to_owned(), nth, stops });
            assert_eq!(parse("put"), trap("put", 1, false));
            assert_eq!(parse("put:3"), trap("put", 3, false));
            assert_eq!(parse("committing:2=stop"), trap("committing", 2, true));
            assert_eq!(parse("put=sleep"), None);
            assert_eq!(parse("put:often"), None);
        }
    }
}
