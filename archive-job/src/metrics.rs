//! What is counted, for Prometheus.

use std::path::Path;
use std::sync::Arc;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::failure::Failure;

/// What is counted. Clones count together.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Registry>,
    /// When a command last ended well.
    pub last_success: Family<Command, Gauge>,
    /// Rooms, by what came of them.
    pub rooms: Family<Outcome, Counter>,
    /// Entries that were archived.
    pub entries: Counter,
    /// Bytes that were written, by kind of object.
    pub bytes: Family<Stage, Counter>,
    /// Age in seconds of the oldest entry that is not archived.
    pub lag: Gauge,
    /// Objects that did not verify.
    pub verify_failures: Counter,
    /// Objects that were there already, by whether they were the same.
    pub already_exists: Family<Outcome, Counter>,
    /// Acknowledgements that rooms refused, by problem.
    pub acknowledge_refused: Family<Outcome, Counter>,
    /// Entries that rooms forgot.
    pub expired_entries: Counter,
    /// Objects that expired.
    pub expired_objects: Counter,
    /// Age in seconds of what should have expired and is not archived.
    pub overdue: Gauge,
    /// Objects that no manifest names.
    pub orphans: Gauge,
    /// Leases that were lost.
    pub leases_lost: Counter,
    /// Age in seconds of the oldest entry that is archived and not indexed.
    pub index_lag: Gauge,
    /// Documents that were indexed, by result.
    pub indexed: Family<Outcome, Counter>,
}

/// A command.
#[derive(Clone, Debug, Eq, Hash, PartialEq, EncodeLabelSet)]
pub struct Command {
    /// Its name.
    pub command: &'static str,
}

/// What came of something.
#[derive(Clone, Debug, Eq, Hash, PartialEq, EncodeLabelSet)]
pub struct Outcome {
    /// One of a few words.
    pub outcome: String,
}

/// A kind of object.
#[derive(Clone, Debug, Eq, Hash, PartialEq, EncodeLabelSet)]
pub struct Stage {
    /// `lines`, `segment`, `table`, `state`, `database`.
    pub stage: &'static str,
}

impl Metrics {
    /// All at zero.
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("archive");
        macro_rules! metric {
            ($name:literal, $help:literal) => {{
                let metric = Default::default();
                register(&mut registry, $name, $help, &metric);
                metric
            }};
        }
        let mut metrics = Self {
            registry: Arc::default(),
            last_success: metric!(
                "run_last_success_timestamp_seconds",
                "When a command last ended well"
            ),
            rooms: metric!("rooms", "Rooms, by what came of them"),
            entries: metric!("entries", "Entries that were archived"),
            bytes: metric!("bytes", "Bytes that were written"),
            lag: metric!("lag_seconds", "Age of the oldest entry that is not archived"),
            verify_failures: metric!("object_verify_failures", "Objects that did not verify"),
            already_exists: metric!("already_exists", "Objects that were there already"),
            acknowledge_refused: metric!(
                "acknowledge_refused",
                "Acknowledgements that rooms refused"
            ),
            expired_entries: metric!("expired_entries", "Entries that rooms forgot"),
            expired_objects: metric!("expired_objects", "Objects that expired"),
            overdue: metric!(
                "overdue_seconds",
                "How long overdue the oldest entry is that should have expired"
            ),
            orphans: metric!("orphans", "Objects that no manifest names"),
            leases_lost: metric!("leases_lost", "Leases that were lost"),
            index_lag: metric!(
                "index_lag_seconds",
                "Age of the oldest entry that is archived and not indexed"
            ),
            indexed: metric!("indexed", "Documents that were indexed"),
        };
        metrics.registry = Arc::new(registry);
        metrics
    }

    /// In the `OpenMetrics` text format; its content type is [`CONTENT_TYPE`].
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }

    /// Writes the text to a file, whole or not at all.
    ///
    /// # Errors
    /// [`Failure::Configuration`] if the file cannot be written.
    pub fn write(&self, file: &Path) -> Result<(), Failure> {
        let folder = match file.parent() {
            Some(folder) if folder != Path::new("") => folder,
            Some(_) | None => Path::new("."),
        };
        let write = || {
            let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
            std::io::Write::write_all(&mut temporary, self.text().as_bytes())?;
            temporary.persist(file).map_err(|error| error.error)
        };
        let done: std::io::Result<std::fs::File> = write();
        done.map(drop).map_err(|error| {
            let file = file.display();
            Failure::configuration(format!("`metrics_file` {file} cannot be written: {error}"))
        })
    }
}

/// What `/metrics` is.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// A label `outcome`.
#[must_use]
pub fn outcome(word: impl Into<String>) -> Outcome {
    Outcome { outcome: word.into() }
}

fn register<M>(registry: &mut Registry, name: &str, help: &str, metric: &M)
where
    M: prometheus_client::registry::Metric + Clone,
{
    registry.register(name, help, metric.clone());
}
