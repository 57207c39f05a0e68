//! Every cell of the table in `docs/authorisation.md`, asked of a real server (rule SF4).

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::stream::iter;
use futures_util::{FutureExt, StreamExt};
use integration_tests::eventually;
use integration_tests::matrix::{Role, Row, rows};
use integration_tests::server::Server;
use integration_tests::stage::{KINDS, Stage};
use integration_tests::surface::assert_surface;
use integration_tests::wire::{Wire, open, upgrade, upgrade_to};
use reqwest::{Client, Method, Response, redirect};
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use tokio_tungstenite::tungstenite::Error;

/// Cells that are asked at once: the server has few cores.
const AT_ONCE: usize = 12;

/// Names everything that a row can name, so that rows that change nothing share a stage.
const EVERYTHING: &str = "{seq} {mine} {file} {upload} {draft} {code} {banned}";

/// A stage for each role and kind of room.
type Shared = Arc<BTreeMap<(Role, &'static str), OnceCell<Stage>>>;

#[tokio::test]
async fn sf4_everybody_may_do_what_the_table_says_and_nothing_else() {
    let server = Arc::new(Server::set(&[]));
    let keys = Role::ALL.iter().flat_map(|(role, _)| KINDS.map(|(kind, _)| (*role, kind)));
    let shared: Shared = Arc::new(keys.map(|key| (key, OnceCell::new())).collect());
    let rows = rows();
    assert!(rows.len() > 60, "the table has lost its rows");
    let cells = rows.into_iter().flat_map(|row| {
        let row = Arc::new(row);
        let cells = row.cells.clone().into_iter();
        cells.map(move |(role, wanted)| (row.clone(), role, wanted)).collect::<Vec<_>>()
    });
    let judged = cells.map(|(row, role, wanted)| {
        let (server, shared) = (server.clone(), shared.clone());
        let what = format!("{} {} | {role:?} | wanted {wanted}", row.asks, row.with);
        let judged = AssertUnwindSafe(judge(server, shared, row, role, wanted)).catch_unwind();
        async move {
            let got = judged.await.unwrap_or_else(|_| Some("a panic, see above".to_owned()))?;
            Some(format!("{what} | got {got}"))
        }
    });
    let judged: Vec<Option<String>> = iter(judged).buffer_unordered(AT_ONCE).collect().await;
    let n_cells = judged.len();
    let mut wrong: Vec<String> = judged.into_iter().flatten().collect();
    wrong.sort();
    assert!(wrong.is_empty(), "{} of {n_cells} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// What was answered instead of what the cell says.
async fn judge(
    server: Arc<Server>,
    shared: Shared,
    row: Arc<Row>,
    role: Role,
    wanted: String,
) -> Option<String> {
    let got = if row.changes(&wanted) {
        let stage = Stage::set(&server, role, &row).await;
        ask(&stage, &row).await
    } else {
        let kind =
            KINDS.iter().find(|(kind, _)| row.names(kind)).map_or("{room}", |(kind, _)| kind);
        // Members upload and say nothing where only moderators write.
        let with = if kind == "{announcement}" { "{seq}" } else { EVERYTHING }.to_owned();
        let everything = Row { asks: format!("GET {kind}"), with, cells: Vec::new() };
        let stage = shared[&(role, kind)].get_or_init(|| Stage::set(&server, role, &everything));
        ask(stage.await, &row).await
    };
    (got != wanted).then_some(got)
}

async fn ask(stage: &Stage, row: &Row) -> String {
    match row.route() {
        None => say(stage, row).await,
        Some((_, path)) if path.ends_with("socket") => {
            let opened = open(upgrade_to(&stage.actor, &stage.fill(path))).await;
            opened.map_or_else(|error| refusal(*error), |_| "101".to_owned())
        }
        Some((method, path)) => {
            let answer = request(stage, method, path, &stage.fill(&row.with)).await;
            assert_surface(answer.headers(), &row.asks);
            told(answer).await
        }
    }
}

async fn request(stage: &Stage, method: &str, path: &str, with: &str) -> Response {
    let path = stage.fill(path);
    let path = if path.starts_with('/') { path } else { format!("/api/v1/{path}") };
    let (query, body) = if with.starts_with('?') { (with, "{}") } else { ("", with) };
    let client = Client::builder().redirect(redirect::Policy::none()).build().unwrap();
    let url = format!("{}{path}{query}", stage.actor.url);
    let mut request = client.request(method.parse().unwrap(), url);
    if !stage.actor.token.is_empty() {
        request = request.bearer_auth(&stage.actor.token);
    }
    if method != Method::GET.as_str() {
        let body = if body.is_empty() { "{}" } else { body };
        request = request.header("content-type", "application/json").body(body.to_owned());
    }
    request.send().await.unwrap()
}

/// The status of an answer, with the code of a problem that the status alone does not say.
async fn told(answer: Response) -> String {
    let status = answer.status().as_u16();
    if status < 400 {
        return status.to_string();
    }
    let problem: Value = answer.json().await.unwrap_or_default();
    code(status, &problem)
}

fn code(status: u16, problem: &Value) -> String {
    assert_eq!(problem["status"], status, "{problem}");
    assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{problem}");
    match problem["code"].as_str() {
        Some("unauthenticated") => status.to_string(),
        Some(code) => format!("{status} {code}"),
        None => panic!("{problem}"),
    }
}

fn refusal(error: Error) -> String {
    let Error::Http(answer) = error else { panic!("{error}") };
    let body = answer.body().clone().unwrap_or_default();
    code(answer.status().as_u16(), &serde_json::from_slice(&body).unwrap())
}

/// Says a line in the room, and answers what came of it.
async fn say(stage: &Stage, row: &Row) -> String {
    let room = stage.room.expect("a line names its room");
    let mut wire = match open(upgrade(&stage.actor, room)).await {
        Ok(wire) => wire,
        Err(error) => return refusal(*error),
    };
    if row.asks == "ping" {
        wire.say(&json!({ "t": "ping" })).await;
        wire.line("pong").await;
        return "ok".to_owned();
    }
    drop(wire);
    let (mut wire, welcome) = Wire::welcome(&stage.actor.on_another_device(), room).await;
    let with = stage.fill(row.with.split_once(' ').map_or("", |(_, with)| with));
    let mut line: Value = serde_json::from_str(&with).unwrap_or_else(|_| json!({}));
    line["t"] = json!(row.asks);
    match row.asks.as_str() {
        "hello" => "ok".to_owned(),
        "typing" => typing(stage, &mut wire, &line).await,
        "read" => {
            wire.say(&line).await;
            let path = format!("rooms/{room}/messages/{}/readers", welcome["head"]);
            eventually("it is read", async || {
                let readers = stage.target.json(&path).await;
                let users = readers["users"].as_array().unwrap();
                users.contains(&json!(stage.actor.user)).then_some(())
            })
            .await;
            "ok".to_owned()
        }
        _ => {
            let answer = wire.does(line).await;
            let is_refused = answer["t"] == "refused";
            if is_refused { answer["code"].as_str().unwrap().to_owned() } else { "ok".to_owned() }
        }
    }
}

/// Whether somebody who types is seen to: when the next one is, both are.
async fn typing(stage: &Stage, wire: &mut Wire, line: &Value) -> String {
    let room = stage.room.unwrap();
    wire.say(line).await;
    // Whatever comes of it, what was said before it has been heard when it is answered.
    wire.does(json!({ "t": "react", "target": 1, "emoji": "👍", "on": true })).await;
    let (mut other, _) = Wire::welcome(&stage.target, room).await;
    other.say(&json!({ "t": "typing", "on": true })).await;
    loop {
        let digest = other.line("typing").await;
        let who = digest["who"].as_array().unwrap();
        if who.contains(&json!(stage.target.user)) {
            let is_seen = who.contains(&json!(stage.actor.user));
            return if is_seen { "ok" } else { "ignored" }.to_owned();
        }
    }
}
