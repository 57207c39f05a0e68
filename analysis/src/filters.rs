//! What a search asks beside its words.

use protocol::Timestamp;

use crate::date;
use crate::query::QueryError;

/// What a search asks beside its words. What is left out restricts nothing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Filters {
    /// By one of these: ids of users, or names as they were written.
    pub from: Vec<String>,
    /// Said at this time or later.
    pub after: Option<Timestamp>,
    /// Said before this time.
    pub before: Option<Timestamp>,
    /// Said with a file.
    pub has_file: bool,
}

impl Filters {
    /// Whether a message of that time, with or without files, passes; its author is another matter.
    #[must_use]
    pub fn admit(&self, at: Timestamp, has_file: bool) -> bool {
        self.after.is_none_or(|after| at >= after)
            && self.before.is_none_or(|before| at < before)
            && (has_file || !self.has_file)
    }

    /// Takes `key:value`; answers whether `key` names a filter. Of two dates the narrower counts.
    pub(crate) fn take(&mut self, key: &str, value: &str) -> Result<bool, QueryError> {
        match key.to_ascii_lowercase().as_str() {
            "from" if value.trim().is_empty() => return Err(QueryError::Invalid(FROM)),
            "from" => self.from.push(value.trim().to_owned()),
            "before" => {
                let at = date::beginning(value).ok_or(QueryError::Invalid(DATE))?;
                self.before = Some(self.before.map_or(at, |before| before.min(at)));
            }
            "after" => {
                let at = date::beginning(value).ok_or(QueryError::Invalid(DATE))?;
                self.after = Some(self.after.map_or(at, |after| after.max(at)));
            }
            "has" if value.eq_ignore_ascii_case("file") => self.has_file = true,
            "has" => return Err(QueryError::Invalid(HAS)),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

const FROM: &str = "write a name or an id after `from:`";
const DATE: &str = "write a day as in `before:2026-01-31`";
const HAS: &str = "write `has:file`; nothing else can be asked for";
