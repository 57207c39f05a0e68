//! The dependencies that the lock files name.

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use super::Toolbox;
use crate::digest::{Inputs, Stamp};
use crate::process;
use crate::progress::Outcome;
use crate::workspace::Workspace;

/// Downloads the crates, so that later steps need no network.
pub(super) fn fetch_crates(workspace: &Workspace) -> Result<Outcome> {
    let digest = Inputs::default().file(&workspace.path("Cargo.lock"))?.digest();
    let stamp = Stamp::new(&workspace.memory(), "fetch");
    if stamp.matches(&digest) {
        return Ok(Outcome::Ready("Cargo.lock".to_owned()));
    }
    let mut command = std::process::Command::new("cargo");
    process::run_quietly(command.current_dir(workspace.root()).arg("fetch"))?;
    stamp.remember(&digest)?;
    Ok(Outcome::Done("fetched those in Cargo.lock".to_owned()))
}

/// Installs the npm packages unless `node_modules` already holds what the lock file asks for.
pub(super) fn ensure(toolbox: &Toolbox) -> Result<Outcome> {
    let workspace = toolbox.workspace();
    if is_installed(workspace)? {
        return Ok(Outcome::Ready("node_modules".to_owned()));
    }
    process::run_quietly(toolbox.command("npm").args(["ci", "--no-audit", "--no-fund"]))?;
    Ok(Outcome::Done("installed to node_modules".to_owned()))
}

fn is_installed(workspace: &Workspace) -> Result<bool> {
    let wanted = packages_of(&std::fs::read_to_string(workspace.path("package-lock.json"))?)?;
    // npm keeps this record of what it really installed.
    let record = workspace.path("node_modules/.package-lock.json");
    let Ok(record) = std::fs::read_to_string(record) else {
        return Ok(false);
    };
    Ok(satisfies(&packages_of(&record)?, &wanted))
}

fn packages_of(lock: &str) -> Result<Map<String, Value>> {
    let lock: Value = serde_json::from_str(lock).context("an npm lock file is not JSON")?;
    lock.get("packages")
        .and_then(Value::as_object)
        .cloned()
        .context("an npm lock file lists no packages")
}

/// Whether every wanted package is installed at its version.
///
/// Optional ones may be absent: they are for other platforms.
fn satisfies(installed: &Map<String, Value>, wanted: &Map<String, Value>) -> bool {
    wanted.iter().filter(|(path, _)| path.contains("node_modules/")).all(|(path, package)| {
        match installed.get(path) {
            Some(found) => ["version", "integrity", "link"]
                .iter()
                .all(|field| found.get(field) == package.get(field)),
            None => package.get("optional") == Some(&Value::Bool(true)),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packages(text: &str) -> Map<String, Value> {
        packages_of(&format!(r#"{{"packages": {text}}}"#)).unwrap()
    }

    #[test]
    fn an_older_or_absent_package_is_noticed() {
        let wanted = packages(r#"{"": {}, "web": {}, "node_modules/a": {"version": "2"}}"#);
        assert!(satisfies(&packages(r#"{"node_modules/a": {"version": "2"}}"#), &wanted));
        assert!(!satisfies(&packages(r#"{"node_modules/a": {"version": "1"}}"#), &wanted));
        assert!(!satisfies(&packages("{}"), &wanted));
    }

    #[test]
    fn packages_for_other_platforms_may_be_absent() {
        let wanted = packages(r#"{"node_modules/a": {"version": "2", "optional": true}}"#);
        assert!(satisfies(&packages("{}"), &wanted));
    }
}
