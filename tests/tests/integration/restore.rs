//! A room comes back from the archive, and a user's words go (rules RS1 to RS5, ER1 to ER4).

use integration_tests::page::{Page, link_of};
use integration_tests::person::{Person, problem, two_in_a_room};
use integration_tests::server::Server;
use integration_tests::wire::{Wire, refused, upgrade};
use integration_tests::{eventually, random};
use protocol::RoomId;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

/// The token that tests/harness/server.mjs knows.
const TOKEN: &str = "archive-job-of-this-harness-alone";

/// A job that asks `server` about a room.
struct Job<'a>(&'a Server, RoomId);

impl Job<'_> {
    fn request(&self, method: Method, below: &str) -> RequestBuilder {
        let url = format!("{}/api/v1/archive/rooms/{}{below}", self.0.url, self.1);
        Client::new().request(method, url).bearer_auth(TOKEN)
    }

    async fn post(&self, below: &str, body: &Value) -> Response {
        self.request(Method::POST, below).json(body).send().await.unwrap()
    }

    /// All that is archived of a room: its lines and its state.
    async fn drained(&self) -> (Vec<String>, Value) {
        let asked = json!({ "fence": 1, "bytes_max": 1 << 20 });
        let sealed = json(self.post("/seal", &asked).await).await;
        let to = &sealed["range"]["to"];
        let log = self.request(Method::GET, &format!("/log?from=1&to={to}")).send().await.unwrap();
        let lines = log.text().await.unwrap().lines().map(str::to_owned).collect();
        (lines, sealed["state"].clone())
    }

    async fn begin(&self, state: &Value) -> Response {
        let nothing = protocol::Link::GENESIS.to_hex();
        let begin = json!({ "state": state, "expired": 0, "link": nothing });
        self.request(Method::PUT, "/restore").json(&begin).send().await.unwrap()
    }

    /// Tells the entries `from..=to` of a log.
    async fn tell(&self, log: &[String], from: usize, to: usize) -> Response {
        let link = link_of(&log[..to]).to_hex();
        let path = format!("/restore?from={from}&to={to}&link={link}");
        let body = log[from - 1..to].join("\n");
        self.request(Method::POST, &path).body(body).send().await.unwrap()
    }

    async fn finish(&self) -> Response {
        self.post("/restore/finish", &json!({})).await
    }
}

async fn json(answer: Response) -> Value {
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

/// A room in which something was said, and what is archived of it.
async fn lived(server: &Server) -> (Person, Person, RoomId, u64, Vec<String>, Value) {
    let (ann, bob, room) = two_in_a_room(server).await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    let (mut at_bob, _) = Wire::welcome(&bob, room).await;
    let secret = at_bob.says("a secret").await;
    let seq = at_bob.says("firts words").await;
    at_bob.does(json!({ "t": "edit", "target": seq, "body": "first words" })).await;
    at_ann.does(json!({ "t": "react", "target": seq, "emoji": "👍", "on": true })).await;
    at_ann.does(json!({ "t": "pin", "target": seq, "on": true })).await;
    at_ann.does(json!({ "t": "send", "body": "a reply", "thread": seq })).await;
    at_ann.does(json!({ "t": "redact", "target": secret })).await;
    let (log, state) = Job(server, room).drained().await;
    (ann, bob, room, seq, log, state)
}

#[tokio::test]
async fn rs1_rs2_rs3_a_room_that_is_being_restored_is_closed_and_can_be_gone_on_with() {
    let server = Server::shared();
    let (ann, _, room, _, log, state) = lived(server).await;
    let answer = Job(server, room).begin(&state).await;
    assert_eq!(problem(answer).await, (409, "room_exists".into()));

    let back = RoomId::from_random(random());
    let job = Job(server, back);
    assert_eq!(problem(job.tell(&log, 1, 2).await).await, (404, "no_such_room".into()));
    let begun = json(job.begin(&state).await).await;
    assert_eq!((&begun["head"], &begun["room"]), (&json!(0), &json!(back)));
    assert_eq!(json(job.tell(&log, 1, 4).await).await["head"], 4);
    assert_eq!(json(job.tell(&log, 1, 4).await).await["head"], 4, "a repetition");
    for (from, to) in [(6, 7), (3, 6)] {
        let answer = job.tell(&log, from, to).await;
        assert_eq!(problem(answer).await, (409, "link_mismatch".into()), "{from}..={to}");
    }
    let forged: Vec<String> = log.iter().map(|line| line.replace("words", "swords")).collect();
    let answer = job.request(
        Method::POST,
        &format!("/restore?from=5&to={}&link={}", log.len(), link_of(&log).to_hex()),
    );
    let answer = answer.body(forged[4..].join("\n")).send().await.unwrap();
    assert_eq!(problem(answer).await, (409, "link_mismatch".into()));
    let answer = job.request(Method::POST, "/restore?from=5&to=5&link=").body("{}").send().await;
    assert_eq!(answer.unwrap().status(), 409);

    for path in ["", "/log", "/members", "/pins", "/search?q=words"] {
        let answer = ann.get(&format!("rooms/{back}{path}")).await;
        assert!(answer.headers().contains_key("retry-after"), "{path}");
        assert_eq!(problem(answer).await, (503, "restoring".into()), "{path}");
    }
    assert_eq!(refused(upgrade(&ann, back)).await, (503, "restoring".into()));
    let joined = ann.post(&format!("rooms/{back}/join"), &json!({})).await;
    assert_eq!(problem(joined).await, (503, "restoring".into()));

    // A job that was killed finds where it stood, and so does one after an eviction.
    server.evict(&back.to_string());
    let again = json(job.begin(&state).await).await;
    assert_eq!((&again["head"], &again["epoch"]), (&json!(4), &begun["epoch"]));
    assert_eq!(json(job.tell(&log, 5, log.len()).await).await["head"], json!(log.len()));
    let finished = json(job.finish().await).await;
    assert_eq!((&finished["head"], &finished["archived"]), (&json!(log.len()), &json!(log.len())));
    assert_eq!(finished["epoch"], begun["epoch"]);
    assert_eq!(json(job.finish().await).await, finished, "a repetition");
    assert_eq!(problem(job.begin(&state).await).await, (409, "room_exists".into()));
    assert_eq!(ann.stored_lines(back).await, log);
}

#[tokio::test]
async fn rs5_members_find_everything_again_and_start_over() {
    let server = Server::shared();
    let (ann, bob, room, seq, log, state) = lived(server).await;
    let back = RoomId::from_random(random());
    let job = Job(server, back);
    job.begin(&state).await;
    job.tell(&log, 1, log.len()).await;
    json(job.finish().await).await;

    let before = Page::of(&bob, &format!("rooms/{room}/log")).await;
    let after = Page::of(&bob, &format!("rooms/{back}/log")).await;
    assert_eq!(after.text, before.text, "lines, amendments and all");
    assert!(after.amendment(seq).is_some() && !after.text.contains("secret"));
    assert_ne!(after.header("maru-epoch"), before.header("maru-epoch"));
    for path in [
        "pins".to_owned(),
        format!("threads/{seq}"),
        "members".to_owned(),
        format!("messages/{seq}/reactions"),
        "search?q=first".to_owned(),
    ] {
        let of = async |room| ann.get(&format!("rooms/{room}/{path}")).await.text().await.unwrap();
        assert!(of(back).await.len() > 20, "{path}");
        let strip = |text: String| text.replace("\"online\":true", "\"online\":false");
        assert_eq!(strip(of(back).await), strip(of(room).await), "{path}");
    }
    // The index of rooms and the inboxes know it.
    eventually("the room is in the list", async || {
        let rooms = bob.json("me/rooms").await;
        rooms["rooms"].as_array()?.iter().find(|room| room["room"] == json!(back)).cloned()
    })
    .await;

    // The same client comes back with what it held of the old epoch.
    let mut wire = Wire::open(&bob, back).await;
    let position = json!({ "epoch": before.header("maru-epoch"), "seq": log.len() });
    wire.say(&json!({ "t": "hello", "device": bob.device, "resume": position })).await;
    let welcome = wire.line("welcome").await;
    assert_eq!((&welcome["resumed"], &welcome["head"]), (&json!(false), &json!(log.len())));
    assert_eq!(welcome["pins"], json!([seq]));
    let nonce = welcome["nonce"].as_u64().unwrap();
    wire.send(nonce, "this landed before").await;
    assert_eq!(wire.line("refused").await["code"], "stale_nonce");
    wire.send(nonce + 1, "and it goes on").await;
    while wire.line("message").await["body"] != "and it goes on" {}
}

#[tokio::test]
async fn pe1_tk5_a_room_that_does_not_answer_hears_later_what_it_missed() {
    let server = Server::shared();
    let (ann, bob, _, _, log, state) = lived(server).await;
    let back = RoomId::from_random(random());
    let job = Job(server, back);
    job.begin(&state).await;
    // The database, which was restored first, knows who is in it.
    server.sql(&format!(
        "INSERT INTO membership (user, room, role, joined_at, seq)
         VALUES ('{}', '{back}', 'member', 0, 0)",
        bob.user
    ));
    let renamed = bob.patch("me", &json!({ "display_name": "Robert" })).await;
    assert_eq!(renamed.status(), 200, "whoever asks does not wait for the rooms");
    job.tell(&log, 1, log.len()).await;
    json(job.finish().await).await;
    eventually("the room has the new name", async || {
        let page = ann.json(&format!("rooms/{back}/members?q=Robert")).await;
        (page["members"][0]["user"] == json!(bob.user)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn er1_er4_what_a_user_said_goes_though_the_user_left() {
    let server = Server::shared();
    let (ann, bob, room, seq, log, _) = lived(server).await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    assert_eq!(bob.post(&format!("rooms/{room}/leave"), &json!({})).await.status(), 204);
    let job = Job(server, room);
    let hold = |on: bool| job.request(Method::PUT, "/hold").json(&json!({ "on": on }));
    assert_eq!(hold(true).send().await.unwrap().status(), 200);
    let asked = json!({ "fence": 1, "user": bob.user });
    assert_eq!(problem(job.post("/erase", &asked).await).await, (409, "held".into()));
    assert_eq!(hold(false).send().await.unwrap().status(), 200);
    let batch = json(job.post("/erase", &asked).await).await;
    assert_eq!((&batch["seqs"], &batch["after"]), (&json!([seq, 2]), &Value::Null));
    let mut redact = at_ann.line("redact").await;
    while redact["by"] != json!(bob.user) {
        redact = at_ann.line("redact").await;
    }
    assert_eq!(redact["target"], json!(seq));

    let after = ann.stored_lines(room).await;
    assert_eq!(link_of(&after[..log.len()]), link_of(&log), "the chain verifies");
    let text = after.join("\n");
    assert!(!text.contains("words"), "{text}");
    assert!(text.contains(r#""name":"(erased)""#), "{text}");
    let found = ann.json(&format!("rooms/{room}/search?q=first")).await;
    assert_eq!(found["hits"], json!([]));
    let again = json(job.post("/erase", &asked).await).await;
    assert_eq!(again["seqs"], json!([]), "a repetition erases nothing");
    let low = json!({ "fence": 0, "user": bob.user });
    assert_eq!(problem(job.post("/erase", &low).await).await, (409, "fenced".into()));
}
