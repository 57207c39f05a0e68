//! Everything that an account holds, as a tar archive that is written while it is read (rule PE5).
//!
//! No more of it is in memory than one piece: the archive goes on when its reader has taken that,
//! and ends when its reader goes away.

mod said;
mod tar;

use std::future::{pending, ready};

use futures::channel::mpsc::{self, Sender};
use futures::{SinkExt, StreamExt, stream};
use object_api::deadline::within_ms;
use protocol::limits::PAGE_ENTRIES_MAX;
use protocol::{Attachment, RoomId, Timestamp};
use serde::Deserialize;
use worker::{Bucket, Env, Method, Request, Response};

use crate::audit::{Act, Note, Whence};
use crate::binding::Bindings;
use crate::identity::Caller;
use crate::object::{Question, ask_room};
use crate::problem::{Cause, Problem};
use crate::store::{Asked, EXPORT_QUIET_MS, OwnRoom, Rows, Store};
use crate::{clock, files, random, reply};
use said::Said;

/// Bytes of lines after which a further file begins.
const PART_BYTES: usize = 1024 * 1024;

/// Rows of the audit log that are read at once.
const AUDIT_ROWS: u32 = 500;

/// Milliseconds to wait if a room does not say how long.
const PAUSE_MS: u64 = 1_000;

/// What a room says that has been asked too often.
#[derive(Deserialize)]
struct Hasty {
    retry_after_ms: Option<u64>,
}

/// One archive on its way.
struct Export {
    env: Env,
    store: Store,
    bucket: Bucket,
    caller: Caller,
    /// Tells this archive from a later one of the same account.
    run: String,
    at: Timestamp,
    pieces: Sender<Vec<u8>>,
}

/// `GET me/export`
pub(crate) async fn start(
    request: &Request,
    bindings: Bindings<'_>,
    now: Timestamp,
    caller: &Caller,
) -> Result<Response, Problem> {
    let store = Store(bindings.database()?);
    let run = RoomId::from_random(random::for_id()?).to_string();
    let (actor, whence) = (Some(caller.user), Whence::of(request));
    let (act, detail) = (Act::Exported, "");
    let note = Note { at: now, actor, act, target: None, detail, whence: &whence };
    if !store.begin_export(caller.user, &run, &note).await? {
        return Err(Problem::rate_limited(EXPORT_QUIET_MS));
    }
    let (pieces, written) = mpsc::channel(1);
    let (env, bucket) = (bindings.env.clone(), bindings.attachments()?);
    let export = Export { env, store, bucket, caller: caller.clone(), run, at: now, pieces };
    let work = stream::once(export.write()).filter_map(|done| ready(done.err().map(Err)));
    let archive = stream::select(written.map(Ok), work);
    let response =
        Response::from_stream(archive).map_err(|error| Problem::internal("answer", &error))?;
    let response = reply::with_header(response, "content-type", "application/x-tar")?;
    let disposition = "attachment; filename=\"maru-export.tar\"";
    reply::with_header(response, "content-disposition", disposition)
}

impl Export {
    /// Writes all of it. What fails breaks the archive off, so that nobody takes it for whole.
    async fn write(mut self) -> worker::Result<()> {
        let done = self.all().await.map_err(broken);
        self.store.end_export(self.caller.user, &self.run).await.map_err(broken)?;
        done
    }

    async fn all(&mut self) -> Result<(), Problem> {
        let user = self.caller.user;
        let profile = self.store.own_profile(user).await?;
        self.file("", "profile.json", profile.as_bytes()).await?;
        let sign_ins = self.store.own_sign_ins(user).await?;
        self.file("", "sign-ins.jsonl", sign_ins.as_bytes()).await?;
        self.audit().await?;
        let rooms = self.store.own_rooms(user).await?;
        let lines: String = rooms.iter().flat_map(|room| [room.line.as_str(), "\n"]).collect();
        self.file("", "rooms.jsonl", lines.as_bytes()).await?;
        for OwnRoom { room, is_member, .. } in rooms {
            // Whoever left a room does not read in it, not even what they said.
            if is_member {
                self.room(room).await?;
            }
        }
        self.send(tar::END.to_vec()).await
    }

    async fn audit(&mut self) -> Result<(), Problem> {
        let asked = Asked { about: Some(self.caller.user), ..Asked::default() };
        let (mut after, mut lines, mut n_parts) = (None, String::new(), 0_u32);
        loop {
            let Rows { lines: rows, last } = self.store.audit(&asked, after, AUDIT_ROWS).await?;
            lines.extend(rows.iter().flat_map(|row| [row.as_str(), "\n"]));
            if last.is_none() || lines.len() >= PART_BYTES {
                n_parts = n_parts.saturating_add(1);
                let name = match n_parts {
                    1 => "audit.jsonl".to_owned(),
                    further => format!("audit-{further:04}.jsonl"),
                };
                self.file("", &name, std::mem::take(&mut lines).as_bytes()).await?;
            }
            match last {
                Some(last) => after = Some(last),
                None => return Ok(()),
            }
        }
    }

    /// What the person said in a room, and the files that came with it.
    async fn room(&mut self, room: RoomId) -> Result<(), Problem> {
        let folder = format!("rooms/{room}");
        let mut said = Said::new(self.caller.user);
        let (mut lines, mut n_parts) = (String::new(), 0_u32);
        loop {
            let page = self.page(room, said.upto).await?;
            let part = page.map(|page| said.read(&page)).unwrap_or_default();
            lines.push_str(&part.lines);
            if !lines.is_empty() && (!part.is_more || lines.len() >= PART_BYTES) {
                n_parts = n_parts.saturating_add(1);
                let name = format!("messages-{n_parts:04}.jsonl");
                self.file(&folder, &name, std::mem::take(&mut lines).as_bytes()).await?;
            }
            for attachment in part.files {
                self.attachment(room, attachment).await?;
            }
            if !part.is_more {
                return Ok(());
            }
        }
    }

    /// A page of a room's log; `None` from a room that the person left, or that is gone.
    async fn page(&mut self, room: RoomId, after: u64) -> Result<Option<String>, Problem> {
        if !self.store.keep_export(self.caller.user, &self.run, clock::now()).await? {
            return Err(Problem::rate_limited(EXPORT_QUIET_MS));
        }
        // With a revision it has no amendments: they follow from the lines.
        let path = format!("log?after={after}&limit={PAGE_ENTRIES_MAX}&revision=0");
        loop {
            let question = Question::new(Method::Get, path.as_str());
            let mut answer = ask_room(&self.env, room, &self.caller, question).await?;
            let failed = |error| Problem::internal("page of a room", &error);
            match answer.status_code() {
                200 => return answer.text().await.map(Some).map_err(failed),
                429 => {
                    let hasty: Hasty = answer.json().await.map_err(failed)?;
                    let pause_ms = hasty.retry_after_ms.unwrap_or(PAUSE_MS);
                    within_ms(pause_ms, pending::<()>()).await;
                }
                403 | 404 | 422 => return Ok(None),
                status => {
                    let cause = Cause(format!("room {room} answered {status}"));
                    return Err(Problem::Unhealthy(cause));
                }
            }
        }
    }

    /// A file, as it comes; one that was erased or expired is left out.
    async fn attachment(&mut self, room: RoomId, file: Attachment) -> Result<(), Problem> {
        let key = files::key(room, file.id);
        let found = self.bucket.get(key).execute().await.map_err(stored)?;
        let Some(found) = found else {
            return Ok(());
        };
        let (bytes, folder) = (found.size(), format!("files/{room}/{}", file.id));
        let Some(body) = found.body() else {
            return Ok(());
        };
        let mut body = body.stream().map_err(stored)?;
        self.send(tar::header(&folder, &file.name, bytes, self.at.0 / 1_000)).await?;
        let mut left = Some(bytes);
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(stored)?;
            let length = u64::try_from(piece.len()).ok();
            left = left.zip(length).and_then(|(left, length)| left.checked_sub(length));
            self.send(piece).await?;
        }
        if left != Some(0) {
            return Err(Problem::Unhealthy(Cause("R2: a file of another length".to_owned())));
        }
        self.send(tar::padding(bytes).to_vec()).await
    }

    async fn file(&mut self, folder: &str, name: &str, content: &[u8]) -> Result<(), Problem> {
        let bytes = u64::try_from(content.len()).unwrap_or(u64::MAX);
        let mut piece = tar::header(folder, name, bytes, self.at.0 / 1_000);
        piece.extend(content);
        piece.extend(tar::padding(bytes));
        self.send(piece).await
    }

    /// Waits until the piece before was taken.
    async fn send(&mut self, piece: Vec<u8>) -> Result<(), Problem> {
        let sent = self.pieces.send(piece).await;
        sent.map_err(|error| Problem::internal("archive", &error))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "given to `map_err`")]
fn stored(error: worker::Error) -> Problem {
    Problem::Unhealthy(Cause(format!("R2: {error}")))
}

/// A stream that began cannot become a problem.
#[expect(clippy::needless_pass_by_value, reason = "given to `map_err`")]
fn broken(problem: Problem) -> worker::Error {
    worker::Error::RustError(problem.cause().unwrap_or(problem.code()).to_owned())
}
