//! Two jobs at once: one works, the other says so; who slept through its lease writes nothing.

use archive_job::failpoint::Point;
use integration_tests::eventually;

use crate::job::{Ended, Job, stop_at};
use crate::world::{World, manifests, no_erased_words};

async fn one_job_works_and_the_other_says_who(world: &World) {
    world.town.write(5).await;
    let mut first = world.job.begin_with(&stop_at(Point::Sealed));
    first.stopped().await;
    let who = format!("process {}", first.pid());
    for job in [world.job.clone(), world.job.elsewhere("another machine")] {
        let Ended { code, text } = job.drain().await;
        assert_eq!(code, Some(3), "{text}");
        assert!(text.contains(&who), "{text} names {who}");
    }
    first.go_on();
    let ended = first.ended().await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    world.is_whole().await;
}

/// A job sleeps at a point until another one took over and did its work.
async fn sleeps_at(world: &World, point: Point, must_wait: bool) {
    world.town.write(12).await;
    // One that sleeps for longer than its lease knows that it did, as soon as it wakes. The other
    // one does not know, and is stopped by fences alone.
    let lease = if must_wait { "10s" } else { "10m" };
    let sleeping = Job { lease, ..world.job.clone() };
    let mut sleeper = sleeping.begin_with(&stop_at(point));
    sleeper.stopped().await;
    let other = world.job.elsewhere("another machine");
    if must_wait {
        let ended = eventually("the lease ends by itself", async || {
            let ended = other.drain().await;
            (ended.code != Some(3)).then_some(ended)
        });
        let ended = ended.await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
    } else {
        world.end_leases();
        other.drains().await;
    }
    // Words that the sleeper has in memory are erased everywhere.
    for index in 0..world.town.people.len() {
        world.town.erase_one(index).await;
    }
    other.drains().await;
    let erased = world.town.promised();
    // There is something that the sleeper could take for its own.
    world.town.write(6).await;
    let client = world.job.client();
    let archived = async || {
        let mut all = Vec::new();
        for (_, room) in &world.town.people {
            all.push(client.status(*room).await.unwrap().archived);
        }
        all
    };
    let before = (manifests(&world.s3.objects()), archived().await);
    sleeper.go_on();
    let ended = sleeper.ended().await;
    assert_eq!(ended.code, Some(3), "at {point:?}: {ended:?}");
    let after = (manifests(&world.s3.objects()), archived().await);
    assert!(before == after, "at {point:?} it changed something: {ended:?}");
    no_erased_words(&world.path("s3"), erased.values());
    world.holds().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_job_works_and_who_slept_through_its_lease_writes_nothing() {
    let world = World::new(2).await;
    one_job_works_and_the_other_says_who(&world).await;
    sleeps_at(&world, Point::Putting, true).await;
    let points =
        [Point::Putting, Point::Put, Point::Committing, Point::Committed, Point::Acknowledging];
    for point in points {
        sleeps_at(&world, point, false).await;
    }
}
