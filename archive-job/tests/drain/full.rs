//! The disk of the machine is full while the archive and the index are folders of it.
//!
//! A small disk is a `tmpfs` in a namespace of its own, where the machine gives one to people, and
//! a limit on the length of files everywhere: what refuses to grow is the same to the program.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use archive_job::maru::Which;
use integration_tests::eventually;

use crate::archive;
use crate::world::World;

const DAY: Duration = Duration::from_hours(24);

/// Runs the program with so much room, tells how it ended, and what it said.
const TRY: &str = r#"
set -eu
run() {
    code=0
    "$JOB" "$@" --json >"$SAID" 2>&1 || code=$?
    echo "== $code $*"
    cat "$SAID"
}
all() { rm -f "$DISK/ballast"; run "$@"; }
"#;

/// There is room for so many KiB.
const ON_TMPFS: &str = r#"
mount -t tmpfs -o size=4m none "$DISK"
with() {
    rm -f "$DISK/ballast"
    left=$(df -k "$DISK" | awk 'NR == 2 { print $4 }')
    head -c $(((left - $1) * 1024)) /dev/zero >"$DISK/ballast"
    shift
    run "$@"
}
"#;

/// No file may be longer than so many KiB. Without the trap, the first that is ends the program.
const WITH_LIMIT: &str = r#"
trap '' XFSZ
with() (
    ulimit -f $(($1 * 2 + 1))
    shift
    run "$@"
)
"#;

/// Each command with less room than it needs, and with enough.
const STEPS: &str = r#"
for room in 0 4 12 40; do with $room drain; done
all drain
for room in 0 8 32 96; do with $room index; done
all index
for room in 0 4 12; do with $room compact; done
all compact
all verify
all search "$WORD"
cp -r "$DISK/archive" "$COPY"
"#;

/// A run of the program.
#[derive(Debug)]
struct Tried {
    code: i32,
    command: String,
    text: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_nothing_and_the_next_run_goes_on() {
    let mut world = World::new(0).await;
    let mount = r#"mount -t tmpfs none "$0""#;
    let mut can_mount = Command::new("unshare");
    can_mount.args(["-rm", "sh", "-c", mount]).arg(world.folder.path()).stderr(Stdio::null());
    if can_mount.status().is_ok_and(|status| status.success()) {
        let tried = goes_on(&mut world, ON_TMPFS).await;
        let full = tried.iter().filter(|tried| tried.code == 1);
        for Tried { command, text, .. } in full {
            assert!(text.contains("is full; make room and run again"), "{command}: {text}");
        }
    } else {
        eprintln!("this machine mounts nothing for people; only files are limited");
    }
    // Another Maru, whose rooms are in this archive alone.
    goes_on(&mut World::new(0).await, WITH_LIMIT).await;
}

/// Tries all of it on a small disk; answers what was tried.
async fn goes_on(world: &mut World, disk: &str) -> Vec<Tried> {
    world.moves(3).await;
    world.town.write(60).await;
    world.town.say(12).await;
    eventually("D1 knows of all rooms", async || {
        let dirty = world.job.client().all_rooms(Which::Dirty).await.unwrap();
        let is_dirty = |room| dirty.iter().any(|listing| listing.room == room);
        world.town.people.iter().all(|(_, room)| is_dirty(*room)).then_some(())
    })
    .await;
    let word = world.town.promised()[&world.town.people[0].1].words().last().unwrap().to_owned();
    let place = tempfile::tempdir().unwrap();
    let copy = place.path().join("copy");
    let tried = run(world, place.path(), disk, &word).await;
    for command in ["drain", "index", "compact"] {
        let of: Vec<&Tried> = tried.iter().filter(|tried| tried.command == command).collect();
        let (last, others) = of.split_last().unwrap();
        assert!(others.iter().all(|tried| matches!(tried.code, 0 | 1)), "{others:?}");
        assert!(others.iter().any(|tried| tried.code == 1), "{command} fits: {others:?}");
        assert_eq!(last.code, 0, "{last:?}");
    }
    let [.., verify, search] = &tried[..] else { panic!("{tried:?}") };
    assert_eq!((verify.code, search.code), (0, 0), "{verify:?} {search:?}");
    assert!(search.text.contains(&word), "{search:?}");
    world.is_whole_in(&archive::read(&copy), &copy).await;
    tried
}

async fn run(world: &World, place: &Path, disk: &str, word: &str) -> Vec<Tried> {
    let small = place.join("disk");
    std::fs::create_dir_all(&small).unwrap();
    let job = world.job.later(3 * DAY).with("ARCHIVE_DATA", small.join("data").to_str().unwrap());
    let job = job.with("ARCHIVE_STORE", format!("file://{}", small.join("archive").display()));
    let job = job.with("ARCHIVE_METRICS_FILE", small.join("metrics.prom").to_str().unwrap());
    let (script, unshare) = (format!("{TRY}{disk}{STEPS}"), disk == ON_TMPFS);
    let shell: &[&str] = if unshare { &["unshare", "-rm", "sh", "-c"] } else { &["sh", "-c"] };
    let mut command = job.environment(Command::new(shell[0]));
    command.args(&shell[1..]).arg(script).stderr(Stdio::inherit());
    for of_s3 in ["STORE_ENDPOINT", "STORE_ACCESS_KEY", "STORE_SECRET_KEY"] {
        command.env_remove(format!("ARCHIVE_{of_s3}"));
    }
    command.env("JOB", env!("CARGO_BIN_EXE_archive-job")).env("SAID", place.join("said"));
    command.env("DISK", small).env("COPY", place.join("copy")).env("WORD", word);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let tried = text.split("== ").skip(1).map(|tried| {
        let (head, text) = tried.split_once('\n').unwrap();
        let (code, command) = head.split_once(' ').unwrap();
        let command = command.split(' ').next().unwrap().to_owned();
        Tried { code: code.parse().unwrap(), command, text: text.to_owned() }
    });
    tried.collect()
}
