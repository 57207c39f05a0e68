//! What is counted, for Prometheus.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::disk;
use crate::failure::Failure;

/// What is counted. Clones count together.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Registry>,
    /// When a command last ended well.
    pub last_success: Family<Command, Gauge>,
    /// The exit code of a command.
    pub exit_code: Family<Command, Gauge>,
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
    /// The fence of the lease that was taken last.
    pub lease_epoch: Gauge,
    /// How long the store took to answer.
    pub store_seconds: Seconds,
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

/// How long requests took, by what they were and what came of them.
pub type Seconds = Family<Request, Histogram, fn() -> Histogram>;

/// A request to the store.
#[derive(Clone, Debug, Eq, Hash, PartialEq, EncodeLabelSet)]
pub struct Request {
    /// `create`, `replace`, `read`, `look`, `list`, `delete`.
    pub op: &'static str,
    /// `done`, `absent`, `exists`, `failed`.
    pub outcome: &'static str,
}

/// Upper bounds in seconds: of a folder on this machine, of a bucket near by, of one that is ill.
const BOUNDS: [f64; 11] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

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
        let store_seconds: Seconds = Family::new_with_constructor(|| Histogram::new(BOUNDS));
        let help = "How long the store took to answer";
        register(&mut registry, "store_request_seconds", help, &store_seconds);
        let mut metrics = Self {
            store_seconds,
            registry: Arc::default(),
            last_success: metric!(
                "run_last_success_timestamp_seconds",
                "When a command last ended well"
            ),
            exit_code: metric!("run_exit_code", "How a command ended: 0, or its exit code"),
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
            lease_epoch: metric!("lease_epoch", "The fence of the lease that was taken last"),
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

    /// Writes the metrics to a file, whole or not at all, in the older format that the textfile
    /// collector reads.
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
            std::io::Write::write_all(&mut temporary, classic(&self.text()).as_bytes())?;
            temporary.persist(file).map_err(|error| error.error)
        };
        let done: std::io::Result<std::fs::File> = write();
        done.map(drop)
            .map_err(|error| disk::failure(format!("`metrics_file` {}", file.display()), &error))
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

/// In the older format a counter is described by the name that its samples have.
fn classic(text: &str) -> String {
    let typed =
        |line: &str| Some(line.strip_prefix("# TYPE ")?.strip_suffix(" counter")?.to_owned());
    let counters: BTreeSet<String> = text.lines().filter_map(typed).collect();
    let mut classic = String::with_capacity(text.len());
    for line in text.lines().filter(|line| *line != "# EOF") {
        let described = ["# HELP ", "# TYPE "].into_iter().find_map(|mark| {
            let (name, rest) = line.strip_prefix(mark)?.split_once(' ')?;
            counters.contains(name).then(|| format!("{mark}{name}_total {rest}"))
        });
        classic.push_str(described.as_deref().unwrap_or(line));
        classic.push('\n');
    }
    classic
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_told_in_both_formats() {
        let metrics = Metrics::new();
        metrics.clone().entries.inc_by(3);
        metrics.rooms.get_or_create(&outcome("drained")).inc();
        metrics.lag.set(7);
        let text = metrics.text();
        assert!(text.contains("# TYPE archive_entries counter\n"), "{text}");
        assert!(text.ends_with("# EOF\n"), "{text}");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("archive.prom");
        for _ in 0..2 {
            metrics.write(&file).unwrap();
        }
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains("# TYPE archive_entries_total counter\n"), "{text}");
        for sample in [
            "archive_entries_total 3\n",
            "archive_rooms_total{outcome=\"drained\"} 1\n",
            "archive_lag_seconds 7\n",
        ] {
            assert!(text.contains(sample), "{text}");
        }
        assert!(!text.contains("EOF"), "{text}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left");
        let nowhere = metrics.write(&folder.path().join("none/archive.prom")).unwrap_err();
        assert!(nowhere.to_string().contains("metrics_file"), "{nowhere}");
    }

    /// Every metric that an alert or a panel asks for exists.
    #[test]
    fn alerts_and_panels_ask_for_what_there_is() {
        let metrics = Metrics::new();
        // What has labels is told once there is one.
        metrics.last_success.get_or_create(&Command { command: "run" }).set(1);
        metrics.exit_code.get_or_create(&Command { command: "run" }).set(0);
        metrics.bytes.get_or_create(&Stage { stage: "lines" }).inc();
        for family in [
            &metrics.rooms,
            &metrics.already_exists,
            &metrics.acknowledge_refused,
            &metrics.indexed,
        ] {
            family.get_or_create(&outcome("any")).inc();
        }
        let text = metrics.text();
        let has = |name: &str| {
            let name = name.strip_suffix("_total").unwrap_or(name);
            text.contains(&format!("# TYPE {name} "))
        };
        for file in ["alerts.yml", "grafana/archive.json"] {
            let path = format!("{}/../docs/{file}", env!("CARGO_MANIFEST_DIR"));
            let words = std::fs::read_to_string(path).unwrap();
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let asked: BTreeSet<&str> = words
                .split(|c| !is_part(c))
                .filter(|word| {
                    ["_seconds", "_total", "_orphans", "_code"]
                        .iter()
                        .any(|end| word.ends_with(end))
                })
                .collect();
            assert!(asked.len() > 3, "{file}: {asked:?}");
            for name in asked {
                assert!(has(name), "{file} asks for {name}");
            }
        }
    }
}
