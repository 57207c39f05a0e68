//! The compiler's library for Wasm.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::progress::Outcome;

const TARGET: &str = "wasm32-unknown-unknown";

/// Adds the target through rustup if the compiler lacks it.
pub(super) fn ensure() -> Result<Outcome> {
    let folder = process::read(Command::new("rustc").args([
        "--print",
        "target-libdir",
        "--target",
        TARGET,
    ]))?;
    if Path::new(folder.trim()).exists() {
        return Ok(Outcome::Ready(TARGET.to_owned()));
    }
    if which::which("rustup").is_err() {
        bail!("the target {TARGET} is missing and there is no rustup to add it");
    }
    process::run_quietly(Command::new("rustup").args(["target", "add", TARGET]))
        .context("rustup could not add the Wasm target")?;
    Ok(Outcome::Done(format!("added {TARGET}")))
}
