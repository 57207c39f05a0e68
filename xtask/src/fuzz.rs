//! `cargo xtask fuzz`: mutated input for everything that reads what strangers write, for a while.

use anyhow::Result;

use crate::arguments::FuzzOptions;
use crate::process;
use crate::progress;
use crate::workspace::Workspace;

/// The crates that have targets.
const PACKAGES: [&str; 3] = ["fuzz", "chat-worker", "archive-job"];

/// Runs the targets one after the other, optimised; `fuzz/src/lib.rs` says how.
pub(crate) fn command(workspace: &Workspace, options: &FuzzOptions) -> Result<()> {
    let mut command = std::process::Command::new("cargo");
    command.current_dir(workspace.root()).args(["test", "--profile", "tool"]);
    for package in PACKAGES {
        command.args(["--package", package]);
    }
    let target = options.target.as_deref().unwrap_or_default();
    command.arg(format!("fuzz_{target}")).args(["--", "--test-threads=1", "--nocapture"]);
    command.env("MARU_FUZZ_SECONDS", options.seconds.to_string());
    progress::stage("fuzz", || process::run(&mut command))?;
    let mut npm = std::process::Command::new("npm");
    npm.current_dir(workspace.path("web")).args(["exec", "--", "vitest", "run", "fuzz"]);
    npm.env("MARU_FUZZ_SECONDS", options.seconds.to_string());
    if "markdown".starts_with(target) {
        progress::stage("fuzz: pages", || process::run(&mut npm))?;
    }
    Ok(())
}
