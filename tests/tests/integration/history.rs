//! Reading what was said: over HTTP, and as a replay.

use integration_tests::page::Page;
use integration_tests::person::Person;
use integration_tests::server::Server;
use integration_tests::wire::Wire;
use serde_json::{Value, json};

/// Fills a room with messages; answers its founder and the last seq.
async fn filled(n_messages: u64, body: &str) -> (Person, protocol::RoomId, u64) {
    let person = Person::sign_up(Server::shared()).await;
    let room = person.found_room().await;
    let (mut wire, _) = Wire::welcome(&person, room).await;
    for n in 1..=n_messages {
        wire.send(n, body).await;
    }
    let mut last = wire.line("message").await;
    while last["nonce"] != json!(n_messages) {
        last = wire.line("message").await;
    }
    (person, room, last["seq"].as_u64().unwrap())
}

async fn page(person: &Person, room: protocol::RoomId, query: &str) -> (Vec<u64>, u64) {
    let page = Page::of(person, &format!("rooms/{room}/log?{query}")).await;
    assert_eq!(page.header("maru-epoch").len(), 20);
    (page.seqs(), page.header("maru-head").parse().unwrap())
}

#[tokio::test]
async fn ht1_pages_go_both_ways_without_a_gap() {
    let (person, room, last) = filled(30, "hello").await;
    let (newest, head) = page(&person, room, "limit=10").await;
    assert_eq!(head, last);
    assert!(newest.len() >= 10 && newest.last() == Some(&last), "{newest:?}");
    assert!(newest.windows(2).all(|pair| pair[1] == pair[0] + 1), "{newest:?}");
    let first = newest[0];
    let (older, _) = page(&person, room, &format!("before={first}&limit=10")).await;
    assert_eq!(older.last(), Some(&(first - 1)));
    let (oldest, _) = page(&person, room, "after=0&limit=10").await;
    assert_eq!(oldest[0], 1);
    let (nothing, _) = page(&person, room, &format!("after={last}")).await;
    assert_eq!(nothing, [0_u64; 0]);
    assert_eq!(person.log(room).await.len(), usize::try_from(last).unwrap());
}

#[tokio::test]
async fn rp2_who_is_too_far_behind_gets_a_gap_and_the_tail() {
    let (person, room, last) = filled(1_100, "x").await;
    let (mut wire, welcome) = Wire::welcome(&person, room).await;
    assert_eq!(welcome["nonce"], json!(1_100));
    let gap = wire.line("gap").await;
    assert_eq!(gap, json!({ "t": "gap", "from": 1, "to": last - 100 }));
    let mut line = wire.line("message").await;
    assert!(line["seq"].as_u64().unwrap() <= last - 99);
    while line["seq"] != json!(last) {
        line = wire.line("message").await;
    }
    drop(wire);

    let mut wire = Wire::open(&person, room).await;
    let resume = json!({ "epoch": welcome["epoch"], "seq": 50 });
    wire.say(&json!({ "t": "hello", "device": person.device, "resume": resume })).await;
    assert_eq!(wire.line("welcome").await["resumed"], json!(true));
    assert_eq!(wire.line("gap").await, json!({ "t": "gap", "from": 51, "to": last - 100 }));
}

#[tokio::test]
async fn rp1_rp3_a_replay_is_the_stored_text_in_bounded_frames() {
    use futures_util::StreamExt;
    use tokio_tungstenite::tungstenite::Message;
    let (person, room, last) = filled(90, &"y".repeat(10_000)).await;
    let stored = person.log(room).await;
    let mut wire = Wire::open(&person, room).await;
    wire.say(&json!({ "t": "hello", "device": person.device })).await;
    let mut lines: Vec<Value> = Vec::new();
    while lines.last().is_none_or(|line| line["seq"] != json!(last)) {
        let Some(Ok(Message::Text(frame))) = wire.socket.next().await else { panic!("it ended") };
        // One chunk, which here is at most a window's worth, may go beyond the bound.
        assert!(frame.len() < 2 * 256 * 1024 + 64 * 1024, "{}", frame.len());
        lines.extend(frame.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
    }
    lines.retain(|line| line["seq"].is_u64());
    assert_eq!(lines, stored);
}
