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
mod fsyncs;
mod generator;
mod idle;
mod itself;
mod load;
mod machine;
mod marker;
mod maru;
mod median;
mod memory;
mod pages;
mod peers;
mod process;
mod report;
mod results;
mod rows;
mod seat;
mod soak;
mod storm;
mod stream;
mod system;
mod talk;
mod tally;
mod times;
mod wake;
mod watch;
mod web;
mod workload;

use anyhow::{Result, bail};
use clap::Parser;
use tokio::runtime::Runtime;

use crate::arguments::{Arguments, Part};
use crate::results::{Results, Run, SystemResult};
use crate::system::System;

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    machine::raise_limits();
    let mut results = Results::load()?;
    if arguments.parts != [Part::Report] {
        measure(&arguments, &mut results)?;
    }
    machine::note_module(&mut results);
    results.save()?;
    report::write(&results)?;
    println!("{}", report::summary(&results, arguments.asks_for(Part::Talk)));
    let asked = |part, runs| if arguments.asks_for(part) { runs } else { &[][..] };
    let talk = asked(Part::Talk, results.talk.as_slice());
    let growth = asked(Part::Growth, results.growth.as_slice());
    let lossy = talk.iter().chain(growth).find(|run| is_lossy(run));
    if let Some(Run { load, outcome, .. }) = lossy {
        bail!("Maru did not deliver everything in `{load}`: {outcome:?}");
    }
    Ok(())
}

fn measure(arguments: &Arguments, results: &mut Results) -> Result<()> {
    results.machine = machine::description();
    println!("{}\n", results.machine);
    let asks_for = |part| arguments.asks_for(part);
    if asks_for(Part::Itself) {
        results.itself = Some(itself::measure()?);
    }
    beside_peers(arguments, results)?;
    let runtime = Runtime::new()?;
    if asks_for(Part::Storm) {
        storm::measure(results)?;
    }
    let (history, search) = (asks_for(Part::History), asks_for(Part::Search));
    if history || search {
        runtime.block_on(pages::measure(history, search, results))?;
    }
    if asks_for(Part::Wake) {
        runtime.block_on(wake::measure(results))?;
    }
    if asks_for(Part::Rows) {
        runtime.block_on(rows::measure(results))?;
    }
    if asks_for(Part::Bytes) {
        runtime.block_on(bytes::measure(&arguments.members, results))?;
    }
    if asks_for(Part::Memory) {
        runtime.block_on(memory::measure(&arguments.members, results))?;
    }
    if asks_for(Part::Web) {
        web::measure(results)?;
    }
    if asks_for(Part::Soak) {
        soak::measure(results)?;
    }
    if asks_for(Part::WebSoak) {
        web::soak(results)?;
    }
    Ok(())
}

/// The parts that measure more than Maru.
fn beside_peers(arguments: &Arguments, results: &mut Results) -> Result<()> {
    let parts = [Part::Talk, Part::Growth, Part::Idle, Part::Fsyncs];
    if !parts.into_iter().any(|part| arguments.asks_for(part)) {
        return Ok(());
    }
    let systems = systems(arguments, results);
    if arguments.asks_for(Part::Talk) {
        let scenes = talk::scenes();
        let runs = talk::measure(arguments, &systems, &scenes);
        talk::replace(&mut results.talk, runs, &scenes);
        results.save()?;
    }
    if arguments.asks_for(Part::Growth) {
        // That of peers only if they were named: most bear no such load at any size.
        let n = if arguments.only.is_empty() { 1 } else { systems.len() };
        let scenes = talk::growing(&arguments.members);
        let runs = talk::measure(arguments, &systems[..n.min(systems.len())], &scenes);
        talk::replace(&mut results.growth, runs, &scenes);
        results.save()?;
    }
    if arguments.asks_for(Part::Idle) {
        idle::measure(arguments, &systems, results)?;
    }
    if arguments.asks_for(Part::Fsyncs) {
        fsyncs::measure(&systems, results)?;
    }
    results.save()
}

/// The systems that were asked for and can be measured here; notes why the others cannot.
fn systems(arguments: &Arguments, results: &mut Results) -> Vec<Box<dyn System>> {
    let mut ready: Vec<Box<dyn System>> = Vec::new();
    let maru: Box<dyn System> = Box::new(maru::Maru);
    let all: Vec<Box<dyn System>> = std::iter::once(maru).chain(peers::all()).collect();
    results.order = all.iter().map(|system| system.card().name.to_owned()).collect();
    for system in all {
        let card = system.card();
        if !arguments.asks_for_system(card.name) {
            continue;
        }
        let version = system.prepare().map_err(|error| format!("{error:#}"));
        match &version {
            Ok(_) => ready.push(system),
            Err(why) => println!("{}: not measured: {why}", card.name),
        }
        let what = card.what.to_owned();
        let result = SystemResult { what, version, stores: card.stores };
        results.systems.insert(card.name.to_owned(), result);
    }
    ready
}

/// Whether a run of Maru lost something, or was too slow to deliver it.
fn is_lossy(run: &Run) -> bool {
    // The one load that asks for more than it must bear.
    let is_asked = run.load != talk::MOST;
    let has_faults = |run: &Run| match &run.outcome {
        Ok(measured) => !measured.faults.is_empty() || measured.one_order != Some(true),
        Err(_) => true,
    };
    run.system == maru::NAME && is_asked && has_faults(run)
}
