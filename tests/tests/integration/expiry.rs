//! A room that is archived and forgets, through the Worker (rules AR3, EX2 and EX4 to EX6).

use integration_tests::page::Page;
use integration_tests::person::{problem, two_in_a_room};
use integration_tests::server::Server;
use integration_tests::wire::Wire;
use protocol::archive::{
    Acknowledge, Expire, Expired, LogStatus, SealRequest, Sealed, SealedRange,
};
use protocol::codec::decode_entry;
use protocol::{Link, RoomId, Seq, Timestamp};
use reqwest::{Client, Method, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

/// The token that tests/harness/server.mjs knows.
const TOKEN: &str = "archive-job-of-this-harness-alone";

/// A job that works on one room.
struct Job {
    url: String,
}

impl Job {
    fn new(server: &Server, room: RoomId) -> Self {
        Self { url: format!("{}/api/v1/archive/rooms/{room}", server.url) }
    }

    async fn ask(&self, method: Method, below: &str, body: &impl Serialize) -> Response {
        let request = Client::new().request(method, format!("{}{below}", self.url));
        request.bearer_auth(TOKEN).json(body).send().await.unwrap()
    }

    async fn told<T: DeserializeOwned>(&self, below: &str, body: &impl Serialize) -> T {
        let answer = self.ask(Method::POST, below, body).await;
        assert_eq!(answer.status(), 200, "{below}");
        answer.json().await.unwrap()
    }

    async fn get(&self, below: &str) -> Response {
        let request = Client::new().get(format!("{}{below}", self.url));
        request.bearer_auth(TOKEN).send().await.unwrap()
    }

    /// Archives everything, and verifies it on the way.
    async fn drain(&self) -> Vec<String> {
        let mut archive = Vec::new();
        loop {
            let seal = SealRequest { fence: 1, bytes_max: 2_000 };
            let Sealed { range, .. } = self.told("/seal", &seal).await;
            let Some(SealedRange { from, to, link_before, link, .. }) = range else {
                return archive;
            };
            let log = self.get(&format!("/log?from={}&to={}", from.get(), to.get())).await;
            assert!(log.headers().contains_key("maru-epoch"), "{:?}", log.headers());
            let text = log.text().await.unwrap();
            assert!(text.ends_with('\n'));
            let mut chain = Link::from_hex(&link_before).unwrap();
            for line in text.lines() {
                let entry = decode_entry(line).unwrap().unwrap();
                chain = chain.then_stored(line, &entry).unwrap();
                archive.push(line.to_owned());
            }
            assert_eq!(chain.to_hex(), link);
            let _: LogStatus = self.told("/acknowledge", &Acknowledge { fence: 1, to, link }).await;
        }
    }

    /// Lets the room forget all that is archived.
    async fn expire_all(&self) -> Expired {
        let mut n_entries = 0;
        loop {
            let expire = Expire { fence: 1, before: Timestamp(1 << 50) };
            let expired: Expired = self.told("/expire", &expire).await;
            n_entries += expired.entries;
            if !expired.has_more {
                return Expired { entries: n_entries, ..expired };
            }
        }
    }
}

#[tokio::test]
async fn ar3_ex4_a_room_that_forgot_everything_goes_on() {
    let server = Server::shared();
    let (ann, bob, room) = two_in_a_room(server).await;
    let job = Job::new(server, room);
    let (mut wire, _) = Wire::welcome(&ann, room).await;
    let mut said = Vec::new();
    for n in 0..30 {
        said.push(wire.says(&format!("word {n} {}", "마루 ".repeat(20))).await);
    }
    wire.does(json!({ "t": "react", "target": said[0], "emoji": "👍", "on": true })).await;
    wire.does(json!({ "t": "pin", "target": said[1], "on": true })).await;
    let stored = ann.stored_lines(room).await;
    assert_eq!(job.drain().await, stored, "the archive has what the room has");

    let Expired { entries, status, .. } = job.expire_all().await;
    let head = stored.len() as u64;
    assert_eq!((entries, status.expired.get(), status.head.get()), (head, head, head));
    assert_eq!(status.oldest_at, None);
    let answer = job.get("/log?from=1&to=2").await;
    assert_eq!(problem(answer).await, (404, "no_such_range".to_owned()));

    let page = Page::of(&bob, &format!("rooms/{room}/log")).await;
    assert_eq!(page.entries.len(), 0);
    assert_eq!(page.headers["maru-first"], (head + 1).to_string().as_str());
    let (mut late, welcome) = Wire::welcome(&bob, room).await;
    assert_eq!((&welcome["first"], &welcome["head"]), (&json!(head + 1), &json!(head)));
    assert_eq!(welcome["pins"], json!([]));
    let refused = wire.does(json!({ "t": "edit", "target": said[2], "body": "too late" })).await;
    assert_eq!(refused["code"], "no_such_message");
    let found = bob.json(&format!("rooms/{room}/search?q=word")).await;
    assert_eq!(found["hits"], json!([]));
    for below in ["readers", "reactions", "edits"] {
        let answer = ann.get(&format!("rooms/{room}/messages/{}/{below}", said[0])).await;
        assert_eq!(problem(answer).await, (404, "no_such_message".to_owned()), "{below}");
    }

    assert_eq!(late.says("still here").await, head + 1);
    let found = bob.json(&format!("rooms/{room}/search?q=still")).await;
    assert_eq!(found["hits"][0]["seq"], json!(head + 1));
    assert_eq!(job.drain().await.len(), 1, "the chain goes on");
}

#[tokio::test]
async fn ex6_a_hold_keeps_what_was_said() {
    let server = Server::shared();
    let (ann, _, room) = two_in_a_room(server).await;
    let job = Job::new(server, room);
    let (mut wire, _) = Wire::welcome(&ann, room).await;
    let said = wire.says("evidence").await;
    job.drain().await;
    job.ask(Method::PUT, "/hold", &json!({ "on": true })).await;
    assert_eq!(job.expire_all().await.status.expired, Seq::ZERO);
    let refused = wire.does(json!({ "t": "redact", "target": said })).await;
    assert_eq!(refused["code"], "held");
    let answer = ann.delete(&format!("rooms/{room}")).await;
    assert_eq!(problem(answer).await, (409, "held".to_owned()));
    job.ask(Method::PUT, "/hold", &json!({ "on": false })).await;
    assert_eq!(job.expire_all().await.status.expired.get(), said);
    assert_eq!(ann.delete(&format!("rooms/{room}")).await.status(), 204);
}
