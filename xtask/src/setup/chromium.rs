//! A browser for the browser tests.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::{Toolbox, debian};
use crate::progress::Outcome;

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
    let otherwise = "install Chromium or Chrome, or set CHROMIUM_BIN to its path";
    debian::install(&DEBIAN_PACKAGES, otherwise)?;
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
