//! Values as people write them.

use std::time::Duration;

use serde::Serializer;

use super::{IndexTarget, Keep, Shard};

/// What a value should be, as the end of "… is not …".
pub(super) type Wanted = &'static str;

pub(super) fn duration(text: &str) -> Result<Duration, Wanted> {
    match humantime::parse_duration(text) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        Ok(_) | Err(_) => Err("a duration like 183d, 48h or 90s"),
    }
}

pub(super) fn write_duration<S: Serializer>(
    duration: &Duration,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&days(*duration))
}

/// As it can be read again. A month is 30.44 days elsewhere; here it is counted in days.
fn days(duration: Duration) -> String {
    const DAY: u64 = 24 * 60 * 60;
    let rest = |days: u64| duration.saturating_sub(Duration::from_secs(days.saturating_mul(DAY)));
    match duration.as_secs().checked_div(DAY).unwrap_or(0) {
        0 => humantime::format_duration(duration).to_string(),
        days if rest(days).is_zero() => format!("{days}d"),
        days => format!("{days}d {}", humantime::format_duration(rest(days))),
    }
}

pub(super) fn keep(text: &str) -> Result<Keep, Wanted> {
    match text {
        "keep" => Ok(Keep::Forever),
        text => duration(text).map(Keep::For).map_err(|_| "`keep` or a duration like 730d"),
    }
}

pub(super) fn url(text: &str) -> Result<String, Wanted> {
    let wanted = "a URL that begins with https:// or http://";
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest.ok_or(wanted)?.trim_end_matches('/') {
        "" => Err(wanted),
        rest if rest.contains(char::is_whitespace) => Err(wanted),
        _ => Ok(text.trim_end_matches('/').to_owned()),
    }
}

pub(super) fn store(text: &str) -> Result<String, Wanted> {
    let wanted = "file:///folder, file://./folder or s3://bucket/prefix";
    let rest = text.strip_prefix("file://").or_else(|| text.strip_prefix("s3://"));
    match rest.ok_or(wanted)?.trim_matches('/') {
        "" => Err(wanted),
        _ => Ok(text.trim_end_matches('/').to_owned()),
    }
}

pub(super) fn index(text: &str) -> Result<IndexTarget, Wanted> {
    match text {
        "embedded" => Ok(IndexTarget::Embedded),
        "none" => Ok(IndexTarget::None),
        text => url(text).map(IndexTarget::Bulk).map_err(|_| "`embedded`, `none` or a URL"),
    }
}

/// A number of bytes, perhaps in KiB or MiB.
pub(super) fn bytes(text: &str) -> Result<u64, Wanted> {
    let wanted = "a number of bytes, as in 8388608 or 8MiB, from 64KiB to 32MiB";
    let (digits, factor) = match text.strip_suffix("KiB") {
        Some(digits) => (digits, 1024),
        None => match text.strip_suffix("MiB") {
            Some(digits) => (digits, 1024 * 1024),
            None => (text, 1),
        },
    };
    let number: u64 = digits.trim().parse().map_err(|_| wanted)?;
    match number.checked_mul(factor) {
        Some(bytes @ 65_536..=33_554_432) => Ok(bytes),
        Some(_) | None => Err(wanted),
    }
}

pub(super) fn number(text: &str) -> Result<usize, Wanted> {
    match text.parse() {
        Ok(number @ 1..=256) => Ok(number),
        Ok(_) | Err(_) => Err("a number from 1 to 256"),
    }
}

pub(super) fn shard(text: &str) -> Result<Shard, Wanted> {
    let wanted = "a shard like 0/4: the first of four, counted from zero, of 256 at most";
    let (index, of) = text.split_once('/').ok_or(wanted)?;
    let (index, of) = (index.parse().map_err(|_| wanted)?, of.parse().map_err(|_| wanted)?);
    Shard::new(index, of).ok_or(wanted)
}

pub(super) fn boolean(text: &str) -> Result<bool, Wanted> {
    text.parse().map_err(|_| "true or false")
}

/// Anything but nothing.
pub(super) fn text(text: &str) -> Result<String, Wanted> {
    if text.is_empty() { Err("a text") } else { Ok(text.to_owned()) }
}

/// A token of Maru; the Worker accepts none that is shorter.
pub(super) fn token(text: &str) -> Result<String, Wanted> {
    let is_token = text.len() >= 32 && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_token { Ok(text.to_owned()) } else { Err("32 or more characters without spaces") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_they_are_written() {
        for written in ["183d", "48h", "90s", "1d 12h"] {
            let read = duration(written).unwrap();
            assert_eq!(duration(&days(read)), Ok(read), "{written}");
        }
        assert_eq!(days(duration("183d").unwrap()), "183d");
        assert!(duration("6 monhts").is_err());
        assert!(duration("0s").is_err(), "a retention of nothing would expire everything");
    }

    #[test]
    fn sizes_shards_and_urls_are_checked() {
        assert_eq!(bytes("8MiB"), Ok(8_388_608));
        assert_eq!(bytes("65536"), Ok(65_536));
        assert!(bytes("1").is_err());
        assert!(bytes("99999999999999999999MiB").is_err());
        assert_eq!(shard("3/4").unwrap().to_string(), "3/4");
        assert!(shard("4/4").is_err());
        assert!(shard("-1/4").is_err());
        assert!(shard("0/0").is_err());
        assert_eq!(url("https://maru.example/"), Ok("https://maru.example".to_owned()));
        assert!(url("maru.example").is_err());
        assert!(store("s3://").is_err());
        assert!(store("/var/archive").is_err());
        assert_eq!(keep("keep"), Ok(Keep::Forever));
        assert!(token("short").is_err());
    }
}
