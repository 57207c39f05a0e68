//! Search in one room, and across rooms, through the index that a real object keeps.

use std::path::Path;

use integration_tests::eventually;
use integration_tests::person::{Person, problem, two_in_a_room};
use integration_tests::server::Server;
use integration_tests::wire::Wire;
use protocol::RoomId;
use serde_json::{Value, json};

/// A page of hits.
async fn page(person: &Person, path: &str, q: &str, cursor: Option<&str>) -> Value {
    let cursor = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
    person.json(&format!("{path}?q={q}{cursor}")).await
}

/// The bodies of every hit, page by page.
async fn search(person: &Person, room: RoomId, q: &str) -> Vec<String> {
    let (mut bodies, mut cursor): (Vec<String>, Option<String>) = (Vec::new(), None);
    loop {
        let page = page(person, &format!("rooms/{room}/search"), q, cursor.as_deref()).await;
        let hits = page["hits"].as_array().unwrap();
        bodies.extend(hits.iter().map(|hit| hit["body"].as_str().unwrap().to_owned()));
        match page["cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return bodies,
        }
    }
}

#[tokio::test]
async fn ht5_what_was_said_a_moment_ago_is_found() {
    let (ann, bob, room) = two_in_a_room(Server::shared()).await;
    let (mut wire, _) = Wire::welcome(&ann, room).await;
    let seq = wire.says("주간회의록 공유합니다").await;
    wire.says("Hello 서울").await;
    let found = page(&bob, &format!("rooms/{room}/search"), "회의", None).await;
    let hit = &found["hits"][0];
    assert_eq!((&hit["seq"], &hit["by"]), (&json!(seq), &json!(ann.user)));
    assert_eq!((&hit["ranges"], &hit["edited"]), (&json!([[2, 4]]), &json!(false)));
    assert_eq!(found["cursor"], json!(null));
    assert_eq!(search(&bob, room, "HEL").await, ["Hello 서울"]);
    assert_eq!(search(&bob, room, "ello").await, [] as [&str; 0]);
    assert_eq!(search(&bob, room, &format!("서 from:{}", ann.user)).await, ["Hello 서울"]);
    assert_eq!(search(&bob, room, &format!("서 from:{}", bob.user)).await, [] as [&str; 0]);
    assert_eq!(search(&bob, room, "서 from:\"a person\"").await, ["Hello 서울"]);
    let all = ["Hello 서울", "주간회의록 공유합니다"];
    assert_eq!(search(&bob, room, &format!("from:{}", ann.user)).await, all, "no word is needed");
    assert_eq!(search(&bob, room, "after:2020-01-01T15:00Z").await, all);
    assert_eq!(search(&bob, room, "before:2020-01-01T15:00Z").await, [] as [&str; 0]);
    assert_eq!(search(&bob, room, "has:file").await, [] as [&str; 0]);
    let across = page(&bob, "search", &format!("from:{}", ann.user), None).await;
    assert_eq!(across["hits"].as_array().unwrap().len(), 2);

    wire.does(json!({ "t": "edit", "target": seq, "body": "취소" })).await;
    assert_eq!(search(&bob, room, "회의").await, [] as [&str; 0]);
    assert_eq!(search(&bob, room, "취소").await, ["취소"]);
    wire.does(json!({ "t": "redact", "target": seq })).await;
    assert_eq!(search(&bob, room, "취소").await, [] as [&str; 0]);
    let across = page(&bob, "search", "서울", None).await;
    assert_eq!(
        (&across["hits"][0]["room"], &across["hits"][0]["body"]),
        (&json!(room), &json!("Hello 서울"))
    );
}

#[tokio::test]
async fn ht5_a_search_that_cannot_be_read_says_what_to_do() {
    let (ann, _, room) = two_in_a_room(Server::shared()).await;
    for (q, code) in [("", "query_empty"), ("!", "query_empty"), ("a before:x", "query_invalid")] {
        let answer = ann.get(&format!("rooms/{room}/search?q={q}")).await;
        assert_eq!(problem(answer).await, (422, code.to_owned()), "{q}");
    }
    let stranger = Person::sign_up(Server::shared()).await;
    assert_eq!(stranger.get(&format!("rooms/{room}/search?q=a")).await.status(), 403);
}

/// More than what waits to be indexed.
const N_MESSAGES: usize = 1_200;

/// Whether a room's database in `state` has an index: what no client can see.
fn is_indexed(state: &Path) -> bool {
    let Ok(files) = std::fs::read_dir(state.join("v3/do/maru-objects-Room")) else { return false };
    files
        .filter_map(|file| std::fs::read(file.ok()?.path()).ok())
        .any(|bytes| bytes.windows(20).any(|part| part == b"VIRTUAL TABLE search"))
}

#[tokio::test]
async fn ht5_index_and_tail_answer_as_one() {
    let state = tempfile::tempdir().unwrap();
    let server = Server::start(Some(state.path()), 0);
    let ann = Person::sign_up(&server).await;
    let room = ann.found_room().await;
    let (mut wire, _) = Wire::welcome(&ann, room).await;
    let old = wire.says("첫 회의록 초안").await;
    for n in 1..=N_MESSAGES {
        wire.says(&format!("{n}번째 데이터 {}", n % 2)).await;
    }
    eventually("the room's alarm fills the index up", async || {
        is_indexed(state.path()).then_some(())
    })
    .await;
    let found = search(&ann, room, "데이터").await;
    let all: Vec<String> =
        (1..=N_MESSAGES).rev().map(|n| format!("{n}번째 데이터 {}", n % 2)).collect();
    assert_eq!(found, all, "every one of them, the newest first, over many pages");
    assert_eq!(search(&ann, room, "\"데이터 1\"").await.len(), N_MESSAGES / 2);
    assert_eq!(search(&ann, room, "회의록").await, ["첫 회의록 초안"]);
    wire.does(json!({ "t": "edit", "target": old, "body": "마지막 보고서" })).await;
    assert_eq!(search(&ann, room, "회의록").await, [] as [&str; 0]);
    assert_eq!(search(&ann, room, "보고").await, ["마지막 보고서"]);
    server.evict(&room.to_string());
    wire.does(json!({ "t": "redact", "target": old })).await;
    assert_eq!(search(&ann, room, "보고").await, [] as [&str; 0]);
    assert_eq!(search(&ann, room, "초안").await, [] as [&str; 0]);
}
