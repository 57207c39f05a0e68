//! `cargo xtask bench`: what a room costs on this machine, beside its peers.

use anyhow::Result;

use crate::arguments::{BenchOptions, Profile};
use crate::build;
use crate::instructions;
use crate::process;
use crate::progress;
use crate::setup::{self, Needs};
use crate::workspace::Workspace;

/// What is answered without any server.
const WITHOUT_SERVER: [&str; 4] = ["self", "report", "--help", "-h"];

/// Builds what is measured as in production, and measures.
pub(crate) fn command(workspace: &Workspace, options: &BenchOptions) -> Result<()> {
    match options.arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["instructions"] => return instructions::command(workspace, false),
        ["instructions", "--accept"] => return instructions::command(workspace, true),
        ["archive", ..] => return archive(workspace, options),
        _ => {}
    }
    let opens_page = |argument: &String| argument.starts_with("web");
    let with_page = options.arguments.is_empty() || options.arguments.iter().any(opens_page);
    let needs = if with_page { Needs::Everything } else { Needs::Building };
    let toolbox = setup::prepare(workspace, needs)?;
    let is_quick = |argument: &String| WITHOUT_SERVER.contains(&argument.as_str());
    if options.arguments.is_empty() || !options.arguments.iter().all(is_quick) {
        if with_page {
            build::everything(&toolbox, Profile::Release)?;
        } else {
            build::edge(&toolbox)?;
        }
        build::for_tests(&toolbox, Profile::Release)?;
    }
    let mut command = toolbox.cargo();
    command.args(["run", "--profile", "tool", "--package", "bench", "--"]);
    command.args(&options.arguments);
    progress::stage("bench", || process::run(&mut command))
}

/// Parts of the archive's measurements that need no edge.
const WITHOUT_EDGE: [&str; 6] = ["generate", "job", "sqlite", "groonga", "duckdb", "search"];

/// Measures the archive job, which needs an edge to drain, restore and compact.
fn archive(workspace: &Workspace, options: &BenchOptions) -> Result<()> {
    let toolbox = setup::prepare(workspace, Needs::Testing)?;
    let has = |parts: &[&str]| options.arguments.iter().any(|part| parts.contains(&part.as_str()));
    if has(&["edge"]) || !has(&WITHOUT_EDGE) {
        build::edge(&toolbox)?;
    }
    // In one command, so that what both need is built once.
    let mut both = toolbox.cargo();
    both.args(["build", "--profile", "tool", "--bins"]);
    both.args(["--package", "archive-job", "--package", "archive-bench"]);
    progress::stage("build", || process::run(&mut both))?;
    let mut bench = toolbox.command(&workspace.path("target/tool/archive-bench").to_string_lossy());
    bench.args(options.arguments.iter().skip(1));
    progress::stage("bench", || process::run(&mut bench))
}
