//! Arrows between crates only point at purer ones (`docs/architecture.md`).

use std::collections::BTreeMap;

use anyhow::Result;

use super::Finding;
use super::metadata::{self, Arrows};
use super::repository::Repository;

/// Every crate, and the crates of this workspace it may name.
const ALLOWED: [(&str, &[&str]); 19] = [
    ("protocol", &[]),
    ("analysis", &["protocol"]),
    ("room", &["protocol"]),
    ("user", &["protocol"]),
    ("client", &["protocol"]),
    ("object-api", &["protocol"]),
    ("durable-objects", &["analysis", "object-api", "protocol", "room", "user"]),
    ("objects", &["durable-objects"]),
    ("chat-worker", &["fuzz", "object-api", "protocol"]),
    ("client-wasm", &["analysis", "client", "protocol"]),
    ("archive-bench", &["analysis", "archive-job", "integration-tests", "protocol"]),
    ("archive-job", &["analysis", "fuzz", "integration-tests", "protocol"]),
    ("contract-worker", &["analysis", "durable-objects", "object-api", "protocol", "room"]),
    ("simulation", &["client", "protocol", "room"]),
    ("integration-tests", &["client", "protocol"]),
    ("bench", &["client", "integration-tests", "protocol"]),
    // It counts the instructions of the pure crates themselves, apart from any server; `bench`
    // measures a server from outside, and so never names `room`.
    ("core-bench", &["analysis", "client", "protocol", "room", "user"]),
    // Its own targets are those of the pure crates; others name it for their tests.
    ("fuzz", &["analysis", "protocol"]),
    ("xtask", &[]),
];

pub(super) fn check(repository: &Repository) -> Result<Vec<Finding>> {
    Ok(judge(&metadata::arrows(&repository.workspace)?))
}

fn judge(crates: &BTreeMap<String, Arrows>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, arrows) in crates {
        let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| known == name) else {
            let message = "is not in the list of arrows; add it to xtask/src/tidy/arrows.rs";
            findings.push(Finding::new(name, message));
            continue;
        };
        // A crate may name itself: that is how its tests turn its `testing` feature on.
        let may_name = |target: &str| target == name || allowed.contains(&target);
        for target in arrows.inside.iter().filter(|target| !may_name(target)) {
            let message = format!("may not depend on {target}; it may name only {allowed:?}");
            findings.push(Finding::new(name, message));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crates(name: &str, inside: &[&str]) -> BTreeMap<String, Arrows> {
        let inside = inside.iter().map(|target| (*target).to_owned()).collect();
        BTreeMap::from([(name.to_owned(), Arrows { inside, ..Arrows::default() })])
    }

    #[test]
    fn the_designed_arrows_pass() {
        assert_eq!(judge(&crates("durable-objects", &["protocol", "room"])), []);
        assert_eq!(judge(&crates("durable-objects", &["durable-objects"])), []);
    }

    #[test]
    fn an_arrow_to_a_less_pure_crate_is_found() {
        let findings = judge(&crates("room", &["protocol", "durable-objects"]));
        assert_eq!(findings.len(), 1);
        assert!(findings[0].message.contains("durable-objects"));
    }

    #[test]
    fn the_tests_may_not_look_into_the_room() {
        assert_eq!(judge(&crates("integration-tests", &["room"])).len(), 1);
    }

    #[test]
    fn a_crate_nobody_placed_is_found() {
        assert_eq!(judge(&crates("helpers", &[])).len(), 1);
    }
}
