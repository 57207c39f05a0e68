//! The program is killed, at every point and at any time, while people write, edit and erase.

use std::time::{Duration, Instant};

use archive_job::failpoint::Point;

use crate::job::kill_at;
use crate::world::{World, random_below};

/// How long the loop goes on after every point was tried, unless `KILL_SECONDS` says
/// otherwise.
const SECONDS: u64 = 15;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_killed_archive_and_rooms_are_what_was_acknowledged() {
    let world = World::new(4).await;
    let seconds = std::env::var("KILL_SECONDS").ok();
    let seconds = seconds.map_or(SECONDS, |seconds| seconds.parse().unwrap());
    let writing = world.town.writes();
    world.town.goes_on(20).await;
    let (mut n_runs, mut n_killed, mut missed) = (0, 0, Vec::new());
    let points = Point::OF_DRAIN.into_iter().filter(|point| *point != Point::Forgetting);
    for point in points.clone() {
        // What this point needs happens soon: somebody writes, or erases what is archived.
        let mut is_killed = false;
        for _ in 0..8 {
            n_runs += 1;
            let ended = world.job.begin_with(&kill_at(point, 1 + random_below(2))).ended().await;
            world.end_leases();
            is_killed = ended.code.is_none();
            assert!(is_killed || ended.code == Some(0), "{point:?} {ended:?}");
            if is_killed {
                n_killed += 1;
                break;
            }
            world.town.goes_on(10).await;
        }
        if !is_killed {
            missed.push(point);
        }
    }
    assert!(missed.is_empty(), "these points were never reached: {missed:?}");
    let until = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < until {
        n_runs += 1;
        let mut run = world.job.begin();
        // At any time: that it is not known when is the point.
        tokio::time::sleep(Duration::from_millis(random_below(700))).await;
        run.kill_9();
        let ended = run.ended().await;
        n_killed += u64::from(ended.code.is_none());
        assert!(matches!(ended.code, None | Some(0)), "{ended:?}");
        world.end_leases();
        if random_below(4) == 0 {
            let index = usize::try_from(random_below(4)).unwrap();
            world.expire(&[world.town.people[index].1]).await;
        }
    }
    writing.end().await;
    let counts = world.holds().await;
    assert!(counts.erased > 0 && counts.expired > 0, "{counts:?}");
    eprintln!("{n_runs} runs, {n_killed} killed: {counts:?}");
}
