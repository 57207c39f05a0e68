//! `cargo xtask ci`: what the continuous integration runs, the same on every machine.

use anyhow::Result;

use crate::arguments::{Profile, TestOptions};
use crate::process;
use crate::progress;
use crate::setup::{self, Needs, Toolbox};
use crate::workspace::Workspace;
use crate::{build, instructions, test, tidy};

/// The crates that are also compiled to Wasm, where other code is live.
const WASM_CRATES: [&str; 5] =
    ["chat-worker", "client-wasm", "contract-worker", "durable-objects", "objects"];

/// Runs every check; the first that fails ends it.
pub(crate) fn command(workspace: &Workspace) -> Result<()> {
    let toolbox = setup::prepare(workspace, Needs::Everything)?;
    progress::stage("formats", || cargo(&toolbox, &["fmt", "--all", "--check"]))?;
    progress::stage("tidy", || tidy::check(workspace))?;
    progress::stage("lints", || lint(&toolbox))?;
    progress::stage("docs", || document(&toolbox))?;
    progress::stage("dependencies", || deny(&toolbox))?;
    progress::stage("instructions", || instructions::check(&toolbox))?;
    build::everything(&toolbox, Profile::Release)?;
    progress::stage("web checks", || check_web(&toolbox))?;
    test::run(&toolbox, &TestOptions { no_browser: false })
}

fn cargo(toolbox: &Toolbox, arguments: &[&str]) -> Result<()> {
    process::run(toolbox.cargo().args(arguments))
}

fn lint(toolbox: &Toolbox) -> Result<()> {
    cargo(toolbox, &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])?;
    let mut wasm = toolbox.cargo();
    wasm.args(["clippy", "--target", "wasm32-unknown-unknown"]);
    for package in WASM_CRATES {
        wasm.args(["--package", package]);
    }
    process::run(wasm.args(["--", "-D", "warnings"]))
}

fn document(toolbox: &Toolbox) -> Result<()> {
    process::run(
        toolbox
            .cargo()
            .args(["doc", "--workspace", "--no-deps", "--quiet"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )
}

/// Types and lints; after the build, which makes the types of the Wasm module.
fn check_web(toolbox: &Toolbox) -> Result<()> {
    process::run(toolbox.command("npm").args([
        "run",
        "--if-present",
        "--workspace",
        "web",
        "check",
    ]))
}

/// Licences, bans and sources. The advisories need a database that not every network reaches.
fn deny(toolbox: &Toolbox) -> Result<()> {
    cargo(toolbox, &["deny", "check", "licenses", "bans", "sources"])
}
