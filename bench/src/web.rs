//! The page in headless Chromium: what a first visit weighs, how fast it answers a person while a
//! room is loud, how a long room scrolls, and whether anything grows. `bench/web` does the work.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use integration_tests::server::root;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::results::Results;

/// What is asked of the page (most of it, or less).
const GOALS: [(&str, &str, f64); 6] = [
    ("JavaScript before a room opens, KB gzip", "rooms, JavaScript KB", 250.0),
    ("Wasm before a room opens, KB gzip", "rooms, Wasm KB", 300.0),
    ("a key until its frame is made, p50 ms", "interaction, a key, p50 ms", 50.0),
    ("the same, p95 ms", "interaction, a key, p95 ms", 50.0),
    ("another room, p50 ms", "interaction, a click on a room, p50 ms", 50.0),
    ("a frame while scrolling, p50 ms", "frame while scrolling, p50 ms", 17.0),
];

#[derive(Deserialize)]
struct Soak {
    minutes: Vec<Minute>,
}

#[derive(Deserialize)]
struct Minute {
    #[serde(rename = "minute")]
    number: u32,
    heap_mib: f64,
    buffers_mib: f64,
    nodes: f64,
    listeners: f64,
}

/// Measures everything but the soak.
pub(crate) fn measure(results: &mut Results) -> Result<()> {
    let facts: BTreeMap<String, f64> = ask(&[])?;
    results.keep("web", table(&facts)?);
    Ok(())
}

/// Ten minutes of a busy room.
pub(crate) fn soak(results: &mut Results) -> Result<()> {
    let Soak { minutes } = ask(&["--soak"])?;
    let mut table = "\
| minute | heap after collection, MiB | buffers, MiB | nodes | listeners |
|---:|---:|---:|---:|---:|
"
    .to_owned();
    for Minute { number, heap_mib, buffers_mib, nodes, listeners } in minutes {
        let row = format!("| {number} | {heap_mib:.1} | {buffers_mib:.1} |");
        writeln!(table, "{row} {nodes:.0} | {listeners:.0} |")?;
    }
    results.keep("web-soak", table);
    Ok(())
}

fn table(facts: &BTreeMap<String, f64>) -> Result<String> {
    let fact = |name: &str| facts.get(name).copied().unwrap_or(f64::NAN);
    let mut table = "| goal | at most | measured | |\n|---|---:|---:|---|\n".to_owned();
    for (goal, name, most) in GOALS {
        let mark = if fact(name) <= most { "✓" } else { "✗" };
        writeln!(table, "| {goal} | {most:.0} | {:.1} | {mark} |", fact(name))?;
    }
    table.push_str("\n| | |\n|---|---:|\n");
    for (name, value) in facts {
        writeln!(table, "| {name} | {value:.1} |")?;
    }
    Ok(table)
}

fn ask<T: DeserializeOwned>(arguments: &[&str]) -> Result<T> {
    let node = std::env::var_os("MARU_NODE").unwrap_or_else(|| "node".into());
    let output = Command::new(node)
        .arg(root().join("bench/web/measure.mjs"))
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .context("node does not start")?;
    ensure!(output.status.success(), "bench/web/measure.mjs failed: {}", output.status);
    serde_json::from_slice(&output.stdout).context("bench/web/measure.mjs said something else")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_that_was_not_measured_is_not_met() {
        let mut facts = BTreeMap::from([("rooms, JavaScript KB".to_owned(), 176.6)]);
        let lines = |facts: &BTreeMap<String, f64>| table(facts).unwrap().lines().count();
        assert!(table(&facts).unwrap().contains("| 250 | 176.6 | ✓ |"));
        assert!(table(&facts).unwrap().contains("| 300 | NaN | ✗ |"));
        let before = lines(&facts);
        facts.insert("interaction, a key, p50 ms".to_owned(), 51.0);
        assert!(table(&facts).unwrap().contains("| 50 | 51.0 | ✗ |"));
        assert_eq!(lines(&facts), before + 1);
    }
}
