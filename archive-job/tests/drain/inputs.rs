//! What is wrong is told in a sentence that says what to do, and by the exit code.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use archive_job::layout;
use integration_tests::eventually;
use protocol::RoomId;

use crate::archive;
use crate::job::{Ended, Job};
use crate::s3::Mode;
use crate::world::World;

const DAY: Duration = Duration::from_hours(24);

impl Job {
    /// Ends with this code, and says each of these words.
    async fn says(&self, args: &[&str], code: i32, words: &[&str]) -> Ended {
        let ended = self.ends(args, code).await;
        for word in words {
            assert!(ended.text.contains(word), "{word}: {ended:?}");
        }
        ended
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_in_a_sentence() {
    let mut world = World::of_neighbours().await;
    flags_keys_and_credentials(&world).await;
    stores(&mut world).await;
    clocks(&world).await;
    a_room_that_vanished(&world).await;
    an_index_of_another_version(&world).await;
    a_truncated_table(&mut world).await;
}

async fn flags_keys_and_credentials(world: &World) {
    let job = &world.job;
    job.says(&["drain", "--fsat"], 2, &["unexpected argument", "--fsat", "Usage"]).await;
    job.says(&["dran"], 2, &["unrecognized subcommand", "drain"]).await;
    let typo = job.with("ARCHIVE_RETENTON", "10d");
    typo.says(&["drain"], 2, &["did you mean `retention`?", "ARCHIVE_"]).await;
    let file = world.path("typo.toml");
    std::fs::write(&file, "kep_archive = \"180d\"\n").unwrap();
    let args = ["status", "--config", file.to_str().unwrap()];
    job.says(&args, 2, &["did you mean `keep_archive`?", "typo.toml"]).await;
    let unlike = job.with("ARCHIVE_KEEP_ARCHIVE", "half a year");
    unlike.says(&["expire"], 2, &["`keep_archive`", "a duration like 730d"]).await;

    let told = ["the credentials are wrong", "`store_secret_key`"];
    job.with("ARCHIVE_STORE_SECRET_KEY", "another").says(&["drain"], 2, &told).await;
    let told = ["there is no such bucket"];
    job.with("ARCHIVE_STORE", "s3://elsewhere").says(&["drain"], 2, &told).await;
    let stranger = job.with("ARCHIVE_TOKEN", "a-token-that-nobody-gave-to-the-worker");
    stranger.says(&["drain"], 2, &["Maru does not know `token`", "MARU_ARCHIVE_TOKENS"]).await;
}

async fn stores(world: &mut World) {
    world.town.write(4).await;
    world.s3.fail(Mode::Careless);
    let told = ["breaks a promise", "If-None-Match"];
    let untrusted = world.job.elsewhere("untrusted");
    untrusted.says(&["selftest"], 2, &told).await;
    untrusted.says(&["drain"], 2, &told).await;
    assert_eq!(archive::files(&world.s3.objects().join("v1/l0")), [""; 0].map(PathBuf::from));
    world.s3.fail(Mode::Well);
    world.job.ends(&["selftest"], 0).await;
    world.s3.fail(Mode::Quota);
    world.job.says(&["drain"], 1, &["it is full; make room and run again"]).await;
    world.s3.fail(Mode::Well);
    world.holds().await;
}

/// A server that answers that it has no rooms, and what time it is.
fn late_server(date: SystemTime) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let date = chrono::DateTime::<chrono::Utc>::from(date).format("%a, %d %b %Y %H:%M:%S GMT");
    let body = r#"{"rooms":[],"cursor":null}"#;
    let answer = format!(
        "HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // A question has no body, and so comes at once.
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    url
}

async fn clocks(world: &World) {
    let mut job = world.job.elsewhere("clocks");
    job.maru = late_server(SystemTime::now());
    let told = ["more than ten minutes apart from the server's", "correct it"];
    job.later(DAY).says(&["expire"], 2, &told).await;
    job.maru = late_server(SystemTime::now() + DAY);
    job.says(&["expire"], 2, &told).await;
    // A day later something is archived; then the clock jumps back.
    let job = world.job.elsewhere("jumps");
    world.town.write(4).await;
    eventually("something is archived", async || {
        let ended = job.later(2 * DAY).drains().await;
        (!ended.text.contains(r#""entries":0"#)).then_some(())
    })
    .await;
    job.says(&["expire"], 2, &["more than a day behind the archive's newest change"]).await;
    job.later(2 * DAY).ends(&["expire"], 0).await;
}

async fn a_room_that_vanished(world: &World) {
    // D1 lists it, and no object has it.
    let bucket = layout::bucket(world.town.people[0].1);
    let mut rooms = (0..).map(|of: u16| {
        let [high, low] = of.to_be_bytes();
        RoomId::from_random([high, low, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7])
    });
    let room = rooms.find(|room| layout::bucket(*room) == bucket).unwrap();
    world.maru.sql(&format!(
        "INSERT INTO room (id, name, kind, topic, owner, created_at, seq, head_seq, archived_seq, \
         dirty_since) SELECT '{room}', name, kind, topic, owner, created_at, seq, 9, 0, 1 FROM \
         room LIMIT 1"
    ));
    world.town.write(4).await;
    eventually("the other rooms are archived", async || {
        world.job.says(&["drain"], 1, &[room.as_str()]).await;
        let client = world.job.client();
        for (_, room) in &world.town.people {
            let status = client.status(*room).await.unwrap();
            if status.archived < status.head {
                return None;
            }
        }
        Some(())
    })
    .await;
    world.maru.sql(&format!("DELETE FROM room WHERE id = '{room}'"));
    world.holds().await;
}

async fn an_index_of_another_version(world: &World) {
    world.job.ends(&["index"], 0).await;
    let file = world.job.data.join("index/index.json");
    let state = std::fs::read_to_string(&file).unwrap();
    let mut other: serde_json::Value = serde_json::from_str(&state).unwrap();
    other["version"] = 999.into();
    std::fs::write(&file, other.to_string()).unwrap();
    let told = ["is of version 999", "archive-job index --rebuild"];
    for command in [&["index"][..], &["search", "word"]] {
        world.job.says(command, 2, &told).await;
    }
    world.job.ends(&["index", "--rebuild"], 0).await;
    world.job.ends(&["search", "word"], 0).await;
}

async fn a_truncated_table(world: &mut World) {
    let job = world.job.later(3 * DAY);
    job.ends(&["compact"], 0).await;
    let tables = archive::files(&world.s3.objects().join("v1/l1"));
    let table = tables.first().expect("a table");
    let bytes = std::fs::read(table).unwrap();
    let name = table.strip_prefix(world.s3.objects()).unwrap().to_str().unwrap();
    for length in [bytes.len() - 1, bytes.len() / 2, 0] {
        std::fs::write(table, &bytes[..length]).unwrap();
        job.says(&["verify"], 42, &[name]).await;
        job.says(&["index", "--rebuild"], 42, &[name, "archive-job verify"]).await;
    }
    // Rooms have it yet.
    job.says(&["verify", "--repair"], 0, &[name, r#""repaired":true"#]).await;
    job.ends(&["index", "--rebuild"], 0).await;
    world.holds().await;
}
