//! What kind of world a seed makes.

use protocol::RoomKind;
use protocol::limits::CROWD_PER_S;
use room::{Policy, Rate};

use crate::random::Random;

/// What kind of world a seed makes.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "facts that depend on nothing")]
pub(crate) struct Profile {
    /// Transitions of the random phase.
    pub(crate) n_transitions: usize,
    /// Silent sessions that make the room's window longer than zero.
    pub(crate) n_crowd: u64,
    /// Whether people write hundreds of messages at once, so that others fall far behind.
    pub(crate) is_bulk: bool,
    /// Whether memory is lost while timers run; otherwise only while the room rests.
    pub(crate) evicts_abruptly: bool,
    /// Whether a device that reloads may find older state than it stored last.
    pub(crate) forgets: bool,
    /// Whether the frames for some people wait long.
    pub(crate) has_slow_people: bool,
    /// Who may enter and write.
    pub(crate) kind: RoomKind,
    /// How much people may do.
    pub(crate) policy: Policy,
    /// Whether the owner deletes the room in the end.
    pub(crate) ends_deleted: bool,
}

impl Profile {
    pub(crate) fn draw(random: &mut Random) -> Self {
        let is_bulk = random.percent(4);
        let is_busy = random.percent(35);
        let n_crowd = if is_busy { random.within(50..1_700) } else { 0 };
        let kind = match random.below(100) {
            0..=59 => RoomKind::Public,
            60..=79 => RoomKind::Private,
            80..=89 => RoomKind::Announcement,
            _ => RoomKind::Direct,
        };
        let sends = match random.below(100) {
            _ if is_bulk => Rate { burst: 1_000_000, every_ms: 1 },
            0..=39 => Rate { burst: 1_000_000, every_ms: 1 },
            40..=69 => Policy::default().sends,
            _ => Rate { burst: random.within(2..6) as u32, every_ms: random.within(50..300) },
        };
        Self {
            n_transitions: random.within(300..700) as usize,
            n_crowd: if is_bulk { n_crowd.min(200) } else { n_crowd },
            is_bulk,
            evicts_abruptly: is_busy || random.percent(60),
            forgets: random.percent(50),
            has_slow_people: random.percent(40),
            kind,
            policy: Policy {
                sends,
                requests: Rate { burst: 1_000, every_ms: 10 },
                // Half of all crowds are served in waves whenever anything is said.
                crowd_per_s: if n_crowd > 0 && n_crowd.is_multiple_of(2) {
                    n_crowd
                } else {
                    CROWD_PER_S
                },
                ..Policy::default()
            },
            ends_deleted: random.percent(10),
        }
    }
}
