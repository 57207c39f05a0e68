//! Search across rooms with an index beside them (rule HT5): it saves questions, and nothing else.

use integration_tests::eventually;
use integration_tests::outside::Outside;
use integration_tests::person::{Person, problem};
use integration_tests::server::{SEARCH_TOKEN, Server};
use integration_tests::wire::Wire;
use protocol::RoomId;
use serde_json::{Value, json};

/// An index that answers what it was told to.
struct Index(Outside);

impl Index {
    fn says(&self, status: &str, answer: &Value) {
        self.0.says(status, &answer.to_string());
    }

    /// Has everything of these rooms, and hits in some.
    fn knows(&self, rooms: &[RoomId], hits: &[RoomId]) {
        let indexed: serde_json::Map<String, Value> = rooms
            .iter()
            .map(|room| (room.to_string(), json!({ "epoch": "e", "seq": 1_000 })))
            .collect();
        let hits: Vec<Value> =
            hits.iter().map(|room| json!({ "_source": { "room": room }, "sort": [] })).collect();
        self.says("200 OK", &json!({ "hits": { "hits": hits }, "indexed": indexed }));
    }

    fn n_asked(&self) -> usize {
        self.0.asked().len()
    }
}

async fn found(person: &Person, q: &str) -> Vec<String> {
    let page = person.json(&format!("search?q={q}")).await;
    assert_eq!(page["unavailable"], json!([]));
    let hits = page["hits"].as_array().unwrap();
    hits.iter().map(|hit| hit["body"].as_str().unwrap().to_owned()).collect()
}

async fn room_that_says(person: &Person, body: &str) -> (RoomId, Wire) {
    let room = person.found_room().await;
    let (mut wire, _) = Wire::welcome(person, room).await;
    wire.says(body).await;
    (room, wire)
}

/// As if a job had archived all that was said: D1 knows the rooms, and the index is believed.
async fn settle(server: &Server, ann: &Person) {
    eventually("no room is asked", async || {
        server.sql("UPDATE room SET archived_seq = 1000, head_seq = 500");
        found(ann, "apple").await.is_empty().then_some(())
    })
    .await;
}

#[tokio::test]
async fn ht5_a_room_is_left_out_only_if_the_index_has_all_of_it() {
    let index = Index(Outside::start().await);
    let server = Server::searching(&index.0.url);
    let (ann, bob) = (Person::sign_up(&server).await, Person::sign_up(&server).await);
    let (first, _one) = room_that_says(&ann, "an apple").await;
    let (second, mut wire) = room_that_says(&ann, "an apple and a pear").await;
    let (others, _two) = room_that_says(&bob, "bob has an apple").await;
    eventually("D1 and the inbox know of the rooms", async || {
        let mine = ann.json("me/rooms").await;
        (mine["rooms"].as_array().unwrap().len() == 2).then_some(())
    })
    .await;

    // It claims that there is nothing, and D1 does not know that all was archived.
    index.knows(&[first, second, others], &[]);
    assert_eq!(found(&ann, "apple").await, ["an apple and a pear", "an apple"]);
    {
        let asked = index.0.asked();
        let (head, body) = asked.last().unwrap();
        assert!(head.starts_with("POST /maru/_search "), "{head}");
        let token = format!("authorization: bearer {SEARCH_TOKEN}");
        assert!(head.to_lowercase().contains(&token), "{head}");
        let bool = &body["query"]["bool"];
        assert_eq!(bool["must"][0]["query_string"]["query"], "apple");
        let mut rooms: Vec<RoomId> =
            serde_json::from_value(bool["filter"][0]["terms"]["room"].clone()).unwrap();
        let mut mine = vec![first, second];
        rooms.sort_unstable();
        mine.sort_unstable();
        assert_eq!(rooms, mine, "nobody's rooms but the caller's");
    }

    settle(&server, &ann).await;
    index.knows(&[first, second], &[second, others]);
    assert_eq!(found(&ann, "apple").await, ["an apple and a pear"]);
    assert_eq!(found(&bob, "apple").await, ["bob has an apple"], "of which it knows nothing");
    index.knows(&[first], &[]);
    assert_eq!(found(&ann, "apple").await, ["an apple and a pear"]);

    // Rooms decide: what the index has may have been edited or erased a moment ago.
    index.knows(&[first, second], &[second]);
    wire.does(json!({ "t": "redact", "target": 2 })).await;
    assert_eq!(found(&ann, "apple").await, [] as [&str; 0]);
    // Names are of members, whom the index does not know.
    let n_asked = index.n_asked();
    assert_eq!(found(&ann, "apple%20from:%22a%20person%22").await, ["an apple"]);
    assert_eq!(index.n_asked(), n_asked);
    assert_eq!(problem(ann.get("search?q=!").await).await.1, "query_empty");
}

#[tokio::test]
async fn ht5_an_index_that_does_not_help_costs_no_hit() {
    let index = Index(Outside::start().await);
    let server = Server::searching(&index.0.url);
    let ann = Person::sign_up(&server).await;
    let (room, _wire) = room_that_says(&ann, "an apple").await;
    index.knows(&[room], &[]);
    settle(&server, &ann).await;
    let empty =
        json!({ "hits": { "hits": [] }, "indexed": { room.to_string(): { "seq": 1_000 } } });
    for (status, answer) in [
        ("500 Internal Server Error", empty.clone()),
        ("401 Unauthorized", empty.clone()),
        ("302 Found", empty.clone()),
        ("307 Temporary Redirect", empty.clone()),
        ("200 OK", json!([])),
        ("200 OK", json!({ "hits": { "hits": [{}] }, "indexed": {} })),
        ("200 OK", json!({ "hits": { "hits": [] }, "indexed": { room.to_string(): {} } })),
        ("200 OK", json!({ "hits": { "hits": [] }, "indexed": {}, "pad": "x".repeat(2 << 20) })),
    ] {
        index.says(status, &answer);
        assert_eq!(found(&ann, "apple").await, ["an apple"], "{status}");
    }
    let redirected = |(head, _): &(String, Value)| head.contains("elsewhere");
    assert!(!index.0.asked().iter().any(redirected), "no redirect is followed");

    let nobody = Server::searching("http://127.0.0.1:9/");
    let ann = Person::sign_up(&nobody).await;
    let (_, _wire) = room_that_says(&ann, "an apple").await;
    assert_eq!(found(&ann, "apple").await, ["an apple"]);
}
