//! The store fails in every way that stores do.

use archive_job::failpoint::Point;

use crate::job::kill_at;
use crate::s3::Mode;
use crate::world::{World, random_below};
use integration_tests::eventually;

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_in_any_way_loses_nothing() {
    let mut world = World::new(1).await;
    loses_a_reply(&mut world).await;
    answers_late_wrongly_or_never(&mut world).await;
    is_killed_or_full(&mut world).await;
}

async fn answers_late_wrongly_or_never(world: &mut World) {
    world.moves(3).await;
    let writing = world.town.writes();
    world.s3.fail(Mode::Flaky);
    for round in 0..3 {
        world.town.goes_on(15).await;
        // A run that is killed in the midst of that, and one that ends.
        let point = [Point::Put, Point::Committed, Point::Verified][round];
        world.job.begin_with(&kill_at(point, 1)).ended().await;
        world.end_leases();
        world.job.drains().await;
    }
    writing.end().await;
    assert!(world.s3.fail(Mode::Flaky) > 5, "the store failed");
    let metrics = world.job.metrics();
    let counts = world.holds().await;
    eprintln!("a store that fails: {counts:?}");
    assert!(!metrics.contains("object_verify_failures_total 1"), "{metrics}");
}

/// A create whose reply is lost is recognised by its bytes.
async fn loses_a_reply(world: &mut World) {
    world.town.write(5).await;
    // The first write is done and answered 503, and so found when it is tried again.
    world.s3.fail(Mode::Flaky);
    world.job.drains().await;
    let metrics = world.job.metrics();
    assert!(metrics.contains(r#"archive_already_exists_total{outcome="same"} 1"#), "{metrics}");
    world.s3.fail(Mode::Well);
    world.is_whole().await;
}

async fn is_killed_or_full(world: &mut World) {
    world.moves(3).await;
    let writing = world.town.writes();
    for _ in 0..4 {
        world.town.goes_on(10).await;
        let run = world.job.begin();
        tokio::time::sleep(std::time::Duration::from_millis(random_below(500))).await;
        world.s3.kill_9();
        // It waits for the store to come back, or says that it is not there.
        let ended = run.ended().await;
        assert!(matches!(ended.code, Some(0 | 1)), "{ended:?}");
        world.end_leases();
    }
    world.town.goes_on(10).await;
    let before = world.s3.fail(Mode::Full);
    let mut run = world.job.begin();
    let s3 = &mut world.s3;
    eventually("the store is full", async || (s3.fail(Mode::Full) > before).then_some(())).await;
    // Nothing was lost by then; somebody ends the job and makes room.
    run.kill_9();
    run.ended().await;
    world.s3.fail(Mode::Well);
    writing.end().await;
    let counts = world.holds().await;
    eprintln!("a store that is killed: {counts:?}");
}
