//! Builds the browser's Wasm, the web app and the Worker, each only if its inputs changed.

mod client;
mod inputs;
mod module;
mod web;
mod worker;

use anyhow::Result;

use crate::arguments::{BuildOptions, Part, Profile};
use crate::digest::Stamp;
use crate::progress::{self, Outcome};
use crate::setup::{self, Needs, Toolbox};
use crate::workspace::Workspace;
use crate::{dev_vars, local_database};

/// `cargo xtask build`.
pub(crate) fn command(workspace: &Workspace, options: &BuildOptions) -> Result<()> {
    let toolbox = setup::prepare(workspace, Needs::Building)?;
    let profile = options.profile.profile();
    match options.part {
        Some(Part::Client) => client::build(&toolbox, profile),
        Some(Part::Web) => {
            client::build(&toolbox, profile)?;
            web::build(&toolbox, profile)
        }
        Some(Part::Worker) => worker::build(&toolbox, profile),
        None => everything(&toolbox, profile),
    }?;
    if options.for_wrangler && is_local_run() {
        progress::step(".dev.vars", || dev_vars::ensure(workspace))?;
        progress::step("local database", || local_database::migrate(&toolbox))?;
    }
    Ok(())
}

/// Builds all parts.
pub(crate) fn everything(toolbox: &Toolbox, profile: Profile) -> Result<()> {
    progress::stage("build", || {
        client::build(toolbox, profile)?;
        web::build(toolbox, profile)?;
        worker::build(toolbox, profile)
    })
}

/// Whether wrangler builds for this machine; it says so to its build command.
fn is_local_run() -> bool {
    std::env::var("WRANGLER_COMMAND").is_ok_and(|command| command == "dev")
}

/// Runs a step unless it last succeeded with the same inputs and its output is still there.
fn unless_unchanged(
    toolbox: &Toolbox,
    name: &str,
    digest: &str,
    output: &str,
    build: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let workspace = toolbox.workspace();
    let stamp = Stamp::new(&workspace.memory(), name);
    if stamp.matches(digest) && workspace.path(output).exists() {
        return progress::step(name, || Ok(Outcome::Ready("unchanged".to_owned())));
    }
    progress::stage(&format!("build {name}"), build)?;
    stamp.remember(digest)
}
