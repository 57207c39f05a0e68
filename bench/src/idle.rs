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

/// How long a message may take until everybody heard it.
const HEARD: Duration = Duration::from_secs(30);

/// Resident memory of a server, in KiB.
struct Resident {
    started: f64,
    /// With the first members.
    first: f64,
    /// With all of them, before they heard a message, and after.
    all: f64,
    heard: f64,
}

pub(crate) fn measure(
    arguments: &Arguments,
    systems: &[Box<dyn System>],
    results: &mut Results,
) -> Result<()> {
    let mut table = "\
| system | started | the first 1,000 | all of them | a message later | members \
| for each further member | who heard one |
|---|---:|---:|---:|---:|---:|---:|---:|
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
                Ok(Resident { started, first, all, heard }) => {
                    let each = |all: f64| (all - first) / (members - FIRST) as f64;
                    let (silent, each) = (each(all), each(heard));
                    results.facts.insert(format!("idle KiB {name}"), silent);
                    results.facts.insert(format!("idle KiB {name}, heard"), each);
                    let mib =
                        [started, first, all, heard].map(|kib| format!("{:.0} MiB", kib / 1024.0));
                    writeln!(
                        table,
                        "| {name} | {} | {members} | {silent:.1} KiB | {each:.1} KiB |",
                        mib.join(" | ")
                    )?;
                }
                Err(why) => {
                    writeln!(table, "| {name} | not measured: {why:#} | | | | {members} | | |")?;
                }
            }
        }
    }
    results.keep("idle", table);
    Ok(())
}

/// Measures before anybody connects, when the first have, when all have, and when all of them heard
/// a message since.
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
    let all = resident_kib(&running);
    further.say(0);
    ensure!(further.drain(HEARD)?.is_some(), "a message did not reach everybody");
    rest(&mut [&mut first, &mut further])?;
    Ok(Resident { started, first: with_first, all, heard: resident_kib(&running) })
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
