//! Packages of the distribution: what only it knows how to install.

use std::fs;
use std::path::Path;
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

/// Unpacks a package into a folder without installing it; elsewhere says what to do instead.
pub(crate) fn unpack(package: &str, folder: &Path, otherwise: &str) -> Result<()> {
    if which::which("apt-get").is_err() {
        bail!("{otherwise}");
    }
    process::run_quietly(as_root("apt-get").arg("update"))?;
    let download = ["download", package];
    process::run_quietly(Command::new("apt-get").args(download).current_dir(folder))?;
    for file in fs::read_dir(folder)? {
        let file = file?.path();
        if file.extension().is_some_and(|extension| extension == "deb") {
            process::run_quietly(Command::new("dpkg-deb").arg("-x").arg(&file).arg(folder))?;
        }
    }
    Ok(())
}

fn as_root(program: &str) -> Command {
    if rustix::process::geteuid().is_root() || which::which("sudo").is_err() {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.arg(program);
    command
}
