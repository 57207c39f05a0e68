//! Whatever one socket says, it hears why, and the room goes on for everyone else.

use futures_util::SinkExt;
use integration_tests::person::{Person, problem};
use integration_tests::server::Server;
use integration_tests::wire::Wire;
use protocol::RoomId;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

/// A room with somebody who watches, and somebody who will misbehave.
struct Scene {
    room: RoomId,
    vandal: Person,
    watcher: Wire,
    nonce: u64,
}

impl Scene {
    async fn set() -> Self {
        let server = Server::shared();
        let (ann, vandal) = (Person::sign_up(server).await, Person::sign_up(server).await);
        let room = ann.found_room().await;
        vandal.join(room).await;
        let (watcher, _) = Wire::welcome(&ann, room).await;
        Self { room, vandal, watcher, nonce: 0 }
    }

    /// Sends `message` after a welcome; the session must end with `code`, and nobody else's.
    async fn ends_with(&mut self, message: Message, code: u16, reason: &str) {
        let (mut wire, _) = Wire::welcome(&self.vandal, self.room).await;
        let _ = wire.socket.send(message).await;
        let bye = json!({ "t": "bye", "code": code, "reason": reason });
        assert_eq!(wire.ending().await, (code, Some(bye)));
        self.goes_on().await;
    }

    async fn goes_on(&mut self) {
        self.nonce += 1;
        self.watcher.send(self.nonce, "still here").await;
        assert_eq!(self.watcher.line("message").await["nonce"], json!(self.nonce));
    }
}

#[tokio::test]
async fn bi1_what_is_not_of_the_protocol_ends_the_session() {
    let mut scene = Scene::set().await;
    for text in ["garbage", "[]", "{\"t\":\"shout\"}", "{\"t\":\"send\",\"nonce\":1}"] {
        scene.ends_with(Message::text(text), 4500, "malformed").await;
    }
    scene.ends_with(Message::binary(vec![0, 159, 146, 150]), 4500, "malformed").await;
}

#[tokio::test]
async fn bi1_a_frame_that_is_not_utf8_ends_the_session() {
    let mut scene = Scene::set().await;
    let (mut wire, _) = Wire::welcome(&scene.vandal, scene.room).await;
    let frame = Frame::message(vec![0xff, 0xfe], OpCode::Data(Data::Text), true);
    let _ = wire.socket.send(Message::Frame(frame)).await;
    let (code, _) = wire.ending().await;
    // The platform decides between its own codes; some runtimes replace what is not UTF-8.
    assert!([1006, 1007, 4500].contains(&code), "{code}");
    scene.goes_on().await;
}

#[tokio::test]
async fn bi2_a_frame_that_is_too_long_ends_the_session() {
    let mut scene = Scene::set().await;
    let long = json!({ "t": "send", "nonce": 1, "body": "x".repeat(200_000) });
    scene.ends_with(Message::text(long.to_string()), 4502, "too_long").await;
    let many = "{\"t\":\"typing\",\"on\":true}\n".repeat(10_000);
    scene.ends_with(Message::text(many), 4502, "too_long").await;
}

#[tokio::test]
async fn bi2_a_frame_of_33_megabytes_ends_the_session() {
    let mut scene = Scene::set().await;
    scene.ends_with(Message::text("x".repeat(33_000_000)), 4502, "too_long").await;
}

#[tokio::test]
async fn bi2_a_frame_that_the_platform_refuses_ends_the_session() {
    let mut scene = Scene::set().await;
    let (mut wire, _) = Wire::welcome(&scene.vandal, scene.room).await;
    let _ = wire.socket.send(Message::text("x".repeat(34_000_000))).await;
    let (code, _) = wire.ending().await;
    assert!([1006, 1009].contains(&code), "{code}");
    scene.goes_on().await;
}

#[tokio::test]
async fn bi3_lines_out_of_turn_end_the_session() {
    let mut scene = Scene::set().await;
    let mut wire = Wire::open(&scene.vandal, scene.room).await;
    wire.send(1, "before hello").await;
    assert_eq!(wire.ending().await.0, 4504);
    scene.goes_on().await;
    let again = json!({ "t": "hello", "device": scene.vandal.device }).to_string();
    scene.ends_with(Message::text(again), 4504, "out_of_turn").await;
}

#[tokio::test]
async fn bi4_a_late_hello_is_not_waited_for() {
    let scene = Scene::set().await;
    let wire = Wire::open(&scene.vandal, scene.room).await;
    assert_eq!(wire.ending().await.0, 4001);
}

#[tokio::test]
async fn se2_se3_a_send_that_may_not_be_is_refused_and_the_session_goes_on() {
    let scene = Scene::set().await;
    let (mut wire, _) = Wire::welcome(&scene.vandal, scene.room).await;
    wire.send(5, "fine").await;
    wire.line("message").await;
    let refused = |nonce: u64, code: &str| json!({ "t": "refused", "nonce": nonce, "code": code });
    wire.send(5, "used").await;
    assert_eq!(wire.line("refused").await, refused(5, "stale_nonce"));
    wire.send(4, "lower").await;
    assert_eq!(wire.line("refused").await, refused(4, "stale_nonce"));
    wire.send(6, " \n ").await;
    assert_eq!(wire.line("refused").await, refused(6, "body_empty"));
    wire.send(7, &"x".repeat(16 * 1024 + 1)).await;
    assert_eq!(wire.line("refused").await, refused(7, "body_too_long"));
    wire.send(6, "a refused nonce left no trace").await;
    assert_eq!(wire.line("message").await["nonce"], 6);
}

#[tokio::test]
async fn ht2_bad_requests_are_problems_that_say_what_to_do() {
    let server = Server::shared();
    let person = Person::sign_up(server).await;
    let room = person.found_room().await;
    let code = problem;
    let found = |status: u16, name: &str| (status, name.to_owned());
    assert_eq!(code(person.get("nowhere").await).await, found(404, "not_found"));
    let answer = person.request(reqwest::Method::PUT, "me").send().await.unwrap();
    assert_eq!(code(answer).await.0, 405);
    let answer = person.request(reqwest::Method::POST, "rooms").body("{").send().await.unwrap();
    assert_eq!(code(answer).await, found(400, "bad_request"));
    let long = "x".repeat(100_000);
    let answer = person.post("rooms", &json!({ "name": long, "kind": "public" })).await;
    assert_eq!(code(answer).await.0, 413);
    for query in ["before=x", "after=-1", "before=1&after=1", "limit=many"] {
        let answer = person.get(&format!("rooms/{room}/log?{query}")).await;
        assert_eq!(code(answer).await, found(400, "bad_request"), "{query}");
    }
    let nowhere = RoomId::from_random(integration_tests::random());
    let answer = person.get(&format!("rooms/{nowhere}/log")).await;
    assert_eq!(code(answer).await, found(404, "no_such_room"));
}
