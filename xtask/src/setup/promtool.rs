//! The program that reads metrics, rules and expressions as Prometheus itself does.
//!
//! Of the distribution's package it is all that is taken: nothing of it is to run as a service.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::{Toolbox, debian};
use crate::process;
use crate::progress::Outcome;
use crate::workspace::Workspace;

/// Another number makes another folder.
const VERSION: &str = "1";

/// Finds or fetches it. `MARU_PROMTOOL` names one to use instead.
pub(super) fn ensure(workspace: &Workspace, toolbox: &mut Toolbox) -> Result<Outcome> {
    let named = std::env::var_os("MARU_PROMTOOL").filter(|value| !value.is_empty());
    let found = named.map(PathBuf::from).or_else(|| which::which("promtool").ok());
    let folder = workspace.tool("promtool", VERSION);
    let ours = folder.join("promtool");
    let is_there = found.is_some() || ours.is_file();
    let promtool = found.unwrap_or(ours);
    toolbox.set_promtool(promtool.clone());
    if !is_there {
        fetch(&folder)?;
    }
    process::read(Command::new(&promtool).arg("--version")).context("promtool does not run")?;
    let place = workspace.shown(&promtool);
    Ok(if is_there { Outcome::Ready(place) } else { Outcome::Done(format!("put to {place}")) })
}

fn fetch(folder: &Path) -> Result<()> {
    let parts = folder.with_extension("parts");
    if parts.exists() {
        fs::remove_dir_all(&parts)?;
    }
    fs::create_dir_all(&parts)?;
    let otherwise = "install promtool, which is a part of Prometheus, or name it in MARU_PROMTOOL";
    debian::unpack("prometheus", &parts, otherwise)?;
    let promtool = parts.join("usr/bin/promtool");
    if !promtool.is_file() {
        bail!("the package has no promtool; {otherwise}");
    }
    fs::create_dir_all(folder)?;
    fs::rename(promtool, folder.join("promtool"))?;
    fs::remove_dir_all(parts).context("cannot remove what is left of the package")
}
