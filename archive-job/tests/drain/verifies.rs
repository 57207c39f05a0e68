//! What is broken is found and, while rooms hold it, brought back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use archive_job::maru::Which;
use integration_tests::eventually;
use integration_tests::person::{PASSWORD, Person};
use protocol::Seq;
use serde_json::{Value, json};

use crate::archive;
use crate::job::facts;
use crate::world::World;

const DAY: Duration = Duration::from_hours(24);

/// The segments in the store.
fn segments(world: &World) -> Vec<PathBuf> {
    let files = archive::files(&world.s3.objects().join("v1/l0"));
    files.into_iter().filter(|file| file.extension().is_some_and(|end| end == "zst")).collect()
}

/// All of the store's objects with their bytes.
fn everything(world: &World) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = archive::files(&world.s3.objects());
    files.into_iter().map(|file| (file.clone(), std::fs::read(file).unwrap())).collect()
}

fn flip(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_broken_is_found_and_brought_back() {
    let world = World::new(3).await;
    world.town.write(10).await;
    world.job.drains().await;
    let good = facts(&world.job.ends(&["verify"], 0).await);
    assert_eq!(good["rooms_compared"], true, "{good}");
    assert!(good["entries"].as_u64().unwrap() > 10, "{good}");

    let found = segments(&world);
    let (flipped, missing) = (found[0].clone(), found[1].clone());
    flip(&flipped);
    std::fs::remove_file(&missing).unwrap();
    let orphan = flipped.with_file_name("orphan.jsonl.zst");
    std::fs::write(&orphan, "nobody names it").unwrap();

    let bad = facts(&world.job.ends(&["verify"], 42).await);
    assert_eq!(bad["findings"].as_array().unwrap().len(), 2, "{bad}");
    assert_eq!(bad["orphans"].as_array().unwrap().len(), 1, "{bad}");
    let dry = everything(&world);
    world.job.ends(&["verify", "--repair", "--dry-run"], 42).await;
    assert_eq!(everything(&world), dry, "only said");

    let repaired = facts(&world.job.ends(&["verify", "--repair", "--grace", "1ms"], 0).await);
    for finding in repaired["findings"].as_array().unwrap() {
        assert_eq!(finding["repaired"], true, "{repaired}");
    }
    assert_eq!(repaired["removed"], 1, "{repaired}");
    assert!(!orphan.exists());
    let quarantine = world.s3.objects().join("v1/quarantine");
    assert_eq!(archive::files(&quarantine).len(), 1, "what was flipped can be looked at");
    let again = facts(&world.job.ends(&["verify"], 0).await);
    assert_eq!(again["entries"], good["entries"]);
    world.is_whole().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_room_holds_any_more_is_told_and_left_as_it_is() {
    let world = World::new(1).await;
    world.town.write(10).await;
    world.job.drains().await;
    let rooms: Vec<_> = world.town.people.iter().map(|(_, room)| *room).collect();
    world.expire(&rooms).await;
    let broken = segments(&world).remove(0);
    flip(&broken);
    let before = std::fs::read(&broken).unwrap();
    let bad = facts(&world.job.ends(&["verify", "--repair"], 42).await);
    assert_eq!(bad["findings"][0]["repaired"], false, "{bad}");
    assert_eq!(std::fs::read(&broken).unwrap(), before, "a copy may be made of what is left");
}

/// Somebody new, whom the database calls an administrator.
async fn administrator(world: &World) -> Person {
    let mut admin = Person::sign_up(&world.maru).await;
    world.maru.sql(&format!("UPDATE user SET admin = 1 WHERE id = '{}'", admin.user));
    let answer = admin.post("session", &json!({ "name": admin.name, "password": PASSWORD })).await;
    let session: Value = answer.json().await.unwrap();
    session["access_token"].as_str().unwrap().clone_into(&mut admin.token);
    admin
}

#[tokio::test(flavor = "multi_thread")]
async fn aa9_what_is_damaged_is_passed_over_and_told_until_it_is_back() {
    let mut world = World::new(3).await;
    let admin = administrator(&world).await;
    world.town.write(10).await;
    world.job.drains().await;
    let (rooms, client) = (world.town.people.clone(), world.job.client());
    let hurt = rooms[0].1;
    let broken = segments(&world)
        .into_iter()
        .find(|path| path.to_str().unwrap().contains(hurt.as_str()))
        .unwrap();
    flip(&broken);
    // Who erases what is in there would have to wait until it is back.
    world.town.say(5).await;
    eventually("Maru knows of everything that waits", async || {
        let dirty = client.all_rooms(Which::Dirty).await.unwrap();
        for (_, room) in &rooms {
            let status = client.status(*room).await.unwrap();
            let is_known = dirty.iter().any(|listing| listing.room == *room);
            if status.archived < status.head && !is_known {
                return None;
            }
        }
        Some(())
    })
    .await;

    let ended = world.job.ends(&["run"], 42).await;
    let name = broken.file_name().unwrap().to_str().unwrap();
    assert!(ended.text.contains(name), "{name}: {ended:?}");
    assert_eq!(client.all_rooms(Which::Dirty).await.unwrap(), [], "all else is archived");
    let archive = admin.json("admin/archive").await;
    let run = &archive["runs"][0];
    assert_eq!((&run["command"], &run["exit"]), (&"run".into(), &42.into()), "{archive}");
    let mut n_archived = 0;
    for (_, room) in &rooms {
        n_archived += client.status(*room).await.unwrap().archived.get();
    }
    let told = [&archive["runs"][1], run].map(|run| run["archived"].as_u64().unwrap());
    assert!(told[1] > 0 && told[0] + told[1] == n_archived, "{archive}");
    assert_eq!(run["says"], "the archive does not verify; look before you run again");

    // When everything is old, that room keeps it, also if nothing looked at the archive before.
    world.job = world.job.later(200 * DAY);
    for command in ["expire", "run", "expire"] {
        let ended = world.job.ends(&[command], 42).await;
        assert!(ended.text.contains(name), "{command}: {ended:?}");
        for (_, room) in &rooms {
            let status = client.status(*room).await.unwrap();
            let expired = if *room == hurt { Seq::ZERO } else { status.archived };
            assert_eq!(status.expired, expired, "{command}: {status:?}");
        }
    }
    world.job.ends(&["verify", "--repair"], 0).await;
    world.job.ends(&["run"], 0).await;
    let status = client.status(hurt).await.unwrap();
    assert_eq!(status.expired, status.archived, "what is whole again expires");
    let counts = world.is_whole().await;
    let archive = admin.json("admin/archive").await;
    assert_eq!(
        (&archive["expired"], &archive["runs"][0]["exit"]),
        (&counts.expired.into(), &0.into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_does_everything_and_then_there_is_nothing_to_do() {
    let world = World::new(2).await;
    world.town.write(5).await;
    world.job.ends(&["run", "--dry-run"], 0).await;
    assert_eq!(segments(&world).len(), 0, "only said");
    let ended = facts(&world.job.ends(&["run"], 0).await);
    for step in ["drain", "index", "compact", "expire"] {
        assert!(ended[step].is_object(), "{step}: {ended}");
    }
    world.is_whole().await;
    let status = facts(&world.job.ends(&["status"], 0).await);
    assert_eq!(status["rooms"]["dirty"], 0, "{status}");
    assert_eq!(status["archive"]["rooms"], 2, "{status}");
    assert!(status["indexed_until"].is_u64(), "{status}");
    let metrics = world.job.metrics();
    assert!(metrics.contains(r#"archive_run_exit_code{command="status"} 0"#), "{metrics}");
    let before = everything(&world);
    world.job.ends(&["run"], 0).await;
    assert_eq!(everything(&world), before, "a second run changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_goes_on_until_it_is_told_to_end() {
    let world = World::new(1).await;
    world.town.write(3).await;
    let run = world.job.begin_as(&["run", "--every", "1s"]);
    eventually("a first round", async || (!segments(&world).is_empty()).then_some(())).await;
    let before = segments(&world).len();
    world.town.write(3).await;
    eventually("another round", async || (segments(&world).len() > before).then_some(())).await;
    let pid = run.pid().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let ended = run.ended().await;
    // 1 if it was told in the midst of a round.
    assert!(matches!(ended.code, Some(0 | 1)), "{ended:?}");
    assert!(ended.text.contains("stopped"), "{ended:?}");
    world.holds().await;
}
