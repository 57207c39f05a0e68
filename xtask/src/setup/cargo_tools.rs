//! The pinned build tools that come as Rust sources.
//!
//! `wasm-bindgen` must match the crate of the same name to the patch, and ready-made binaries come
//! from a host that not every network reaches, so the tools are compiled here, once per machine.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use super::Needs;
use crate::process;
use crate::progress::{self, Outcome};
use crate::workspace::Workspace;

/// A tool to compile with `cargo install`.
pub(super) struct CargoTool {
    pub(super) package: &'static str,
    pub(super) version: &'static str,
    binary: &'static str,
    options: &'static [&'static str],
}

/// The tools, at the versions that were tried together.
pub(super) const TOOLS: [CargoTool; 3] = [
    CargoTool {
        package: "wasm-bindgen-cli",
        version: "0.2.130",
        binary: "wasm-bindgen",
        // Not `--locked`: its lock file names a version that was withdrawn.
        options: &["--no-default-features"],
    },
    CargoTool {
        package: "worker-build",
        version: "0.8.7",
        binary: "worker-build",
        options: &["--locked"],
    },
    CargoTool {
        package: "wasm-pack",
        version: "0.15.1",
        binary: "wasm-pack",
        options: &["--locked"],
    },
];

/// What only the checks need.
pub(super) const CHECKERS: [CargoTool; 1] = [CargoTool {
    package: "cargo-deny",
    version: "0.20.2",
    binary: "cargo-deny",
    options: &["--locked"],
}];

/// These programs run for seconds: compile them quickly rather than well.
const QUICK_BUILD: [(&str, &str); 5] = [
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"),
    ("CARGO_PROFILE_RELEASE_LTO", "false"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "false"),
    ("CARGO_PROFILE_RELEASE_STRIP", "true"),
];

/// Compiles the tools that are missing.
pub(super) fn ensure_all(workspace: &Workspace, needs: Needs) -> Result<()> {
    let target = workspace.tools().join("target");
    let checkers = CHECKERS.iter().filter(|_| needs == Needs::Everything);
    for tool in TOOLS.iter().chain(checkers) {
        progress::step(&format!("{} {}", tool.package, tool.version), || {
            ensure(workspace, tool, &target)
        })?;
    }
    if target.exists() {
        fs::remove_dir_all(&target).context("cannot remove the tools' build folder")?;
    }
    Ok(())
}

fn ensure(workspace: &Workspace, tool: &CargoTool, target: &std::path::Path) -> Result<Outcome> {
    let folder = workspace.tool(tool.package, tool.version);
    let binary = folder.join("bin").join(tool.binary);
    let place = workspace.shown(&folder);
    if binary.is_file() {
        return Ok(Outcome::Ready(place));
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {place}"))?;
    progress::say(format!("  .. compiling {} {} (minutes)", tool.package, tool.version));
    let mut command = Command::new("cargo");
    command
        .current_dir(&folder)
        .args(["install", tool.package, "--version", tool.version])
        .args(tool.options)
        .arg("--root")
        .arg(&folder)
        .env("CARGO_TARGET_DIR", target)
        .envs(QUICK_BUILD);
    process::run_quietly(&mut command)?;
    Ok(Outcome::Done(format!("installed to {place}")))
}
