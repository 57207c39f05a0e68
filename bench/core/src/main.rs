//! The operations of the pure crates, one at a time, to count their instructions.
//!
//! `cargo xtask bench instructions` runs each under callgrind and compares the counts with
//! `bench/instructions.toml`. A count does not depend on what else the machine does, so a change
//! of a few percent means something. Everything is prepared before [`counted`], and only what
//! happens in there is counted.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    reason = "a measurement that fails may panic, and its output is its purpose"
)]

mod allocations;
mod analysis_operations;
mod client_operations;
mod protocol_operations;
mod room_operations;
mod scene;
mod user_operations;

use std::hint::black_box;
use std::process::ExitCode;

/// One operation.
#[derive(Clone, Copy)]
struct Operation {
    name: &'static str,
    /// How often it happens while it is counted: what happens once in a while is spread, such as
    /// the growth of a buffer.
    times: u32,
    /// Prepares everything, and answers what is to be counted.
    prepare: fn() -> Box<dyn FnMut()>,
}

/// Without arguments, lists the operations and how often each happens; else runs the one named,
/// and says how often it asked for memory.
fn main() -> ExitCode {
    let operations = [
        &protocol_operations::ALL[..],
        &room_operations::ALL,
        &client_operations::ALL,
        &user_operations::ALL,
        &analysis_operations::ALL,
    ]
    .concat();
    let Some(name) = std::env::args().nth(1) else {
        for Operation { name, times, .. } in operations {
            println!("{name} {times}");
        }
        return ExitCode::SUCCESS;
    };
    let Some(operation) = operations.iter().find(|operation| operation.name == name) else {
        eprintln!("`{name}` is no operation; without an argument they are listed");
        return ExitCode::FAILURE;
    };
    let mut run = (operation.prepare)();
    let before = allocations::so_far();
    counted(&mut *run);
    println!("{}", allocations::so_far() - before);
    ExitCode::SUCCESS
}

/// What callgrind counts; it knows this function by its name.
#[inline(never)]
fn counted(run: &mut dyn FnMut()) {
    black_box(run)();
}

/// An operation that takes what was prepared for each time and answers something.
fn each<T: 'static, R>(
    prepared: Vec<T>,
    mut run: impl FnMut(T) -> R + 'static,
) -> Box<dyn FnMut()> {
    let mut prepared = prepared.into_iter();
    Box::new(move || {
        for input in prepared.by_ref() {
            black_box(run(black_box(input)));
        }
    })
}
