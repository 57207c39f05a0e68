#![allow(clippy::arithmetic_side_effects, reason = "numbers of a test are small")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use protocol::codec::encode_entry;
use protocol::{Key, Link, Message, Stamp, Timestamp};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::*;
use crate::config::{Config, IndexTarget};
use crate::context::Stop;
use crate::fixture::{self, MORNING, epoch, room, seq};
use crate::index::{self, Clause, Index};
use crate::record::{Kind, Object, Run};
use crate::serve;
use crate::store::{Store, sha256};
use crate::{layout, segment};

/// What stands before an index and refuses some of what comes.
#[derive(Clone, Default)]
struct Proxy {
    url: String,
    /// Every so manyth action of a bulk is answered with 429; none if it is zero.
    busy_every: u64,
    n_actions: Arc<AtomicU64>,
    /// So many bulks are answered with 503 yet.
    n_unavailable: Arc<AtomicU64>,
    /// So many messages are spoiled on their way yet.
    n_spoiled: Arc<AtomicU64>,
    bulks: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    async fn forward(&self, path: &str, body: Vec<u8>) -> Value {
        let answer = Client::new().post(format!("{}{path}", self.url)).body(body).send().await;
        serde_json::from_slice(&answer.unwrap().bytes().await.unwrap()).unwrap()
    }

    /// Passes on those actions for which there is time.
    async fn bulk(&self, body: &str) -> Value {
        let mut lines = body.lines();
        let (mut passed, mut are_busy) = (String::new(), Vec::new());
        while let Some(line) = lines.next() {
            let is_delete = line.starts_with(r#"{"delete""#);
            let source = if is_delete { None } else { lines.next() };
            let nth = self.n_actions.fetch_add(1, Ordering::Relaxed);
            let is_busy = nth.checked_rem(self.busy_every) == Some(0);
            are_busy.push(is_busy);
            let is_spoiled = source.is_some() && take_one(&self.n_spoiled);
            let source = if is_spoiled { Some("{}") } else { source };
            for line in std::iter::once(line).chain(source).filter(|_| !is_busy) {
                passed.push_str(line);
                passed.push('\n');
            }
        }
        let answer = if passed.is_empty() {
            json!({ "items": [] })
        } else {
            self.forward("/_bulk", passed.into_bytes()).await
        };
        let mut items = answer["items"].as_array().unwrap().iter();
        let busy = json!({ "index": { "status": 429, "error": { "type": "busy" } } });
        let item = |is_busy| if is_busy { busy.clone() } else { items.next().unwrap().clone() };
        let items: Vec<Value> = are_busy.into_iter().map(item).collect();
        json!({ "errors": true, "items": items })
    }
}

/// Whether there was one left.
fn take_one(left: &AtomicU64) -> bool {
    let order = Ordering::Relaxed;
    left.fetch_update(order, order, |n| n.checked_sub(1)).is_ok()
}

async fn pass(State(proxy): State<Proxy>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
    let path = parts.uri.to_string();
    if path != "/_bulk" {
        return Json(proxy.forward(&path, body).await).into_response();
    }
    let body = String::from_utf8(body).unwrap();
    proxy.bulks.lock().unwrap().push(body.clone());
    if take_one(&proxy.n_unavailable) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    Json(proxy.bulk(&body).await).into_response()
}

/// A job, the index to which it sends, and what stands between.
struct Scene {
    context: Context,
    proxy: Proxy,
    index: Index,
    url: String,
    n: u64,
    link: Link,
    _folders: [tempfile::TempDir; 2],
    _stop: watch::Sender<bool>,
}

impl Scene {
    async fn new(busy_every: u64) -> Self {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let [mine, theirs] = [0, 1].map(|nth| folders[nth].path().to_owned());
        let (puller, stop) = Stop::new();
        let config = Config { data: theirs, ..Config::default() };
        let there =
            Context { config: Arc::new(config), stop, ..fixture::context(Store::in_memory()) };
        let index = index::embedded(&there, 0);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let bind = listener.local_addr().unwrap();
        let args = serve::Args { bind, memory: 64 };
        tokio::spawn(async move { serve::serve(&there, &args, listener).await.unwrap() });

        let proxy = Proxy { url: format!("http://{bind}"), busy_every, ..Proxy::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(pass).with_state(proxy.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });

        let target = IndexTarget::Bulk(url.clone());
        let config = Config { data: mine, index: target, ..Config::default() };
        let context = Context { config: Arc::new(config), ..fixture::context(Store::in_memory()) };
        let (n, link) = (0, Link::GENESIS);
        Self { context, proxy, index, url, n, link, _folders: folders, _stop: puller }
    }

    /// Archives what a room says next.
    async fn archive(&mut self, entries: impl IntoIterator<Item = Next<'_>>) {
        let before = (self.n, self.link);
        let mut lines = String::new();
        for next in entries {
            self.n += 1;
            let line = encode_entry(&next.entry(self.n));
            self.link = self.link.then(&line);
            lines.push_str(&line);
            lines.push('\n');
        }
        let run = Run {
            room: room(1),
            epoch: epoch(),
            from: seq(before.0 + 1),
            to: seq(self.n),
            first_at: at(before.0 + 1),
            last_at: at(self.n),
            entries: self.n - before.0,
            link_before: before.1.to_hex(),
            link: self.link.to_hex(),
            revision: seq(0),
        };
        let bytes = segment::encode(&lines).unwrap();
        let object = Object {
            path: layout::segment(run.room, run.epoch, (run.from, run.to), run.revision),
            bytes: 0,
            sha256: sha256(&bytes),
            day: segment::day(run.first_at),
            kind: Kind::Segment,
            runs: vec![run],
        };
        let store = &self.context.store;
        store.create(&object.path, bytes).await.unwrap();
        manifest::commit(store, bucket(room(1)), 1, MORNING, vec![object], Vec::new())
            .await
            .unwrap();
    }

    /// Runs `index`, without much patience.
    async fn index(&self) -> Result<Summary, Failure> {
        index::run(&self.context, &Args::default()).await
    }

    fn bodies(&self) -> Vec<String> {
        let (hits, _) = self.index.search(&Clause::Any, None, 10_000).unwrap();
        hits.into_iter().map(|hit| hit.document.body).collect()
    }

    fn bulks(&self) -> usize {
        self.proxy.bulks.lock().unwrap().len()
    }
}

/// What a room says.
enum Next<'a> {
    Say(&'a str),
    Edit(u64, &'a str),
    Redact(u64),
}

fn at(n: u64) -> Timestamp {
    MORNING.plus_ms(n)
}

impl Next<'_> {
    fn entry(&self, n: u64) -> Entry {
        let by = "00000000000000000001".parse().unwrap();
        let stamp = Stamp { seq: seq(n), at: at(n), by };
        let nonce = protocol::Nonce::try_from(n).unwrap();
        let key = Key { device: "00000000000000000002".parse().unwrap(), nonce };
        match *self {
            Self::Say(body) => Entry::Message(Message {
                stamp,
                key,
                body: body.to_owned(),
                reply_to: None,
                thread: None,
                attachments: Vec::new(),
            }),
            Self::Edit(target, body) => {
                Entry::Edit(Edit { stamp, key, target: seq(target), body: body.to_owned() })
            }
            Self::Redact(target) => Entry::Redact(Redact { stamp, key, target: seq(target) }),
        }
    }
}

use Next::{Edit as Amend, Redact as Erase, Say};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_has_no_time_for_is_sent_again_and_nothing_else() {
    let mut scene = Scene::new(3).await;
    scene.proxy.n_unavailable.store(1, Ordering::Relaxed);
    scene.archive([Say("one"), Say("two"), Say("three"), Say("four"), Amend(2, "TWO")]).await;
    let facts = scene.index().await.unwrap().facts;
    assert_eq!((&facts["sent"], &facts["refused"]), (&json!(4), &json!(0)));
    assert_eq!(scene.bodies(), ["four", "three", "TWO", "one"]);
    let sent: Vec<usize> = {
        let bulks = scene.proxy.bulks.lock().unwrap();
        bulks.iter().map(|body| body.lines().count() / 2).collect()
    };
    // All of it after 503, then those that were answered with 429 alone.
    assert_eq!(sent, [4, 4, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_and_erasures_reach_what_was_sent_before() {
    let mut scene = Scene::new(0).await;
    scene.archive([Say("one"), Say("two"), Say("three")]).await;
    scene.index().await.unwrap();
    scene.archive([Amend(1, "ONE"), Erase(2), Say("four"), Erase(6), Amend(3, "x")]).await;
    scene.archive([Amend(3, "THREE"), Amend(77, "nothing"), Erase(78)]).await;
    scene.index().await.unwrap();
    assert_eq!(scene.bodies(), ["THREE", "ONE"]);
    let document = scene.index.get(Id { room: room(1), seq: seq(1) }).unwrap().unwrap();
    assert!(document.edited && document.version == seq(4));

    // Nothing new, and everything again as after a disk was lost.
    let before = scene.bulks();
    assert_eq!(scene.index().await.unwrap().facts["entries"], 0);
    assert_eq!(scene.bulks(), before);
    let rebuild = Args { rebuild: true, ..Args::default() };
    index::run(&scene.context, &rebuild).await.unwrap();
    assert_eq!(scene.bodies(), ["THREE", "ONE"]);
    index::erase_room(&scene.context, room(1)).await.unwrap();
    assert!(scene.bodies().is_empty());
}

/// What stands elsewhere takes no messages, because it is called otherwise.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_reported_and_the_rest_is_there() {
    let mut scene = Scene::new(0).await;
    scene.proxy.n_spoiled.store(1, Ordering::Relaxed);
    scene.archive([Say("one"), Say("two"), Say("three")]).await;
    let failure = scene.index().await.unwrap_err();
    let facts = &failure.summary().unwrap().facts;
    assert_eq!((&facts["sent"], &facts["refused"]), (&json!(2), &json!(1)));
    assert!(facts["reasons"][0].as_str().unwrap().contains("mapper_parsing_exception"));
    assert_eq!(failure.exit_code(), 1);
    assert_eq!(scene.bodies().len(), 2);
    assert_eq!(scene.index().await.unwrap().facts["entries"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_server_is_filled_from_the_beginning() {
    let mut scene = Scene::new(0).await;
    scene.archive([Say("one")]).await;
    scene.index().await.unwrap();
    let other = Config {
        index: IndexTarget::Bulk("http://127.0.0.1:1".to_owned()),
        ..(*scene.context.config).clone()
    };
    let context = Context { config: Arc::new(other), ..scene.context.clone() };
    let failure = index::run(&context, &Args::default()).await.unwrap_err();
    assert!(failure.exit_code() == 2, "{failure}");
    assert!(failure.to_string().contains(&scene.url), "{failure}");
    assert!(failure.to_string().contains("--rebuild"), "{failure}");
}

/// Quickwit has neither ids nor results of single actions.
#[tokio::test(flavor = "multi_thread")]
async fn quickwit_gets_what_was_said_once_and_the_rest_is_told() {
    let scene = Scene::new(0).await;
    let url = "http://127.0.0.1:7280/api/v1/_elastic";
    let remote = Remote::new(&scene.context, url).unwrap();
    assert!(remote.is_quickwit);
    let said = |body: &str| {
        let Entry::Message(message) = Say(body).entry(1) else { panic!() };
        Change::Said(Box::new(Document::new(room(1), message)))
    };
    let edited = || Change::Edited { body: "b".to_owned(), version: seq(2) };
    let erased = || Change::Erased { version: seq(3) };
    let action = remote.action(None, vec![said("a"), edited()]).unwrap().unwrap();
    assert!(action.lines.starts_with("{\"create\":{\"_index\":\"maru-2026-05\"}}\n"));
    assert!(action.lines.contains("\"body\":\"b\"") && !action.lines.contains("_id"));
    assert!(remote.action(None, vec![said("a"), erased()]).unwrap().is_none());
    let failure = delete(&scene.context, url, json!({})).await.unwrap_err();
    assert!(failure.to_string().contains("delete task"), "{failure}");
}
