//! Rooms in which people talk: every system, every load, round by round.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use anyhow::{Result, anyhow};

use crate::arguments::Arguments;
use crate::generator::{Effort, Generator};
use crate::maru;
use crate::results::{Measured, Run, folder};
use crate::system::{Running, Size, System};
use crate::watch::Watch;
use crate::workload::{Load, Scene, Timing};

/// For the last messages of one that must not lose any.
const LONG_DRAIN: Duration = Duration::from_mins(1);

/// Below this part of what was asked, a server is too slow for a load.
const ENOUGH: f64 = 0.99;

/// The load that every system must face, whatever became of it before.
pub(crate) const EVERYBODY: &str = "everybody talks";

/// More than that, for those who bore it.
pub(crate) const MOST: &str = "everybody shouts";

/// What people usually do, each with all members connected.
pub(crate) fn scenes() -> Vec<Scene> {
    let scene = |rooms, members, loads: Vec<Load>| Scene { size: Size { rooms, members }, loads };
    let mut large = vec![Load::new("one talks", 1, 1)];
    large.extend([20, 50, 100].map(|rate| Load::new(format!("20 talk at {rate}/s"), 20, rate)));
    large.push(Load::new(EVERYBODY, 1_000, 1_000));
    large.push(Load::new(MOST, 1_000, 3_500));
    vec![
        scene(1, 10, vec![Load::new("a small room", 10, 1)]),
        scene(1, 1_000, large),
        scene(10, 100, vec![Load::new("10 rooms", 100, 100)]),
        scene(1_000, 5, vec![Load::new("1000 rooms", 5, 1)]),
    ]
}

/// Rooms that become larger, and more.
pub(crate) fn growing(sizes: &[usize]) -> Vec<Scene> {
    let sizes = if sizes.is_empty() { &[100, 1_000, 5_000] } else { sizes };
    let members = sizes.iter().map(|&members| {
        // As many as they are, or fewer, so that no more than a million deliveries are asked.
        let rate = members.min(1_000_000 / members);
        let load = Load::new(format!("members {members}"), members, u32::try_from(rate).unwrap());
        Scene { size: Size { rooms: 1, members }, loads: vec![load] }
    });
    let rooms = [1, 2, 4, 8].into_iter().map(|rooms| {
        let load = Load::new(format!("rooms {rooms}"), 250, 250);
        Scene { size: Size { rooms, members: 250 }, loads: vec![load] }
    });
    members.chain(rooms).collect()
}

/// Plays the scenes that were asked for.
pub(crate) fn measure(
    arguments: &Arguments,
    systems: &[Box<dyn System>],
    scenes: &[Scene],
) -> Vec<Run> {
    let mut runs = Vec::new();
    for round in 1..=arguments.rounds {
        for scene in scenes {
            let mut scene = scene.clone();
            scene.loads.retain(|load| arguments.asks_for_load(&load.name));
            for system in systems {
                for (load, outcome) in play(system.as_ref(), &scene, arguments.timing()) {
                    let run = Run {
                        system: system.card().name.to_owned(),
                        load: load.name.clone(),
                        rooms: scene.size.rooms,
                        members: scene.size.members,
                        round,
                        messages: load.messages_per_second(scene.size),
                        outcome: outcome.map_err(|error| format!("{error:#}")),
                    };
                    println!("{}", line(&run));
                    runs.push(run);
                }
            }
        }
    }
    runs
}

/// Puts new runs in the place of earlier ones of the same system and load; others stay, as far as
/// there are such loads still.
pub(crate) fn replace(runs: &mut Vec<Run>, new: Vec<Run>, scenes: &[Scene]) {
    let is_same = |one: &Run, other: &Run| one.system == other.system && one.load == other.load;
    runs.retain(|old| !new.iter().any(|run| is_same(old, run)));
    runs.extend(new);
    let loads: Vec<&Load> = scenes.iter().flat_map(|scene| &scene.loads).collect();
    let place = |run: &Run| loads.iter().position(|load| load.name == run.load);
    runs.retain(|run| place(run).is_some());
    runs.sort_by_key(place);
}

/// A run in one line, while one waits.
fn line(run: &Run) -> String {
    let Run { system, load, round, .. } = run;
    let asked = run.asked();
    let begin = format!("{round} {system:<14} {load:<16} asked {asked:>9.0}/s");
    match &run.outcome {
        Err(why) => format!("{begin}  not measured: {why}"),
        Ok(measured) => format!(
            "{begin}  {:>9.0}/s {:>6.2} %  p50 {:.1} p95 {:.1} p99 {:.1} max {:.1} ms  \
             {:.2} us/delivery  cores {:.2}+{:.2}  {:.0} MiB  {:.1} a frame  late {:.1} ms {}",
            measured.deliveries,
            measured.ratio * 100.0,
            measured.p50_ms,
            measured.p95_ms,
            measured.p99_ms,
            measured.max_ms,
            measured.cpu_us_per_delivery,
            measured.server_cores,
            measured.own_cores,
            measured.resident_mib,
            measured.per_frame,
            measured.late_ms,
            measured.faults.join("; "),
        ),
    }
}

/// Below this part, it does not even come near.
const OVERWHELMED: f64 = 0.7;

type Played<'a> = Vec<(&'a Load, Result<Measured>)>;

/// All loads of a scene, on one server unless it was too slow for one of them.
fn play<'a>(system: &dyn System, scene: &'a Scene, timing: Timing) -> Played<'a> {
    let mut stage: Option<Stage> = None;
    let mut played = Vec::new();
    let mut is_overwhelmed = false;
    for load in &scene.loads {
        // What is far too much already need not be doubled.
        if is_overwhelmed && load.name != EVERYBODY {
            played.push((load, Err(anyhow!("the load before was too much"))));
            continue;
        }
        let staged = match stage.take() {
            Some(staged) => Ok(staged),
            None => Stage::set(system, scene.size),
        };
        let outcome = staged.and_then(|mut staged| {
            let measured = staged.bear(load, timing)?;
            let is_well = measured.ratio >= ENOUGH && staged.generator.n_lost == 0;
            is_overwhelmed = measured.ratio < OVERWHELMED;
            stage = is_well.then_some(staged);
            Ok(measured)
        });
        played.push((load, outcome));
    }
    played
}

/// A server with its crowd.
pub(crate) struct Stage {
    pub(crate) generator: Generator,
    watch: Watch,
    is_maru: bool,
    /// Dropped last: the server is killed, and then its data deleted.
    pub(crate) running: Running,
    _folder: tempfile::TempDir,
}

impl Stage {
    /// Starts a server and connects everybody.
    pub(crate) fn set(system: &dyn System, size: Size) -> Result<Self> {
        fs::create_dir_all(folder())?;
        let folder = tempfile::tempdir_in(folder())?;
        // What starts a server for tests panics if it cannot.
        let started = catch_unwind(AssertUnwindSafe(|| system.start(size, folder.path())));
        let mut running = started.map_err(|_| anyhow!("it does not start; see above"))??;
        Ok(Self {
            generator: Generator::connect(&mut running, size)?,
            watch: Watch::over(running.process.pid()),
            is_maru: system.card().name == maru::NAME,
            running,
            _folder: folder,
        })
    }

    fn bear(&mut self, load: &Load, mut timing: Timing) -> Result<Measured> {
        if self.is_maru {
            timing.drain = LONG_DRAIN;
        }
        let effort = self.generator.bear(load, timing, &self.running.process)?;
        Ok(self.measured(&effort))
    }

    fn measured(&self, effort: &Effort) -> Measured {
        let window = &self.generator.tally.window;
        let quantile_ms = |part| window.latencies.quantile_ms(part);
        let arrived = window.arrived.max(1) as f64;
        Measured {
            deliveries: window.arrived as f64 / effort.seconds,
            ratio: window.delivered as f64 / window.expected.max(1) as f64,
            p50_ms: quantile_ms(0.5),
            p95_ms: quantile_ms(0.95),
            p99_ms: quantile_ms(0.99),
            max_ms: quantile_ms(1.0),
            cpu_us_per_delivery: effort.server_cpu_seconds * 1e6 / arrived,
            server_cores: effort.server_cpu_seconds / effort.seconds,
            own_cores: effort.own_cpu_seconds / effort.seconds,
            late_ms: effort.lateness.quantile_ms(0.99),
            resident_mib: self.watch.peak_bytes() as f64 / f64::from(1 << 20),
            per_frame: arrived / window.frames.max(1) as f64,
            megabytes: window.bytes as f64 / effort.seconds / 1e6,
            one_order: effort.drained.map(|_| self.generator.tally.is_one_order()),
            faults: self.faults(effort),
        }
    }

    fn faults(&self, effort: &Effort) -> Vec<String> {
        let Generator { tally, n_lost, first_loss, .. } = &self.generator;
        let mut faults = Vec::new();
        let mut note = |n: u64, what: &str| {
            if n > 0 {
                faults.push(format!("{n} {what}"));
            }
        };
        note(tally.faults.skipped, "skipped");
        note(tally.faults.repeated, "repeated or out of order");
        note(tally.faults.strayed, "in another room");
        if effort.drained.is_none() {
            note(tally.missing(), "not delivered");
        }
        note(*n_lost as u64, "sessions lost");
        faults.extend(first_loss.iter().map(|why| format!("the first because {why}")));
        if self.watch.has_killed() {
            faults.push("ended at 6 GiB of memory".to_owned());
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(system: &str, load: &str, round: usize) -> Run {
        let (system, load) = (system.to_owned(), load.to_owned());
        let outcome = Err(String::new());
        Run { system, load, round, rooms: 1, members: 1, messages: 1.0, outcome }
    }

    #[test]
    fn new_runs_replace_those_of_the_same_load_and_take_its_place() {
        let all = "everybody talks";
        let mut runs = vec![run("a", all, 1), run("b", all, 1), run("a", "of old", 1)];
        replace(&mut runs, vec![run("a", all, 2), run("a", "one talks", 2)], &scenes());
        let left: Vec<_> =
            runs.iter().map(|run| (run.system.as_str(), run.load.as_str(), run.round)).collect();
        assert_eq!(left, [("a", "one talks", 2), ("b", all, 1), ("a", all, 2)]);
    }

    #[test]
    fn no_load_is_named_twice_or_with_a_comma() {
        let scenes: Vec<Scene> = scenes().into_iter().chain(growing(&[])).collect();
        let names: Vec<&String> =
            scenes.iter().flat_map(|scene| &scene.loads).map(|load| &load.name).collect();
        let different: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(different.len(), names.len());
        assert!(names.iter().all(|name| !name.contains(',')));
    }

    #[test]
    fn growth_never_asks_for_more_than_a_million() {
        for Scene { size, loads } in growing(&[]) {
            let asked = loads[0].messages_per_second(size) * size.members as f64;
            assert!((1e4..=1e6).contains(&asked), "{size:?}");
        }
    }
}
