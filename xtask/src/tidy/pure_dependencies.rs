//! The pure crates link no platform, clock, randomness or runtime, not even indirectly.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::Result;

use super::Finding;
use super::metadata::{self, Arrows};
use super::repository::Repository;
use crate::process;

/// The crates that decide, and therefore must not know where they run.
pub(super) const PURE: [&str; 5] = ["protocol", "analysis", "room", "user", "client"];

const FORBIDDEN: [&str; 8] =
    ["worker", "wasm-bindgen", "js-sys", "web-sys", "tokio", "getrandom", "chrono", "rand"];

pub(super) fn check(repository: &Repository) -> Result<Vec<Finding>> {
    let crates = metadata::arrows(&repository.workspace)?;
    let mut findings = judge_direct(&crates);
    for name in PURE.iter().filter(|name| crates.contains_key(**name)) {
        let mut tree = Command::new("cargo");
        tree.current_dir(repository.workspace.root())
            .args(["tree", "--package", name, "--edges", "normal", "--prefix", "none"])
            .args(["--target", "wasm32-unknown-unknown", "--format", "{p}"]);
        findings.extend(judge_tree(name, &process::read(&mut tree)?));
    }
    Ok(findings)
}

fn judge_direct(crates: &BTreeMap<String, Arrows>) -> Vec<Finding> {
    let pure = crates.iter().filter(|(name, _)| PURE.contains(&name.as_str()));
    pure.flat_map(|(name, arrows)| {
        arrows.outside.iter().filter(|target| FORBIDDEN.contains(&target.as_str())).map(
            move |target| Finding::new(name, format!("is pure and may not depend on {target}")),
        )
    })
    .collect()
}

/// Reads lines such as `getrandom v0.4.3 (*)`.
fn judge_tree(name: &str, tree: &str) -> Vec<Finding> {
    let mut found: Vec<&str> = tree
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|package| FORBIDDEN.contains(package))
        .collect();
    found.sort_unstable();
    found.dedup();
    found
        .into_iter()
        .map(|package| {
            let question = format!("`cargo tree -p {name} -e normal -i {package}` says why");
            Finding::new(name, format!("is pure, but links {package}; {question}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_in_a_pure_crate_is_found() {
        let outside = ["chrono".to_owned(), "serde".to_owned()].into();
        let arrows = Arrows { outside, ..Arrows::default() };
        let findings = judge_direct(&BTreeMap::from([("room".to_owned(), arrows)]));
        assert_eq!(findings, [Finding::new("room", "is pure and may not depend on chrono")]);
    }

    #[test]
    fn an_indirect_dependency_is_found_once() {
        let tree = "room v0.1.0 (/maru/room)\nsha2 v0.11.1\ngetrandom v0.4.3\ngetrandom v0.4.3 (*)";
        let findings = judge_tree("room", tree);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].message.contains("links getrandom"));
    }

    #[test]
    fn names_that_only_begin_alike_pass() {
        assert_eq!(judge_tree("room", "worker-macros v0.8.7\nrand_core v0.9.0"), []);
    }
}
