//! A room comes back from the archive (rules RS1 to RS5).

use std::rc::Rc;

use ::room::{Restoring, cut};
use protocol::archive::BeginRestore;
use protocol::{Epoch, Link, Refusal, RoomId};
use worker::Response;

use super::question::{Question, json};
use crate::problem::Problem;
use crate::room_object::Shell;
use crate::store::Store;
use crate::{archive, clock, outbox};

/// Begins, unless that was done.
pub(super) fn begin(shell: &Shell, asked: BeginRestore) -> Result<Response, Problem> {
    if shell.store.restoring()?.is_none() {
        if shell.is_there()? {
            return Err(Problem::RoomExists);
        }
        if shell.store.deleted()?.is_some() {
            return Err(Problem::NoSuchRoom);
        }
        let from = (asked.state.seq, asked.expired);
        let begun = Restoring::begin(id(shell)?, asked);
        let bad_link = || Problem::BadRequest("`link` is no link of a chain".to_owned());
        let (settings, rows) = begun.ok_or_else(bad_link)?;
        let epoch = Epoch::from_random(clock::random()?);
        shell.store.begin_restore(&settings, epoch, from, &rows)?;
    }
    status(shell, &need_restoring(shell)?)
}

/// Takes the next lines, which the body is.
pub(super) fn tell(shell: &Shell, asked: &Question) -> Result<Response, Problem> {
    let mut restoring = need_restoring(shell)?;
    let (from, to) = asked.seq("from")?.zip(asked.seq("to")?).ok_or_else(incomplete)?;
    let link: String = asked.parameter("link")?.ok_or_else(incomplete)?;
    let link = Link::from_hex(&link).ok_or(Refusal::LinkMismatch)?;
    if !shell.store.is_told(to, link)? {
        let chunks = cut(asked.text()).map_err(|error| Problem::BadRequest(error.to_string()))?;
        let follows = Some(from) == restoring.room().head().next();
        if !follows || !restoring.is_next(&chunks, to, link) {
            return Err(Refusal::LinkMismatch.into());
        }
        shell.store.tell(&mut restoring, chunks)?;
    }
    status(shell, &restoring)
}

/// Everything is there. Asked again, it answers the same.
pub(super) async fn finish(shell: &Rc<Shell>) -> Result<Response, Problem> {
    if shell.store.is_restoring()? {
        // The index may know of entries that are lost, and would take what is told now for old.
        outbox::forget_room(shell, id(shell)?).await?;
    }
    // Another request may have finished it meanwhile.
    if shell.store.is_restoring()? {
        shell.store.finish_restore(&need_restoring(shell)?.finish())?;
        shell.arm()?;
        outbox::hurry(shell).await;
    }
    shell.read(|room| json(200, &archive::status(&shell.store, room)?))?
}

fn need_restoring(shell: &Shell) -> Result<Restoring, Problem> {
    match shell.store.restoring()? {
        Some(restoring) => Ok(restoring),
        None if shell.is_there()? => Err(Problem::RoomExists),
        None => Err(Problem::NoSuchRoom),
    }
}

fn status(shell: &Shell, restoring: &Restoring) -> Result<Response, Problem> {
    json(200, &archive::status(&shell.store, restoring.room())?)
}

/// The room's id, which is the object's name.
fn id(shell: &Shell) -> Result<RoomId, Problem> {
    let name = shell.state.id().name().and_then(|name| name.parse().ok());
    name.ok_or(Problem::NoSuchRoom)
}

fn incomplete() -> Problem {
    Problem::BadRequest("give `from`, `to` and `link`".to_owned())
}
