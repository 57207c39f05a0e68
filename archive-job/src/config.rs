//! What counts: file, then environment, then flags.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use crate::failure::Failure;

mod dev;
mod keys;
mod parse;

pub use keys::Keys;

/// The file that is read unless another one is named.
pub const FILE: &str = "archive-job.toml";

/// The configuration, checked.
#[derive(Clone, Debug, Serialize)]
pub struct Config {
    /// Where Maru is.
    pub url: Option<String>,
    /// The bearer token; one of the Worker's `MARU_ARCHIVE_TOKENS`.
    pub token: Option<Secret>,
    /// The archive: `file:///folder`, `file://./folder` or `s3://bucket/prefix`.
    pub store: String,
    /// Where S3 is, if not at Amazon.
    pub store_endpoint: Option<String>,
    /// The region of S3.
    pub store_region: String,
    /// The access key of S3; `AWS_ACCESS_KEY_ID` and the like count where it is missing.
    pub store_access_key: Option<String>,
    /// The secret key of S3.
    pub store_secret_key: Option<Secret>,
    /// The folder of the index and of locks.
    pub data: PathBuf,
    /// How long rooms and the index keep entries.
    #[serde(serialize_with = "parse::write_duration")]
    pub retention: Duration,
    /// How long the archive keeps entries.
    pub keep_archive: Keep,
    /// What searches are answered from.
    pub index: IndexTarget,
    /// The bearer token of an index elsewhere, and of callers of `serve`.
    pub index_token: Option<Secret>,
    /// Bytes of lines in a segment, at most.
    pub segment_bytes: u64,
    /// How long a lease holds unless it is renewed.
    #[serde(serialize_with = "parse::write_duration")]
    pub lease: Duration,
    /// The part of all rooms that is this job's.
    pub shard: Shard,
    /// Rooms and requests at a time.
    pub concurrency: usize,
    /// How long after its end a day is compacted.
    #[serde(serialize_with = "parse::write_duration")]
    pub compact_after: Duration,
    /// How old an object must be before it is removed as one that no manifest names.
    #[serde(serialize_with = "parse::write_duration")]
    pub grace: Duration,
    /// Whether `run` copies D1, too.
    pub database: bool,
    /// Where metrics are written at the end, for the textfile collector.
    pub metrics_file: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        let hours = |hours: u64| Duration::from_secs(hours.saturating_mul(3600));
        Self {
            url: None,
            token: None,
            store: "file://./archive".to_owned(),
            store_endpoint: None,
            store_region: "auto".to_owned(),
            store_access_key: None,
            store_secret_key: None,
            data: PathBuf::from("./archive-index"),
            retention: hours(183 * 24),
            keep_archive: Keep::Forever,
            index: IndexTarget::Embedded,
            index_token: None,
            segment_bytes: 8 * 1024 * 1024,
            lease: Duration::from_mins(1),
            shard: Shard::ALL,
            concurrency: 8,
            compact_after: hours(48),
            grace: hours(24),
            database: false,
            metrics_file: None,
        }
    }
}

impl Config {
    /// The configuration of this process.
    ///
    /// # Errors
    /// [`Failure::Configuration`], with the key, where it comes from, and what to write.
    pub fn load(file: Option<PathBuf>, dev: bool, flags: &Keys) -> Result<Self, Failure> {
        let mut sources = keys::Sources::new(file, std::env::vars())?;
        if dev {
            sources = sources.over("--dev", &dev::keys()?);
        }
        sources.over("a flag", flags).config(std::env::var("JOB_COMPLETION_INDEX").ok().as_deref())
    }

    /// What counts, as TOML, without secrets.
    #[must_use]
    pub fn show(&self) -> String {
        let Ok(serde_json::Value::Object(values)) = serde_json::to_value(self) else {
            return String::new();
        };
        let line = |(key, value): (&String, &serde_json::Value)| {
            if value.is_null() { format!("# {key} = …\n") } else { format!("{key} = {value}\n") }
        };
        values.iter().map(line).collect()
    }
}

/// Something that is never printed.
#[derive(Clone, Eq, PartialEq)]
pub struct Secret(String);

impl Secret {
    /// A secret.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// What it is, for the one place that needs it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(set)")
    }
}

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("(set)")
    }
}

/// How long the archive keeps entries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Keep {
    /// Always.
    Forever,
    /// Until their day is over for so long.
    For(Duration),
}

impl Serialize for Keep {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Forever => serializer.serialize_str("keep"),
            Self::For(duration) => parse::write_duration(duration, serializer),
        }
    }
}

/// What searches are answered from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum IndexTarget {
    /// An index in `data`.
    Embedded,
    /// A server that has `_bulk`, by its URL.
    Bulk(String),
    /// Nothing.
    None,
}

impl Serialize for IndexTarget {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Embedded => "embedded",
            Self::Bulk(url) => url,
            Self::None => "none",
        })
    }
}

/// A part of the buckets: those whose remainder by `of` is `index`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Shard {
    index: u8,
    of: u16,
}

impl Shard {
    /// All buckets.
    pub const ALL: Self = Self { index: 0, of: 1 };

    /// The shard `index` of `of`; `None` if there is none such.
    #[must_use]
    pub fn new(index: u8, of: u16) -> Option<Self> {
        (u16::from(index) < of && of <= 256).then_some(Self { index, of })
    }

    /// Whether a bucket belongs to it.
    #[must_use]
    pub fn has(self, bucket: u8) -> bool {
        u16::from(bucket).checked_rem(self.of) == Some(u16::from(self.index))
    }

    /// Its buckets, in their order.
    #[must_use]
    pub fn buckets(self) -> Vec<u8> {
        (0..=u8::MAX).filter(|&bucket| self.has(bucket)).collect()
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl Serialize for Shard {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shards_are_a_partition() {
        for of in [1, 2, 3, 7, 256] {
            let mut all: Vec<u8> = (0..of)
                .flat_map(|index| Shard::new(u8::try_from(index).unwrap(), of).unwrap().buckets())
                .collect();
            all.sort_unstable();
            assert_eq!(all, (0..=u8::MAX).collect::<Vec<_>>(), "of {of}");
        }
        assert_eq!(Shard::new(2, 2), None);
        assert_eq!(Shard::new(0, 257), None);
    }

    #[test]
    fn secrets_are_not_shown() {
        let secret = || Some(Secret::new("hunter2"));
        let config = Config {
            token: secret(),
            store_secret_key: secret(),
            index_token: secret(),
            ..Config::default()
        };
        for text in [config.show(), format!("{config:?}")] {
            assert!(!text.contains("hunter2"), "{text}");
            assert_eq!(text.matches("(set)").count(), 3, "{text}");
        }
    }
}
