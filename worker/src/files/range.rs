//! A part of a file (RFC 9110, section 14): one range, or the whole.

use crate::problem::Problem;

/// The bytes that an answer holds: from `first` to `last`, both included.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Part {
    /// The first byte.
    pub(super) first: u64,
    /// The last byte.
    pub(super) last: u64,
}

impl Part {
    /// How many bytes it has.
    pub(super) fn length(self) -> u64 {
        self.last.saturating_sub(self.first).saturating_add(1)
    }
}

/// The part of a file of `bytes` that a `Range` header asks for; `None` is the whole file, also if
/// the header cannot be read or asks for several parts.
///
/// # Errors
/// 416 for a range that begins behind the end.
pub(super) fn part(header: &str, bytes: u64) -> Result<Option<Part>, Problem> {
    let Some((first, last)) = header.strip_prefix("bytes=").and_then(|r| r.split_once('-')) else {
        return Ok(None);
    };
    let end = bytes.checked_sub(1);
    let asked = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => Some((first, last)),
        (Some(first), None) if last.is_empty() => Some((first, u64::MAX)),
        (None, Some(0)) if first.is_empty() => Some((u64::MAX, u64::MAX)),
        (None, Some(suffix)) if first.is_empty() => Some((bytes.saturating_sub(suffix), u64::MAX)),
        (Some(_) | None, Some(_) | None) => None,
    };
    match (asked, end) {
        (None, _) => Ok(None),
        (Some((first, last)), Some(end)) if first <= end => {
            Ok(Some(Part { first, last: last.min(end) }))
        }
        (Some(_), _) => {
            Err(Problem::RangeNotSatisfiable { bytes, range: format!("bytes */{bytes}") })
        }
    }
}

/// Digits and nothing else: `parse` would take a sign.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_within_the_file() {
        let some = |first, last| Some(Part { first, last });
        let table = [
            ("bytes=0-0", some(0, 0)),
            ("bytes=2-5", some(2, 5)),
            ("bytes=2-99", some(2, 9)),
            ("bytes=4-", some(4, 9)),
            ("bytes=-3", some(7, 9)),
            ("bytes=-99", some(0, 9)),
            ("bytes=5-2", None),
            ("bytes=0-1,4-5", None),
            ("bytes=+1-2", None),
            ("bytes=-", None),
            ("lines=0-1", None),
            ("", None),
        ];
        for (header, expected) in table {
            assert_eq!(part(header, 10).unwrap(), expected, "{header}");
        }
        assert_eq!(Part { first: 2, last: 5 }.length(), 4);
    }

    #[test]
    fn a_range_behind_the_end_is_not_satisfiable() {
        for (header, bytes) in
            [("bytes=10-", 10), ("bytes=-0", 10), ("bytes=0-", 0), ("bytes=-1", 0)]
        {
            let problem = part(header, bytes).unwrap_err();
            assert_eq!(problem.status(), 416, "{header} of {bytes}");
            let range = format!("bytes */{bytes}");
            assert_eq!(problem.header(), Some(("content-range", range.as_str())));
        }
    }
}
