//! What npm brings has a licence that Maru may pass on; tools that stay here may have others.

use anyhow::{Context, Result};
use serde_json::Value;

use super::Finding;
use super::repository::Repository;

const LOCK: &str = "package-lock.json";

/// Licences of what the pages are made of.
const SHIPPED: [&str; 9] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unlicense",
];

/// What only builds and tests may have beside these: it is run, and not passed on.
const TOOLS: [&str; 2] = ["LGPL-3.0-or-later", "MPL-2.0"];

pub(super) fn check(repository: &Repository) -> Result<Vec<Finding>> {
    let lock = repository.files.iter().find(|file| file.path == LOCK);
    judge(&lock.with_context(|| format!("{LOCK} is missing"))?.text)
}

fn judge(lock: &str) -> Result<Vec<Finding>> {
    let lock: Value = serde_json::from_str(lock)?;
    let packages = lock.get("packages").and_then(Value::as_object);
    let packages = packages.with_context(|| format!("{LOCK} lists no packages"))?;
    let is = |package: &Value, what| package.get(what).and_then(Value::as_bool).unwrap_or(false);
    let mut findings = Vec::new();
    for (path, package) in packages {
        if !path.contains("node_modules/") || is(package, "link") {
            continue;
        }
        let licence = package.get("license").and_then(Value::as_str).unwrap_or_default();
        if !may_be_used(licence, is(package, "dev")) {
            let message = format!(
                "{path} has the licence {licence:?}, which is not in xtask/src/tidy/npm_licences.rs"
            );
            findings.push(Finding::new(LOCK, message));
        }
    }
    Ok(findings)
}

/// Whether one side of each `OR` is allowed whole; nothing else of SPDX's grammar is needed.
fn may_be_used(licence: &str, is_tool: bool) -> bool {
    let is_known = |one: &str| SHIPPED.contains(&one) || (is_tool && TOOLS.contains(&one));
    let plain = licence.trim_start_matches('(').trim_end_matches(')');
    plain.split(" OR ").any(|side| side.split(" AND ").all(|one| is_known(one.trim())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(package: &str) -> usize {
        judge(&format!(r#"{{"packages": {{"": {{}}, "node_modules/a": {package}}}}}"#))
            .unwrap()
            .len()
    }

    #[test]
    fn what_is_passed_on_is_permissive() {
        assert_eq!(count(r#"{"license": "MIT"}"#), 0);
        assert_eq!(count(r#"{"license": "(GPL-3.0 OR MIT)"}"#), 0);
        assert_eq!(count(r#"{"license": "MIT AND GPL-3.0"}"#), 1);
        assert_eq!(count(r#"{"license": "MPL-2.0"}"#), 1);
        assert_eq!(count("{}"), 1, "without a licence nobody may use it");
    }

    #[test]
    fn a_tool_may_have_a_licence_of_its_own() {
        assert_eq!(count(r#"{"license": "MPL-2.0", "dev": true}"#), 0);
        assert_eq!(count(r#"{"license": "AGPL-3.0", "dev": true}"#), 1);
    }
}
