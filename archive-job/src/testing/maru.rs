//! A Maru of one process, with as much of its side of the archive as commands ask for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::response::IntoResponse;
use protocol::archive::{LogStatus, RoomListing, SealedRange};
use protocol::{AttachmentId, RoomId, Seq, Timestamp, UserId};
use serde_json::{Value, json};

use crate::config::{Config, Secret};
use crate::context::Context;
use crate::fixture;
use crate::record::Run;
use crate::store::Store;

/// It, and what was asked of it.
#[derive(Clone, Default)]
pub(crate) struct Fake(Arc<Mutex<World>>);

/// What it knows.
#[derive(Default)]
pub(crate) struct World {
    /// The rooms that exist.
    pub(crate) rooms: BTreeMap<RoomId, Hot>,
    /// Rooms that D1 knows as held.
    pub(crate) held: BTreeSet<RoomId>,
    /// Rooms that D1 knows as held, too, from the second question, the third, … on.
    pub(crate) held_later: Vec<BTreeSet<RoomId>>,
    /// Rooms that refuse to expire.
    pub(crate) refusing: BTreeSet<RoomId>,
    /// Rooms that were deleted and are not forgotten.
    pub(crate) deleted: BTreeSet<RoomId>,
    /// The files that its store has of rooms. With each question, one is deleted that should be.
    pub(crate) files: BTreeMap<RoomId, BTreeSet<AttachmentId>>,
    /// Files that should be deleted.
    pub(crate) erased_files: BTreeSet<AttachmentId>,
    /// Where users were.
    pub(crate) users: BTreeMap<UserId, BTreeSet<RoomId>>,
    /// Users who asked to be erased; `None` if it does not take such wishes.
    pub(crate) asked: Option<Vec<UserId>>,
    /// What was asked, except for what changes nothing.
    pub(crate) calls: Vec<String>,
    fence: u64,
}

/// A room that exists, with one range that waits.
pub(crate) struct Hot {
    pub(crate) run: Run,
    pub(crate) lines: String,
    pub(crate) erased: Vec<Seq>,
    pub(crate) is_archived: bool,
    pub(crate) hold: bool,
}

impl Fake {
    /// What it knows, to look at or to change.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Serves, and answers what commands are given, with a folder that lives as long as they.
    pub(crate) async fn context(&self, store: Store) -> (Context, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let fake = self.clone();
        let answer = async move |request: Request| fake.answer(request).await;
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        let config = Config {
            url: Some(url),
            token: Some(Secret::new("t".repeat(32))),
            data: folder.path().to_owned(),
            ..Config::default()
        };
        (Context { config: Arc::new(config), ..fixture::context(store) }, folder)
    }

    async fn answer(&self, request: Request) -> impl IntoResponse + use<> {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        let path = parts.uri.path().trim_start_matches("/api/v1/archive/").to_owned();
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let (status, text) = self.world().answer(&parts.method, &path, &query, &body);
        (StatusCode::from_u16(status).unwrap(), text)
    }
}

impl World {
    fn answer(&mut self, method: &Method, path: &str, query: &str, body: &Value) -> (u16, String) {
        let is_question = *method == Method::GET || path.starts_with("leases");
        if !is_question {
            self.calls.push(format!("{method} {path}"));
        }
        let path: Vec<&str> = path.split('/').collect();
        match (method.as_str(), path.as_slice()) {
            ("GET", ["rooms"]) => yes(&self.list(query)),
            ("DELETE", ["leases", _]) | ("POST", ["runs"]) => (204, String::new()),
            (_, ["leases", ..]) => {
                self.fence += u64::from(method == Method::POST);
                yes(&json!({ "fence": self.fence, "expires_at": u64::MAX >> 12 }))
            }
            ("POST", ["rooms", room, "forgotten"]) => {
                let is_there = self.deleted.remove(&room.parse::<RoomId>().unwrap());
                if is_there { (204, String::new()) } else { no(409, "not_deleted") }
            }
            ("POST", ["rooms", room, "expire"])
                if self.refusing.contains(&room.parse::<RoomId>().unwrap()) =>
            {
                no(409, "restoring")
            }
            ("DELETE", ["rooms", room]) => {
                let room = room.parse().unwrap();
                let is_there = self.rooms.remove(&room).is_some();
                self.deleted.extend(is_there.then_some(room));
                if is_there { (204, String::new()) } else { no(404, "no_such_room") }
            }
            ("GET", ["rooms", room, "attachments"]) => {
                let files = self.files.entry(room.parse().unwrap()).or_default();
                let stored = files.iter().map(|id| json!({ "id": id, "bytes": 1 }));
                let answer = json!({ "attachments": stored.collect::<Vec<_>>(), "cursor": null });
                if let Some(erased) = self.erased_files.intersection(files).next().copied() {
                    files.remove(&erased);
                }
                yes(&answer)
            }
            (_, ["rooms", room, rest @ ..]) => match self.rooms.get_mut(&room.parse().unwrap()) {
                Some(hot) => hot.answer(rest, body),
                None => no(404, "no_such_room"),
            },
            ("GET", ["users", user, "rooms"]) => {
                match self.users.get(&user.parse::<UserId>().unwrap()) {
                    Some(rooms) => yes(&json!({ "rooms": rooms })),
                    None => no(404, "no_such_user"),
                }
            }
            ("DELETE", ["users", _]) => yes(&json!({ "password": true, "sign_ins": 0 })),
            ("GET", ["erasures"]) => match &self.asked {
                Some(asked) => {
                    let after: usize =
                        query.strip_prefix("cursor=").map_or(0, |after| after.parse().unwrap());
                    let page = asked.iter().skip(after).take(2);
                    let page = page.map(|user| json!({ "user": user, "asked_at": 1 }));
                    let next = Some(after + 2).filter(|next| *next < asked.len());
                    let cursor = next.map(|next| next.to_string());
                    yes(&json!({ "users": page.collect::<Vec<_>>(), "cursor": cursor }))
                }
                None => no(404, "not_found"),
            },
            ("POST", ["erasures", user, "done"]) => {
                let asked = self.asked.get_or_insert_default();
                asked.retain(|asked| asked.as_str() != *user);
                (204, String::new())
            }
            _ => no(404, "not_found"),
        }
    }

    fn list(&mut self, query: &str) -> Value {
        let listing = |(room, deleted): (&RoomId, bool)| {
            let hot = self.rooms.get(room);
            RoomListing {
                room: *room,
                head: hot.map_or(Seq::ZERO, |hot| hot.run.to),
                archived: hot.map_or(Seq::ZERO, Hot::archived),
                dirty_since: None,
                oldest_at: None,
                hold: self.held.contains(room),
                deleted,
            }
        };
        let waits = |(_, hot): &(&RoomId, &Hot)| !hot.is_archived;
        let rooms: Vec<RoomListing> = match query.split('&').next() {
            Some("state=dirty") => {
                self.rooms.iter().filter(waits).map(|(room, _)| listing((room, false))).collect()
            }
            Some("state=deleted") => {
                self.deleted.iter().map(|room| listing((room, true))).collect()
            }
            Some("state=held") => {
                let held = self.held.iter().map(|room| listing((room, false))).collect();
                let later = (!self.held_later.is_empty()).then(|| self.held_later.remove(0));
                self.held.extend(later.unwrap_or_default());
                held
            }
            _ => self.rooms.keys().map(|room| listing((room, false))).collect(),
        };
        json!({ "rooms": rooms, "cursor": null })
    }
}

impl Hot {
    fn answer(&mut self, path: &[&str], body: &Value) -> (u16, String) {
        match path {
            ["seal"] => {
                let Run { from, to, first_at, last_at, link_before, link, .. } = self.run.clone();
                let erased = self.erased.clone();
                let range = SealedRange { from, to, first_at, last_at, link_before, link, erased };
                let range = (!self.is_archived).then_some(range);
                yes(&json!({ "range": range, "status": self.status() }))
            }
            ["log"] => (200, self.lines.clone()),
            ["acknowledge"] => {
                self.is_archived = true;
                yes(&json!(self.status()))
            }
            ["hold"] => {
                self.hold = body["on"] == true;
                yes(&json!(self.status()))
            }
            ["restore"] => no(409, "room_exists"),
            ["erase"] => yes(&json!({ "seqs": [], "after": null })),
            ["expire"] => yes(&json!({ "entries": 0, "has_more": false, "status": self.status() })),
            [] => yes(&json!(self.status())),
            _ => no(404, "not_found"),
        }
    }

    fn archived(&self) -> Seq {
        if self.is_archived { self.run.to } else { self.run.from.back(1) }
    }

    fn status(&self) -> LogStatus {
        LogStatus {
            room: self.run.room,
            epoch: self.run.epoch,
            head: self.run.to,
            archived: self.archived(),
            expired: Seq::ZERO,
            revision: self.run.revision,
            oldest_at: Some(Timestamp(1)),
            hold: self.hold,
        }
    }
}

fn yes(body: &Value) -> (u16, String) {
    (200, body.to_string())
}

fn no(status: u16, code: &str) -> (u16, String) {
    (status, json!({ "status": status, "code": code, "title": "no" }).to_string())
}
