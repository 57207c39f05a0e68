//! The list of rooms, as it changes on every device of a user.

use std::time::{Duration, Instant};

use integration_tests::crowd::gather;
use integration_tests::eventually;
use integration_tests::person::{Person, problem, two_in_a_room};
use integration_tests::server::Server;
use integration_tests::wire::{Wire, refused, upgrade_to};
use protocol::RoomId;
use serde_json::{Value, json};

/// The user's rooms over HTTP.
async fn rooms(person: &Person) -> Vec<Value> {
    person.json("me/rooms").await["rooms"].as_array().unwrap().clone()
}

/// Waits until an open inbox says of `room` what `holds` wants; answers that line.
async fn hears(inbox: &mut Wire, room: RoomId, holds: impl Fn(&Value) -> bool) -> Value {
    loop {
        let line = inbox.next().await;
        if line["room"] == json!(room) && holds(&line) {
            return line;
        }
    }
}

#[tokio::test]
async fn ib3_new_rooms_appear_without_a_reload_and_left_ones_go() {
    let server = Server::shared();
    let (ann, bob) = (Person::sign_up(server).await, Person::sign_up(server).await);
    let (mut inbox, before) = Wire::inbox(&ann).await;
    assert_eq!(before, [] as [Value; 0]);
    assert_eq!(inbox.response.headers()["sec-websocket-protocol"], "maru.v1");

    let private = bob.found(&json!({ "name": "비밀", "kind": "private" })).await;
    let added = bob.post(&format!("rooms/{private}/members"), &json!({ "name": ann.name })).await;
    assert_eq!(added.status(), 201);
    let line = hears(&mut inbox, private, |line| line["t"] == "room").await;
    assert_eq!((&line["name"], &line["role"]), (&json!("비밀"), &json!("member")));

    let direct = bob.found(&json!({ "kind": "direct", "with": [ann.user] })).await;
    let line = hears(&mut inbox, direct, |line| line["t"] == "room").await;
    assert_eq!(line["people"].as_array().unwrap().len(), 2, "{line}");

    assert_eq!(ann.post(&format!("rooms/{private}/leave"), &json!({})).await.status(), 204);
    hears(&mut inbox, private, |line| line["t"] == "gone").await;
    let listed: Vec<Value> =
        rooms(&ann).await.into_iter().map(|room| room["room"].clone()).collect();
    assert_eq!(listed, [json!(direct)]);
}

#[tokio::test]
async fn ib1_ib3_unread_and_mentions_are_counted_and_read_on_every_device() {
    let server = Server::shared();
    let (ann, bob, room) = two_in_a_room(server).await;
    let (mut phone, _) = Wire::inbox(&bob).await;
    let (mut laptop, _) = Wire::inbox(&bob).await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    at_ann.says("안녕").await;
    hears(&mut phone, room, |line| line["unread"] == 1 && line["mentions"] == 0).await;
    let seq = at_ann.says(&format!("<@{}> 회의 언제예요?", bob.user)).await;
    hears(&mut phone, room, |line| line["unread"] == 2 && line["mentions"] == 1).await;
    hears(&mut laptop, room, |line| line["unread"] == 2).await;
    let listed = rooms(&bob).await;
    assert_eq!((&listed[0]["unread"], &listed[0]["mentions"]), (&json!(2), &json!(1)));

    let read = bob.post(&format!("rooms/{room}/read"), &json!({ "seq": seq })).await;
    assert_eq!(read.status(), 204);
    for inbox in [&mut phone, &mut laptop] {
        let line = hears(inbox, room, |line| line["unread"] == 0).await;
        assert_eq!((&line["mentions"], &line["read_seq"]), (&json!(0), &json!(seq)));
    }
}

#[tokio::test]
async fn ib1_an_inbox_outlives_an_eviction_of_its_object() {
    let server = Server::shared();
    let (ann, bob, room) = two_in_a_room(server).await;
    let (mut inbox, _) = Wire::inbox(&bob).await;
    server.evict_user(bob.user.as_str());
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    at_ann.says(&format!("<@{}>", bob.user)).await;
    hears(&mut inbox, room, |line| line["mentions"] == 1).await;
    server.evict_user(bob.user.as_str());
    let listed = rooms(&bob).await;
    assert_eq!((listed.len(), &listed[0]["mentions"]), (1, &json!(1)));
    let (_, again) = Wire::inbox(&bob).await;
    assert_eq!(again, listed);
}

#[tokio::test]
async fn ib1_a_client_that_speaks_is_sent_away_and_a_ping_is_answered() {
    let bob = Person::sign_up(Server::shared()).await;
    let (mut inbox, _) = Wire::inbox(&bob).await;
    inbox.say(&json!({ "t": "ping" })).await;
    assert_eq!(inbox.next().await["t"], "pong");
    inbox.say(&json!({ "t": "hello" })).await;
    let (code, bye) = inbox.ending().await;
    assert_eq!((code, &bye.unwrap()["reason"]), (4500, &json!("malformed")));
    let stranger = Person { token: "no token".into(), ..bob };
    assert_eq!(refused(upgrade_to(&stranger, "me/socket")).await.0, 401);
}

#[tokio::test]
async fn a_muted_room_is_muted_on_every_device() {
    let server = Server::shared();
    let (_, bob, room) = two_in_a_room(server).await;
    let (mut inbox, _) = Wire::inbox(&bob).await;
    eventually("the inbox knows the room", async || {
        rooms(&bob).await.iter().any(|listed| listed["room"] == json!(room)).then_some(())
    })
    .await;
    let mute = json!({ "muted": true });
    assert_eq!(bob.patch(&format!("me/rooms/{room}"), &mute).await.status(), 204);
    hears(&mut inbox, room, |line| line["muted"] == true).await;
    let elsewhere = RoomId::from_random(integration_tests::random());
    let unknown = bob.patch(&format!("me/rooms/{elsewhere}"), &mute).await;
    assert_eq!(problem(unknown).await, (404, "no_such_room".to_owned()));
}

/// People who are mentioned in every message of the test below.
const N_MENTIONED: usize = 12;

/// Kills in between, until one of them cut off deliveries; that is likely each time.
const N_KILLS_MAX: u64 = 8;

#[tokio::test]
async fn ib4_a_kill_between_write_and_delivery_loses_nothing() {
    let state = tempfile::tempdir().unwrap();
    let mut server = Server::start(Some(state.path()), 0);
    let port = server.port();
    let ann = Person::sign_up(&server).await;
    let room = ann.found_room().await;
    let mentioned = gather(&server, room, N_MENTIONED).await;
    let names: Vec<String> = mentioned.iter().map(|p| format!("<@{}>", p.user)).collect();
    let body = names.concat();
    let mut n_cut = 0;
    for n in 1..=N_KILLS_MAX {
        let (mut at_ann, _) = Wire::welcome(&ann, room).await;
        at_ann.says(&body).await;
        // The entry is stored, and the inboxes are being told.
        server.kill_9();
        server = Server::start(Some(state.path()), port);
        // An inbox says what it holds, and asks no room.
        for person in &mentioned {
            let listed = rooms(person).await;
            n_cut += usize::from(listed[0]["mentions"].as_u64() < Some(n));
        }
        for person in &mentioned {
            eventually("the inbox is told", async || {
                (rooms(person).await[0]["mentions"] == n).then_some(())
            })
            .await;
        }
        if n_cut > 0 {
            break;
        }
    }
    assert!(n_cut > 0, "no kill came between");
    eprintln!("{n_cut} inboxes were not told before a kill, and all were after");
}

/// More than two runs of delivery tell.
const N_AWAY: usize = 250;

/// After so long, what failed is repeated; nothing fails here.
const REPETITION: Duration = Duration::from_secs(15);

#[tokio::test]
async fn ib4_what_one_run_of_delivery_leaves_is_told_at_once() {
    let server = Server::shared();
    let ann = Person::sign_up(server).await;
    let room = ann.found_room().await;
    let away = gather(server, room, N_AWAY).await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    at_ann.says("안녕").await;
    let said = Instant::now();
    for person in &away {
        eventually("the inbox is told", async || {
            (rooms(person).await[0]["unread"] == 1).then_some(())
        })
        .await;
    }
    assert!(said.elapsed() < REPETITION, "{:?}", said.elapsed());
}
