//! What the index holds of a message: its current state.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike as _};
use protocol::{Attachment, Message, RoomId, Seq, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// A message as it is now.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// The room.
    pub room: RoomId,
    /// Its place there.
    pub seq: Seq,
    /// When it was said.
    pub at: Timestamp,
    /// Who said it.
    pub by: UserId,
    /// Its text now.
    pub body: String,
    /// Whether that is not what it was at first.
    #[serde(default)]
    pub edited: bool,
    /// The first message of the thread that it belongs to.
    #[serde(default)]
    pub thread: Option<Seq>,
    /// The files that came with it.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// The entry that made it so: its own, or the last edit.
    #[serde(default)]
    pub version: Seq,
}

/// The name of a message everywhere: `room:seq`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Id {
    /// The room.
    pub room: RoomId,
    /// Its place there.
    pub seq: Seq,
}

/// The place of a message among all: the newest first, then by room, then the last first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Key {
    /// When it was said.
    pub at: Timestamp,
    /// The room.
    pub room: RoomId,
    /// Its place there.
    pub seq: Seq,
}

/// A month of the calendar, in UTC.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Month {
    year: i32,
    month: u32,
}

impl Document {
    /// A message as it was said.
    #[must_use]
    pub fn new(room: RoomId, message: Message) -> Self {
        let Message { stamp, body, thread, attachments, .. } = message;
        Self {
            room,
            seq: stamp.seq,
            at: stamp.at,
            by: stamp.by,
            body,
            edited: false,
            thread,
            attachments,
            version: stamp.seq,
        }
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> Id {
        Id { room: self.room, seq: self.seq }
    }

    /// Its place in the order of what is found.
    #[must_use]
    pub fn key(&self) -> Key {
        Key { at: self.at, room: self.room, seq: self.seq }
    }

    /// The month in whose index it is, whenever it is edited.
    #[must_use]
    pub fn month(&self) -> Month {
        Month::of(self.at)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.room, self.seq.get())
    }
}

/// A text that names no message.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the id of a message is `room:seq`")]
pub struct IdError;

impl FromStr for Id {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let (room, seq) = text.split_once(':').ok_or(IdError)?;
        let room = room.parse().map_err(|_| IdError)?;
        let seq: u64 = seq.parse().map_err(|_| IdError)?;
        Ok(Self { room, seq: Seq::try_from(seq).map_err(|_| IdError)? })
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        let newest_first = other.at.cmp(&self.at).then(self.room.cmp(&other.room));
        newest_first.then(other.seq.cmp(&self.seq))
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Month {
    /// The month of a time; the last one that the calendar has if it is beyond.
    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        let ms = i64::try_from(at.0).unwrap_or(i64::MAX).min(LAST_MS);
        let date = DateTime::from_timestamp_millis(ms).unwrap_or_default();
        Self { year: date.year(), month: date.month() }
    }

    /// When it begins.
    #[must_use]
    pub fn begins_at(self) -> Timestamp {
        let day = chrono::NaiveDate::from_ymd_opt(self.year, self.month, 1).unwrap_or_default();
        let ms = day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis();
        Timestamp(u64::try_from(ms).unwrap_or_default())
    }

    /// When the next one begins.
    #[must_use]
    pub fn ends_at(self) -> Timestamp {
        let (year, month) = match self.month {
            12 => (self.year.saturating_add(1), 1),
            month => (self.year, month.saturating_add(1)),
        };
        Self { year, month }.begins_at()
    }
}

/// The last millisecond of the year 9999.
const LAST_MS: i64 = 253_402_300_799_999;

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// A text that names no month.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a month is written `2026-05`")]
pub struct MonthError;

impl FromStr for Month {
    type Err = MonthError;

    fn from_str(text: &str) -> Result<Self, MonthError> {
        let (year, month) = text.split_once('-').ok_or(MonthError)?;
        let number = |text: &str| text.parse::<u32>().map_err(|_| MonthError);
        let (year, month) = (number(year)?, number(month)?);
        let year = i32::try_from(year).map_err(|_| MonthError)?;
        let is_month = (1..=12).contains(&month) && (1970..=9999).contains(&year);
        let month = Self { year, month };
        (is_month && month.to_string() == text).then_some(month).ok_or(MonthError)
    }
}

impl TryFrom<String> for Month {
    type Error = MonthError;

    fn try_from(text: String) -> Result<Self, MonthError> {
        text.parse()
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_have_the_ends_of_the_calendar() {
        let month = Month::of(Timestamp(1_795_305_600_000));
        assert_eq!(month.to_string(), "2026-11");
        assert_eq!(Month::of(month.begins_at()), month);
        assert_eq!(Month::of(Timestamp(month.begins_at().0 - 1)).to_string(), "2026-10");
        assert_eq!(Month::of(month.ends_at()).to_string(), "2026-12");
        let december: Month = "2026-12".parse().unwrap();
        assert_eq!(Month::of(december.ends_at()).to_string(), "2027-01");
        assert_eq!(Month::of(Timestamp(u64::MAX)).to_string(), "9999-12");
        for text in ["2026-1", "2026-13", "2026-00", "2026-05-01", "x-01", "1969-01", "+026-01"] {
            assert!(text.parse::<Month>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_order_is_newest_first() {
        let key = |at, room: &str, seq: u64| Key {
            at: Timestamp(at),
            room: room.repeat(20).parse().unwrap(),
            seq: Seq::try_from(seq).unwrap(),
        };
        let mut keys = [key(1, "0", 1), key(2, "1", 1), key(2, "0", 1), key(2, "0", 2)];
        keys.sort();
        assert_eq!(keys, [key(2, "0", 2), key(2, "0", 1), key(2, "1", 1), key(1, "0", 1)]);
    }

    #[test]
    fn an_id_is_a_room_and_a_seq() {
        let text = "0123456789abcdefghjk:42";
        assert_eq!(text.parse::<Id>().unwrap().to_string(), text);
        for text in ["", "0123456789abcdefghjk", "0123456789abcdefghjk:", "x:1"] {
            assert_eq!(text.parse::<Id>(), Err(IdError), "{text}");
        }
    }
}
