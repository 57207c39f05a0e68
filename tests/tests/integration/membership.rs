//! Joining, leaving, and what the list of rooms says about it.

use integration_tests::eventually;
use integration_tests::person::{Person, two_in_a_room};
use integration_tests::server::Server;
use integration_tests::wire::Wire;
use serde_json::{Value, json};

async fn rooms(person: &Person) -> Vec<Value> {
    let answer: Value = person.get("me/rooms").await.json().await.unwrap();
    answer["rooms"].as_array().unwrap().clone()
}

#[tokio::test]
async fn mb1_joining_is_seen_by_everyone_and_listed() {
    let server = Server::shared();
    let (ann, bob) = (Person::sign_up(server).await, Person::sign_up(server).await);
    let room = ann.found_room().await;
    eventually("the room is in the founder's list", async || {
        rooms(&ann).await.first().map(|listed| assert_eq!(listed["role"], "owner"))
    })
    .await;
    let preview: Value = bob.get(&format!("rooms/{room}")).await.json().await.unwrap();
    assert_eq!((&preview["name"], &preview["role"]), (&json!("Floor"), &json!(null)));
    assert_eq!(bob.get(&format!("rooms/{room}/log")).await.status(), 403);
    assert_eq!(bob.get(&format!("rooms/{room}/members")).await.status(), 403);

    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    at_ann.line("join").await;
    bob.join(room).await;
    bob.join(room).await;
    let join = at_ann.line("join").await;
    assert_eq!((&join["by"], &join["role"]), (&json!(bob.user), &json!("member")));
    eventually("the room is in the list", async || {
        rooms(&bob).await.first().map(|listed| assert_eq!(listed["room"], json!(room)))
    })
    .await;
    let members: Value = bob.get(&format!("rooms/{room}/members")).await.json().await.unwrap();
    assert_eq!(members["members"].as_array().unwrap().len(), 2);
    let log = ann.log(room).await;
    assert_eq!(log.len(), 2, "joining twice changed nothing: {log:?}");
}

#[tokio::test]
async fn mb2_mb3_leaving_ends_the_session_and_an_owner_stays() {
    let server = Server::shared();
    let (ann, bob, room) = two_in_a_room(server).await;
    let (at_bob, _) = Wire::welcome(&bob, room).await;
    let answer = ann.post(&format!("rooms/{room}/leave"), &json!({})).await;
    assert_eq!(answer.status(), 409);
    assert_eq!(answer.json::<Value>().await.unwrap()["code"], "owner_stays");
    assert_eq!(bob.post(&format!("rooms/{room}/leave"), &json!({})).await.status(), 204);
    assert_eq!(at_bob.ending().await.0, 4505);
    eventually("the room leaves the list", async || rooms(&bob).await.is_empty().then_some(()))
        .await;
    assert_eq!(bob.get(&format!("rooms/{room}/log")).await.status(), 403);
    let again = bob.post(&format!("rooms/{room}/leave"), &json!({})).await;
    assert_eq!(again.status(), 403);
    bob.join(room).await;
    eventually("the room is back in the list", async || {
        rooms(&bob).await.first().map(|listed| assert_eq!(listed["role"], "member"))
    })
    .await;
}

#[tokio::test]
async fn what_the_index_could_not_be_told_is_told_later() {
    let server = Server::start(None, 0);
    let (ann, bob) = (Person::sign_up(&server).await, Person::sign_up(&server).await);
    let room = ann.found_room().await;
    let members = async || bob.json("rooms").await["rooms"][0]["members"].clone();
    eventually("the room is in the index", async || (members().await == 1).then_some(())).await;
    server.sql("ALTER TABLE membership RENAME TO elsewhere");
    bob.join(room).await;
    // Nobody asks the room again: what was not delivered is in its rows, and its alarm is armed.
    server.evict(&room.to_string());
    server.sql("ALTER TABLE elsewhere RENAME TO membership");
    assert_eq!(members().await, 1);
    eventually("the room's alarm delivers", async || (members().await == 2).then_some(())).await;
}

#[tokio::test]
async fn who_left_keeps_a_name() {
    let server = Server::shared();
    let (ann, bob) = (Person::sign_up(server).await, Person::sign_up(server).await);
    let nobody = protocol::UserId::from_random(integration_tests::random());
    let query = format!("users?ids={},{},{nobody}", bob.user, ann.user);
    let found: Value = ann.get(&query).await.json().await.unwrap();
    let users = found["users"].as_array().unwrap();
    assert_eq!(users.len(), 2, "{found}");
    assert!(users.iter().all(|user| user["display_name"] == "A Person"), "{found}");
    assert_eq!(ann.get("users?ids=x").await.status(), 400);
    assert_eq!(ann.get("users").await.status(), 400);
}
