//! Whole runs at later times, to the millisecond. Tables are read by `DuckDB` and pyarrow.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use protocol::RoomId;
use serde_json::Value;

use crate::job::{Job, facts};
use crate::world::World;

const DAY: Duration = Duration::from_hours(24);
const MS: Duration = Duration::from_millis(1);

/// The interpreter that has `DuckDB` and pyarrow.
fn python() -> PathBuf {
    let cache = || {
        let home = std::env::var_os("HOME").map(PathBuf::from)?;
        Some(home.join(".cache/maru/tools/python-clients-2/bin/python"))
    };
    let python = std::env::var_os("MARU_PYTHON").map(PathBuf::from).or_else(cache).unwrap();
    let hint = "`cargo xtask setup` installs the Python that reads table files";
    assert!(python.is_file(), "{} is missing; {hint}", python.display());
    python
}

/// The lines of a room, as pyarrow reads them; `DuckDB` answers the questions of the README.
fn read(world: &World, room: RoomId) -> Vec<String> {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut readers = Command::new(python());
    readers.arg(crate_folder.join("tests/readers/readers.py"));
    readers.arg(crate_folder.parent().unwrap()).arg(world.s3.objects()).arg(room.as_str());
    let output = readers.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    let lines = read["lines"].as_array().unwrap().iter();
    let lines: Vec<String> = lines.map(|line| line.as_str().unwrap().to_owned()).collect();
    let says = |line: &&String| line.contains(r#""t":"message""#);
    let n_messages = lines.iter().filter(says).count();
    let of_duckdb = read["answers"][2].as_array().unwrap();
    assert_eq!(of_duckdb.len(), n_messages, "DuckDB reads as many messages of it");
    lines
}

/// When the last entry of a room was accepted.
fn last_at(world: &World, index: usize) -> Duration {
    let promised = world.town.promised();
    let entries = &promised[&world.town.people[index].1].entries;
    let at = entries.values().map(|entry| entry["at"].as_u64().unwrap()).max();
    Duration::from_millis(at.unwrap())
}

/// How many of a room's entries expired, and how many there are.
async fn expired(world: &World, index: usize) -> (u64, u64) {
    let status = world.job.client().status(world.town.people[index].1).await.unwrap();
    (status.expired.get(), status.head.get())
}

/// A millisecond before that.
fn just_before(time: Duration) -> Duration {
    time.checked_sub(MS).unwrap()
}

async fn does(job: &Job, command: &str) -> Value {
    facts(&job.ends(&[command], 0).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn time_passes_to_the_millisecond() {
    let world = World::of_neighbours().await;
    world.town.write(16).await;
    world.job.drains().await;
    let all = world.is_whole().await;
    let last = last_at(&world, 0).max(last_at(&world, 1));
    let days = u32::try_from(last.as_secs() / DAY.as_secs()).unwrap();
    assert_eq!(last_at(&world, 0).as_secs() / DAY.as_secs(), u64::from(days), "not at midnight");
    let day_end = (days + 1) * DAY;
    a_day_is_compacted_two_days_after_its_end(&world, day_end).await;
    rooms_forget_what_is_older(&world).await;
    assert_eq!(world.is_kept().await, all.entries, "the archive has all of it");
    let archive = world.archive();
    for (_, room) in &world.town.people {
        assert_eq!(read(&world, *room), archive.rooms[room.as_str()].lines);
    }
    the_archive_forgets_but_what_is_held(&world, day_end).await;
}

async fn a_day_is_compacted_two_days_after_its_end(world: &World, day_end: Duration) {
    let early = does(&world.job.at(just_before(day_end + 2 * DAY)), "compact").await;
    assert_eq!(early["tables"], 0, "{early}");
    let ripe = does(&world.job.at(day_end + 2 * DAY), "compact").await;
    assert_eq!(ripe["tables"], 1, "{ripe}");
}

/// A chunk goes when its last entry is older than the retention, and not before.
async fn rooms_forget_what_is_older(world: &World) {
    let job = world.job.with("ARCHIVE_RETENTION", "30d");
    let first = usize::from(last_at(world, 0) > last_at(world, 1));
    let at = last_at(world, first) + 30 * DAY;
    does(&job.at(at), "expire").await;
    let (gone, head) = expired(world, first).await;
    assert!(gone < head, "its last entry is exactly as old as entries become");
    does(&job.at(at + MS), "expire").await;
    assert_eq!(expired(world, first).await, (head, head));
    let (gone, head) = expired(world, 1 - first).await;
    assert!(gone < head || last_at(world, 0) == last_at(world, 1), "it is younger");
    does(&job.at(at + DAY), "expire").await;
    assert_eq!(expired(world, 1 - first).await, (head, head));
}

/// An archive of 180 days: of a table file of two rooms, what is held stays.
async fn the_archive_forgets_but_what_is_held(world: &World, day_end: Duration) {
    let job = world.job.with("ARCHIVE_RETENTION", "30d").with("ARCHIVE_KEEP_ARCHIVE", "180d");
    let rooms = [world.town.people[0].1, world.town.people[1].1];
    let of = |room: RoomId| world.archive().rooms.get(room.as_str()).map(|log| log.lines.clone());
    let before = rooms.map(of);
    let early = does(&job.at(just_before(day_end + 180 * DAY)), "expire").await;
    assert_eq!(early["objects"], 0, "{early}");
    assert_eq!(rooms.map(of), before);

    world.hold(rooms[1], true).await;
    let thin = does(&job.at(day_end + 180 * DAY), "expire").await;
    assert_eq!(thin["held"], serde_json::json!([rooms[1]]), "{thin}");
    assert_eq!(rooms.map(of), [None, before[1].clone()]);
    assert_eq!(read(world, rooms[1]), before[1].clone().unwrap());
    assert_eq!(read(world, rooms[0]), [""; 0], "rows of other rooms are left");
    world.is_kept().await;

    world.hold(rooms[1], false).await;
    does(&job.at(day_end + 180 * DAY + MS), "expire").await;
    assert_eq!(rooms.map(of), [None, None]);
    world.town.say(6).await;
    job.drains().await;
    world.is_kept().await;
}
