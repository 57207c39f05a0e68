//! Measures what a room costs: `cargo xtask bench [rows|bytes|memory] [--members N]`.
//!
//! Each measurement prints a table in Markdown. `docs/benchmarks.md` keeps the last results and
//! says how to read them. It asserts nothing: what must hold is in the tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement that fails may panic, its output is its purpose, and it takes real time"
)]

mod bytes;
#[expect(dead_code, reason = "nobody drives them yet")]
mod dialect;
mod load;
mod machine;
mod memory;
#[expect(dead_code, reason = "nobody drives them yet")]
mod peers;
#[expect(dead_code, reason = "nobody drives them yet")]
mod process;
mod rows;
#[expect(dead_code, reason = "nobody drives them yet")]
mod system;

use anyhow::{Result, bail};

#[tokio::main]
async fn main() -> Result<()> {
    let (sizes, chosen): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument.parse::<usize>().is_ok());
    let sizes: Vec<usize> = sizes.iter().filter_map(|size| size.parse().ok()).collect();
    println!("{}\n", machine::description());
    let is_chosen = |name: &str| chosen.is_empty() || chosen.iter().any(|chosen| chosen == name);
    if let Some(unknown) = chosen.iter().find(|name| !NAMES.contains(&name.as_str())) {
        bail!("`{unknown}` is not measured; choose from {NAMES:?}");
    }
    if is_chosen("rows") {
        rows::measure().await?;
    }
    if is_chosen("bytes") {
        bytes::measure(&sizes).await;
    }
    if is_chosen("memory") {
        memory::measure(&sizes).await;
    }
    Ok(())
}

const NAMES: [&str; 3] = ["rows", "bytes", "memory"];
