//! What may not be done is refused with its code, and leaves nothing half-done.

use integration_tests::PATIENCE;
use integration_tests::page::Page;
use integration_tests::person::{Person, problem, two_in_a_room};
use integration_tests::server::Server;
use integration_tests::wire::Wire;
use protocol::{AttachmentId, RoomId, UserId};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

const TEN_MEGABYTES: usize = 10 * 1024 * 1024;

/// A room with its owner, a member, and a message of each.
struct Scene {
    ann: Person,
    bob: Person,
    room: RoomId,
    at_ann: Wire,
    at_bob: Wire,
    of_ann: u64,
    of_bob: u64,
}

impl Scene {
    async fn set() -> Self {
        let (ann, bob, room) = two_in_a_room(Server::shared()).await;
        let (mut at_ann, _) = Wire::welcome(&ann, room).await;
        let (mut at_bob, _) = Wire::welcome(&bob, room).await;
        let (of_ann, of_bob) = (at_ann.says("hers").await, at_bob.says("his").await);
        Self { ann, bob, room, at_ann, at_bob, of_ann, of_bob }
    }

    /// Everything that anybody could see of the room.
    async fn state(&self) -> (String, Value, Value) {
        let page = Page::of(&self.ann, &format!("rooms/{}/log", self.room)).await;
        let members = self.ann.json(&format!("rooms/{}/members", self.room)).await;
        (page.text, members, self.ann.json(&format!("rooms/{}/moderation", self.room)).await)
    }
}

#[tokio::test]
async fn se4_a_send_that_may_not_be_leaves_no_trace() {
    let mut scene = Scene::set().await;
    let (of_ann, of_bob) = (scene.of_ann, scene.of_bob);
    let gone = scene.at_bob.says("gone").await;
    scene.at_bob.does(json!({ "t": "redact", "target": gone })).await;
    let before = scene.state().await;
    let nobody = UserId::from_random(integration_tests::random());
    let nothing = AttachmentId::from_random(integration_tests::random());
    let table = [
        ("not_yours", json!({ "t": "edit", "target": of_ann, "body": "mine" })),
        ("redacted", json!({ "t": "react", "target": gone, "emoji": "👍", "on": true })),
        ("redacted", json!({ "t": "edit", "target": gone, "body": "again" })),
        ("redacted", json!({ "t": "send", "body": "re", "reply_to": gone })),
        ("no_such_message", json!({ "t": "send", "body": "re", "reply_to": 999 })),
        ("no_such_message", json!({ "t": "send", "body": "re", "reply_to": 1 })),
        ("no_such_message", json!({ "t": "send", "body": "re", "thread": 999 })),
        ("no_such_message", json!({ "t": "react", "target": 999, "emoji": "👍", "on": true })),
        ("no_such_message", json!({ "t": "edit", "target": 0, "body": "x" })),
        ("no_such_member", json!({ "t": "send", "body": format!("<@{nobody}> hello") })),
        (
            "no_such_member",
            json!({ "t": "edit", "target": of_bob, "body": format!("<@{nobody}>") }),
        ),
        ("not_allowed", json!({ "t": "send", "body": "<@room> hello" })),
        ("not_allowed", json!({ "t": "redact", "target": of_ann })),
        ("not_allowed", json!({ "t": "pin", "target": of_bob, "on": true })),
        ("no_such_attachment", json!({ "t": "send", "body": "x", "attachments": [nothing] })),
        ("emoji_invalid", json!({ "t": "react", "target": of_ann, "emoji": "no", "on": true })),
        ("unchanged", json!({ "t": "react", "target": of_ann, "emoji": "👍", "on": false })),
        ("unchanged", json!({ "t": "edit", "target": of_bob, "body": "his" })),
    ];
    for (code, line) in table {
        assert_eq!(scene.at_bob.may_not(line.clone()).await, code, "{line}");
    }
    assert_eq!(scene.state().await, before);
    let next = scene.at_bob.says("the next one follows").await;
    assert_eq!(next, gone + 2, "no seq was used");
}

#[tokio::test]
async fn ms2_a_file_of_another_room_is_not_taken() {
    let mut scene = Scene::set().await;
    let (bob, room) = (&scene.bob, scene.room);
    let elsewhere = bob.found_room().await;
    let upload = async |room: RoomId| {
        let path = format!("rooms/{room}/attachments?name=note.txt");
        let answer = bob.request(Method::POST, &path).body("a note").send().await.unwrap();
        assert_eq!(answer.status(), 201);
        answer.json::<Value>().await.unwrap()["id"].clone()
    };
    let (here, there) = (upload(room).await, upload(elsewhere).await);
    let before = scene.state().await;
    for files in [json!([there]), json!([here, there]), json!([here, here])] {
        let line = json!({ "t": "send", "body": "see", "attachments": files });
        assert_eq!(scene.at_bob.may_not(line).await, "no_such_attachment");
    }
    let line = json!({ "t": "send", "body": "see", "attachments": [here] });
    assert_eq!(scene.at_ann.may_not(line.clone()).await, "no_such_attachment", "not hers");
    assert_eq!(scene.state().await, before);
    assert_eq!(scene.at_bob.does(line).await["attachments"][0]["id"], here, "none was used up");
}

#[tokio::test]
async fn mb6_a_spent_invite_lets_nobody_in() {
    let server = Server::shared();
    let (ann, bob) = (Person::sign_up(server).await, Person::sign_up(server).await);
    let carl = Person::sign_up(server).await;
    let room = ann.found(&json!({ "name": "Attic", "kind": "private" })).await;
    let join = carl.post(&format!("rooms/{room}/join"), &json!({})).await;
    assert!(problem(join).await.0 >= 403);
    let invite = ann.post(&format!("rooms/{room}/invites"), &json!({ "uses": 1 })).await;
    assert_eq!(invite.status(), 201);
    let code = invite.json::<Value>().await.unwrap()["code"].as_str().unwrap().to_owned();
    let accept =
        async |person: &Person| person.post(&format!("invites/{code}/accept"), &json!({})).await;
    assert_eq!(accept(&bob).await.status(), 200);
    for _ in 0..2 {
        assert_eq!(problem(accept(&carl).await).await, (410, "invite_spent".into()));
    }
    let members = ann.json(&format!("rooms/{room}/members")).await;
    assert_eq!(members["members"].as_array().unwrap().len(), 2);
    let log = carl.get(&format!("rooms/{room}/log")).await;
    assert_eq!(problem(log).await, (403, "not_a_member".into()));
}

#[tokio::test]
async fn mb8_a_refused_change_of_roles_changes_nothing() {
    let scene = Scene::set().await;
    let (ann, bob, room) = (&scene.ann, &scene.bob, scene.room);
    let before = scene.state().await;
    let nobody = UserId::from_random(integration_tests::random());
    let table = [
        ("last_owner", ann, ann.user, json!({ "role": "member" })),
        ("not_allowed", bob, ann.user, json!({ "role": "guest" })),
        ("not_allowed", bob, bob.user, json!({ "role": "owner" })),
        ("no_such_member", ann, nobody, json!({ "role": "guest" })),
        ("unchanged", ann, bob.user, json!({ "role": "member" })),
        ("unchanged", ann, bob.user, json!({ "mute_ms": 0 })),
        ("setting_invalid", ann, bob.user, json!({ "mute_ms": 1_u64 << 50 })),
        ("bad_request", ann, bob.user, json!({ "role": "king" })),
        ("bad_request", ann, bob.user, json!({})),
    ];
    for (code, by, whom, demand) in table {
        let answer = by.patch(&format!("rooms/{room}/members/{whom}"), &demand).await;
        assert_eq!(problem(answer).await.1, code, "{demand}");
    }
    for (code, settings) in [("setting_invalid", json!({ "slow_ms": 1_u64 << 50 }))] {
        let answer = ann.patch(&format!("rooms/{room}"), &settings).await;
        assert_eq!(problem(answer).await.1, code, "{settings}");
    }
    assert_eq!(scene.state().await, before);
}

#[tokio::test]
async fn ht5_a_search_for_nothing_says_what_is_missing() {
    let scene = Scene::set().await;
    for query in ["!", "…", "", "%22%22"] {
        for path in [format!("rooms/{}/search?q={query}", scene.room), format!("search?q={query}")]
        {
            let answer = scene.ann.get(&path).await;
            assert_eq!(problem(answer).await, (422, "query_empty".into()), "{path}");
        }
    }
}

#[tokio::test]
async fn bi2_ht2_ten_megabytes_are_too_much() {
    let mut scene = Scene::set().await;
    let before = scene.state().await;
    for (method, path) in [("POST", "rooms".to_owned()), ("PATCH", format!("rooms/{}", scene.room))]
    {
        for length in
            [format!("content-length: {TEN_MEGABYTES}"), "transfer-encoding: chunked".into()]
        {
            let answer = pour(&scene.ann, method, &path, &length).await;
            assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
            assert!(answer.contains(r#""code":"body_too_large""#), "{answer}");
        }
    }
    let body = "x".repeat(TEN_MEGABYTES);
    let line = json!({ "t": "send", "nonce": 1_000, "body": body }).to_string();
    let (mut vandal, _) = Wire::welcome(&scene.bob.on_another_device(), scene.room).await;
    let _ = futures_util::SinkExt::send(&mut vandal.socket, Message::text(line)).await;
    assert_eq!(vandal.ending().await.0, 4502);
    assert_eq!(scene.state().await, before);
    scene.at_bob.says("nobody else noticed").await;
}

/// Sends a body of ten megabytes, whether or not the server takes it, and reads the answer. A
/// library would report that the server stopped listening.
async fn pour(person: &Person, method: &str, path: &str, length: &str) -> String {
    let address = person.url.trim_start_matches("http://");
    let (mut reader, mut writer) = TcpStream::connect(address).await.unwrap().into_split();
    let head = format!(
        "{method} /api/v1/{path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\nconnection: close\r\n{length}\r\n\r\n",
        person.token
    );
    writer.write_all(head.as_bytes()).await.unwrap();
    let block = "x".repeat(1024);
    let block = if length.ends_with("chunked") { format!("400\r\n{block}\r\n") } else { block };
    let pouring = tokio::spawn(async move {
        for _ in 0..TEN_MEGABYTES / 1024 {
            if writer.write_all(block.as_bytes()).await.is_err() {
                return;
            }
        }
    });
    let mut answer = Vec::new();
    let mut part = [0; 1024];
    while !answer.ends_with(b"}") {
        let n = tokio::time::timeout(PATIENCE, reader.read(&mut part)).await.expect("an answer");
        let n = n.unwrap_or(0);
        if n == 0 {
            break;
        }
        answer.extend_from_slice(&part[..n]);
    }
    pouring.abort();
    String::from_utf8(answer).unwrap()
}
