//! What the archive job asks, through the Worker: the routes below `archive` (rules AR1 to AR9).

use std::rc::Rc;

use ::room::{Archiving, Input};
use futures::stream;
use protocol::archive::{Acknowledge, Expire, Expired, Hold, SealRequest};
use protocol::{Link, Refusal, Seq};
use worker::{Headers, Method, Response, ResponseBuilder};

use super::question::{Question, json, nothing};
use super::{erase, restore};
use crate::archive;
use crate::problem::Problem;
use crate::room_object::Shell;
use crate::store::{Store, StoreError};

/// Chunks of which one piece of a body is made.
const CHUNKS_PER_PIECE: usize = 16;

/// Answers what the job asks. It is no member, and the Worker has checked its token.
pub(super) async fn answer(
    shell: &Rc<Shell>,
    asked: &Question,
    path: &[&str],
) -> Result<Response, Problem> {
    match (&asked.method, path) {
        (Method::Get, []) => status(shell),
        (Method::Post, ["seal"]) => seal(shell, asked.json()?).await,
        (Method::Get, ["log"]) => log(shell, asked),
        (Method::Post, ["acknowledge"]) => acknowledge(shell, asked.json()?).await,
        (Method::Post, ["expire"]) => expire(shell, asked.json()?).await,
        (Method::Put, ["hold"]) => {
            let Hold { on } = asked.json()?;
            shell.archive(Archiving::Hold { on }).await?;
            status(shell)
        }
        (Method::Delete, []) => {
            shell.archive(Archiving::Delete).await?;
            Ok(nothing())
        }
        (Method::Post, ["erase"]) => erase::erase(shell, asked.json()?).await,
        (Method::Put, ["restore"]) => restore::begin(shell, asked.json()?),
        (Method::Post, ["restore"]) => restore::tell(shell, asked),
        (Method::Post, ["restore", "finish"]) => restore::finish(shell).await,
        _ => Err(Problem::NotFound),
    }
}

/// Where the log stands.
fn status(shell: &Shell) -> Result<Response, Problem> {
    shell.read(|room| json(200, &archive::status(&shell.store, room)?))?
}

async fn seal(shell: &Shell, asked: SealRequest) -> Result<Response, Problem> {
    let SealRequest { fence, bytes_max } = asked;
    shell.input(Input::Flush)?;
    let after = shell.read(|room| room.archive().archived.seq)?;
    let next = archive::next_range(&shell.store, after, bytes_max)?;
    shell.archive(Archiving::Seal { fence, next }).await?;
    shell.read(|room| json(200, &archive::sealed(&shell.store, room)?))?
}

async fn acknowledge(shell: &Shell, asked: Acknowledge) -> Result<Response, Problem> {
    let Acknowledge { fence, to, link } = asked;
    let link = Link::from_hex(&link).ok_or(Refusal::LinkMismatch)?;
    let next_at = archive::first_after(&shell.store, to)?;
    shell.archive(Archiving::Acknowledge { fence, to, link, next_at }).await?;
    status(shell)
}

/// One bounded batch.
async fn expire(shell: &Shell, asked: Expire) -> Result<Response, Problem> {
    let Expire { fence, before } = asked;
    let expirable = || -> Result<Option<Seq>, Problem> {
        Ok(shell.read(|room| archive::expirable(&shell.store, room, before))??)
    };
    let expired = shell.read(|room| room.archive().expired)?;
    shell.archive(Archiving::Expire { fence, upto: expirable()? }).await?;
    let has_more = expirable()?.is_some();
    shell.read(|room| {
        let entries = room.archive().expired.since(expired);
        json(200, &Expired { entries, has_more, status: archive::status(&shell.store, room)? })
    })?
}

/// The stored lines of exactly these entries (rule AR3). The body is made while it is read, a few
/// chunks at a time; it breaks off if something is erased or expires meanwhile.
fn log(shell: &Rc<Shell>, asked: &Question) -> Result<Response, Problem> {
    let (Some(from), Some(to)) = (asked.seq("from")?, asked.seq("to")?) else {
        return Err(Problem::BadRequest("give `from` and `to`".to_owned()));
    };
    shell.input(Input::Flush)?;
    let (epoch, first, head) =
        shell.read(|room| (room.epoch(), room.archive().first(), room.stored_head()))?;
    if from < first || from > to || to > head {
        return Err(Problem::NoSuchRange);
    }
    let revision = shell.store.revision()?;
    let headers = Headers::new();
    headers.set("content-type", "application/x-ndjson; charset=utf-8")?;
    headers.set("cache-control", "no-store")?;
    headers.set("maru-epoch", epoch.as_str())?;
    headers.set("maru-revision", &revision.get().to_string())?;
    let (shell, mut next) = (Rc::clone(shell), Some(from));
    let pieces = std::iter::from_fn(move || {
        let from = next.filter(|next| *next <= to)?;
        let piece = piece(&shell, from, to, revision);
        next = piece.as_ref().ok().and_then(|(_, last)| last.next());
        Some(piece.map(|(text, _)| text.into_bytes()).map_err(|error| {
            shell.log("room_archive", &error);
            worker::Error::RustError(error.to_string())
        }))
    });
    Ok(ResponseBuilder::new().with_headers(headers).from_stream(stream::iter(pieces))?)
}

/// The next lines of `from..=to`, each with its newline, and the last of their entries.
fn piece(shell: &Shell, from: Seq, to: Seq, revision: Seq) -> Result<(String, Seq), StoreError> {
    let broken = || StoreError::Sql(format!("{} changed while it was read", from.get()));
    let is_same = shell.store.deleted()?.is_none() && shell.store.revision()? == revision;
    if !is_same {
        return Err(broken());
    }
    let (mut text, mut last) = (String::new(), from.back(1));
    for chunk in shell.store.chunks_after(last, CHUNKS_PER_PIECE)? {
        let seqs = (chunk.first_seq.get()..).zip(chunk.lines.split('\n'));
        for (seq, line) in seqs.filter(|(seq, _)| (from.get()..=to.get()).contains(seq)) {
            if seq != last.get().saturating_add(1) {
                return Err(broken());
            }
            last = last.next().unwrap_or(last);
            text.push_str(line);
            text.push('\n');
        }
    }
    if last < from { Err(broken()) } else { Ok((text, last)) }
}
