//! The keys, where their values come from, and what is said of a wrong one.

use std::fmt;
use std::path::PathBuf;

use figment::error::Kind;
use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Value};
use figment::{Figment, Metadata, Profile};
use serde::{Deserialize, Deserializer, Serialize, de};

use super::parse::{self, Wanted};
use super::{Config, FILE, Secret, Shard};
use crate::failure::Failure;

const ENVIRONMENT: &str = "ARCHIVE_";

/// A value as it was written: text, a number or a boolean.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub(super) struct Text(String);

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// Every key, as written; also the flags that stand for them.
#[derive(Clone, Debug, Default, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields, default)]
#[command(next_help_heading = "Configuration (also in archive-job.toml, or as ARCHIVE_…)")]
pub struct Keys {
    /// Where Maru is: https://…
    #[arg(long, global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) url: Option<Text>,
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) token: Option<Text>,
    /// The archive: `file:///folder` or `s3://bucket/prefix`
    #[arg(long, global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) store: Option<Text>,
    /// Where S3 is, if not at Amazon
    #[arg(long, global = true, hide_short_help = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) store_endpoint: Option<Text>,
    /// The region of S3
    #[arg(long, global = true, hide_short_help = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) store_region: Option<Text>,
    /// The access key of S3
    #[arg(long, global = true, hide_short_help = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) store_access_key: Option<Text>,
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) store_secret_key: Option<Text>,
    /// The folder of the index and of locks
    #[arg(long, global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) data: Option<Text>,
    /// How long rooms and the index keep entries: 183d
    #[arg(long, global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) retention: Option<Text>,
    /// How long the archive keeps entries: `keep`, or 730d
    #[arg(long, global = true, hide_short_help = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) keep_archive: Option<Text>,
    /// What searches are answered from: `embedded`, `none`, or a URL with `_bulk`
    #[arg(long = "index", global = true, hide_short_help = true, id = "index_target")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) index: Option<Text>,
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) index_token: Option<Text>,
    /// Bytes of lines in a segment, at most: 8MiB
    #[arg(long, global = true, hide_short_help = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) segment_bytes: Option<Text>,
    /// How long a lease holds unless it is renewed: 60s
    #[arg(long, global = true, hide_short_help = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lease: Option<Text>,
    /// The part of all rooms that is this job's: 0/4 is the first of four
    #[arg(long, global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) shard: Option<Text>,
    /// How many shards there are, if `JOB_COMPLETION_INDEX` says which one this is
    #[arg(long, global = true, hide_short_help = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) shards: Option<Text>,
    /// Rooms and requests at a time
    #[arg(long, global = true, hide_short_help = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) concurrency: Option<Text>,
    /// How long after its end a day is compacted: 48h
    #[arg(long, global = true, hide_short_help = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) compact_after: Option<Text>,
    /// How old an object that no manifest names must be before it is removed: 24h
    #[arg(long, global = true, hide_short_help = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) grace: Option<Text>,
    /// Whether `run` copies D1, too: true or false
    #[arg(long = "with-database", global = true, hide_short_help = true, id = "with_database")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) database: Option<Text>,
    /// Where metrics are written at the end, for the textfile collector
    #[arg(long, global = true, hide_short_help = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) metrics_file: Option<Text>,
}

/// Where values come from; a later one covers an earlier one.
pub(super) struct Sources(Figment);

impl Sources {
    /// A file (the usual one may be missing), and the environment.
    pub(super) fn new(
        file: Option<PathBuf>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, Failure> {
        let is_named = file.is_some();
        let file = file.unwrap_or_else(|| PathBuf::from(FILE));
        if is_named && !file.is_file() {
            let file = file.display();
            return Err(Failure::configuration(format!("there is no file {file} (--config)")));
        }
        let is_key = |(name, _): &(String, String)| {
            // Tests of how the program dies, and of what it does when it is late.
            let of_tests = ["ARCHIVE_FAILPOINT", "ARCHIVE_NOW"];
            !(cfg!(debug_assertions) && of_tests.contains(&name.as_str()))
        };
        let environment = environment.filter(is_key).filter_map(|(name, value)| {
            Some((name.strip_prefix(ENVIRONMENT)?.to_ascii_lowercase(), value))
        });
        let mut figment = Figment::new();
        if file.is_file() {
            figment = figment.merge(Toml::file_exact(file));
        }
        let figment = figment.merge(Environment(environment.collect()));
        Ok(Self(figment))
    }

    /// With these over those before.
    pub(super) fn over(self, name: &'static str, keys: &Keys) -> Self {
        let named = Named(name, Serialized::defaults(keys.clone()));
        Self(self.0.merge(named))
    }

    /// What they come to, checked.
    pub(super) fn config(self, completion_index: Option<&str>) -> Result<Config, Failure> {
        let keys: Keys = self.0.extract().map_err(|error| failure(&error))?;
        let defaults = Config::default();
        let at = |key: &'static str| At { key, sources: &self.0 };
        let secret = |text: &str| parse::text(text).map(Secret::new);
        let token = |text: &str| parse::token(text).map(Secret::new);
        let path = |text: &str| parse::text(text).map(PathBuf::from);
        let shard = match (at("shard").maybe(keys.shard, parse::shard)?, keys.shards) {
            (Some(shard), _) => shard,
            (None, None) => defaults.shard,
            (None, Some(shards)) => at("shards").read(&shards, |of| nth(completion_index, of))?,
        };
        let config = Config {
            url: at("url").maybe(keys.url, parse::url)?,
            token: at("token").maybe_secret(keys.token, token)?,
            store: at("store").or(keys.store, defaults.store, parse::store)?,
            store_endpoint: at("store_endpoint").maybe(keys.store_endpoint, parse::url)?,
            store_region: at("store_region").or(
                keys.store_region,
                defaults.store_region,
                parse::text,
            )?,
            store_access_key: at("store_access_key").maybe(keys.store_access_key, parse::text)?,
            store_secret_key: at("store_secret_key").maybe_secret(keys.store_secret_key, secret)?,
            data: at("data").or(keys.data, defaults.data, path)?,
            retention: at("retention").or(keys.retention, defaults.retention, parse::duration)?,
            keep_archive: at("keep_archive").or(
                keys.keep_archive,
                defaults.keep_archive,
                parse::keep,
            )?,
            index: at("index").or(keys.index, defaults.index, parse::index)?,
            index_token: at("index_token").maybe_secret(keys.index_token, secret)?,
            segment_bytes: at("segment_bytes").or(
                keys.segment_bytes,
                defaults.segment_bytes,
                parse::bytes,
            )?,
            lease: at("lease").or(keys.lease, defaults.lease, parse::duration)?,
            shard,
            concurrency: at("concurrency").or(
                keys.concurrency,
                defaults.concurrency,
                parse::number,
            )?,
            compact_after: at("compact_after").or(
                keys.compact_after,
                defaults.compact_after,
                parse::duration,
            )?,
            grace: at("grace").or(keys.grace, defaults.grace, parse::duration)?,
            database: at("database").or(keys.database, defaults.database, parse::boolean)?,
            metrics_file: at("metrics_file").maybe(keys.metrics_file, path)?,
        };
        together(&config)?;
        Ok(config)
    }
}

/// What only goes together.
fn together(config: &Config) -> Result<(), Failure> {
    let is_s3 = config.store.starts_with("s3://");
    if is_s3 && config.store_access_key.is_some() != config.store_secret_key.is_some() {
        return Err(Failure::configuration(
            "`store_access_key` and `store_secret_key` go together: set both, or none",
        ));
    }
    if !is_s3 && config.store_endpoint.is_some() {
        return Err(Failure::configuration(
            "`store_endpoint` is for S3 only: `store` should begin with s3://",
        ));
    }
    if config.lease.as_secs() < 10 {
        return Err(Failure::configuration(
            "`lease` is 10s at least: it is renewed over a network",
        ));
    }
    Ok(())
}

/// The shard whose index Kubernetes tells.
fn nth(completion_index: Option<&str>, of: &str) -> Result<Shard, Wanted> {
    let wanted = "as many shards as there are indexes: set JOB_COMPLETION_INDEX to one of them, \
                  counted from zero, or set `shard`";
    let index = match completion_index {
        Some(index) => index,
        None if of == "1" => "0",
        None => return Err(wanted),
    };
    parse::shard(&format!("{index}/{of}")).map_err(|_| wanted)
}

/// A key, to be read.
struct At<'a> {
    key: &'static str,
    sources: &'a Figment,
}

impl At<'_> {
    fn or<T>(
        &self,
        value: Option<Text>,
        default: T,
        parse: impl Fn(&str) -> Result<T, Wanted>,
    ) -> Result<T, Failure> {
        Ok(self.maybe(value, parse)?.unwrap_or(default))
    }

    fn maybe<T>(
        &self,
        value: Option<Text>,
        parse: impl Fn(&str) -> Result<T, Wanted>,
    ) -> Result<Option<T>, Failure> {
        value.map(|value| self.read(&value, parse)).transpose()
    }

    fn read<T>(
        &self,
        value: &Text,
        parse: impl Fn(&str) -> Result<T, Wanted>,
    ) -> Result<T, Failure> {
        parse(&value.0).map_err(|wanted| self.wrong(&format!("{:?}", value.0), wanted))
    }

    /// As `maybe`, without the value in what is said.
    fn maybe_secret<T>(
        &self,
        value: Option<Text>,
        parse: impl Fn(&str) -> Result<T, Wanted>,
    ) -> Result<Option<T>, Failure> {
        let read = |value: Text| parse(&value.0).map_err(|wanted| self.wrong("its value", wanted));
        value.map(read).transpose()
    }

    fn wrong(&self, value: &str, wanted: Wanted) -> Failure {
        let place = place(self.sources.find_metadata(self.key));
        Failure::configuration(format!("`{}`{place}: {value} is not {wanted}", self.key))
    }
}

/// " (from …)", or nothing.
fn place(metadata: Option<&Metadata>) -> String {
    match metadata {
        None => String::new(),
        Some(Metadata { source: Some(figment::Source::File(file)), .. }) => {
            format!(" (from {})", file.display())
        }
        Some(metadata) => format!(" (from {})", metadata.name),
    }
}

/// What Figment found, in a sentence.
fn failure(error: &figment::Error) -> Failure {
    let place = place(error.metadata.as_ref());
    let Kind::UnknownField(key, known) = &error.kind else {
        // Everything else is in Figment's words, which name the key and the type.
        return Failure::configuration(format!("the configuration cannot be read: {error}"));
    };
    Failure::configuration(match nearest(key, known) {
        Some(near) => format!("`{key}`{place} is no key; did you mean `{near}`?"),
        None => format!("`{key}`{place} is no key; the keys are: {}", known.join(", ")),
    })
}

fn nearest(key: &str, known: &[&'static str]) -> Option<&'static str> {
    let distance = |known: &str| strsim::damerau_levenshtein(key, known);
    let near = known.iter().copied().min_by_key(|known| distance(known))?;
    (distance(near) <= 3).then_some(near)
}

/// `ARCHIVE_…`, each as text.
struct Environment(Vec<(String, String)>);

impl figment::Provider for Environment {
    fn metadata(&self) -> Metadata {
        Metadata::named("an environment variable ARCHIVE_…")
    }

    fn data(&self) -> figment::Result<figment::value::Map<Profile, Dict>> {
        let values = self.0.iter().map(|(key, value)| (key.clone(), Value::from(value.clone())));
        Ok(Profile::Default.collect(values.collect()))
    }
}

/// Values with a name for where they come from.
struct Named(&'static str, Serialized<Keys>);

impl figment::Provider for Named {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.0)
    }

    fn data(&self) -> figment::Result<figment::value::Map<Profile, Dict>> {
        self.1.data()
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyText)
    }
}

struct AnyText;

impl de::Visitor<'_> for AnyText {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a number, true or false")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Text, E> {
        Ok(Text(text.to_owned()))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Text, E> {
        Ok(Text(value.to_string()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Text, E> {
        Ok(Text(value.to_string()))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Text, E> {
        Ok(Text(value.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Keep;

    fn load(toml: &str, environment: &[(&str, &str)], flags: &Keys) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        std::fs::write(&file, toml).unwrap();
        let environment =
            environment.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Sources::new(Some(file), environment)
            .and_then(|sources| sources.over("a flag", flags).config(None))
            .map_err(|failure| failure.to_string())
    }

    #[test]
    fn flags_cover_the_environment_which_covers_the_file() {
        let toml = "retention = \"10d\"\nlease = \"20s\"\nconcurrency = 2\nsegment_bytes = 65536\n";
        let flags = Keys { retention: Some(Text("30d".into())), ..Keys::default() };
        let config =
            load(toml, &[("ARCHIVE_RETENTION", "20d"), ("ARCHIVE_LEASE", "30s")], &flags).unwrap();
        assert_eq!(config.retention.as_secs(), 30 * 86_400);
        assert_eq!(config.lease.as_secs(), 30);
        assert_eq!((config.concurrency, config.segment_bytes), (2, 65_536));
    }

    /// In each file that is shipped for running the job elsewhere.
    #[test]
    fn what_deployments_set_are_keys() {
        let cron_job = include_str!("../../../deploy/archive-job/cronjob.yaml");
        let container = include_str!("../../../deploy/archive-job/container/wrangler.toml");
        let image = include_str!("../../../deploy/archive-job/Dockerfile");
        for (text, n_min) in [(cron_job, 11), (container, 7), (image, 1)] {
            let is_in_name = |c: char| c.is_ascii_uppercase() || c == '_';
            let words = text.split(|c| !is_in_name(c));
            let keys = words.filter_map(|word| word.strip_prefix(ENVIRONMENT));
            // A binding of the container's own.
            let keys: Vec<String> =
                keys.filter(|key| *key != "JOB").map(str::to_ascii_lowercase).collect();
            assert!(keys.len() >= n_min, "{keys:?}");
            for key in keys {
                let read = serde_json::from_value::<Keys>(serde_json::json!({ &key: "1" }));
                assert!(read.is_ok(), "{key}");
            }
        }
    }

    #[test]
    fn without_anything_there_are_defaults_that_need_nothing() {
        let config = load("", &[("PATH", "/bin")], &Keys::default()).unwrap();
        assert_eq!(config.store, "file://./archive");
        assert_eq!(config.keep_archive, Keep::Forever);
        assert_eq!(config.show(), Config::default().show());
    }

    #[test]
    fn a_token_of_digits_stays_text() {
        let digits = "0".repeat(40);
        let environment = [("ARCHIVE_TOKEN", digits.as_str())];
        let config = load("", &environment, &Keys::default()).unwrap();
        assert_eq!(config.token, Some(Secret::new(digits)));
    }

    #[test]
    fn a_typing_error_is_told_with_the_nearest_key_and_its_place() {
        let error = load("retenton = \"10d\"", &[], &Keys::default()).unwrap_err();
        assert!(error.contains("did you mean `retention`?"), "{error}");
        assert!(error.contains("archive-job.toml"), "{error}");
        let error = load("", &[("ARCHIVE_TOKNE", "x")], &Keys::default()).unwrap_err();
        assert!(error.contains("did you mean `token`?") && error.contains("ARCHIVE_"), "{error}");
    }

    #[test]
    fn a_wrong_value_is_told_with_its_key_and_place_and_what_to_write() {
        let error = load("retention = \"soon\"", &[], &Keys::default()).unwrap_err();
        assert!(error.contains("`retention` (from ") && error.contains("183d"), "{error}");
        let error = load("", &[("ARCHIVE_TOKEN", "hunter2")], &Keys::default()).unwrap_err();
        assert!(error.contains("`token`") && !error.contains("hunter2"), "{error}");
        let error = load("store_endpoint = \"http://localhost:9\"", &[], &Keys::default());
        assert!(error.unwrap_err().contains("s3://"));
    }

    #[test]
    fn kubernetes_says_which_shard_it_is() {
        let shards = Keys { shards: Some(Text("4".into())), ..Keys::default() };
        let config = |index| {
            let sources = Sources::new(None, std::iter::empty()).unwrap();
            sources.over("a flag", &shards).config(index)
        };
        assert_eq!(config(Some("3")).unwrap().shard.to_string(), "3/4");
        assert!(config(Some("4")).is_err());
        assert!(config(None).is_err(), "all four would do everything");
    }
}
