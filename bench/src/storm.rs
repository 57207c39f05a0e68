//! A thousand come back at once and resume, while others go on talking.

use std::fmt::Write;
use std::ops::Range;
use std::time::Duration;

use anyhow::{Result, ensure};
use protocol::limits::BACKOFF_MS_PER_MEMBER;

use crate::generator::now;
use crate::maru::Maru;
use crate::median::median;
use crate::results::Results;
use crate::system::Size;
use crate::talk::Stage;
use crate::times::Times;
use crate::workload::Load;

/// Who stays, and who goes.
const N_TALKERS: usize = 20;
const N_BACK: usize = 1_000;

/// Messages that are said while they are gone, within two seconds.
const BEHIND: usize = 500;

/// Messages a second meanwhile.
const LIVE: u32 = 20;

/// How long live messages are watched, at least, and until the storm must be over.
const WATCHED: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_mins(1);

/// Storms are short, and come near to what one thread can do: the median of these counts.
const TIMES: usize = 3;

struct Storm {
    level_s: f64,
    cpu_s: f64,
    /// Of live messages.
    latencies: Times,
}

pub(crate) fn measure(results: &mut Results) -> Result<()> {
    let storms = (0..TIMES).map(|_| storm()).collect::<Result<Vec<Storm>>>()?;
    let of = |figure: fn(&Storm) -> f64| median(storms.iter().map(figure).collect());
    results.facts.insert("storm level s".to_owned(), of(|storm| storm.level_s));
    let p99_ms = of(|storm| storm.latencies.quantile_ms(0.99));
    results.facts.insert("storm live p99 ms".to_owned(), p99_ms);
    let mut table = "\
| come back | behind | level, s | CPU until then, s | live p50 | p99 | max, ms | lost |
|---:|---:|---:|---:|---:|---:|---:|---:|
"
    .to_owned();
    for Storm { level_s, cpu_s, latencies } in &storms {
        let live = latencies.columns();
        writeln!(table, "| {N_BACK} | {BEHIND} | {level_s:.2} | {cpu_s:.2} | {live} | 0 |")?;
    }
    results.keep("storm", table);
    Ok(())
}

fn storm() -> Result<Storm> {
    let size = Size { rooms: 1, members: N_TALKERS + N_BACK };
    let mut stage = Stage::set(&Maru, size)?;
    fall_behind(&mut stage)?;

    let Stage { generator, running, .. } = &mut stage;
    let said = BEHIND as u64;
    let (start, cpu) = (now(), running.process.cpu_seconds());
    let from = generator.us(start);
    let watched = from..from + 1_000_000 * PATIENCE.as_secs();
    generator.tally.open_for(watched, 0..N_TALKERS);
    let mut coming = arrivals(N_TALKERS..size.members).into_iter().peekable();
    let mut level = None;
    let mut n_level = N_TALKERS;
    generator.talk(&Load::new("live", N_TALKERS, LIVE), |generator, time| {
        while let Some((_, seat)) = coming.next_if(|(wait, _)| time - start >= *wait) {
            generator.begin(seat, running.address)?;
        }
        while n_level < size.members && generator.tally.heard_by(n_level) >= said {
            n_level += 1;
        }
        if n_level == size.members && level.is_none() {
            level = Some((time - start, running.process.cpu_seconds() - cpu));
        }
        let is_over = time - start > if level.is_some() { WATCHED } else { PATIENCE };
        Ok((!is_over).then_some(time + Duration::from_millis(5)))
    })?;
    let drained = generator.drain(PATIENCE)?;

    let loss = generator.first_loss.clone().unwrap_or_default();
    ensure!(generator.n_lost == 0, "{} sessions were lost: {loss}", generator.n_lost);
    let (missing, skipped) = (generator.tally.missing(), generator.tally.faults.skipped);
    ensure!(drained.is_some() && skipped == 0, "{missing} deliveries lost, {skipped} skipped");
    let (level, cpu) = level.ok_or_else(|| anyhow::anyhow!("not level after {PATIENCE:?}"))?;
    let latencies = std::mem::replace(&mut generator.tally.window.latencies, Times::new());
    Ok(Storm { level_s: level.as_secs_f64(), cpu_s: cpu, latencies })
}

/// When each of `seats` reconnects, in order: as rule CC2 tells a client of such a room.
fn arrivals(seats: Range<usize>) -> Vec<(Duration, usize)> {
    let bound_ms = BACKOFF_MS_PER_MEMBER * (N_TALKERS + N_BACK) as u64;
    let mut random = fastrand::Rng::with_seed(1);
    let wait = |seat| (Duration::from_millis(random.u64(0..=bound_ms)), seat);
    let mut arrivals: Vec<(Duration, usize)> = seats.map(wait).collect();
    arrivals.sort_unstable();
    arrivals
}

/// Those who go are gone, and those who stay have heard all that was said meanwhile.
fn fall_behind(stage: &mut Stage) -> Result<()> {
    let generator = &mut stage.generator;
    for seat in N_TALKERS..N_TALKERS + N_BACK {
        generator.leave(seat);
    }
    for n in 0..BEHIND {
        generator.say(n % N_TALKERS);
        generator.turn(Duration::from_millis(4))?;
    }
    let started = now();
    while (0..N_TALKERS).any(|seat| generator.tally.heard_by(seat) < BEHIND as u64) {
        ensure!(started.elapsed() < PATIENCE, "those who stayed did not hear everything");
        generator.turn(Duration::from_millis(10))?;
    }
    Ok(())
}
