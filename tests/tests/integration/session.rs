//! Opening a session and talking in it.

use futures_util::SinkExt;
use integration_tests::person::{Person, two_in_a_room};
use integration_tests::server::Server;
use integration_tests::wire::{self, Wire};
use protocol::codec::PING;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn tr1_tr6_the_upgrade_is_answered_with_the_protocol_alone() {
    let person = Person::sign_up(Server::shared()).await;
    let room = person.found_room().await;
    let mut request = wire::upgrade(&person, room);
    let offer = "permessage-deflate; client_max_window_bits".parse().unwrap();
    request.headers_mut().insert("sec-websocket-extensions", offer);
    let wire = wire::open(request).await.unwrap();
    let headers = wire.response.headers();
    assert_eq!(headers["sec-websocket-protocol"], "maru.v1");
    let extensions = headers.get("sec-websocket-extensions");
    assert!(extensions.is_none(), "{extensions:?}");
}

#[tokio::test]
async fn two_people_see_the_same_lines_in_the_same_order() {
    let server = Server::shared();
    let (ann, bob, room) = two_in_a_room(server).await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    let (mut at_bob, welcome) = Wire::welcome(&bob, room).await;
    assert_eq!(welcome["members"], 2);
    assert_eq!(welcome["online"], 2);
    for n in 1..=5 {
        at_ann.send(n, &format!("ann {n}")).await;
        at_bob.send(n, &format!("밥 {n}")).await;
    }
    let mut seen = (Vec::new(), Vec::new());
    for _ in 0..10 {
        seen.0.push(at_ann.line("message").await);
        seen.1.push(at_bob.line("message").await);
    }
    assert_eq!(seen.0, seen.1);
    let by = |user| seen.0.iter().filter(|line| line["by"] == json!(user)).collect::<Vec<_>>();
    let of_ann = by(ann.user);
    assert_eq!(of_ann.iter().map(|line| line["nonce"].as_u64().unwrap()).max(), Some(5));
    assert_eq!(of_ann[0]["device"], json!(ann.device));
}

#[tokio::test]
async fn tr5_a_ping_is_answered() {
    let person = Person::sign_up(Server::shared()).await;
    let room = person.found_room().await;
    // Before `hello`, so that the room itself would end the session.
    let mut wire = Wire::open(&person, room).await;
    wire.socket.send(Message::text(PING)).await.unwrap();
    assert_eq!(wire.line("pong").await, json!({ "t": "pong" }));
}

#[tokio::test]
async fn hs2_a_device_that_connects_again_supersedes_itself() {
    let person = Person::sign_up(Server::shared()).await;
    let room = person.found_room().await;
    let (older, _) = Wire::welcome(&person, room).await;
    let (mut newer, _) = Wire::welcome(&person, room).await;
    let (code, bye) = older.ending().await;
    assert_eq!(code, 4501);
    assert_eq!(bye, Some(json!({ "t": "bye", "code": 4501, "reason": "superseded" })));
    newer.send(1, "still here").await;
    assert_eq!(newer.line("message").await["body"], "still here");
}

#[tokio::test]
async fn hs4_a_reconnect_resumes_without_a_gap_or_a_double() {
    let server = Server::shared();
    let (ann, bob, room) = two_in_a_room(server).await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    let (mut at_bob, welcome) = Wire::welcome(&bob, room).await;
    at_ann.send(1, "before").await;
    let held = at_bob.line("message").await["seq"].as_u64().unwrap();
    drop(at_bob);
    at_ann.send(2, "while away").await;
    at_ann.line("message").await;
    at_ann.line("message").await;

    let mut at_bob = Wire::open(&bob, room).await;
    let resume = json!({ "epoch": welcome["epoch"], "seq": held });
    at_bob.say(&json!({ "t": "hello", "device": bob.device, "resume": resume })).await;
    let welcome = at_bob.line("welcome").await;
    assert_eq!((&welcome["resumed"], &welcome["head"]), (&json!(true), &json!(held + 1)));
    let missed = at_bob.line("message").await;
    assert_eq!((&missed["seq"], &missed["body"]), (&json!(held + 1), &json!("while away")));
    at_ann.send(3, "after").await;
    assert_eq!(at_bob.line("message").await["seq"], json!(held + 2));
}

#[tokio::test]
async fn hs5_a_position_of_another_log_is_not_resumed() {
    let person = Person::sign_up(Server::shared()).await;
    let room = person.found_room().await;
    let (_, welcome) = Wire::welcome(&person, room).await;
    let another = json!({ "epoch": "zzzzzzzzzzzzzzzzzzzz", "seq": 1 });
    let beyond = json!({ "epoch": welcome["epoch"], "seq": 99 });
    for resume in [another, beyond] {
        let mut wire = Wire::open(&person, room).await;
        wire.say(&json!({ "t": "hello", "device": person.device, "resume": resume })).await;
        assert_eq!(wire.line("welcome").await["resumed"], json!(false), "{resume}");
        assert_eq!(wire.line("join").await["seq"], 1);
    }
}

#[tokio::test]
async fn tr2_an_upgrade_that_may_not_be_is_a_problem() {
    let server = Server::shared();
    let (ann, bob) = (Person::sign_up(server).await, Person::sign_up(server).await);
    let room = ann.found_room().await;

    let refused = wire::refused(wire::upgrade(&bob, room)).await;
    assert_eq!(refused, (403, "not_a_member".into()));

    let nowhere = protocol::RoomId::from_random(integration_tests::random());
    let refused = wire::refused(wire::upgrade(&ann, nowhere)).await;
    assert_eq!(refused, (404, "no_such_room".into()));

    let mut foreign = wire::upgrade(&ann, room);
    foreign.headers_mut().insert("origin", "https://evil.example".parse().unwrap());
    assert_eq!(wire::refused(foreign).await, (403, "foreign_origin".into()));

    let mut nobody = wire::upgrade(&ann, room);
    nobody.headers_mut().insert("sec-websocket-protocol", "maru.v1".parse().unwrap());
    assert_eq!(wire::refused(nobody).await, (401, "unauthenticated".into()));
}

#[tokio::test]
async fn ht3_a_token_of_another_making_is_refused() {
    let person = Person::sign_up(Server::shared()).await;
    let parts: Vec<&str> = person.token.split('.').collect();
    // {"alg":"none","typ":"at+jwt"}
    let none = format!("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{}.", parts[1]);
    // {"alg":"HS256","typ":"at+jwt"}
    let hs256 = format!("eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.{}.{}", parts[1], parts[2]);
    let signature = parts[2].chars().rev().collect::<String>();
    let forged = format!("{}.{}.{signature}", parts[0], parts[1]);
    let unsigned = format!("{}.{}.", parts[0], parts[1]);
    for token in [none, hs256, forged, unsigned, "garbage".to_owned(), String::new()] {
        let impostor = Person { token, ..person.clone() };
        let answer = impostor.get("me").await;
        assert_eq!(answer.status(), 401, "{}", impostor.token);
        let problem: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(problem["code"], "unauthenticated");
    }
    assert_eq!(person.get("me").await.status(), 200);
}
