//! Ten minutes of the same, to see whether anything grows.

use std::fmt::Write;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::generator::now;
use crate::maru::Maru;
use crate::results::Results;
use crate::system::Size;
use crate::talk::Stage;
use crate::workload::Load;

const SIZE: Size = Size { rooms: 1, members: 1_000 };

const MINUTE: Duration = Duration::from_mins(1);

const N_MINUTES: u32 = 10;

pub(crate) fn measure(results: &mut Results) -> Result<()> {
    let mut table = "\
| minute | memory, MiB | CPU, cores | p50 | p99 | max, ms |
|---:|---:|---:|---:|---:|---:|
"
    .to_owned();
    let mut stage = Stage::set(&Maru, SIZE)?;
    let Stage { generator, running, .. } = &mut stage;
    let start = now();
    let mut n_over = 0;
    let mut cpu = running.process.cpu_seconds();
    generator.tally.open(0..u64::MAX);
    generator.talk(&Load::new("soak", 20, 20), |generator, time| {
        if time >= start + MINUTE * (n_over + 1) {
            n_over += 1;
            let used = running.process.cpu_seconds();
            writeln!(
                table,
                "| {n_over} | {:.0} | {:.2} | {} |",
                running.process.resident_bytes() as f64 / f64::from(1 << 20),
                (used - cpu) / MINUTE.as_secs_f64(),
                generator.tally.window.latencies.columns(),
            )?;
            cpu = used;
            generator.tally.open(0..u64::MAX);
        }
        Ok((n_over < N_MINUTES).then_some(start + MINUTE * (n_over + 1)))
    })?;
    let drained = generator.drain(MINUTE)?;
    let (lost, missing) = (generator.n_lost, generator.tally.missing());
    ensure!(drained.is_some() && lost == 0, "{missing} deliveries and {lost} sessions lost");
    results.keep("soak", table);
    Ok(())
}
