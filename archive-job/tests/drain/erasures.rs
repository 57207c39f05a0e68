//! Words that were erased, rooms that were deleted, and objects that are not what they should be.

use std::path::PathBuf;

use archive_job::failpoint::Point;
use archive_job::maru::Which;

use crate::archive;
use crate::job::kill_at;
use crate::world::World;

/// The segments of the town's rooms in the store, named or not.
fn segments(world: &World) -> Vec<PathBuf> {
    let files = archive::words(&world.s3.objects().join("v1/l0"));
    let is_ours = |path: &PathBuf| {
        let path = path.to_str().unwrap();
        world.town.people.iter().any(|(_, room)| path.contains(room.as_str()))
    };
    files.into_iter().map(|(path, _)| path).filter(is_ours).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn rd2_erased_words_and_deleted_rooms_go_and_what_is_wrong_is_moved_away() {
    let mut world = World::new(0).await;
    an_object_that_was_put_before_an_erasure_does_not_stay(&mut world).await;
    words_go_from_what_is_archived_before_the_erasure_is_acknowledged(&mut world).await;
    the_archive_of_a_deleted_room_goes(&mut world).await;
    what_is_not_what_it_should_be_is_moved_away_and_other_rooms_go_on(&mut world).await;
}

async fn an_object_that_was_put_before_an_erasure_does_not_stay(world: &mut World) {
    world.moves(1).await;
    world.town.write(5).await;
    assert_eq!(world.job.begin_with(&kill_at(Point::Put, 1)).ended().await.code, None);
    let before = segments(world);
    assert_eq!(before.len(), 1, "it was put, and nothing names it");
    world.town.erase_one(0).await;
    world.holds().await;
    assert!(!before[0].exists(), "it has a word that was erased since");
}

async fn words_go_from_what_is_archived_before_the_erasure_is_acknowledged(world: &mut World) {
    world.moves(1).await;
    world.town.write(5).await;
    world.job.drains().await;
    let before = segments(world);
    let room = world.town.people[0].1;
    for point in [Point::Rewritten, Point::Committed, Point::Deleting] {
        world.town.erase_one(0).await;
        let archived = world.job.client().status(room).await.unwrap().archived;
        assert_eq!(world.job.begin_with(&kill_at(point, 1)).ended().await.code, None, "{point:?}");
        world.end_leases();
        let status = world.job.client().status(room).await.unwrap();
        assert_eq!(status.archived, archived, "{point:?} is before it is acknowledged");
    }
    world.holds().await;
    assert!(!before[0].exists(), "what has the words is gone");
}

async fn the_archive_of_a_deleted_room_goes(world: &mut World) {
    world.moves(3).await;
    world.town.write(15).await;
    world.job.drains().await;
    let (owner, room) = world.town.people.remove(0);
    let has_room = |world: &World| {
        let files = archive::words(&world.s3.objects());
        files.iter().any(|(path, _)| path.to_str().unwrap().contains(room.as_str()))
    };
    assert!(has_room(world));
    let answer = owner.delete(&format!("rooms/{room}")).await;
    assert!(answer.status().is_success(), "{answer:?}");
    let ended = world.job.begin_with(&kill_at(Point::Forgetting, 1)).ended().await;
    assert_eq!(ended.code, None, "{ended:?}");
    assert!(!has_room(world), "its archive goes before it is forgotten");
    let client = world.job.client();
    assert_eq!(client.all_rooms(Which::Deleted).await.unwrap().len(), 1);
    world.end_leases();
    let ended = world.job.drains().await;
    assert!(ended.text.contains("\"forgotten\":1"), "{ended:?}");
    assert_eq!(client.all_rooms(Which::Deleted).await.unwrap(), []);
    world.holds().await;
}

async fn what_is_not_what_it_should_be_is_moved_away_and_other_rooms_go_on(world: &mut World) {
    world.moves(2).await;
    world.town.write(10).await;
    assert_eq!(world.job.begin_with(&kill_at(Point::Committing, 1)).ended().await.code, None);
    world.end_leases();
    let path = segments(world).pop().expect("something was put");
    let lines = zstd::decode_all(&*std::fs::read(&path).unwrap()).unwrap();
    let lines = String::from_utf8(lines).unwrap().replace("word", "sword");
    let bytes = zstd::encode_all(lines.as_bytes(), 3).unwrap();
    std::fs::write(&path, &bytes).unwrap();

    let ended = world.job.drain().await;
    assert_eq!(ended.code, Some(42), "{ended:?}");
    assert!(ended.text.contains(path.file_name().unwrap().to_str().unwrap()), "{ended:?}");
    let name = path.strip_prefix(world.s3.objects()).unwrap();
    let moved = world.s3.objects().join("v1/quarantine").join(name);
    assert_eq!(std::fs::read(moved).unwrap(), bytes, "it can be looked at");
    for (_, room) in &world.town.people {
        let is_wrong = path.to_str().unwrap().contains(room.as_str());
        let status = world.job.client().status(*room).await.unwrap();
        assert_eq!(status.archived == status.head, !is_wrong, "{status:?}");
    }
    world.holds().await;
}
