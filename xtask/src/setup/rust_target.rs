//! What rustup adds to the compiler: the library for Wasm, the formatter and the linter.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::progress::Outcome;

const TARGET: &str = "wasm32-unknown-unknown";
const COMPONENTS: [&str; 2] = ["rustfmt", "clippy"];

/// Adds the target if the compiler lacks it.
pub(super) fn ensure_target() -> Result<Outcome> {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", TARGET]);
    let folder = process::read(&mut rustc)?;
    if Path::new(folder.trim()).exists() {
        return Ok(Outcome::Ready(TARGET.to_owned()));
    }
    rustup(&["target", "add", TARGET])
}

/// Adds the formatter and the linter, which rustup's minimal profile leaves out.
pub(super) fn ensure_components() -> Result<Outcome> {
    let present = |name: &str| {
        let command = if name == "rustfmt" { "fmt" } else { name };
        process::succeeds(Command::new("cargo").args([command, "--version"]))
    };
    if COMPONENTS.iter().all(|name| present(name)) {
        return Ok(Outcome::Ready(COMPONENTS.join(", ")));
    }
    rustup(&["component", "add", "rustfmt", "clippy"])
}

fn rustup(arguments: &[&str]) -> Result<Outcome> {
    if which::which("rustup").is_err() {
        bail!("there is no rustup to run `rustup {}`", arguments.join(" "));
    }
    process::run_quietly(Command::new("rustup").args(arguments))
        .context("rustup could not add a part of the compiler")?;
    Ok(Outcome::Done(format!("rustup {}", arguments.join(" "))))
}
