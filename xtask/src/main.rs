//! The project's commands. `cargo xtask --help` lists them.
//!
//! Everything a fresh machine needs beyond Rust, Node and git is fetched by `setup`, which the
//! other commands run first, so that `cargo xtask dev` is the only line a newcomer must know.

mod arguments;
mod bench;
mod build;
mod ci;
mod dev;
mod dev_vars;
mod digest;
mod fuzz;
mod instructions;
mod local_database;
mod process;
mod progress;
mod scale;
mod screenshots;
mod setup;
mod simulate;
mod supervise;
mod test;
mod test_tally;
mod tidy;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use crate::arguments::{Arguments, Task};
use crate::setup::Needs;
use crate::workspace::Workspace;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            progress::failure(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let workspace = Workspace::find()?;
    match &arguments.task {
        Task::Setup => setup::prepare(&workspace, Needs::Everything).map(drop),
        Task::Build(options) => build::command(&workspace, options),
        Task::Dev(options) => dev::command(&workspace, options),
        Task::Test(options) => test::command(&workspace, options),
        Task::Ci => ci::command(&workspace),
        Task::Fuzz(options) => fuzz::command(&workspace, options),
        Task::Simulate(options) => simulate::command(&workspace, options),
        Task::Bench(options) => bench::command(&workspace, options),
        Task::Scale => scale::command(&workspace),
        Task::Screenshots => screenshots::command(&workspace),
        Task::Tidy => tidy::command(&workspace),
    }
}
