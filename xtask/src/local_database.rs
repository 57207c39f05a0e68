//! The D1 database of a Worker that runs on this machine.

use std::fs;

use anyhow::Result;

use crate::digest::{Inputs, Stamp};
use crate::process;
use crate::progress::Outcome;
use crate::setup::Toolbox;

/// Applies the migrations that the local database lacks.
pub(crate) fn migrate(toolbox: &Toolbox) -> Result<Outcome> {
    let workspace = toolbox.workspace();
    let migrations = workspace.path("migrations");
    if !has_sql(&migrations) {
        return Ok(Outcome::Skipped("there are no migrations yet".to_owned()));
    }
    let digest = Inputs::default().folder(&migrations)?.digest();
    let stamp = Stamp::new(&workspace.memory(), "migrations");
    if stamp.matches(&digest) && workspace.path(".wrangler/state/v3/d1").exists() {
        return Ok(Outcome::Ready("migrations applied".to_owned()));
    }
    process::run_quietly(toolbox.command("wrangler").args([
        "d1",
        "migrations",
        "apply",
        "maru",
        "--local",
    ]))?;
    stamp.remember(&digest)?;
    Ok(Outcome::Done("applied migrations to .wrangler/state".to_owned()))
}

fn has_sql(folder: &std::path::Path) -> bool {
    fs::read_dir(folder).is_ok_and(|entries| {
        entries
            .filter_map(std::result::Result::ok)
            .any(|entry| entry.path().extension().is_some_and(|extension| extension == "sql"))
    })
}
