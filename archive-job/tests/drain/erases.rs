//! An erasure dies of SIGKILL wherever it can, and the next run erases the rest.

use std::time::Duration;

use archive_job::failpoint::Point;
use archive_job::maru::Which;
use integration_tests::wire::Wire;
use protocol::RoomId;
use reqwest::Method;

use crate::archive;
use crate::commands::fails;
use crate::job::{facts, kill_at};
use crate::s3::Mode;
use crate::town::word;
use crate::world::World;

const DAY: Duration = Duration::from_hours(24);

/// People say things, in a room of their own and in one that all are in: in table files, in
/// segments, in what rooms have not any more and in what is not archived yet.
async fn say(world: &mut World, n: usize) -> Vec<Vec<String>> {
    world.moves(n).await;
    let (keeper, _) = &world.town.people[0];
    let common = keeper.found_room().await;
    let mut words = Vec::new();
    for (person, _) in &world.town.people {
        if person.user != keeper.user {
            person.join(common).await;
        }
        let (mut wire, _) = Wire::welcome(person, common).await;
        let word = word();
        wire.says(&word).await;
        words.push(vec![word]);
    }
    let n_entries = u64::try_from(n).unwrap() * 4;
    world.town.write(n_entries).await;
    world.job.drains().await;
    world.job.ends(&["index"], 0).await;
    world.job.ends(&["compact"], 0).await;
    let rooms: Vec<RoomId> = world.town.people.iter().map(|(_, room)| *room).collect();
    let even: Vec<RoomId> = rooms.iter().copied().step_by(2).collect();
    world.expire(&even).await;
    world.town.write(n_entries).await;
    world.job.drains().await;
    world.job.ends(&["index"], 0).await;
    world.town.say(n_entries).await;
    for (words, (_, room)) in words.iter_mut().zip(&world.town.people) {
        words.extend(world.town.promised()[room].words().map(str::to_owned));
    }
    words
}

/// In which files of store and index some of these words are.
fn places(world: &World, words: &[String]) -> Vec<String> {
    let files = [world.path("s3"), world.job.data.join("index")];
    let files = files.iter().flat_map(|folder| archive::words(folder));
    // Where there is no word as such: what compresses takes of one what it had before, at the ends.
    let has = |text: &str| words.iter().any(|word| text.contains(&word[6..16]));
    let has = files.filter(|(_, text)| has(text));
    has.map(|(path, _)| path.display().to_string()).collect()
}

/// Where an erasure dies, and where its second run does: in the drain that is part of it, in rooms,
/// in what only the archive has, in the index, before and after the account goes.
const POINTS: [(Point, Point); 8] = [
    (Point::Sealed, Point::Deleting),
    (Point::Read, Point::Deleted),
    (Point::Putting, Point::Acknowledging),
    (Point::Put, Point::Acknowledged),
    (Point::Verified, Point::Erased),
    (Point::Rewritten, Point::Unindexed),
    (Point::Committing, Point::Forgetting),
    (Point::Committed, Point::Forgotten),
];

#[tokio::test(flavor = "multi_thread")]
async fn rd2_an_erasure_that_dies_anywhere_is_done_by_the_next() {
    let mut world = World::new(0).await;
    world.job = world.job.later(3 * DAY);
    let said = say(&mut world, POINTS.len()).await;
    for folder in ["/l1/", "/l0/", "/index/"] {
        let found = places(&world, &said.concat());
        assert!(found.iter().any(|path| path.contains(folder)), "{folder}: {found:?}");
    }
    let (mut n_killed, mut missed) = (0, Vec::new());
    for (index, points) in POINTS.into_iter().enumerate() {
        let user = world.town.people[index].0.user;
        let erase = ["erase", "--user", user.as_str()];
        fails(&mut world, u64::try_from(index).unwrap());
        for point in [points.0, points.1] {
            let ended = world.job.begin_as_with(&erase, &kill_at(point, 1)).ended().await;
            world.end_leases();
            assert!(matches!(ended.code, None | Some(0)), "{point:?}: {ended:?}");
            n_killed += u64::from(ended.code.is_none());
            if ended.code.is_some() {
                missed.push(point);
            }
        }
        let ended = world.job.ends(&erase, 0).await;
        world.s3.fail(Mode::Well);
        let facts = facts(&ended);
        assert_eq!(facts["proof"]["found"], 0, "{points:?}: {facts}");
        assert_eq!(places(&world, &said[index]), [""; 0], "{points:?}: {ended:?}");
        world.town.everything_is_erased(index);
        let others = said[index + 1..].concat();
        assert!(others.is_empty() || !places(&world, &others).is_empty(), "others said that");
    }
    assert!(missed.is_empty(), "these points were never reached: {missed:?}");
    assert_eq!(places(&world, &said.concat()), [""; 0]);
    let counts = world.holds().await;
    eprintln!("erase: {n_killed} killed, {counts:?}");
}

/// At every step, of which each has a room of its own: in table files, in segments and in the
/// index, with a file.
#[tokio::test(flavor = "multi_thread")]
async fn mb11_a_room_whose_erasure_dies_at_any_step_is_erased_by_the_next() {
    let mut world = World::new(1).await;
    world.job = world.job.later(3 * DAY);
    let (person, _) = world.town.people[0].clone();
    let client = world.job.client();
    for step in 1.. {
        let room = person.found_room().await;
        world.town.people = vec![(person.clone(), room)];
        let path = format!("rooms/{room}/attachments?name=note.txt");
        let file = person.request(Method::POST, &path).body(word()).send().await.unwrap();
        assert_eq!(file.status(), 201);
        for commands in [&["drain", "index", "compact"][..], &["drain", "index"]] {
            world.town.write(3).await;
            for command in commands {
                world.job.ends(&[command], 0).await;
            }
        }
        let words: Vec<String> = world.town.promised()[&room].words().map(str::to_owned).collect();
        assert!(!places(&world, &words).is_empty());
        let erase = ["erase", "--room", room.as_str(), "--delete-room"];
        fails(&mut world, step);
        let is_killed = world.job.dies_at(&erase, step).await;
        world.end_leases();
        let ended = world.job.ends(&erase, 0).await;
        world.s3.fail(Mode::Well);
        let facts = facts(&ended);
        let left = ["left", "left_in_index"].map(|name| facts[name].as_u64().unwrap());
        assert_eq!((left, &facts["left_in_maru"]), ([0, 0], &false.into()), "{facts}");
        assert_eq!(places(&world, &words), [""; 0], "step {step}: {ended:?}");
        let named = archive::files(&world.path("s3"));
        let named = named.iter().filter(|path| path.to_str().unwrap().contains(room.as_str()));
        assert_eq!(named.count(), 0, "step {step}");
        assert_eq!(client.attachments(room).await.unwrap(), Some(vec![]));
        assert_eq!(client.all_rooms(Which::Deleted).await.unwrap(), []);
        if !is_killed {
            assert!(step > 6, "it has more steps");
            eprintln!("erase --room: {} killed", step - 1);
            return;
        }
    }
}
