//! Rates and caps, on a server that limits as a deployment does.

use client::{Act, PendingState};
use futures_util::SinkExt;
use integration_tests::driver::Driver;
use integration_tests::eventually;
use integration_tests::person::{Person, two_in_a_room};
use integration_tests::server::Server;
use integration_tests::wire::Wire;
use protocol::limits::{
    FOUND_BURST, FOUND_EVERY_MS, FRAME_LINES_MAX, SEND_BURST, SEND_EVERY_MS, SESSIONS_PER_USER_MAX,
};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn rl1_a_burst_is_accepted_and_the_rest_is_told_when() {
    let (ann, bob, room) = two_in_a_room(Server::strict()).await;
    let (mut at_ann, welcome) = Wire::welcome(&ann, room).await;
    let (mut at_bob, _) = Wire::welcome(&bob, room).await;
    let limits = &welcome["limits"];
    assert_eq!(limits["send_burst"], SEND_BURST);
    assert_eq!(limits["send_every_ms"], SEND_EVERY_MS);
    // In one frame, so that no time passes in the room.
    let send = |n: usize| json!({ "t": "send", "nonce": n, "body": format!("{n}") }).to_string();
    let lines: Vec<String> = (1..=FRAME_LINES_MAX).map(send).collect();
    at_ann.socket.send(Message::text(lines.join("\n"))).await.unwrap();
    let burst = usize::try_from(SEND_BURST).unwrap();
    for nonce in burst + 1..=FRAME_LINES_MAX {
        let refused = at_ann.line("refused").await;
        let want = json!({
            "t": "refused", "nonce": nonce, "code": "rate_limited",
            "retry_after_ms": SEND_EVERY_MS,
        });
        assert_eq!(refused, want);
    }
    at_bob.says("others are not concerned").await;
    let landed = ann.log(room).await;
    let landed = landed.iter().filter(|entry| entry["by"] == json!(ann.user));
    assert_eq!(landed.filter(|entry| entry["t"] == "message").count(), burst);
}

#[tokio::test]
async fn rl3_too_many_requests_are_told_when_to_come_back() {
    let (ann, _, room) = two_in_a_room(Server::strict()).await;
    let refused = async {
        // Each second gives one back, so this ends, however slow the machine.
        for n in 0..1_000 {
            let settings = json!({ "topic": n.to_string() });
            let answer = ann.patch(&format!("rooms/{room}"), &settings).await;
            if answer.status() != 200 {
                return answer;
            }
        }
        panic!("never limited");
    };
    let refused = refused.await;
    assert_eq!(refused.status(), 429);
    let seconds: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["code"], "rate_limited");
    let ms = problem["retry_after_ms"].as_u64().unwrap();
    assert_eq!(seconds, ms.div_ceil(1_000), "in whole seconds");
    assert!(ms > 0);
}

#[tokio::test]
async fn rl6_a_user_founds_a_few_rooms_at_once_and_opens_what_is_there_as_often_as_wanted() {
    let server = Server::strict();
    let people = server.people(usize::try_from(FOUND_BURST).unwrap() + 2);
    let (ann, others) = people.split_first().unwrap();
    let open = async |with: &Person| {
        ann.post("rooms", &json!({ "kind": "direct", "with": [with.user] })).await
    };
    let (mut n_founded, mut refused) = (0, None);
    for other in others {
        let answer = open(other).await;
        match answer.status().as_u16() {
            201 => n_founded += 1,
            _ => refused = Some(answer),
        }
        server.evict_user(ann.user.as_str());
    }
    assert_eq!(n_founded, FOUND_BURST);
    let refused = refused.unwrap();
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["code"], "rate_limited");
    assert!((1..=FOUND_EVERY_MS).contains(&problem["retry_after_ms"].as_u64().unwrap()));
    let public = ann.post("rooms", &json!({ "kind": "public", "name": "One more" })).await;
    assert_eq!(public.status(), 429, "whatever the kind");
    let unnamed = ann.post("rooms", &json!({ "kind": "public", "name": " " })).await;
    assert_eq!(unnamed.status(), 400, "what cannot be founded is told first");
    assert_eq!(open(&others[0]).await.status(), 200);
    let back = others[0].post("rooms", &json!({ "kind": "direct", "with": [ann.user] })).await;
    assert_eq!(back.status(), 200);
}

#[tokio::test]
async fn rl4_a_client_brings_everything_home_in_order() {
    const N_SENDS: usize = 70;
    let ann = Person::sign_up(Server::strict()).await;
    let room = ann.found_room().await;
    let driver = Driver::start(ann.clone(), room, None);
    for n in 0..N_SENDS {
        driver.act(Act::text(n.to_string()));
    }
    eventually("everything landed", async || {
        let waits = |client: &client::Client| {
            let pending = client.view().pending;
            let refused = |state: &PendingState| matches!(state, PendingState::Refused { .. });
            assert!(!pending.iter().any(|pending| refused(&pending.state)), "{pending:?}");
            pending.len()
        };
        (driver.look(waits).await == 0).then_some(())
    })
    .await;
    let log = ann.log(room).await;
    let bodies: Vec<&str> = log.iter().filter_map(|entry| entry["body"].as_str()).collect();
    let want: Vec<String> = (0..N_SENDS).map(|n| n.to_string()).collect();
    assert_eq!(bodies, want);
}

#[tokio::test]
async fn rl5_the_oldest_session_makes_way() {
    let ann = Person::sign_up(Server::strict()).await;
    let room = ann.found_room().await;
    let mut wires = Vec::new();
    for _ in 0..=SESSIONS_PER_USER_MAX {
        wires.push(Wire::welcome(&ann.on_another_device(), room).await.0);
    }
    let bye = json!({ "t": "bye", "code": 4506, "reason": "too_many_sessions" });
    assert_eq!(wires.remove(0).ending().await, (4506, Some(bye)));
    for mut wire in wires {
        wire.says("still here").await;
    }
}
