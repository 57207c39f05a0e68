//! A room that is dropped from memory goes on as if nothing had happened.

use integration_tests::driver::Driver;
use integration_tests::eventually;
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
