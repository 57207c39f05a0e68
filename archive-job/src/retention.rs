//! When something is old enough to go. Plain functions of times.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::NaiveDate;
use protocol::{RoomId, Timestamp};

use crate::config::Keep;
use crate::record::{Kind, Object};

/// How far this machine's clock may be behind what the manifest has.
pub const BEHIND_MAX: Duration = Duration::from_hours(24);

/// How far this machine's clock may be from the server's.
pub const APART_MAX: Duration = Duration::from_mins(10);

/// A day of milliseconds.
const DAY_MS: u64 = 86_400_000;

/// What to do with an object of the archive.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// It stays as it is.
    Stay,
    /// All of it goes.
    Go,
    /// It goes but for the runs of rooms that are held.
    Thin,
}

/// What was accepted before this expires: to the millisecond.
#[must_use]
pub fn cut(now: Timestamp, retention: Duration) -> Timestamp {
    Timestamp(now.0.saturating_sub(ms(retention)))
}

/// Whether the clock can be believed, in view of the newest change of the archive, by this clock or
/// another, and of the server's.
///
/// # Errors
/// A sentence that says why not: expiring by a wrong clock cannot be undone.
pub fn believe(
    now: Timestamp,
    newest_change: Option<Timestamp>,
    server: Option<Timestamp>,
) -> Result<(), String> {
    if let Some(newest) = newest_change
        && newest.ms_since(now) > ms(BEHIND_MAX)
    {
        return Err(format!(
            "this machine's clock ({}) is more than a day behind the archive's newest change ({}); \
             correct it, then run again",
            text(now),
            text(newest)
        ));
    }
    if let Some(server) = server
        && now.ms_since(server).max(server.ms_since(now)) > ms(APART_MAX)
    {
        return Err(format!(
            "this machine's clock ({}) is more than ten minutes apart from the server's ({}); \
             correct it, then run again",
            text(now),
            text(server)
        ));
    }
    Ok(())
}

/// When a day (`YYYY-MM-DD`) ends; `None` if it is none.
#[must_use]
pub fn day_end(day: &str) -> Option<Timestamp> {
    let day: NaiveDate = day.parse().ok()?;
    let begin = day.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis();
    u64::try_from(begin).ok()?.checked_add(DAY_MS).map(Timestamp)
}

/// Whether a day was over `after` ago: what is later than that is left out of table files no more.
#[must_use]
pub fn is_over(day: &str, now: Timestamp, after: Duration) -> bool {
    day_end(day).is_some_and(|end| end.0.saturating_add(ms(after)) <= now.0)
}

/// What to do with an object, whose room may be `held`.
///
/// States go by their room, not by their age: without its state no room comes back. See
/// [`stale_states`].
#[must_use]
pub fn judge(object: &Object, keep: Keep, now: Timestamp, held: &BTreeSet<RoomId>) -> Verdict {
    let Keep::For(keep) = keep else { return Verdict::Stay };
    // A chunk that crosses midnight is of the day on which it began, so its last entry counts, too.
    let last = object.runs.iter().map(|run| run.last_at).max();
    let is_young = last.is_none_or(|last| last.0.saturating_add(ms(keep)) > now.0);
    if object.kind == Kind::State || is_young || !is_over(&object.day, now, keep) {
        return Verdict::Stay;
    }
    let held_runs = object.runs.iter().filter(|run| held.contains(&run.room)).count();
    match held_runs {
        0 => Verdict::Go,
        all if all == object.runs.len() => Verdict::Stay,
        _ => Verdict::Thin,
    }
}

/// The states that newer ones of the same room replaced, and those of rooms of which nothing else
/// is left: they are paths, of objects that may go with the next change.
#[must_use]
pub fn stale_states<'a>(objects: &'a [Object], gone: &BTreeSet<&str>) -> Vec<&'a Object> {
    let stays = |object: &&Object| !gone.contains(object.path.as_str());
    let logs = objects.iter().filter(stays).filter(|object| object.kind != Kind::State);
    let alive: BTreeSet<RoomId> =
        logs.flat_map(|object| &object.runs).map(|run| run.room).collect();
    let states = objects.iter().filter(|object| object.kind == Kind::State);
    let is_stale = |object: &&Object| object.runs.iter().all(|run| !alive.contains(&run.room));
    states.filter(is_stale).collect()
}

/// A time for people.
#[must_use]
pub fn text(time: Timestamp) -> String {
    let date = i64::try_from(time.0).ok().and_then(chrono::DateTime::from_timestamp_millis);
    date.map_or_else(|| time.0.to_string(), |date| date.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// Milliseconds of a duration.
#[must_use]
pub fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use protocol::{Epoch, Seq};

    use super::*;
    use crate::record::Run;

    const HOUR: u64 = 3_600_000;
    /// 2026-05-17, 00:00 UTC.
    const MIDNIGHT: u64 = 1_778_976_000_000;

    fn room(of: u8) -> RoomId {
        RoomId::from_random([of; 13])
    }

    fn object(kind: Kind, rooms: &[u8], last_at: u64) -> Object {
        let run = |&of: &u8| Run {
            room: room(of),
            epoch: Epoch::from_random([1; 13]),
            from: Seq::ZERO,
            to: Seq::ZERO,
            first_at: Timestamp(MIDNIGHT),
            last_at: Timestamp(last_at),
            entries: 1,
            link_before: String::new(),
            link: String::new(),
            revision: Seq::ZERO,
        };
        Object {
            path: format!("{kind:?}{rooms:?}"),
            bytes: 1,
            sha256: String::new(),
            day: "2026-05-17".to_owned(),
            kind,
            runs: rooms.iter().map(run).collect(),
        }
    }

    #[test]
    fn the_cut_is_to_the_millisecond_and_never_before_time_began() {
        let retention = Duration::from_hours(183 * 24);
        assert_eq!(cut(Timestamp(1_800_000_000_001), retention), Timestamp(1_784_188_800_001));
        assert_eq!(cut(Timestamp(5), retention), Timestamp(0));
        assert_eq!(cut(Timestamp(5), Duration::MAX), Timestamp(0));
    }

    #[test]
    fn a_clock_is_believed_within_bounds_to_the_millisecond() {
        let now = Timestamp(MIDNIGHT);
        let at = |offset: i64| Some(Timestamp(MIDNIGHT.checked_add_signed(offset).unwrap()));
        let (day, ten_minutes) = (86_400_000, 600_000);
        assert_eq!(believe(now, None, None), Ok(()));
        assert_eq!(believe(now, at(day), at(ten_minutes)), Ok(()));
        assert_eq!(believe(now, at(-400 * day), at(-ten_minutes)), Ok(()));
        let behind = believe(now, at(day + 1), None).unwrap_err();
        assert!(behind.contains("2026-05-17T00:00:00Z"), "{behind}");
        assert!(behind.contains("2026-05-18T00:00:00Z"), "{behind}");
        assert!(believe(now, None, at(ten_minutes + 1)).unwrap_err().contains("ten minutes"));
        assert!(believe(now, None, at(-ten_minutes - 1)).unwrap_err().contains("ten minutes"));
    }

    #[test]
    fn a_day_is_over_to_the_millisecond() {
        assert_eq!(day_end("2026-05-16"), Some(Timestamp(MIDNIGHT)));
        let after = Duration::from_hours(48);
        let over = MIDNIGHT + 24 * HOUR + 48 * HOUR;
        assert!(!is_over("2026-05-17", Timestamp(over - 1), after));
        assert!(is_over("2026-05-17", Timestamp(over), after));
        assert!(!is_over("2026-05-17", Timestamp(u64::MAX - 1), Duration::MAX));
        assert!(!is_over("someday", Timestamp(over), Duration::ZERO));
    }

    #[test]
    fn an_object_goes_when_its_day_and_its_last_entry_are_old_and_nobody_holds_it() {
        let keep = Keep::For(Duration::from_hours(1));
        let end = MIDNIGHT + 24 * HOUR;
        let of = |object: &Object, now, held: &[u8]| {
            judge(object, keep, Timestamp(now), &held.iter().map(|&of| room(of)).collect())
        };
        let table = object(Kind::Table, &[1, 2], end - 1);
        assert_eq!(of(&table, end + HOUR - 1, &[]), Verdict::Stay);
        assert_eq!(of(&table, end + HOUR, &[]), Verdict::Go);
        assert_eq!(of(&table, end + HOUR, &[3]), Verdict::Go);
        assert_eq!(of(&table, end + HOUR, &[2]), Verdict::Thin);
        assert_eq!(of(&table, end + HOUR, &[1, 2]), Verdict::Stay);
        let crosses_midnight = object(Kind::Segment, &[1], end + 5);
        assert_eq!(of(&crosses_midnight, end + HOUR + 4, &[]), Verdict::Stay);
        assert_eq!(of(&crosses_midnight, end + HOUR + 5, &[]), Verdict::Go);
        assert_eq!(of(&object(Kind::State, &[1], end), u64::MAX / 2, &[]), Verdict::Stay);
        let forever = judge(&table, Keep::Forever, Timestamp(u64::MAX), &BTreeSet::new());
        assert_eq!(forever, Verdict::Stay);
    }

    #[test]
    fn a_state_goes_with_the_last_of_its_log() {
        let objects = [
            object(Kind::Segment, &[1], 1),
            object(Kind::State, &[1], 1),
            object(Kind::State, &[2], 1),
        ];
        let stale = |gone: &[&str]| -> Vec<String> {
            let gone = gone.iter().copied().collect();
            stale_states(&objects, &gone).into_iter().map(|object| object.path.clone()).collect()
        };
        assert_eq!(stale(&[]), [objects[2].path.clone()]);
        assert_eq!(stale(&[&objects[0].path]), [objects[1].path.clone(), objects[2].path.clone()]);
    }
}
