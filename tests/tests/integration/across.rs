//! Searching across the rooms of one person.

use integration_tests::eventually;
use integration_tests::person::Person;
use integration_tests::server::Server;
use integration_tests::wire::Wire;
use protocol::RoomId;
use protocol::limits::PAGE_HITS_MAX;
use serde_json::{Value, json};

/// Says these bodies in a room, one after the other, and returns their places.
async fn say(person: &Person, room: RoomId, bodies: &[String]) -> Vec<(u64, String)> {
    let (mut wire, _) = Wire::welcome(person, room).await;
    let mut places = Vec::new();
    for (nonce, body) in (1..).zip(bodies) {
        wire.send(nonce, body).await;
        let entry = wire.line("message").await;
        places.push((entry["at"].as_u64().unwrap(), format!("{room}/{}", entry["seq"])));
    }
    places
}

async fn page(person: &Person, query: &str) -> Value {
    let answer = person.get(&format!("search?{query}")).await;
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

fn place(hit: &Value) -> (u64, String) {
    let room = hit["room"].as_str().unwrap();
    (hit["at"].as_u64().unwrap(), format!("{room}/{}", hit["seq"]))
}

#[tokio::test]
async fn ht5_a_search_across_rooms_shows_every_hit_once_newest_first() {
    let server = Server::shared();
    let (ann, bob) = (Person::sign_up(server).await, Person::sign_up(server).await);
    let mut said = Vec::new();
    for n in 0..3 {
        let room = ann.found_room().await;
        bob.join(room).await;
        let bodies: Vec<String> = (0..14).map(|i| format!("needle {i} in room {n}")).collect();
        said.extend(say(&ann, room, &bodies).await);
    }
    // A room that bob is not in.
    let hidden = ann.found_room().await;
    say(&ann, hidden, &["needle in a secret".to_owned()]).await;
    eventually("bob's list has every room", async || {
        let rooms: Value = bob.get("me/rooms").await.json().await.unwrap();
        (rooms["rooms"].as_array()?.len() == 3).then_some(())
    })
    .await;

    let first = page(&bob, "q=needle").await;
    let hits = first["hits"].as_array().unwrap();
    assert_eq!((hits.len(), &first["unavailable"]), (PAGE_HITS_MAX, &json!([])));
    // What is said between two pages is on neither, and moves nothing.
    let last = bob.found_room().await;
    say(&bob, last, &["needle, later".to_owned()]).await;
    let second =
        page(&bob, &format!("q=needle&cursor={}", first["cursor"].as_str().unwrap())).await;
    assert_eq!(second["cursor"], json!(null));
    let all = hits.iter().chain(second["hits"].as_array().unwrap());
    let seen: Vec<_> = all.map(place).collect();
    assert!(seen.is_sorted_by(|a, b| a.0 >= b.0), "{seen:?}");
    let sorted = |mut places: Vec<_>| {
        places.sort();
        places
    };
    assert_eq!(sorted(seen), sorted(said));
}

#[tokio::test]
async fn ht5_a_query_that_no_room_can_answer_is_refused_once() {
    let server = Server::shared();
    let ann = Person::sign_up(server).await;
    ann.found_room().await;
    ann.found_room().await;
    for (query, code) in
        [("q=", "query_empty"), ("q=!", "query_empty"), ("q=a%20before:soon", "query_invalid")]
    {
        let answer = ann.get(&format!("search?{query}")).await;
        assert_eq!(answer.status(), 422, "{query}");
        assert_eq!(answer.json::<Value>().await.unwrap()["code"], code, "{query}");
    }
    assert_eq!(ann.get("search?q=a&cursor=x").await.status(), 400);
    let none = page(&ann, "q=nothing").await;
    assert_eq!(none, json!({ "hits": [], "cursor": null, "unavailable": [] }));
}

#[tokio::test]
async fn ht5_who_left_a_room_finds_nothing_in_it() {
    let server = Server::shared();
    let (ann, bob) = (Person::sign_up(server).await, Person::sign_up(server).await);
    let (room, other) = (ann.found_room().await, ann.found_room().await);
    for room in [room, other] {
        bob.join(room).await;
        say(&ann, room, &["needle".to_owned()]).await;
    }
    eventually("both are found", async || {
        let found = page(&bob, "q=needle").await;
        (found["hits"].as_array()?.len() == 2).then_some(())
    })
    .await;
    let left = bob.post(&format!("rooms/{room}/leave"), &json!({})).await;
    assert_eq!(left.status(), 204);
    let found = page(&bob, "q=needle").await;
    assert_eq!(found["hits"].as_array().unwrap().len(), 1, "{found}");
    assert_eq!(found["hits"][0]["room"], json!(other));
    assert_eq!(found["unavailable"], json!([]));
}
