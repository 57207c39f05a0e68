//! `cargo xtask bench`: what a room costs, on this machine.

use anyhow::Result;

use crate::arguments::{BenchOptions, Profile};
use crate::build;
use crate::instructions;
use crate::process;
use crate::progress;
use crate::setup::{self, Needs};
use crate::workspace::Workspace;

/// Builds what is measured as in production, and measures.
pub(crate) fn command(workspace: &Workspace, options: &BenchOptions) -> Result<()> {
    if options.parts == ["instructions"] {
        return instructions::command(workspace, options.accept);
    }
    let toolbox = setup::prepare(workspace, Needs::Building)?;
    let measures = |part: &str| options.parts.is_empty() || options.parts.iter().any(|p| p == part);
    if measures("rows") {
        build::for_tests(&toolbox, Profile::Release)?;
    }
    if measures("bytes") || measures("memory") {
        build::edge(&toolbox)?;
    }
    let mut command = toolbox.cargo();
    command.args(["run", "--profile", "tool", "--package", "bench", "--"]);
    command.args(&options.parts).args(options.members.iter().map(ToString::to_string));
    progress::stage("bench", || process::run(&mut command))
}
