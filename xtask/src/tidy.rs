//! The project's own rules, each a check with a message that says what to do.

mod arrows;
mod crate_docs;
mod function_length;
mod line_length;
mod metadata;
mod npm_licences;
mod npm_lock;
mod pure_dependencies;
mod pure_imports;
mod registries;
mod repository;
mod rule_numbers;
mod scale_document;
mod secrets;
mod unfinished;

use anyhow::{Result, bail};

use self::repository::Repository;
use crate::progress;
use crate::workspace::Workspace;

/// One broken rule at one place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// A file, a file with a line, or a crate.
    place: String,
    message: String,
}

impl Finding {
    fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into() }
    }
}

type Check = fn(&Repository) -> Result<Vec<Finding>>;

/// Cheap checks first; the last one compiles.
const CHECKS: [(&str, Check); 13] = [
    ("dependency arrows", arrows::check),
    ("pure dependencies", pure_dependencies::check),
    ("rule numbers", rule_numbers::check),
    ("function length", function_length::check),
    ("line length", line_length::check),
    ("crate documentation", crate_docs::check),
    ("unfinished work", unfinished::check),
    ("secrets", secrets::check),
    ("registry names", registries::check),
    ("npm lock file", npm_lock::check),
    ("npm licences", npm_licences::check),
    ("scale document", scale_document::check),
    ("pure modules", pure_imports::check),
];

/// `cargo xtask tidy`.
pub(crate) fn command(workspace: &Workspace) -> Result<()> {
    progress::stage("tidy", || check(workspace))
}

/// Runs every check and prints every finding, then fails if there were any.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let repository = Repository::read(workspace);
    let mut broken: usize = 0;
    for (name, check) in CHECKS {
        let findings = check(&repository)?;
        let verdict = if findings.is_empty() { "ok" } else { "BROKEN" };
        progress::say(format!("  {name:<22} {verdict}"));
        for finding in &findings {
            progress::say(format!("      {}: {}", finding.place, finding.message));
        }
        broken = broken.saturating_add(findings.len());
    }
    if broken > 0 {
        bail!("tidy found {broken} broken rules");
    }
    Ok(())
}
