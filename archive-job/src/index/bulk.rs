//! An index elsewhere, by `_bulk`: `OpenSearch`, Elasticsearch, Quickwit, or another `serve`.
//!
//! What is sent may be sent again: documents have ids, and versions that only rise. Quickwit knows
//! neither; there, watermarks alone keep a message from coming twice, and what was edited or erased
//! after it was sent is reported, because it must be deleted by a delete task of Quickwit.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

use futures::StreamExt as _;
use protocol::codec::decode_entry;
use protocol::{Edit, Entry, Redact, RoomId, Seq};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use super::command::{Args, READ_AHEAD};
use super::document::{Document, Id};
use super::intake::Intake;
use super::reading::{Lines, Part, parts};
use super::state::{self, Watermark, Watermarks};
use super::{IndexError, remove};
use crate::context::Context;
use crate::failure::Failure;
use crate::layout::bucket;
use crate::manifest;
use crate::metrics::outcome;
use crate::summary::Summary;

/// Bytes of a request, about; servers take ten megabytes and more.
const BATCH_BYTES: usize = 5 * 1024 * 1024;

/// Bytes of messages that wait to be sent, about.
const WAITING_BYTES: usize = 16 * 1024 * 1024;

/// Documents that are asked for at once.
const IDS: usize = 500;

/// How often something is tried that a server has no time for.
const TRIES: u32 = 8;

/// Before the second try; each later one waits twice as long.
const PATIENCE: Duration = Duration::from_millis(250);

/// Reasons of refusals that are told.
const REASONS: usize = 10;

/// Runs `index` with an index elsewhere.
pub(super) async fn run(context: &Context, args: &Args, url: &str) -> Result<Summary, Failure> {
    let mut sink = Sink::open(context, url, args.rebuild && !context.dry_run)?;
    let mut all = Vec::new();
    for bucket in context.buckets() {
        let contents = manifest::load(&context.store, bucket).await?;
        let ignores = args.rebuild && context.dry_run;
        let watermarks = if ignores { Watermarks::new() } else { sink.watermarks(bucket)? };
        all.extend(parts(bucket, &contents, &watermarks));
    }
    all.sort_by(|a, b| (&a.day, a.bucket).cmp(&(&b.day, b.bucket)));
    let n_entries: u64 = all.iter().map(Part::entries).sum();
    let mut intake = Intake::of(n_entries);
    if !context.dry_run {
        intake = Intake::default();
        let task = context.progress.task("index", Some(n_entries));
        let read = |part: Part| async move { (part.read(&context.store).await, part.entries()) };
        let mut reading = futures::stream::iter(all).map(read).buffered(READ_AHEAD);
        while let Some((lines, n_entries)) = reading.next().await {
            sink.take(intake.keep(lines?)).await?;
            task.advance(n_entries);
            if context.stop.is_set() {
                sink.flush().await?;
                return Err(Failure::Stopped);
            }
        }
        sink.flush().await?;
    }
    let n_entries = intake.entries;
    let Counts { sent, refused, left, reasons } = &sink.counts;
    for (word, n) in [("sent", sent), ("refused", refused), ("left", left)] {
        context.metrics.indexed.get_or_create(&outcome(word)).inc_by(*n);
    }
    let facts = json!({
        "entries": n_entries, "sent": sent, "refused": refused, "left": left,
        "reasons": reasons, "dry_run": context.dry_run,
    });
    let is_all = *refused == 0 && *left == 0;
    let text = match (n_entries, context.dry_run) {
        _ if !is_all => format!(
            "{sent} changes were sent, {refused} were refused ({}); {left} edits and erasures \
             must be carried out there by hand, because Quickwit cannot change documents",
            reasons.join("; ")
        ),
        (0, _) if intake.is_whole() => "everything that is archived is indexed".to_owned(),
        (_, true) => format!("{n_entries} entries would be indexed"),
        (_, false) => format!("{n_entries} entries are indexed, {sent} changes were sent"),
    };
    let summary = intake.end(context, Summary::new("index", text, facts)).await?;
    if is_all { Ok(summary) } else { Err(Failure::Incomplete(Box::new(summary))) }
}

/// Deletes what a query finds in an index elsewhere.
pub(super) async fn delete(context: &Context, url: &str, query: Value) -> Result<(), Failure> {
    let remote = Remote::new(context, url)?;
    if remote.is_quickwit {
        let why = format!("Quickwit deletes by its own delete tasks only; make one for {query}");
        return Err(Failure::later(why));
    }
    let path = "/maru-*/_delete_by_query?refresh=true&conflicts=proceed";
    remote.ask(path, json!({ "query": query }).to_string()).await.map(drop)
}

/// The server.
struct Remote {
    client: Client,
    url: String,
    token: Option<String>,
    is_quickwit: bool,
    patience: Duration,
}

/// What becomes of a message, entry by entry.
enum Change {
    Said(Box<Document>),
    Edited { body: String, version: Seq },
    Erased { version: Seq },
}

/// One line of a bulk with its document.
struct Action {
    index: String,
    lines: String,
    is_delete: bool,
}

#[derive(Default)]
struct Counts {
    sent: u64,
    refused: u64,
    left: u64,
    reasons: Vec<String>,
}

struct Sink {
    remote: Remote,
    folder: PathBuf,
    _lock: File,
    waiting: BTreeMap<Id, Vec<Change>>,
    n_bytes: usize,
    moved: BTreeMap<RoomId, Watermark>,
    counts: Counts,
}

impl Sink {
    fn open(context: &Context, url: &str, rebuild: bool) -> Result<Self, Failure> {
        let remote = Remote::new(context, url)?;
        let folder = context.config.data.join("bulk");
        let open = || -> Result<File, IndexError> {
            std::fs::create_dir_all(&folder)?;
            let lock = File::create(folder.join("bulk.lock"))?;
            lock.try_lock().map_err(|_| IndexError::Busy)?;
            if rebuild {
                remove(&folder.join("watermarks"))?;
                remove(&folder.join("url.json"))?;
            }
            Ok(lock)
        };
        let lock = open()?;
        let file = folder.join("url.json");
        let before: Option<String> = state::read(&file)?;
        if before.as_ref().is_some_and(|before| before != url) {
            return Err(Failure::configuration(format!(
                "{} was filled before, not {url}; fill this one with `archive-job index --rebuild`",
                before.unwrap_or_default()
            )));
        }
        state::write(&file, &url).map_err(IndexError::from)?;
        let (waiting, moved, counts) = (BTreeMap::new(), BTreeMap::new(), Counts::default());
        Ok(Self { remote, folder, _lock: lock, waiting, n_bytes: 0, moved, counts })
    }

    fn watermarks(&self, bucket: u8) -> Result<Watermarks, Failure> {
        let read = state::read(&self.watermarks_file(bucket))?;
        Ok(read.unwrap_or_default())
    }

    fn watermarks_file(&self, bucket: u8) -> PathBuf {
        self.folder.join("watermarks").join(format!("{bucket:02x}.json"))
    }

    /// Reads entries, and sends what they come to if it is much.
    async fn take(&mut self, pieces: Lines) -> Result<(), Failure> {
        for (piece, lines) in pieces {
            for (seq, line) in lines {
                self.read(piece.room, seq, &line)?;
                self.moved.insert(piece.room, Watermark { epoch: piece.epoch, seq });
            }
        }
        if self.n_bytes > WAITING_BYTES { self.flush().await } else { Ok(()) }
    }

    fn read(&mut self, room: RoomId, seq: Seq, line: &str) -> Result<(), Failure> {
        let wrong = |_| IndexError::Line(room, seq.get());
        let (seq, change) = match decode_entry(line).map_err(wrong)? {
            Some(Entry::Message(message)) => {
                (seq, Change::Said(Box::new(Document::new(room, message))))
            }
            Some(Entry::Edit(Edit { stamp, target, body, .. })) => {
                (target, Change::Edited { body, version: stamp.seq })
            }
            Some(Entry::Redact(Redact { stamp, target, .. })) => {
                (target, Change::Erased { version: stamp.seq })
            }
            Some(
                Entry::Redacted(_)
                | Entry::React(_)
                | Entry::Pin(_)
                | Entry::Join(_)
                | Entry::Leave(_)
                | Entry::Moderate(_)
                | Entry::Settings(_),
            )
            | None => return Ok(()),
        };
        self.n_bytes = self.n_bytes.saturating_add(line.len());
        self.waiting.entry(Id { room, seq }).or_default().push(change);
        Ok(())
    }

    /// Sends what waits, and moves the watermarks then.
    async fn flush(&mut self) -> Result<(), Failure> {
        let waiting = std::mem::take(&mut self.waiting);
        self.n_bytes = 0;
        let is_later = |changes: &Vec<Change>| !matches!(changes.first(), Some(Change::Said(_)));
        let later: Vec<Id> =
            waiting.iter().filter(|(_, changes)| is_later(changes)).map(|(id, _)| *id).collect();
        let mut known = if self.remote.is_quickwit {
            BTreeMap::new()
        } else {
            self.remote.find(&later).await?
        };
        let mut actions = Vec::new();
        for (id, changes) in waiting {
            if self.remote.is_quickwit && is_later(&changes) {
                self.counts.left = self.counts.left.saturating_add(1);
                continue;
            }
            actions.extend(self.remote.action(known.remove(&id), changes)?);
        }
        // Those of an index together, so that a request goes to few places.
        actions.sort_by(|a, b| a.index.cmp(&b.index));
        let mut batch: Vec<Action> = Vec::new();
        let mut n_bytes = 0_usize;
        for action in actions {
            let length = action.lines.len();
            let is_other = batch.last().is_some_and(|last| last.index != action.index);
            if is_other || n_bytes.saturating_add(length) > BATCH_BYTES {
                self.remote.send(std::mem::take(&mut batch), &mut self.counts).await?;
                n_bytes = 0;
            }
            n_bytes = n_bytes.saturating_add(length);
            batch.push(action);
        }
        self.remote.send(batch, &mut self.counts).await?;
        self.move_watermarks()
    }

    fn move_watermarks(&mut self) -> Result<(), Failure> {
        let mut by_bucket: BTreeMap<u8, Watermarks> = BTreeMap::new();
        for (room, watermark) in std::mem::take(&mut self.moved) {
            by_bucket.entry(bucket(room)).or_default().insert(room, watermark);
        }
        for (bucket, moved) in by_bucket {
            let mut watermarks = self.watermarks(bucket)?;
            watermarks.extend(moved);
            let file = self.watermarks_file(bucket);
            state::write(&file, &watermarks).map_err(IndexError::from)?;
        }
        Ok(())
    }
}

impl Remote {
    fn new(context: &Context, url: &str) -> Result<Self, Failure> {
        let client = Client::builder().timeout(Duration::from_mins(1)).build();
        Ok(Self {
            client: client.map_err(|error| Failure::configuration(error.to_string()))?,
            url: url.trim_end_matches('/').to_owned(),
            token: context.config.index_token.as_ref().map(|token| token.reveal().to_owned()),
            is_quickwit: url.contains("/_elastic"),
            patience: PATIENCE,
        })
    }

    /// Documents that were sent before.
    async fn find(&self, ids: &[Id]) -> Result<BTreeMap<Id, Document>, Failure> {
        let mut found = BTreeMap::new();
        if ids.is_empty() {
            return Ok(found);
        }
        // An index that is not there yet has nothing, and is no failure with a pattern.
        self.ask("/maru-*/_refresh", String::new()).await?;
        for ids in ids.chunks(IDS) {
            let values: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let query = json!({ "query": { "ids": { "values": values } }, "size": IDS });
            let answer = self.ask("/maru-*/_search", query.to_string()).await?;
            let hits = answer.pointer("/hits/hits").and_then(Value::as_array);
            for hit in hits.into_iter().flatten() {
                let source = hit.get("_source").cloned().unwrap_or_default();
                let document: Document = serde_json::from_value(source).map_err(|error| {
                    Failure::later(format!("{} holds another: {error}", self.url))
                })?;
                found.insert(document.id(), document);
            }
        }
        Ok(found)
    }

    /// What changes come to; nothing if what they change is not there.
    fn action(
        &self,
        known: Option<Document>,
        changes: Vec<Change>,
    ) -> Result<Option<Action>, Failure> {
        let (mut document, mut erased) = (known, None);
        for change in changes {
            match (change, &mut document) {
                (Change::Said(said), _) => document = Some(*said),
                (Change::Edited { body, version }, Some(document)) => {
                    (document.body, document.edited, document.version) = (body, true, version);
                }
                (Change::Erased { version }, Some(_)) => {
                    erased = document.take().map(|document| (document, version));
                }
                (Change::Edited { .. } | Change::Erased { .. }, None) => {}
            }
        }
        let meta = |document: &Document, version: Seq| {
            let index = format!("maru-{}", document.month());
            let meta = json!({
                "_index": index, "_id": document.id().to_string(),
                "version": version, "version_type": "external",
            });
            (index, meta)
        };
        Ok(match (document, erased) {
            (Some(document), _) => {
                let (index, meta) = meta(&document, document.version);
                let source = serde_json::to_string(&document).map_err(IndexError::from)?;
                let action = if self.is_quickwit {
                    json!({ "create": { "_index": index } })
                } else {
                    json!({ "index": meta })
                };
                Some(Action { index, lines: format!("{action}\n{source}\n"), is_delete: false })
            }
            // Nothing was sent to Quickwit of it.
            (None, Some(_)) if self.is_quickwit => None,
            (None, Some((document, version))) => {
                let (index, meta) = meta(&document, version);
                let lines = format!("{}\n", json!({ "delete": meta }));
                Some(Action { index, lines, is_delete: true })
            }
            (None, None) => None,
        })
    }

    /// Sends actions, again and again those for which the server had no time.
    async fn send(&self, mut actions: Vec<Action>, counts: &mut Counts) -> Result<(), Failure> {
        for nth in 0..TRIES {
            if actions.is_empty() {
                return Ok(());
            }
            if nth > 0 {
                tokio::time::sleep(self.patience.saturating_mul(1 << nth.min(6))).await;
            }
            let body: String = actions.iter().map(|action| action.lines.as_str()).collect();
            let answer = self.ask("/_bulk", body).await?;
            let Some(items) = answer.get("items").and_then(Value::as_array) else {
                // Quickwit does not tell of each.
                if answer.get("errors") == Some(&Value::Bool(true)) {
                    return Err(Failure::later(format!("{} refused a bulk: {answer}", self.url)));
                }
                counts.count_sent(actions.len());
                return Ok(());
            };
            let mut again = Vec::new();
            let n_items = items.len();
            let mut items = items.iter();
            for action in actions {
                let item = items.next().and_then(|item| item.as_object()?.values().next());
                match Judgement::of(item, &action) {
                    Judgement::Done => counts.count_sent(1),
                    Judgement::Again => again.push(action),
                    Judgement::Refused(reason) => counts.refuse(reason),
                }
            }
            tracing::debug!(n_items, again = again.len(), "a bulk was answered");
            actions = again;
        }
        if actions.is_empty() {
            return Ok(());
        }
        let n_left = actions.len();
        Err(Failure::later(format!("{} has no time for {n_left} changes; try later", self.url)))
    }

    /// Posts, again and again while the server has no time.
    async fn ask(&self, path: &str, body: String) -> Result<Value, Failure> {
        let mut why = String::new();
        for nth in 0..TRIES {
            if nth > 0 {
                tokio::time::sleep(self.patience.saturating_mul(1 << nth.min(6))).await;
            }
            let kind = if path == "/_bulk" { "application/x-ndjson" } else { "application/json" };
            let mut request = self.client.post(format!("{}{path}", self.url)).body(body.clone());
            request = request.header("content-type", kind);
            if let Some(token) = &self.token {
                request = request.bearer_auth(token);
            }
            let answer = match request.send().await {
                Ok(answer) => answer,
                Err(error) => {
                    why = error.to_string();
                    continue;
                }
            };
            let status = answer.status();
            let text = answer.text().await.unwrap_or_default();
            if status.is_success() {
                return serde_json::from_str(&text).map_err(|_| {
                    Failure::later(format!("{} answered no JSON; is it an index?", self.url))
                });
            }
            why = format!("{status}: {}", text.chars().take(400).collect::<String>());
            if !is_temporary(status) {
                break;
            }
        }
        Err(Failure::later(format!("{}{path} failed: {why}", self.url)))
    }
}

enum Judgement {
    Done,
    Again,
    Refused(String),
}

impl Judgement {
    fn of(item: Option<&Value>, action: &Action) -> Self {
        let status = item.and_then(|item| item.get("status")?.as_u64());
        let status = status.and_then(|status| u16::try_from(status).ok());
        let status = status.and_then(|status| StatusCode::from_u16(status).ok());
        match status {
            // It is there already, of this version or a later one.
            Some(StatusCode::CONFLICT) => Self::Done,
            Some(StatusCode::NOT_FOUND) if action.is_delete => Self::Done,
            Some(status) if status.is_success() => Self::Done,
            Some(status) if is_temporary(status) => Self::Again,
            Some(_) | None => {
                let error = item.and_then(|item| item.get("error")).cloned().unwrap_or_default();
                Self::Refused(error.to_string())
            }
        }
    }
}

impl Counts {
    fn count_sent(&mut self, n: usize) {
        self.sent = self.sent.saturating_add(u64::try_from(n).unwrap_or(u64::MAX));
    }

    fn refuse(&mut self, reason: String) {
        self.refused = self.refused.saturating_add(1);
        if self.reasons.len() < REASONS && !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }
}

fn is_temporary(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error()
}

#[cfg(test)]
mod tests;
