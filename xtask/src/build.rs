//! Builds the browser's Wasm, the web app and the Worker, each only if its inputs changed.

mod budget;
mod client;
mod inputs;
mod module;
mod order;
mod web;
mod worker;

use std::fs::File;

use anyhow::Result;

use crate::arguments::{BuildOptions, Part, Profile};
use crate::digest::Stamp;
use crate::progress::{self, Outcome};
use crate::setup::{self, Needs, Toolbox};
use crate::workspace::Workspace;
use crate::{dev_vars, local_database};

/// `cargo xtask build`.
pub(crate) fn command(workspace: &Workspace, options: &BuildOptions) -> Result<()> {
    if options.for_wrangler {
        progress::be_terse();
    }
    let toolbox = setup::prepare(workspace, Needs::Building)?;
    let profile = options.profile.profile();
    // wrangler builds once for each script that it runs, at the same time.
    let alone = File::create(workspace.memory().join("build.lock"))?;
    alone.lock()?;
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
    progress::group("build", || {
        client::build(toolbox, profile)?;
        web::build(toolbox, profile)?;
        worker::build(toolbox, profile)
    })
}

/// Builds what only the tests run.
pub(crate) fn for_tests(toolbox: &Toolbox, profile: Profile) -> Result<()> {
    progress::group("build for tests", || worker::build_for_tests(toolbox, profile))
}

/// Builds what serves people alone, as in production.
pub(crate) fn edge(toolbox: &Toolbox) -> Result<()> {
    progress::group("build", || worker::build(toolbox, Profile::Release))
}

/// Whether wrangler builds for this machine; it says so to its build command.
fn is_local_run() -> bool {
    std::env::var("WRANGLER_COMMAND").is_ok_and(|command| command == "dev")
}

/// A part of Maru that is built by a program of its own.
struct PartToBuild<'a> {
    name: &'a str,
    /// Of everything it is built from.
    digest: String,
    /// What must exist afterwards.
    output: &'a str,
    /// The files whose sizes are worth knowing.
    sized: &'a [&'a str],
}

impl PartToBuild<'_> {
    /// Builds the part unless its inputs are as they last were and its output is still there.
    fn build(&self, toolbox: &Toolbox, build: impl FnOnce() -> Result<()>) -> Result<()> {
        let workspace = toolbox.workspace();
        let stamp = Stamp::new(&workspace.memory(), self.name);
        if stamp.matches(&self.digest) && self.is_there(workspace) {
            return progress::step(self.name, || Ok(Outcome::Ready(self.summary(workspace)?)));
        }
        progress::stage(&format!("build {}", self.name), build)?;
        stamp.remember(&self.digest)?;
        progress::step(self.name, || Ok(Outcome::Done(self.summary(workspace)?)))
    }

    fn is_there(&self, workspace: &Workspace) -> bool {
        std::iter::once(&self.output).chain(self.sized).all(|file| workspace.path(file).exists())
    }

    fn summary(&self, workspace: &Workspace) -> Result<String> {
        let mut parts = vec![self.output.to_owned()];
        for file in self.sized {
            parts.push(module::size(&workspace.path(file))?);
        }
        Ok(parts.join(", "))
    }
}
