//! Commands beside `drain` die of SIGKILL at each of their steps, and the next run does the rest.

use std::time::Duration;

use archive_job::failpoint::Point;
use integration_tests::server::Server;
use protocol::RoomId;

use crate::job::kill_at;
use crate::s3::Mode;
use crate::world::World;

const DAY: Duration = Duration::from_hours(24);

/// The store fails while every other command runs.
pub fn fails(world: &mut World, step: u64) {
    world.s3.fail(if step.is_multiple_of(2) { Mode::Flaky } else { Mode::Well });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compaction_that_dies_at_any_step_is_done_by_the_next() {
    let mut world = World::of_neighbours().await;
    world.job = world.job.later(3 * DAY);
    for step in 1.. {
        world.town.write(8).await;
        world.job.drains().await;
        fails(&mut world, step);
        let is_killed = world.job.dies_at(&["compact"], step).await;
        world.end_leases();
        world.job.ends(&["compact"], 0).await;
        world.s3.fail(Mode::Well);
        let counts = world.is_whole().await;
        let named = world.archive().named;
        let n_in = |folder| named.iter().filter(|path| path.starts_with(folder)).count();
        assert_eq!((n_in("v1/l0"), n_in("v1/l1")), (0, 1), "{named:?}");
        if !is_killed {
            assert!(step > 4, "it has more steps");
            eprintln!("compact: {} killed, {counts:?}", step - 1);
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expiry_that_dies_at_any_step_loses_nothing_and_is_done_by_the_next() {
    let mut world = World::of_neighbours().await;
    let job = world.job.later(200 * DAY);
    // Rooms forget, and the archive does not.
    world.town.write(12).await;
    world.job = job.clone();
    world.job.drains().await;
    let whole = world.is_whole().await.entries;
    assert!(world.job.ends(&["expire"], 0).await.text.contains(r#""objects":0"#));
    assert_eq!((world.is_kept().await, world.is_whole().await.entries), (whole, whole));
    // The archive forgets, too, but what is held.
    world.job = job.with("ARCHIVE_KEEP_ARCHIVE", "190d");
    world.hold(world.town.people[1].1, true).await;
    let n_killed = dies_expiring(&mut world).await;
    let archive = world.archive();
    let of = |index: usize| archive.rooms.get(world.town.people[index].1.as_str());
    assert!(of(0).is_none() && of(1).is_some_and(|log| log.from == 1), "{archive:?}");
    assert!(n_killed > 5, "it has more steps");
    eprintln!("expire: {n_killed} killed");
}

/// Also a run for this room alone that dies when it has let people in.
async fn ex6_what_was_held_is_held_wherever_its_restoring_died(world: &World, room: RoomId) {
    let (client, restore) = (world.job.client(), ["restore", "--room", room.as_str()]);
    for point in [Point::Begun, Point::Told, Point::Restored] {
        let ended = world.job.begin_as_with(&restore, &kill_at(point, 1)).ended().await;
        assert_eq!(ended.code, None, "{point:?}: {ended:?}");
        world.end_leases();
    }
    // Nobody is let in before the last of them, and so nobody is told before.
    assert!(client.status(room).await.unwrap().hold);
    let ended = world.job.ends(&restore, 1).await;
    assert!(ended.text.contains("exists"), "{ended:?}");
    assert!(client.status(room).await.unwrap().hold);
    let erase = world.job.ends(&["erase", "--room", room.as_str(), "--delete-room"], 1).await;
    assert!(erase.text.contains("under a legal hold"), "{erase:?}");
}

/// Kills `expire` at each of its steps; answers how many these are.
async fn dies_expiring(world: &mut World) -> u64 {
    for step in 1.. {
        world.town.write(6).await;
        world.job.drains().await;
        world.job.ends(&["compact"], 0).await;
        // This is in rooms alone.
        world.town.say(6).await;
        fails(world, step);
        let is_killed = world.job.dies_at(&["expire"], step).await;
        world.end_leases();
        let ended = world.job.begin_as(&["expire"]).ended().await;
        world.s3.fail(Mode::Well);
        // What is in rooms alone is older than it should be, as soon as D1 knows.
        let is_overdue = ended.code == Some(1) && ended.text.contains("archive_overdue");
        assert!(ended.code == Some(0) || is_overdue, "{ended:?}");
        world.is_kept().await;
        let (client, room) = (world.job.client(), world.town.people[0].1);
        let status = client.status(room).await.unwrap();
        assert_eq!(status.expired, status.archived, "all of it is old");
        if !is_killed {
            return step - 1;
        }
    }
    0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_dies_at_any_step_is_completed_by_the_next() {
    let mut world = World::new(7).await;
    for _ in 0..3 {
        world.town.write(20).await;
        world.job.drains().await;
    }
    let rooms: Vec<RoomId> = world.town.people.iter().map(|(_, room)| *room).collect();
    world.expire(&rooms[..2]).await;
    let (held, rooms) = rooms.split_last().unwrap();
    world.hold(*held, true).await;
    world.job.ends(&["database", "backup"], 0).await;
    let before = world.is_whole().await;

    world.maru = Server::start(Some(&world.path("another")), 0);
    world.job.maru.clone_from(&world.maru.url);
    // A page of D1 that is there already is as good as one that is put.
    let mut n_killed = 0;
    while world.job.dies_at(&["database", "restore"], n_killed + 1).await {
        n_killed += 1;
    }
    let (n_of_database, mut n_whole) = (n_killed, 0);
    for (step, room) in (1..).zip(rooms) {
        let restore = ["restore", "--room", room.as_str()];
        fails(&mut world, step);
        let is_killed = world.job.dies_at(&restore, step).await;
        n_killed += u64::from(is_killed);
        world.end_leases();
        let ended = world.job.begin_as(&restore).ended().await;
        // Of the last step the room is whole.
        n_whole += u64::from(ended.text.contains("exists"));
        assert!(ended.code == Some(0) || ended.text.contains("exists"), "{ended:?}");
    }
    world.s3.fail(Mode::Well);
    ex6_what_was_held_is_held_wherever_its_restoring_died(&world, *held).await;
    let after = world.is_whole().await;
    assert_eq!((after.entries, after.erased), (before.entries, before.erased));
    assert_eq!(after.expired, 0, "rooms have all that the archive has");
    let n_ended = u64::try_from(rooms.len()).unwrap() - (n_killed - n_of_database);
    assert!(n_whole <= n_ended + 1, "a room that is not whole was not restored");
    assert!(n_of_database > 3 && n_killed > n_of_database + 4, "{n_killed}");
    eprintln!("restore: {n_killed} killed, {n_of_database} of them in D1, {after:?}");
}
