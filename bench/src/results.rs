//! What was measured, kept so that it can be written down again without measuring.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use integration_tests::server::root;
use serde::{Deserialize, Serialize};

use crate::median::median;

/// The last results of each part.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Results {
    /// What the last of them were measured on.
    pub(crate) machine: String,
    /// By name.
    pub(crate) systems: BTreeMap<String, SystemResult>,
    /// Their names, in the order of the tables.
    pub(crate) order: Vec<String>,
    pub(crate) itself: Option<Itself>,
    pub(crate) talk: Vec<Run>,
    pub(crate) growth: Vec<Run>,
    /// Tables in Markdown, by the name of the part.
    pub(crate) tables: BTreeMap<String, String>,
    /// Numbers that goals are about, by name.
    pub(crate) facts: BTreeMap<String, f64>,
}

/// A system that was measured, or was to be.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct SystemResult {
    pub(crate) what: String,
    /// What was measured, or why it was not.
    pub(crate) version: Result<String, String>,
    pub(crate) stores: bool,
}

/// How fast the generator is.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Itself {
    /// A second, while a server pours.
    pub(crate) poured_mb: f64,
    /// A second of its own CPU.
    pub(crate) scanned_mb: f64,
    pub(crate) scanned_deliveries: f64,
}

/// One load that one system bore in one round.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Run {
    pub(crate) system: String,
    pub(crate) load: String,
    pub(crate) rooms: usize,
    pub(crate) members: usize,
    pub(crate) round: usize,
    /// Messages a second of all rooms together.
    pub(crate) messages: f64,
    /// What came of it, or why nothing did.
    pub(crate) outcome: Result<Measured, String>,
}

/// What a load cost, in its window.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub(crate) struct Measured {
    /// Deliveries a second.
    pub(crate) deliveries: f64,
    /// Of what was said in the window, the part that came at all.
    pub(crate) ratio: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p95_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) max_ms: f64,
    /// Microseconds of the server's CPU.
    pub(crate) cpu_us_per_delivery: f64,
    /// Cores that the server and the generator kept busy.
    pub(crate) server_cores: f64,
    pub(crate) own_cores: f64,
    /// The generator's own delay, 99th percentile.
    pub(crate) late_ms: f64,
    /// The server's memory at its highest.
    pub(crate) resident_mib: f64,
    /// Messages in a frame, and bytes that reached everybody, a second.
    pub(crate) per_frame: f64,
    pub(crate) megabytes: f64,
    /// Whether the members of each room heard the same in the same order, if all heard all.
    pub(crate) one_order: Option<bool>,
    /// What went wrong, in a few words.
    pub(crate) faults: Vec<String>,
}

impl Results {
    /// Those of earlier runs, or none.
    pub(crate) fn load() -> Result<Self> {
        let path = path();
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = fs::read_to_string(&path)?;
        serde_json::from_str(&text)
            .with_context(|| format!("of another version; delete {}", path.display()))
    }

    /// Keeps the table of a part, and prints it.
    pub(crate) fn keep(&mut self, part: &str, table: String) {
        println!("### {part}\n\n{table}");
        self.tables.insert(part.to_owned(), table);
    }

    pub(crate) fn save(&self) -> Result<()> {
        let path = path();
        fs::create_dir_all(path.parent().context("a folder")?)?;
        Ok(fs::write(path, serde_json::to_string_pretty(self)?)?)
    }
}

impl Run {
    /// Deliveries a second that were asked for.
    pub(crate) fn asked(&self) -> f64 {
        self.messages * self.members as f64
    }
}

impl Measured {
    /// The median of several rounds, number by number, with the faults of all.
    pub(crate) fn median(rounds: &[&Self]) -> Self {
        let of = |field: fn(&Self) -> f64| median(rounds.iter().map(|each| field(each)).collect());
        Self {
            deliveries: of(|each| each.deliveries),
            ratio: of(|each| each.ratio),
            p50_ms: of(|each| each.p50_ms),
            p95_ms: of(|each| each.p95_ms),
            p99_ms: of(|each| each.p99_ms),
            max_ms: of(|each| each.max_ms),
            cpu_us_per_delivery: of(|each| each.cpu_us_per_delivery),
            server_cores: of(|each| each.server_cores),
            own_cores: of(|each| each.own_cores),
            late_ms: of(|each| each.late_ms),
            resident_mib: of(|each| each.resident_mib),
            per_frame: of(|each| each.per_frame),
            megabytes: of(|each| each.megabytes),
            one_order: rounds
                .iter()
                .filter_map(|each| each.one_order)
                .reduce(|one, other| one && other),
            faults: rounds.iter().flat_map(|each| each.faults.clone()).collect(),
        }
    }
}

impl Itself {
    pub(crate) fn sentence(&self) -> String {
        format!(
            "The generator scans {:.0} MB/s on one core ({:.1} million deliveries/s); a server \
             that only pours filled it with {:.0} MB/s.",
            self.scanned_mb,
            self.scanned_deliveries / 1e6,
            self.poured_mb,
        )
    }
}

/// Where the benchmark keeps what it needs, on a real disk.
pub(crate) fn folder() -> PathBuf {
    root().join("target/bench")
}

fn path() -> PathBuf {
    folder().join("results.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_taken_number_by_number_and_forgets_no_fault() {
        let round = |p50_ms, p99_ms, one_order| Measured {
            p50_ms,
            p99_ms,
            one_order: Some(one_order),
            faults: vec!["a fault".to_owned(); usize::from(!one_order)],
            ..Measured::default()
        };
        let rounds = [&round(1.0, 9.0, true), &round(3.0, 7.0, false), &round(2.0, 8.0, true)];
        let median = Measured::median(&rounds);
        assert_eq!((median.p50_ms, median.p99_ms), (2.0, 8.0));
        assert_eq!(median.one_order, Some(false));
        assert_eq!(median.faults, ["a fault"]);
    }
}
