//! Measures Maru and its peers: `cargo xtask bench`.
//!
//! Each part prints a table in Markdown; `docs/performance.md` keeps the last results and says how
//! to read them. It asserts nothing about time: what must hold is in the tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement that fails may panic, its output is its purpose, and it takes real time"
)]

mod arguments;
mod bytes;
mod dialect;
mod generator;
mod load;
mod machine;
mod marker;
mod maru;
mod memory;
mod peers;
mod process;
mod results;
mod rows;
mod seat;
mod system;
mod talk;
mod tally;
mod watch;
mod workload;

use anyhow::Result;
use clap::Parser;
use tokio::runtime::Runtime;

use crate::arguments::{Arguments, Part};
use crate::results::{Results, SystemResult};
use crate::system::System;

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut results = Results::load()?;
    results.machine = machine::description();
    println!("{}\n", results.machine);
    if arguments.asks_for(Part::Talk) {
        let systems = systems(&arguments, &mut results);
        results.talk = talk::measure(&arguments, &systems, &talk::scenes());
    }
    let runtime = Runtime::new()?;
    if arguments.asks_for(Part::Rows) {
        runtime.block_on(rows::measure())?;
    }
    if arguments.asks_for(Part::Bytes) {
        runtime.block_on(bytes::measure(&arguments.members));
    }
    if arguments.asks_for(Part::Memory) {
        runtime.block_on(memory::measure(&arguments.members));
    }
    results.save()
}

/// The systems that were asked for and can be measured here; says why the others cannot.
fn systems(arguments: &Arguments, results: &mut Results) -> Vec<Box<dyn System>> {
    let mut ready: Vec<Box<dyn System>> = Vec::new();
    let maru: Box<dyn System> = Box::new(maru::Maru);
    for system in std::iter::once(maru).chain(peers::all()) {
        let card = system.card();
        if !arguments.asks_for_system(card.name) {
            continue;
        }
        match system.prepare() {
            Ok(version) => {
                let what = card.what.to_owned();
                let result = SystemResult { what, version, stores: card.stores };
                results.systems.insert(card.name.to_owned(), result);
                ready.push(system);
            }
            Err(error) => println!("{}: not measured: {error:#}", card.name),
        }
    }
    ready
}
