#![allow(clippy::arithmetic_side_effects, reason = "numbers of a test are small")]

use std::path::PathBuf;

use protocol::{Epoch, RoomId, Seq};
use reqwest::{Client, Response as Answer};
use tokio::sync::watch;

use super::*;
use crate::config::{Config, Secret};
use crate::context::{Clock, Stop};
use crate::damage::Damage;
use crate::metrics::Metrics;
use crate::progress::Progress;
use crate::store::Store;

const MAY: u64 = 1_777_593_600_000;
const TOKEN: &str = "a token of at least thirty-two characters";

/// A server, until it is dropped.
struct Running {
    url: String,
    client: Client,
    _data: tempfile::TempDir,
    _stop: watch::Sender<bool>,
    index: Index,
}

impl Running {
    async fn start(token: Option<&str>) -> Self {
        let data = tempfile::tempdir().unwrap();
        let config = Config {
            data: data.path().to_owned(),
            index_token: token.map(Secret::new),
            ..Config::default()
        };
        let (puller, stop) = Stop::new();
        let context = Context {
            config: Arc::new(config),
            store: Store::in_memory(),
            metrics: Metrics::new(),
            progress: Progress::silent(),
            stop,
            clock: Clock::System,
            dry_run: false,
            damage: Damage::default(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let index = embedded(&context, 30_000_000);
        let args = Args { bind: address, memory: 64 };
        tokio::spawn(async move { serve(&context, &args, listener).await.unwrap() });
        let url = format!("http://{address}");
        Self { url, client: Client::new(), _data: data, _stop: puller, index }
    }

    async fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> Answer {
        let url = format!("{}{path}", self.url);
        self.client.post(url).body(body).send().await.unwrap()
    }

    /// The answer to a `_search` of everything.
    async fn search(&self, body: &Value) -> Value {
        json_body(self.post("/maru/_search", body.to_string()).await).await
    }

    async fn fill(&self, n: u64) {
        let line = |seq: u64| {
            let room = "0".repeat(20);
            let source = json!({
                "room": room, "seq": seq, "at": MAY + seq, "by": "a".repeat(20),
                "body": format!("word {seq}"),
            });
            format!("{}\n{source}\n", json!({"index": {"_index": "maru-2026-05"}}))
        };
        let body: String = (1..=n).map(line).collect();
        let answer = json_body(self.post("/_bulk", body).await).await;
        assert_eq!(answer["errors"], false, "{answer}");
    }
}

async fn json_body(answer: Answer) -> Value {
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

/// The interpreter that has the official clients.
fn python() -> PathBuf {
    let cache = || {
        let home = std::env::var_os("HOME").map(PathBuf::from)?;
        Some(home.join(".cache/maru/tools/python-clients-2/bin/python"))
    };
    let python = std::env::var_os("MARU_PYTHON").map(PathBuf::from).or_else(cache).unwrap();
    let hint = "`cargo xtask setup` installs the Python that has the official clients";
    assert!(python.is_file(), "{} is missing; {hint}", python.display());
    python
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_clients_are_content() {
    let running = Running::start(Some(TOKEN)).await;
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/serve/clients.py");
    let mut clients = std::process::Command::new(python());
    clients.arg(script).arg(&running.url).arg(TOKEN);
    let output = tokio::task::spawn_blocking(move || clients.output()).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stdout));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_names_the_product_and_only_health_is_open() {
    let running = Running::start(Some(TOKEN)).await;
    let get = |path: &str| running.client.get(format!("{}{path}", running.url)).send();
    let answer = get("/healthz").await.unwrap();
    assert_eq!(answer.headers()["x-elastic-product"], "Elasticsearch");
    assert_eq!(answer.status(), 200);
    for path in ["/", "/metrics", "/maru/_search", "/nothing"] {
        let answer = get(path).await.unwrap();
        assert_eq!(answer.headers()["x-elastic-product"], "Elasticsearch");
        assert_eq!(answer.status(), 401, "{path}");
        assert_eq!(json_body(answer).await["error"]["type"], "security_exception");
    }
    for token in [format!("{TOKEN}x"), String::new()] {
        let url = format!("{}/", running.url);
        let answer = running.client.get(url).bearer_auth(token).send().await.unwrap();
        assert_eq!(answer.status(), 401);
    }
    let url = format!("{}/metrics", running.url);
    let answer = running.client.get(url).bearer_auth(TOKEN).send().await.unwrap();
    assert!(answer.text().await.unwrap().ends_with("# EOF\n"));
}

#[tokio::test]
async fn strangers_are_not_served_without_a_token() {
    let data = tempfile::tempdir().unwrap();
    let config = Config { data: data.path().to_owned(), ..Config::default() };
    let context = Context {
        config: Arc::new(config),
        store: Store::in_memory(),
        metrics: Metrics::new(),
        progress: Progress::silent(),
        stop: Stop::never(),
        clock: Clock::System,
        dry_run: false,
        damage: Damage::default(),
    };
    let args = Args { bind: "0.0.0.0:0".parse().unwrap(), memory: 64 };
    let failure = run(&context, &args).await.unwrap_err();
    assert!(failure.exit_code() == 2 && failure.to_string().contains("index_token"));
}

/// What the Worker sends and gets (docs/archive.md).
#[tokio::test(flavor = "multi_thread")]
async fn the_worker_is_told_how_far_rooms_are_indexed() {
    let running = Running::start(None).await;
    running.fill(3).await;
    let room: RoomId = "0".repeat(20).parse().unwrap();
    let epoch = Epoch::from_random([1; 13]);
    let mut writer = running.index.writer().unwrap();
    writer.begin(room, epoch, Seq::try_from(8).unwrap()).unwrap();
    writer.complete(None).unwrap();
    drop(writer);
    let other = "1".repeat(20);
    let words = json!({"query_string": {"query": "word from:민수", "default_field": "body"}});
    let filter = json!([{"terms": {"room": [room, other]}}, {"terms": {"by": ["a".repeat(20)]}}]);
    let found = running
        .search(&json!({
            "query": {"bool": {"must": [words], "filter": filter}},
            "sort": [{"at": "desc"}, {"room": "asc"}, {"seq": "desc"}],
            "size": 2, "search_after": [MAY + 3, room, 3],
        }))
        .await;
    assert_eq!(found["indexed"], json!({room.to_string(): {"epoch": epoch, "seq": 7}}));
    let hit = &found["hits"]["hits"][0];
    assert_eq!(hit["_index"], "maru-2026-05");
    assert_eq!(hit["sort"], json!([MAY + 2, room, 2]));
    assert_eq!(hit["ranges"], json!([[0, 4]]));
    let source = json!({
        "room": room, "seq": 2, "at": MAY + 2, "by": "a".repeat(20), "body": "word 2",
        "edited": false, "thread": null, "attachments": [], "version": 0,
    });
    assert_eq!(hit["_source"], source);
    assert_eq!(found["hits"]["hits"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_understood_is_named() {
    let running = Running::start(None).await;
    let cases = [
        (json!({"query": {"fuzzy": {}}}), "unknown query [fuzzy]"),
        (json!({"query": {"bool": {"must": [{"regexp": {}}]}}}), "unknown query [regexp]"),
        (json!({"query": {"bool": {"musst": []}}}), "[bool] does not support [musst]"),
        (json!({"query": {"match": {"body": "a"}, "term": {}}}), "exactly one member"),
        (json!({"query": {"term": {"colour": "red"}}}), "no field [colour]"),
        (json!({"query": {"term": {"room": "x"}}}), "is no [room]"),
        (json!({"query": {"range": {"at": {"gte": "soon"}}}}), "is no time"),
        (json!({"query": {"range": {"seq": {"gte": 1}}}}), "`at` only"),
        (json!({"aggs": {}}), "[_search] does not support [aggs]"),
        (json!({"sort": [{"at": "asc"}]}), "[sort] is"),
        (json!({"sort": ["_score"]}), "[sort] is"),
        (json!({"size": 5_000}), "[size] is at most"),
        (json!({"size": -1}), "[size]"),
        (json!({"search_after": [1]}), "[search_after]"),
        (json!({"query": {"query_string": {"query": "a from:민수"}}}), "names are not known"),
        (json!({"query": {"query_string": {"query": "a \"b"}}}), "close the quote"),
    ];
    for (body, want) in cases {
        let answer = running.post("/maru/_search", body.to_string()).await;
        assert_eq!(answer.status(), 400, "{body}");
        let answer = json_body(answer).await;
        let reason = answer["error"]["reason"].as_str().unwrap();
        assert!(reason.contains(want), "{body}: {reason}");
        assert_eq!(answer["status"], 400);
        assert_eq!(answer["error"]["root_cause"][0]["reason"], reason);
    }
    let empty = running.search(&json!({"query": {"query_string": {"query": "\"…\""}}})).await;
    assert_eq!(empty["error"]["code"], "query_empty");
    let answer = running.post("/maru-2026-05/_search", "{}").await;
    assert_eq!(answer.status(), 404);
    assert_eq!(json_body(answer).await["error"]["type"], "index_not_found_exception");
    assert_eq!(running.post("/maru/_nothing", "{}").await.status(), 400);
    assert_eq!(running.post("/maru/_search", "{").await.status(), 400);
    assert_eq!(running.post("/_bulk", "{\"index\":{}}\n{}").await.status(), 400);
    let huge = vec![b' '; BODY_BYTES_MAX + 1];
    assert_eq!(running.post("/_bulk", huge).await.status(), 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_mean_what_they_say() {
    let running = Running::start(None).await;
    running.fill(9).await;
    let cases = [
        (json!({"match_all": {}}), vec![9, 8, 7, 6, 5, 4, 3, 2, 1]),
        (json!({"match_none": {}}), vec![]),
        (json!({"match": {"body": "7 3 nothing"}}), vec![7, 3]),
        (json!({"match": {"body": {"query": "word 3", "operator": "AND"}}}), vec![3]),
        (json!({"match_phrase": {"body": "word 4"}}), vec![4]),
        (json!({"match_phrase": {"body": "4 word"}}), vec![]),
        (json!({"term": {"seq": 5}}), vec![5]),
        (json!({"terms": {"seq": [5, 6]}}), vec![6, 5]),
        (json!({"ids": {"values": [format!("{}:2", "0".repeat(20))]}}), vec![2]),
        (json!({"range": {"at": {"gt": MAY + 7}}}), vec![9, 8]),
        (json!({"range": {"at": {"gte": MAY + 2, "lt": MAY + 4}}}), vec![3, 2]),
        (json!({"range": {"at": {"gte": "2026-05-02"}}}), vec![]),
        (json!({"range": {"at": {"lt": "2026-05-01T00:00:00.003Z"}}}), vec![2, 1]),
        (json!({"bool": {"should": [{"term": {"seq": 1}}, {"match": {"body": "2"}}]}}), vec![2, 1]),
        (
            json!({"bool": {
                "must": {"match": {"body": "word"}},
                "must_not": [{"range": {"at": {"lt": MAY + 8}}}],
                "should": [{"term": {"seq": 1}}],
            }}),
            vec![9, 8],
        ),
        (
            json!({"bool": {
                "should": [{"term": {"seq": 1}}, {"match": {"body": "1 2"}}],
                "minimum_should_match": 2,
            }}),
            vec![1],
        ),
        (json!({"term": {"edited": true}}), vec![]),
        (json!({"term": {"has_file": false}}), vec![9, 8, 7, 6, 5, 4, 3, 2, 1]),
    ];
    for (query, want) in cases {
        let found = running.search(&json!({ "query": query })).await;
        let hits = found["hits"]["hits"].as_array().unwrap();
        let have: Vec<u64> =
            hits.iter().map(|hit| hit["_source"]["seq"].as_u64().unwrap()).collect();
        assert_eq!(have, want, "{query}");
    }
    let found = running.search(&json!({"size": 2, "from": 3, "_source": ["seq"]})).await;
    assert_eq!(found["hits"]["hits"][0]["_source"], json!({"seq": 6}));
    assert_eq!(found["hits"]["total"], json!({"value": 6, "relation": "gte"}));
    let found = running.search(&json!({"size": 0, "track_total_hits": true})).await;
    assert_eq!(found["hits"]["total"], json!({"value": 9, "relation": "eq"}));
    let found = running.search(&json!({"size": 0, "track_total_hits": false})).await;
    assert_eq!(found["hits"], json!({"hits": [], "max_score": null}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_is_refused_item_by_item_while_somebody_else_writes() {
    let running = Running::start(None).await;
    let writer = running.index.writer().unwrap();
    let line =
        json!({"delete": {"_index": "maru-2026-05", "_id": format!("{}:1", "0".repeat(20))}});
    let answer = json_body(running.post("/_bulk", format!("{line}\n")).await).await;
    assert_eq!(answer["items"][0]["delete"]["status"], 429);
    drop(writer);
    let answer = json_body(running.post("/_bulk", format!("{line}\n")).await).await;
    assert_eq!(answer["items"][0]["delete"]["status"], 404);
    assert_eq!(answer["errors"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_only_rise() {
    let running = Running::start(None).await;
    running.fill(1).await;
    let id = format!("{}:1", "0".repeat(20));
    let update = |version: u64, body: &str| {
        let meta = json!({"index": {"_id": id, "version": version, "version_type": "external"}});
        let source = json!({
            "room": "0".repeat(20), "seq": 1, "at": MAY, "by": "a".repeat(20), "body": body,
        });
        running.post("/maru/_bulk", format!("{meta}\n{source}\n"))
    };
    let status =
        async |answer: Answer| json_body(answer).await["items"][0]["index"]["status"].clone();
    assert_eq!(status(update(5, "five").await).await, 200);
    assert_eq!(status(update(4, "four").await).await, 409);
    assert_eq!(status(update(5, "five again").await).await, 409);
    let meta = json!({"update": {"_id": id}});
    let doc = json!({"doc": {"body": "six", "edited": true}});
    let answer = json_body(running.post("/maru/_bulk", format!("{meta}\n{doc}\n")).await).await;
    assert_eq!(answer["items"][0]["update"]["status"], 200, "{answer}");
    let url = format!("{}/maru/_doc/{id}", running.url);
    let document = json_body(running.client.get(url).send().await.unwrap()).await;
    assert_eq!((&document["_version"], &document["_source"]["body"]), (&json!(5), &json!("six")));
}
