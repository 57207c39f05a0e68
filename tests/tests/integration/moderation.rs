//! Who may do what in a room, and what moderators do about it.

use integration_tests::eventually;
use integration_tests::page::Page;
use integration_tests::person::{Person, problem, two_in_a_room};
use integration_tests::server::Server;
use integration_tests::wire::{self, Wire};
use protocol::RoomId;
use reqwest::Response;
use serde_json::{Value, json};

async fn moderate(by: &Person, room: RoomId, whom: &Person, demand: Value) -> Response {
    by.patch(&format!("rooms/{room}/members/{}", whom.user), &demand).await
}

async fn done(by: &Person, room: RoomId, whom: &Person, demand: Value) -> Value {
    let answer = moderate(by, room, whom, demand).await;
    assert_eq!(answer.status(), 200, "{:?}", answer.text().await);
    answer.json().await.unwrap()
}

async fn change(by: &Person, room: RoomId, change: Value) -> Value {
    let answer = by.patch(&format!("rooms/{room}"), &change).await;
    assert_eq!(answer.status(), 200, "{:?}", answer.text().await);
    answer.json().await.unwrap()
}

fn send(body: &str) -> Value {
    json!({ "t": "send", "body": body })
}

#[tokio::test]
async fn mb8_roles_are_given_downwards_and_a_room_keeps_its_owner() {
    let server = Server::shared();
    let (ann, bob, room) = two_in_a_room(server).await;
    let carl = Person::sign_up(server).await;
    carl.join(room).await;
    let refused = async |by: &Person, whom: &Person, role: &str| {
        problem(moderate(by, room, whom, json!({ "role": role })).await).await.1
    };
    assert_eq!(refused(&bob, &carl, "guest").await, "not_allowed", "a member moderates nobody");
    let member = done(&ann, room, &bob, json!({ "role": "moderator" })).await;
    assert_eq!((&member["role"], &member["user"]), (&json!("moderator"), &json!(bob.user)));
    assert_eq!(refused(&bob, &carl, "moderator").await, "not_allowed", "not the own role");
    assert_eq!(refused(&bob, &ann, "guest").await, "not_allowed", "not the owner");
    done(&bob, room, &carl, json!({ "role": "guest" })).await;
    let (mut at_carl, welcome) = Wire::welcome(&carl, room).await;
    assert_eq!(welcome["you"]["role"], "guest");
    assert_eq!(at_carl.may_not(send("hello")).await, "not_allowed", "a guest reads and reacts");

    for role in ["moderator", "member", "guest"] {
        assert_eq!(refused(&ann, &ann, role).await, "last_owner");
    }
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    done(&ann, room, &bob, json!({ "role": "owner" })).await;
    let entry = loop {
        let entry = at_ann.line("moderate").await;
        if entry["role"] == "owner" {
            break entry;
        }
    };
    assert_eq!((&entry["act"], &entry["user"]), (&json!("role"), &json!(bob.user)));
    let members = ann.json(&format!("rooms/{room}/members")).await;
    let role = |person: &Person| {
        let mut members = members["members"].as_array().unwrap().iter();
        members.find(|m| m["user"] == json!(person.user)).unwrap()["role"].clone()
    };
    assert_eq!((role(&ann), role(&bob)), (json!("moderator"), json!("owner")));
    let left = ann.post(&format!("rooms/{room}/leave"), &json!({})).await;
    assert_eq!(left.status(), 204, "who handed over may leave");
}

#[tokio::test]
async fn mb9_kicked_comes_back_and_banned_does_not() {
    let (ann, bob, room) = two_in_a_room(Server::shared()).await;
    let member = format!("rooms/{room}/members/{}", bob.user);
    let (at_bob, _) = Wire::welcome(&bob, room).await;
    let (also_bob, _) = Wire::welcome(&bob.on_another_device(), room).await;
    assert_eq!(problem(bob.delete(&member).await).await.1, "not_allowed");
    assert_eq!(ann.delete(&format!("{member}?reason=noise")).await.status(), 204);
    let bye = json!({ "t": "bye", "code": 4507, "reason": "kicked" });
    assert_eq!(at_bob.ending().await, (4507, Some(bye.clone())));
    assert_eq!(also_bob.ending().await, (4507, Some(bye)));
    assert_eq!(wire::refused(wire::upgrade(&bob, room)).await, (403, "not_a_member".into()));

    bob.join(room).await;
    let (at_bob, _) = Wire::welcome(&bob, room).await;
    assert_eq!(ann.delete(&format!("{member}?ban=true&reason=more+noise")).await.status(), 204);
    assert_eq!(at_bob.ending().await.0, 4508);
    let join = bob.post(&format!("rooms/{room}/join"), &json!({})).await;
    assert_eq!(problem(join).await, (403, "banned".into()));
    let bans = ann.json(&format!("rooms/{room}/bans")).await;
    let ban = &bans["bans"][0];
    assert_eq!((&ban["user"], &ban["by"]), (&json!(bob.user), &json!(ann.user)));
    assert_eq!((&ban["reason"], &ban["name"]), (&json!("more noise"), &json!("A Person")));
    let lifted = format!("rooms/{room}/bans/{}", bob.user);
    assert_eq!(ann.delete(&lifted).await.status(), 204);
    assert_eq!(problem(ann.delete(&lifted).await).await.1, "unchanged");
    bob.join(room).await;
}

#[tokio::test]
async fn mb9_who_is_muted_is_told_for_how_long() {
    let server = Server::shared();
    let (ann, bob, room) = two_in_a_room(server).await;
    let (mut at_bob, _) = Wire::welcome(&bob, room).await;
    let seq = at_bob.says("too much").await;
    at_bob.does(json!({ "t": "react", "target": seq, "emoji": "👍", "on": true })).await;
    let member = done(&ann, room, &bob, json!({ "mute_ms": 3_600_000, "reason": "rest" })).await;
    assert!(member["muted_until"].as_u64().is_some(), "{member}");
    // Not only in memory.
    server.evict(&room.to_string());
    for line in [
        send("more"),
        json!({ "t": "edit", "target": seq, "body": "otherwise" }),
        json!({ "t": "react", "target": seq, "emoji": "🎉", "on": true }),
    ] {
        let refused = at_bob.does(line).await;
        assert_eq!(refused["code"], "muted", "{refused}");
        let rest = refused["retry_after_ms"].as_u64().unwrap();
        assert!((1..=3_600_000).contains(&rest), "{rest}");
    }
    let taken_back = json!({ "t": "react", "target": seq, "emoji": "👍", "on": false });
    assert_eq!(at_bob.does(taken_back).await["t"], "react");
    assert_eq!(at_bob.does(json!({ "t": "redact", "target": seq })).await["t"], "redact");
    let (mut at_bob, welcome) = Wire::welcome(&bob, room).await;
    assert_eq!(welcome["you"]["muted_until"], member["muted_until"]);
    done(&ann, room, &bob, json!({ "mute_ms": 0 })).await;
    at_bob.says("thank you").await;
}

#[tokio::test]
async fn rl2_slow_mode_outlives_an_eviction() {
    let server = Server::shared();
    let (ann, bob, room) = two_in_a_room(server).await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    let (mut at_bob, _) = Wire::welcome(&bob, room).await;
    let summary = change(&ann, room, json!({ "slow_ms": 600_000 })).await;
    assert_eq!(summary["slow_ms"], 600_000);
    let entry = at_bob.line("settings").await;
    assert_eq!((&entry["slow_ms"], &entry["name"]), (&json!(600_000), &Value::Null));
    let seq = at_bob.says("one").await;
    for _ in 0..2 {
        let refused = at_bob.does(send("two")).await;
        assert_eq!(refused["code"], "slow_mode", "{refused}");
        assert!((1..=600_000).contains(&refused["retry_after_ms"].as_u64().unwrap()));
        server.evict(&room.to_string());
    }
    let reaction = json!({ "t": "react", "target": seq, "emoji": "👍", "on": true });
    assert_eq!(at_bob.does(reaction).await["t"], "react", "only messages are slowed down");
    at_ann.says("moderators").await;
    at_ann.says("are not").await;
    change(&ann, room, json!({ "slow_ms": 0 })).await;
    at_bob.says("two").await;
}

#[tokio::test]
async fn announcements_are_made_by_moderators_and_read_by_everyone() {
    let server = Server::shared();
    let (ann, bob) = (Person::sign_up(server).await, Person::sign_up(server).await);
    let room = ann.found(&json!({ "name": "News", "kind": "announcement" })).await;
    bob.join(room).await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    let (mut at_bob, welcome) = Wire::welcome(&bob, room).await;
    assert_eq!(welcome["room"]["kind"], "announcement");
    let seq = at_ann.says("hear, hear").await;
    assert_eq!(at_bob.line("message").await["seq"], json!(seq));
    assert_eq!(at_bob.may_not(send("me, too")).await, "announcement_only");
    let reaction = json!({ "t": "react", "target": seq, "emoji": "👏", "on": true });
    assert_eq!(at_bob.does(reaction).await["t"], "react");
    done(&ann, room, &bob, json!({ "role": "moderator" })).await;
    at_bob.says("now me, too").await;
}

#[tokio::test]
async fn mb10_an_archived_room_is_read_only() {
    let server = Server::shared();
    let (ann, bob, room) = two_in_a_room(server).await;
    let (mut at_bob, _) = Wire::welcome(&bob, room).await;
    let seq = at_bob.says("before").await;
    let asked = bob.patch(&format!("rooms/{room}"), &json!({ "archived": true })).await;
    assert_eq!(problem(asked).await.1, "not_allowed");
    assert_eq!(change(&ann, room, json!({ "archived": true })).await["archived"], true);
    server.evict(&room.to_string());
    for line in [send("after"), json!({ "t": "edit", "target": seq, "body": "after" })] {
        assert_eq!(at_bob.may_not(line).await, "room_archived");
    }
    assert_eq!(Page::of(&bob, &format!("rooms/{room}/log")).await.entry(seq)["body"], "before");
    done(&ann, room, &bob, json!({ "role": "moderator" })).await;
    change(&ann, room, json!({ "archived": false })).await;
    at_bob.says("after").await;
}

#[tokio::test]
async fn mb11_a_deleted_room_is_gone_for_everyone() {
    let server = Server::shared();
    let (ann, bob, room) = two_in_a_room(server).await;
    let (mut at_bob, _) = Wire::welcome(&bob, room).await;
    at_bob.says("soon gone").await;
    let path = format!("rooms/{room}");
    assert_eq!(problem(bob.delete(&path).await).await, (403, "not_allowed".into()));
    assert_eq!(ann.delete(&path).await.status(), 204);
    let bye = json!({ "t": "bye", "code": 4509, "reason": "room_deleted" });
    assert_eq!(at_bob.ending().await, (4509, Some(bye)));
    let gone = (404, "no_such_room".to_owned());
    for _ in 0..2 {
        for path in [path.clone(), format!("{path}/log"), format!("{path}/members")] {
            assert_eq!(problem(ann.get(&path).await).await, gone, "{path}");
        }
        assert_eq!(wire::refused(wire::upgrade(&ann, room)).await, gone);
        let join = bob.post(&format!("{path}/join"), &json!({})).await;
        assert_eq!(problem(join).await, gone);
        server.evict(&room.to_string());
    }
    for person in [&ann, &bob] {
        eventually("the room leaves the list", async || {
            let rooms = person.json("me/rooms").await;
            rooms["rooms"].as_array().unwrap().is_empty().then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn mb12_moderators_read_what_moderators_did() {
    let server = Server::shared();
    let (ann, bob, room) = two_in_a_room(server).await;
    done(&ann, room, &bob, json!({ "mute_ms": 60_000, "reason": "shouting" })).await;
    done(&ann, room, &bob, json!({ "mute_ms": 0 })).await;
    done(&ann, room, &bob, json!({ "role": "guest", "reason": "again" })).await;
    change(&ann, room, json!({ "topic": "quiet" })).await;
    ann.delete(&format!("rooms/{room}/members/{}?ban=true&reason=enough", bob.user)).await;
    server.evict(&room.to_string());
    let log = ann.json(&format!("rooms/{room}/moderation")).await;
    let acts: Vec<(&str, &str)> = log["acts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|act| (act["act"].as_str().unwrap(), act["reason"].as_str().unwrap_or("")))
        .collect();
    let want = [
        ("ban", "enough"),
        ("settings", ""),
        ("role", "again"),
        ("unmute", ""),
        ("mute", "shouting"),
    ];
    assert_eq!(acts, want, "newest first");
    let carl = Person::sign_up(server).await;
    carl.join(room).await;
    let path = format!("rooms/{room}/moderation");
    assert_eq!(problem(carl.get(&path).await).await, (403, "not_allowed".into()));
}
