//! Memory of sockets on which nothing happens.

use std::fmt::Write;
use std::fs;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::arguments::Arguments;
use crate::generator::{Generator, now};
use crate::machine::sockets;
use crate::median::median;
use crate::results::{Results, folder};
use crate::system::{Running, Size, System};

const SIZES: [usize; 1] = [10_000];

/// What runs is loaded and compiled when the first ones connect, which is no part of what one more
/// costs.
const FIRST: usize = 1_000;

/// Maru, and the example of its platform.
const USUAL: [&str; 2] = ["maru", "demo"];

/// Until a server has come to rest, and how long it is looked at then.
const QUIET: Duration = Duration::from_secs(12);
const LOOKED_AT: Duration = Duration::from_secs(4);

/// Resident memory of a server, in KiB.
struct Resident {
    started: f64,
    first: f64,
    all: f64,
}

pub(crate) fn measure(
    arguments: &Arguments,
    systems: &[Box<dyn System>],
    results: &mut Results,
) -> Result<()> {
    let mut table = "\
| system | started | the first 1,000 | all of them | members | for each further member |
|---|---:|---:|---:|---:|---:|
"
    .to_owned();
    let sizes = if arguments.members.is_empty() { &SIZES } else { arguments.members.as_slice() };
    for system in systems {
        let name = system.card().name;
        if arguments.only.is_empty() && !USUAL.contains(&name) {
            continue;
        }
        for members in sizes.iter().copied().map(sockets) {
            match resident(system.as_ref(), members) {
                Ok(Resident { started, first, all }) => {
                    let each = (all - first) / (members - FIRST) as f64;
                    results.facts.insert(format!("idle KiB {name}"), each);
                    let [started, first, all] = [started, first, all].map(|kib| kib / 1024.0);
                    writeln!(
                        table,
                        "| {name} | {started:.0} MiB | {first:.0} MiB | {all:.0} MiB | {members} \
                         | {each:.1} KiB |"
                    )?;
                }
                Err(why) => {
                    writeln!(table, "| {name} | not measured: {why:#} | | | {members} | |")?;
                }
            }
        }
    }
    results.keep("idle", table);
    Ok(())
}

/// Measures before anybody connects, when the first have, and when all have.
fn resident(system: &dyn System, members: usize) -> Result<Resident> {
    ensure!(members > FIRST, "more than {FIRST} members are needed to see what one more costs");
    fs::create_dir_all(folder())?;
    let folder = tempfile::tempdir_in(folder())?;
    let mut running = system.start(Size { rooms: 1, members }, folder.path())?;
    std::thread::sleep(QUIET);
    let started = resident_kib(&running);
    let mut first = Generator::connect(&mut running, Size { rooms: 1, members: FIRST })?;
    rest(&mut [&mut first])?;
    let with_first = resident_kib(&running);
    let further = Size { rooms: 1, members: members - FIRST };
    let mut further = Generator::connect(&mut running, further)?;
    rest(&mut [&mut first, &mut further])?;
    Ok(Resident { started, first: with_first, all: resident_kib(&running) })
}

/// Lets everybody hear what comes until nothing does.
fn rest(generators: &mut [&mut Generator]) -> Result<()> {
    let begun = now();
    while begun.elapsed() < QUIET {
        for generator in &mut *generators {
            generator.turn(Duration::from_millis(50))?;
        }
    }
    Ok(())
}

fn resident_kib(running: &Running) -> f64 {
    const N_LOOKS: u32 = 8;
    let look = |_| {
        std::thread::sleep(LOOKED_AT / N_LOOKS);
        running.process.resident_bytes() as f64 / 1024.0
    };
    median((0..N_LOOKS).map(look).collect())
}
