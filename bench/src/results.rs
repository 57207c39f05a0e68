//! What was measured, kept so that it can be written down again without measuring.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use integration_tests::server::root;
use serde::{Deserialize, Serialize};

/// The last results of each part.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Results {
    /// What they were measured on.
    #[serde(default)]
    pub(crate) machine: String,
    /// By name.
    #[serde(default)]
    pub(crate) systems: BTreeMap<String, SystemResult>,
    #[serde(default)]
    pub(crate) talk: Vec<Run>,
    #[serde(default)]
    pub(crate) growth: Vec<Run>,
}

/// A system that was measured, or was to be.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct SystemResult {
    pub(crate) what: String,
    pub(crate) version: String,
    pub(crate) stores: bool,
}

/// One load that one system bore in one round.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Run {
    pub(crate) system: String,
    pub(crate) load: String,
    pub(crate) rooms: usize,
    pub(crate) members: usize,
    pub(crate) round: usize,
    /// Deliveries a second.
    pub(crate) asked: f64,
    /// What came of it, or why nothing did.
    pub(crate) outcome: Result<Measured, String>,
}

/// What a load cost, in its window.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
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
    /// Whether the members of each room heard the same in the same order.
    pub(crate) one_order: bool,
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
        serde_json::from_str(&text).with_context(|| format!("delete {}", path.display()))
    }

    pub(crate) fn save(&self) -> Result<()> {
        let path = path();
        fs::create_dir_all(path.parent().context("a folder")?)?;
        Ok(fs::write(path, serde_json::to_string_pretty(self)?)?)
    }
}

/// Where the benchmark keeps what it needs, on a real disk.
pub(crate) fn folder() -> PathBuf {
    root().join("target/bench")
}

fn path() -> PathBuf {
    folder().join("results.json")
}
