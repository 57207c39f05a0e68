//! The live figures of the deployment (rules LF1 to LF7).

use std::collections::{BTreeMap, BTreeSet};

use integration_tests::eventually;
use integration_tests::person::{Person, problem, two_in_a_room};
use integration_tests::promtool;
use integration_tests::server::{ARCHIVE_TOKEN, Server, root};
use integration_tests::wire::Wire;
use reqwest::Client;
use serde_json::{Value, json};

/// The token of who collects metrics.
const COLLECTOR: &str = "collector-of-this-test-and-no-other";

/// The keys of the series of an answer.
const SERIES: [&str; 7] =
    ["connections", "messages", "deliveries", "errors", "p50_ms", "p95_ms", "p99_ms"];

/// An administrator of a server of its own, who looks at the figures, so that they come soon.
async fn looking(server: &Server) -> Person {
    let person = Person::sign_up(server).await;
    let admin = Person { token: server.administrator(&person), ..person };
    assert_eq!(sums(&admin.json("admin/live").await), BTreeMap::from(SERIES.map(|name| (name, 0))));
    admin
}

/// What happened in the last hour; of connections and percentiles the sum says little.
fn sums(live: &Value) -> BTreeMap<&'static str, u64> {
    let sum = |name| {
        let series = live["steps"][name].as_array().unwrap();
        assert_eq!(series.len(), 360, "{name}");
        (name, series.iter().map(|value| value.as_u64().unwrap_or_default()).sum())
    };
    SERIES.into_iter().map(sum).collect()
}

/// Waits until this is so.
async fn until(admin: &Person, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
    eventually(what, async || {
        let live = admin.json("admin/live").await;
        holds(&live).then_some(live)
    })
    .await
}

fn stand(live: &Value) -> (u64, u64) {
    (live["rooms"].as_u64().unwrap(), live["connections"].as_u64().unwrap())
}

async fn metrics(person: &Person) -> reqwest::Response {
    let url = format!("{}/metrics", person.url);
    Client::new().get(url).bearer_auth(&person.token).send().await.unwrap()
}

/// Every sample of the text.
fn samples(text: &str) -> BTreeMap<&str, f64> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let sample = |line: &'_ str| line.rsplit_once(' ').map(|(name, _)| name.len());
    lines
        .map(|line| {
            let (name, value) = line.split_at(sample(line).unwrap());
            (name, value.trim().parse().unwrap())
        })
        .collect()
}

#[tokio::test]
async fn lf1_lf2_lf5_lf7_what_is_said_is_counted_exactly() {
    let server = Server::start(None, 0);
    let admin = looking(&server).await;
    let (ann, bob, room) = two_in_a_room(&server).await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    let (mut at_bob, _) = Wire::welcome(&bob, room).await;
    let seq = at_ann.says("one").await;
    for n in 2..=5 {
        at_bob.says(&n.to_string()).await;
    }
    at_bob.does(json!({ "t": "react", "target": seq, "emoji": "👍", "on": true })).await;
    assert_eq!(
        at_bob.may_not(json!({ "t": "edit", "target": seq, "body": "x" })).await,
        "not_yours"
    );

    let live = until(&admin, "everything is counted", |live| {
        stand(live) == (1, 2) && sums(live)["messages"] >= 6 && sums(live)["errors"] >= 1
    })
    .await;
    let sums = sums(&live);
    assert_eq!((sums["messages"], sums["deliveries"], sums["errors"]), (6, 12, 1), "{live}");
    assert_eq!(live["errors"], json!({ "not_yours": 1 }));
    assert_eq!((&live["step_ms"], &live["steps"]["connections"][359]), (&json!(10_000), &json!(2)));
    let from = live["steps"]["from"].as_u64().unwrap();
    assert_eq!(from + 359 * 10_000, live["at"].as_u64().unwrap() / 10_000 * 10_000);
    let steps = &live["steps"];
    for n in 0..360 {
        let is_silent = steps["messages"][n] == 0;
        assert_eq!(steps["p99_ms"][n].is_null(), is_silent, "{}", steps["p99_ms"][n]);
        assert!(is_silent || steps["p50_ms"][n].as_f64() <= steps["p99_ms"][n].as_f64());
    }

    let text = metrics(&admin).await.text().await.unwrap();
    promtool::run(&["check", "metrics"], &text);
    let counted = samples(&text);
    for (name, value) in [
        ("maru_connections", 2.0),
        ("maru_rooms_connected", 1.0),
        ("maru_messages_total", 6.0),
        ("maru_deliveries_total", 12.0),
        ("maru_errors_total{code=\"not_yours\"}", 1.0),
        ("maru_room_latency_seconds_count", 6.0),
        ("maru_room_latency_seconds_bucket{le=\"+Inf\"}", 6.0),
    ] {
        assert_eq!(counted.get(name), Some(&value), "{name} in\n{text}");
    }

    drop((at_ann, at_bob));
    until(&admin, "everybody has left", |live| stand(live) == (0, 0)).await;
}

#[tokio::test]
async fn lf4_hibernation_loses_no_counts() {
    let server = Server::start(None, 0);
    let admin = looking(&server).await;
    let (ann, bob, room) = two_in_a_room(&server).await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    let (_at_bob, _) = Wire::welcome(&bob, room).await;
    until(&admin, "both are there", |live| stand(live) == (1, 2)).await;
    for n in 1..=3 {
        at_ann.says("again").await;
        // The last that happens before the room may hibernate.
        at_ann.line("receipts").await;
        server.evict(&room.to_string());
        let live = admin.json("admin/live").await;
        assert_eq!(stand(&live), (1, 2), "after {n} evictions");
    }
    let live = until(&admin, "all are counted", |live| sums(live)["messages"] >= 3).await;
    assert_eq!((sums(&live)["messages"], sums(&live)["deliveries"]), (3, 6), "{live}");
    assert_eq!(stand(&live), (1, 2));
}

/// To Prometheus a counter that went back has begun anew, and all of it happened just now.
#[tokio::test]
async fn lf6_lf7_no_counter_goes_back_when_a_meter_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Some(folder.path()), 0);
    let admin = looking(&server).await;
    let (ann, _, room) = two_in_a_room(&server).await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    let mut told = 0.0;
    // The first that a meter hears it stores at once, what follows it gathers.
    for _ in 0..2 {
        at_ann.says("one").await;
        told = eventually("it is counted", async || {
            let said = said(&admin).await;
            (said > told).then_some(said)
        })
        .await;
    }
    server.kill_9();
    let server = Server::start(Some(folder.path()), 0);
    let admin = Person { url: server.url.clone(), ..admin };
    assert!(said(&admin).await >= told);
}

/// What Prometheus is told of messages.
async fn said(person: &Person) -> f64 {
    let text = metrics(person).await.text().await.unwrap();
    samples(&text)["maru_messages_total"]
}

#[tokio::test]
async fn lf7_metrics_are_for_administrators_and_who_collects_them() {
    let server = Server::with(&[(
        "MARU_METRICS_TOKENS",
        &format!("another-token-0123456789-0123456789 {COLLECTOR}"),
    )]);
    let bob = Person::sign_up(&server).await;
    assert_eq!(problem(metrics(&bob).await).await, (404, "not_found".to_owned()));
    for token in ["", "x", ARCHIVE_TOKEN] {
        let nobody = Person { token: token.to_owned(), ..bob.clone() };
        let (status, code) = problem(metrics(&nobody).await).await;
        assert_eq!((status, code.as_str()), (401, "unauthenticated"), "{token}");
    }
    let admin = Person { token: server.administrator(&bob), ..bob.clone() };
    let collector = Person { token: COLLECTOR.to_owned(), ..bob };
    for who in [&admin, &collector] {
        let answer = metrics(who).await;
        assert_eq!(answer.status(), 200);
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        assert_eq!(kind, "text/plain; version=0.0.4; charset=utf-8");
        let text = answer.text().await.unwrap();
        assert!(samples(&text).contains_key("maru_messages_total"), "{text}");
    }
    assert_eq!(problem(collector.get("admin/live").await).await.0, 401, "it opens nothing else");
}

#[tokio::test]
async fn lf7_alerts_and_the_dashboard_ask_for_what_there_is() {
    let server = Server::shared();
    let person = Person::sign_up(server).await;
    let admin = Person { token: server.administrator(&person), ..person };
    let text = metrics(&admin).await.text().await.unwrap();
    let dashboard = std::fs::read_to_string(root().join("docs/grafana/live.json")).unwrap();
    let alerts = std::fs::read_to_string(root().join("docs/alerts-live.yml")).unwrap();
    for file in [&dashboard, &alerts] {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let names = file.split(|c| !is_part(c)).filter(|word| word.starts_with("maru_"));
        let asked: BTreeSet<&str> = names.collect();
        assert!(asked.len() > 3, "{asked:?}");
        for name in asked {
            let family =
                ["_bucket", "_count", "_sum"].iter().find_map(|end| name.strip_suffix(end));
            let kind = format!("# TYPE {} ", family.unwrap_or(name));
            assert!(text.contains(&kind), "{name} is not in\n{text}");
        }
    }
    promtool::run(&["test", "rules", "tests/alerts-live.test.yml"], "");

    let dashboard: Value = serde_json::from_str(&dashboard).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap());
    let rule = |target: &Value| {
        let expr = target["expr"].as_str().unwrap().replace("$__rate_interval", "5m");
        json!({ "record": "panel", "expr": expr, "labels": { "n": target["legendFormat"] } })
    };
    let rules: Vec<Value> = targets.map(rule).collect();
    assert!(rules.len() > 10);
    let groups = json!({ "groups": [{ "name": "panels", "rules": rules }] });
    // Every JSON is YAML.
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, groups.to_string()).unwrap();
    promtool::run(&["check", "rules", "--lint=none", file.path().to_str().unwrap()], "");
}
