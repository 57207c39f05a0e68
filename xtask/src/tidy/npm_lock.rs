//! The npm lock file names the optional packages of every platform.
//!
//! npm leaves out those that its registry does not have, and `npm ci` then refuses the file on a
//! machine whose registry does.

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use super::Finding;
use super::repository::Repository;

const LOCK: &str = "package-lock.json";

pub(super) fn check(repository: &Repository) -> Result<Vec<Finding>> {
    let lock = repository.files.iter().find(|file| file.path == LOCK);
    judge(&lock.with_context(|| format!("{LOCK} is missing"))?.text)
}

fn judge(lock: &str) -> Result<Vec<Finding>> {
    let lock: Value = serde_json::from_str(lock)?;
    let packages = lock.get("packages").and_then(Value::as_object);
    let packages = packages.with_context(|| format!("{LOCK} lists no packages"))?;
    let mut findings = Vec::new();
    for (path, package) in packages {
        let optional = package.get("optionalDependencies").and_then(Value::as_object);
        for (name, version) in optional.into_iter().flatten() {
            if !is_listed(packages, path, name) {
                let message = format!(
                    "has no entry for {name} {version} of {path}; add `node_modules/{name}` with \
                     version, cpu, os and `optional`, like its neighbours"
                );
                findings.push(Finding::new(LOCK, message));
            }
        }
    }
    Ok(findings)
}

/// Looks as Node does: beside the package, then in every folder above.
fn is_listed(packages: &Map<String, Value>, path: &str, name: &str) -> bool {
    let mut folder = path;
    loop {
        let separator = if folder.is_empty() { "" } else { "/" };
        if packages.contains_key(&format!("{folder}{separator}node_modules/{name}")) {
            return true;
        }
        if folder.is_empty() {
            return false;
        }
        folder = folder.rsplit_once("/node_modules/").map_or("", |(above, _)| above);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(entry: &str) -> usize {
        let package = r#""node_modules/a": {"optionalDependencies": {"a-linux": "1"}}"#;
        judge(&format!(r#"{{"packages": {{"": {{}}, {package}{entry}}}}}"#)).unwrap().len()
    }

    #[test]
    fn a_platform_that_is_left_out_is_found() {
        assert_eq!(count(""), 1);
        assert_eq!(count(r#", "node_modules/b/node_modules/a-linux": {}"#), 1);
    }

    #[test]
    fn an_entry_beside_or_above_will_do() {
        assert_eq!(count(r#", "node_modules/a-linux": {}"#), 0);
        assert_eq!(count(r#", "node_modules/a/node_modules/a-linux": {}"#), 0);
    }
}
