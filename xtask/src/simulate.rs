//! `cargo xtask simulate`: real rooms and real clients in a fake world, over many seeds.

use anyhow::Result;

use crate::arguments::SimulateOptions;
use crate::process;
use crate::progress;
use crate::workspace::Workspace;

/// Runs the simulation's own program, optimised.
pub(crate) fn command(workspace: &Workspace, options: &SimulateOptions) -> Result<()> {
    let mut command = std::process::Command::new("cargo");
    command
        .current_dir(workspace.root())
        .args(["run", "--release", "--package", "simulation", "--", "--seeds"])
        .arg(options.seeds.to_string());
    if let Some(first) = options.seed {
        command.arg("--first").arg(first.to_string());
    }
    progress::stage("simulate", || process::run(&mut command))
}
