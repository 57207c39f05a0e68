//! Packages of the distribution: what only it knows how to install.

use std::process::Command;

use anyhow::{Result, bail};

use crate::process;
use crate::progress;

/// Installs packages with apt-get; elsewhere says what to do instead.
pub(crate) fn install(packages: &[&str], otherwise: &str) -> Result<()> {
    if which::which("apt-get").is_err() {
        bail!("{otherwise}");
    }
    progress::say(format!("  .. installing {} with apt-get", packages.join(" and ")));
    process::run_quietly(as_root("apt-get").arg("update"))?;
    process::run_quietly(
        as_root("apt-get")
            .args(["install", "-y", "--no-install-recommends"])
            .args(packages)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
}

fn as_root(program: &str) -> Command {
    if rustix::process::geteuid().is_root() || which::which("sudo").is_err() {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.arg(program);
    command
}
