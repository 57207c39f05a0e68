//! Memory of sockets on which nothing happens.

use std::fmt::Write;
use std::fs;
use std::time::Duration;

use anyhow::Result;

use crate::arguments::Arguments;
use crate::generator::{Generator, now};
use crate::machine::sockets;
use crate::median::median;
use crate::results::{Results, folder};
use crate::system::{Running, Size, System};

const SIZES: [usize; 1] = [10_000];

/// Maru, and the example of its platform.
const USUAL: [&str; 2] = ["maru", "demo"];

/// Until a server has come to rest, and how long it is looked at then.
const QUIET: Duration = Duration::from_secs(12);
const LOOKED_AT: Duration = Duration::from_secs(4);

pub(crate) fn measure(
    arguments: &Arguments,
    systems: &[Box<dyn System>],
    results: &mut Results,
) -> Result<()> {
    let mut table = "\
| system | members | started | connected, idle | for each member |
|---|---:|---:|---:|---:|
"
    .to_owned();
    let sizes = if arguments.members.is_empty() { &SIZES } else { arguments.members.as_slice() };
    for system in systems {
        let name = system.card().name;
        if arguments.only.is_empty() && !USUAL.contains(&name) {
            continue;
        }
        for members in sizes.iter().copied().map(sockets) {
            match kib(system.as_ref(), members) {
                Ok([before, after]) => {
                    let each = (after - before) / members as f64;
                    results.facts.insert(format!("idle KiB {name}"), each);
                    let [before, after] = [before, after].map(|kib| kib / 1024.0);
                    writeln!(
                        table,
                        "| {name} | {members} | {before:.0} MiB | {after:.0} MiB | {each:.1} KiB |"
                    )?;
                }
                Err(why) => writeln!(table, "| {name} | {members} | not measured: {why:#} | | |")?,
            }
        }
    }
    results.keep("idle", table);
    Ok(())
}

/// Resident memory before anybody connects, and when all have.
fn kib(system: &dyn System, members: usize) -> Result<[f64; 2]> {
    fs::create_dir_all(folder())?;
    let folder = tempfile::tempdir_in(folder())?;
    let size = Size { rooms: 1, members };
    let mut running = system.start(size, folder.path())?;
    std::thread::sleep(QUIET);
    let before = resident_kib(&running);
    let mut generator = Generator::connect(&mut running, size)?;
    let connected = now();
    while connected.elapsed() < QUIET {
        generator.turn(Duration::from_millis(100))?;
    }
    let after = resident_kib(&running);
    Ok([before, after])
}

fn resident_kib(running: &Running) -> f64 {
    const N_LOOKS: u32 = 8;
    let look = |_| {
        std::thread::sleep(LOOKED_AT / N_LOOKS);
        running.process.resident_bytes() as f64 / 1024.0
    };
    median((0..N_LOOKS).map(look).collect())
}
