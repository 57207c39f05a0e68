//! How long it takes to bring a room back: from hibernation, and on a server that has just started.

use std::time::Duration;

use anyhow::Result;
use integration_tests::person::Person;
use integration_tests::server::Server;
use integration_tests::wire::Wire;
use protocol::RoomId;
use serde_json::json;

use crate::generator::now;
use crate::results::{Results, folder};
use crate::times::Times;

/// Messages in the log of the room.
const N_MESSAGES: usize = 2_000;

const N_EVICTIONS: usize = 30;

const N_STARTS: usize = 3;

pub(crate) async fn measure(results: &mut Results) -> Result<()> {
    std::fs::create_dir_all(folder())?;
    let folder = tempfile::tempdir_in(folder())?;
    let server = Server::start(Some(folder.path()), 0);
    let mut people = server.people(2);
    let room = people[0].found_room().await;
    people[1].join(room).await;
    let (mut awake, mut hibernated) = (Times::new(), Times::new());
    {
        let (mut ann, _) = Wire::welcome(&people[0], room).await;
        let (mut bob, _) = Wire::welcome(&people[1], room).await;
        for n in 0..N_MESSAGES {
            deliver(&mut ann, &mut bob, n, &mut awake).await;
        }
        for n in N_MESSAGES..N_MESSAGES + N_EVICTIONS {
            server.evict(&room.to_string());
            deliver(&mut ann, &mut bob, n, &mut hibernated).await;
        }
    }
    drop(server);
    let mut cold = Times::new();
    for _ in 0..N_STARTS {
        let server = Server::start(Some(folder.path()), 0);
        people[0].url.clone_from(&server.url);
        cold.add(welcomed(&people[0], room).await);
    }
    let row = |name: &str, times: &Times| {
        format!("| {name} | {} | {} |\n", times.count(), times.columns())
    };
    let table = [
        "| | times | p50 | p99 | max, ms |\n|---|---:|---:|---:|---:|\n".to_owned(),
        row("awake", &awake),
        row("from hibernation", &hibernated),
        row("cold", &cold),
    ];
    results.keep("wake", table.concat());
    Ok(())
}

/// The time from a message to its delivery.
async fn deliver(ann: &mut Wire, bob: &mut Wire, n: usize, times: &mut Times) {
    let body = format!("message {n}");
    let started = now();
    ann.begins(json!({ "t": "send", "body": body })).await;
    while bob.next().await["body"] != json!(body) {}
    times.add(started.elapsed());
    while ann.next().await["body"] != json!(body) {}
}

/// The time from a connection to its welcome.
async fn welcomed(person: &Person, room: RoomId) -> Duration {
    let started = now();
    let (wire, _) = Wire::welcome(person, room).await;
    let elapsed = started.elapsed();
    drop(wire);
    elapsed
}
