//! A room that is dropped from memory goes on as if nothing had happened.

use integration_tests::driver::Driver;
use integration_tests::eventually;
use integration_tests::page::Page;
use integration_tests::person::{Person, two_in_a_room};
use integration_tests::server::Server;
use integration_tests::wire::Wire;
use serde_json::json;

#[tokio::test]
async fn sockets_outlive_an_eviction_and_the_log_goes_on() {
    let server = Server::shared();
    let (ann, bob, room) = two_in_a_room(server).await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    let (mut at_bob, _) = Wire::welcome(&bob, room).await;
    at_ann.send(1, "before").await;
    let before = at_bob.line("message").await;
    at_ann.line("message").await;

    server.evict(&room.to_string());
    at_ann.send(2, "after").await;
    let after = at_bob.line("message").await;
    assert_eq!(after["body"], "after");
    assert_eq!(after["seq"].as_u64(), before["seq"].as_u64().map(|seq| seq + 1));
    at_ann.line("message").await;

    // What was accepted before the eviction is still known.
    server.evict(&room.to_string());
    at_ann.send(2, "a repetition").await;
    let refused = json!({ "t": "refused", "nonce": 2, "code": "stale_nonce" });
    assert_eq!(at_ann.line("refused").await, refused);
}

#[tokio::test]
async fn a_close_during_hibernation_is_noticed() {
    let server = Server::shared();
    let (ann, bob, room) = two_in_a_room(server).await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    let (at_bob, _) = Wire::welcome(&bob, room).await;
    while at_ann.line("presence").await["online"] != json!(2) {}
    server.evict(&room.to_string());
    drop(at_bob);
    let gone = at_ann.line("presence").await;
    assert_eq!(gone, json!({ "t": "presence", "online": 1, "came": [], "went": [bob.user] }));
}

#[tokio::test]
async fn hs2_a_superseded_socket_stays_so_after_an_eviction() {
    let server = Server::shared();
    let ann = Person::sign_up(server).await;
    let room = ann.found_room().await;
    // Never read from again, so the close is never answered.
    let (mut older, _) = Wire::welcome(&ann, room).await;
    let (mut newer, _) = Wire::welcome(&ann, room).await;
    server.evict(&room.to_string());
    older.send(1, "too late").await;
    for nonce in 2..=3 {
        newer.send(nonce, "still here").await;
        let message = newer.line("message").await;
        assert_eq!(message["nonce"], json!(nonce), "{message}");
    }
}

#[tokio::test]
async fn am1_a_room_that_was_dropped_knows_what_became_of_its_messages() {
    let server = Server::shared();
    let (ann, bob, room) = two_in_a_room(server).await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    let (mut at_bob, _) = Wire::welcome(&bob, room).await;
    let seq = at_bob.says("one").await;
    let react = |on: bool| json!({ "t": "react", "target": seq, "emoji": "👍", "on": on });
    let edit = |body: &str| json!({ "t": "edit", "target": seq, "body": body });
    let reply = json!({ "t": "send", "thread": seq, "body": "reply" });
    let evict = || server.evict(&room.to_string());
    evict();
    at_ann.does(react(true)).await;
    evict();
    assert_eq!(at_ann.may_not(react(true)).await, "unchanged");
    at_bob.does(edit("two")).await;
    evict();
    assert_eq!(at_bob.may_not(edit("two")).await, "unchanged");
    assert_eq!(at_ann.may_not(edit("mine")).await, "not_yours");
    at_bob.does(react(true)).await;
    evict();
    at_ann.does(reply.clone()).await;
    evict();
    let last = at_bob.does(reply).await;
    evict();
    at_ann.does(json!({ "t": "pin", "target": seq, "on": true })).await;
    evict();
    let page = Page::of(&ann, &format!("rooms/{room}/log")).await;
    let state = page.amendment(seq).unwrap();
    assert_eq!((&state["body"], &state["pinned"]), (&json!("two"), &json!(true)));
    assert_eq!((&state["replies"], &state["last_reply"]), (&json!(2), &last["seq"]));
    assert_eq!(state["reactions"], json!([{ "emoji": "👍", "count": 2, "mine": true }]));
    at_bob.does(json!({ "t": "redact", "target": seq })).await;
    evict();
    assert_eq!(at_ann.may_not(react(false)).await, "redacted");
}

#[tokio::test]
async fn rc4_what_was_read_is_known_after_an_eviction() {
    let server = Server::shared();
    let (ann, bob, room) = two_in_a_room(server).await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    let (mut at_bob, _) = Wire::welcome(&bob, room).await;
    let seq = at_ann.says("one").await;
    at_bob.line("message").await;
    let path = format!("rooms/{room}/messages/{seq}/readers");
    assert_eq!(bob.json(&path).await["readers"], 1, "its author");
    at_bob.say(&json!({ "t": "read", "seq": seq })).await;
    let read = async || (bob.json(&path).await["readers"] == 2).then_some(());
    eventually("it is read", read).await;
    server.evict(&room.to_string());
    assert_eq!(bob.json(&path).await["readers"], 2, "the socket holds it");
    drop(at_bob);
    eventually("he is gone", async || {
        let members = ann.json(&format!("rooms/{room}/members")).await;
        let mut members = members["members"].as_array().unwrap().iter();
        let bob = members.find(|member| member["user"] == json!(bob.user)).unwrap();
        (bob["online"] == false).then_some(())
    })
    .await;
    server.evict(&room.to_string());
    assert_eq!(ann.json(&path).await["readers"], 2, "it was stored when the session ended");
    let (_, welcome) = Wire::welcome(&bob, room).await;
    assert_eq!(welcome["you"]["read"], json!(seq));
}

#[tokio::test]
async fn ib2_what_was_told_is_known_after_an_eviction() {
    let server = Server::shared();
    let (ann, bob, room) = two_in_a_room(server).await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    let unread = async |what: &str, unread: u64, mentions: u64| {
        eventually(what, async || {
            let rooms = bob.json("me/rooms").await;
            let room = rooms["rooms"].as_array().unwrap().first()?.clone();
            (room["unread"] == unread && room["mentions"] == mentions).then_some(())
        })
        .await;
    };
    at_ann.says("the first that he has not read").await;
    unread("the first is told", 1, 0).await;
    server.evict(&room.to_string());
    at_ann.says("he knows that there is something").await;
    server.evict(&room.to_string());
    let last = at_ann.says(&format!("<@{}> look", bob.user)).await;
    unread("a mention is told, and all are counted", 3, 1).await;
    server.evict(&room.to_string());
    let read = bob.post(&format!("rooms/{room}/read"), &json!({ "seq": last })).await;
    assert_eq!(read.status(), 204);
    unread("he has read everything", 0, 0).await;
    server.evict(&room.to_string());
    at_ann.says("the first after that").await;
    unread("the next first is told", 1, 0).await;
}

#[tokio::test]
async fn en4_se6_clients_lose_nothing_when_the_room_is_evicted_again_and_again() {
    const N_CLIENTS: usize = 8;
    const N_SENDS: usize = 25;
    let server = Server::shared();
    let ann = Person::sign_up(server).await;
    let room = ann.found_room().await;
    let mut drivers = vec![Driver::start(ann.clone(), room, None)];
    for _ in 1..N_CLIENTS {
        let person = Person::sign_up(server).await;
        person.join(room).await;
        drivers.push(Driver::start(person, room, None));
    }
    for n in 0..N_SENDS {
        for (i, driver) in drivers.iter().enumerate() {
            driver.send(format!("{i}/{n}"));
        }
        server.evict(&room.to_string());
    }
    for driver in &drivers {
        eventually("every send is answered", async || {
            driver.look(|client| client.view().pending.is_empty()).await.then_some(())
        })
        .await;
    }
    let bodies: Vec<String> =
        ann.log(room).await.iter().filter_map(|e| e["body"].as_str().map(str::to_owned)).collect();
    for (i, _) in drivers.iter().enumerate() {
        let prefix = format!("{i}/");
        let own: Vec<&String> = bodies.iter().filter(|body| body.starts_with(&prefix)).collect();
        let want: Vec<String> = (0..N_SENDS).map(|n| format!("{i}/{n}")).collect();
        assert_eq!(own, want.iter().collect::<Vec<_>>(), "once each, in order");
    }
}
