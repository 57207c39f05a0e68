//! A browser for the browser tests.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::Toolbox;
use crate::process;
use crate::progress::{self, Outcome};

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const PLACES: [&str; 2] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/// The Korean text in the tests needs a font that has it.
const DEBIAN_PACKAGES: [&str; 2] = ["chromium", "fonts-noto-cjk"];

/// Finds a browser, or installs the distribution's. `CHROMIUM_BIN` names one to use instead.
pub(super) fn ensure(toolbox: &mut Toolbox) -> Result<Outcome> {
    if let Some(binary) = find()? {
        let place = binary.display().to_string();
        toolbox.set_chromium(binary);
        return Ok(Outcome::Ready(place));
    }
    if which::which("apt-get").is_err() {
        bail!("install Chromium or Chrome, or set CHROMIUM_BIN to its path");
    }
    progress::say(format!("  .. installing {} with apt-get", DEBIAN_PACKAGES.join(" and ")));
    process::run_quietly(as_root("apt-get").arg("update"))?;
    process::run_quietly(
        as_root("apt-get")
            .args(["install", "-y", "--no-install-recommends"])
            .args(DEBIAN_PACKAGES)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )?;
    let binary = find()?.context("apt-get installed no chromium")?;
    let place = binary.display().to_string();
    toolbox.set_chromium(binary);
    Ok(Outcome::Done(format!("installed {place}")))
}

fn find() -> Result<Option<PathBuf>> {
    if let Some(named) = std::env::var_os("CHROMIUM_BIN").filter(|value| !value.is_empty()) {
        let binary = which::which(&named)
            .with_context(|| format!("CHROMIUM_BIN names no program: {}", named.display()))?;
        return Ok(Some(binary));
    }
    let on_path = NAMES.iter().find_map(|name| which::which(name).ok());
    Ok(on_path.or_else(|| PLACES.iter().map(PathBuf::from).find(|place| place.is_file())))
}

fn as_root(program: &str) -> Command {
    if rustix::process::geteuid().is_root() || which::which("sudo").is_err() {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.arg(program);
    command
}
