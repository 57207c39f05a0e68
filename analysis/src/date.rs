//! Days of the calendar, and when they begin.

use protocol::Timestamp;

const DAY_MS: u64 = 86_400_000;
const MINUTE_MS: u64 = 60_000;

/// The time that `YYYY-MM-DDTHH:MMZ` is, or when the day `YYYY-MM-DD` begins, both in UTC; `None`
/// if there is no such time, or it was before 1970.
pub(crate) fn beginning(text: &str) -> Option<Timestamp> {
    match text.split_once(['T', 't']) {
        None => day(text),
        Some((date, time)) => Some(day(date)?.plus_ms(time_of_day(time)?)),
    }
}

/// The milliseconds from midnight to `HH:MMZ`.
fn time_of_day(text: &str) -> Option<u64> {
    let (hours, minutes) = text.strip_suffix(['Z', 'z'])?.split_once(':')?;
    let number = |text: &str, end: u64| -> Option<u64> {
        let is_number = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|number| is_number && *number < end)
    };
    let (hours, minutes) = (number(hours, 24)?, number(minutes, 60)?);
    Some(hours.saturating_mul(60).saturating_add(minutes).saturating_mul(MINUTE_MS))
}

/// When the day `YYYY-MM-DD` begins; `None` if there is no such day, or it was before 1970.
fn day(text: &str) -> Option<Timestamp> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let shape = [year.len(), month.len(), day.len()] == [4, 2, 2];
    if !shape || parts.next().is_some() || !text.bytes().all(|b| b == b'-' || b.is_ascii_digit()) {
        return None;
    }
    let (year, month, day): (u64, usize, u64) =
        (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    let lengths = [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before_month = lengths.get(..month.checked_sub(1)?)?;
    let length = *lengths.get(before_month.len())?;
    let day = day.checked_sub(1).filter(|day| *day < length)?;
    let days = days_before(year).checked_sub(days_before(1970))?;
    let days = before_month.iter().fold(days.checked_add(day)?, |days, n| days.saturating_add(*n));
    days.checked_mul(DAY_MS).map(Timestamp)
}

const fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

/// Days from the beginning of the calendar to the first of January of `year`.
fn days_before(year: u64) -> u64 {
    let past = year.saturating_sub(1);
    let leaps = (past / 4).saturating_sub(past / 100).saturating_add(past / 400);
    past.saturating_mul(365).saturating_add(leaps)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with `date -u -d … +%s`.
    #[test]
    fn ht5_days_begin_at_midnight_utc() {
        let at = |text| day(text).map(|at| at.0 / 1_000);
        assert_eq!(at("1970-01-01"), Some(0));
        assert_eq!(at("2026-11-22"), Some(1_795_305_600));
        assert_eq!(at("2024-02-29"), Some(1_709_164_800));
        assert_eq!(at("2024-03-01"), Some(1_709_251_200));
        assert_eq!(at("2000-12-31"), Some(978_220_800));
        assert_eq!(at("9999-12-31"), Some(253_402_214_400));
    }

    #[test]
    fn ht5_a_time_begins_a_day_elsewhere() {
        let at = |text| beginning(text).map(|at| at.0 / 1_000);
        assert_eq!(at("2026-11-22"), Some(1_795_305_600));
        assert_eq!(at("2026-11-21T15:00Z"), Some(1_795_273_200));
        assert_eq!(at("2026-11-21t23:59z"), Some(1_795_305_540));
        let others = ["T15:00Z", "2026-11-21T15:00", "2026-11-21T24:00Z", "2026-11-21T15:60Z"];
        for text in
            others.into_iter().chain(["2026-11-21T5:00Z", "2026-11-21T+5:00Z", "1969-12-31T23:00Z"])
        {
            assert_eq!(at(text), None, "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_days() {
        for text in ["", "2026", "2026-1-1", "2026-13-01", "2026-00-01", "2026-02-29", "2026-01-00"]
        {
            assert_eq!(day(text), None, "{text}");
        }
        for text in ["2026-01-32", "1969-12-31", "2026-01-01-", "+026-01-01", "２026-01-01"] {
            assert_eq!(day(text), None, "{text}");
        }
    }
}
