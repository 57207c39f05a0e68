//! `/api/v1/archive/…`: what an archive job asks (rules AA1 to AA9, `docs/archive.md`).
//!
//! The Worker says who may ask, keeps leases and the index of rooms, and forwards the rest to the
//! room. A job is no person: it brings one of the tokens in `MARU_ARCHIVE_TOKENS`, and nothing
//! that a person holds opens these routes.

mod attachments;
mod database;
mod leases;
mod refusal;
mod rooms;
mod token;
mod users;

use protocol::Timestamp;
use protocol::archive::RESTORE_BYTES_MAX;
use serde::de::DeserializeOwned;
use worker::{Method, Request, Response};

use crate::audit::Whence;
use crate::binding::Bindings;
use crate::problem::Problem;
use crate::route::ArchiveRoute;
use crate::store::Store;
use crate::{reply, request};

pub(crate) use refusal::Refusal;
pub(crate) use token::{Admitted, is_one_of};

/// Bytes of what cannot be rebuilt from entries, at most: all members of the largest room.
const STATE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Bytes of what is told of a run, at most.
const RUN_BYTES_MAX: usize = 4 * 1024;

/// What the paths of all these routes begin with.
const PREFIX: &str = "/api/v1/archive/";

/// Whether who asks for `path` may do so; `None` for a path that is not for archive jobs.
///
/// # Errors
/// 404 in a deployment that is not archived, 401 without a good token.
pub(crate) fn admission(
    request: &Request,
    bindings: Bindings<'_>,
    path: &str,
) -> Result<Option<Admitted>, Problem> {
    if !path.starts_with(PREFIX) {
        return Ok(None);
    }
    let tokens = bindings.archive_tokens().unwrap_or_default();
    token::admit(&tokens, request::bearer(request).as_deref()).map(Some)
}

/// Answers a job that was admitted.
///
/// # Errors
/// As each route says.
pub(crate) async fn answer(
    mut request: Request,
    bindings: Bindings<'_>,
    now: Timestamp,
    (_admitted, route): (Admitted, ArchiveRoute),
) -> Result<Response, Problem> {
    let store = Store(bindings.database()?);
    let bytes_max = if matches!(&route, ArchiveRoute::Room(_, Method::Put, _)) {
        STATE_BYTES_MAX
    } else if matches!(&route, ArchiveRoute::Ran) {
        RUN_BYTES_MAX
    } else {
        RESTORE_BYTES_MAX
    };
    let body = request::text_of(&mut request, bytes_max).await?.unwrap_or_default();
    let (request, body) = (&request, body.as_str());
    match route {
        ArchiveRoute::Rooms => rooms::list(request, &store).await,
        ArchiveRoute::Room(room, method, operation) => {
            let question = rooms::question(request, method, &operation, body);
            rooms::forward(bindings, &store, (room, &operation), question).await
        }
        ArchiveRoute::Attachments(room) => attachments::list(request, bindings, room).await,
        ArchiveRoute::Forgotten(room) => rooms::forgotten(body, &store, room).await,
        ArchiveRoute::TakeLease => leases::take(body, &store, now).await,
        ArchiveRoute::RenewLease(fence) => leases::renew(body, &store, now, fence).await,
        ArchiveRoute::EndLease(fence) => leases::end(&store, fence).await,
        ArchiveRoute::DumpDatabase => database::dump(request, &store).await,
        ArchiveRoute::RestoreDatabase => database::restore(request, body, &store).await,
        ArchiveRoute::UserRooms(user) => users::rooms(&store, user).await,
        ArchiveRoute::EraseUser(user) => {
            users::erase(bindings, &store, now, (user, &Whence::of(request))).await
        }
        ArchiveRoute::Erasures => users::erasures(request, &store).await,
        ArchiveRoute::ErasureDone(user) => users::erasure_done(&store, user).await,
        ArchiveRoute::Ran => store.note_run(body).await.map(|()| reply::nothing()),
    }
}

/// What a body says, whatever type it claims to be of.
fn read<T: DeserializeOwned>(body: &str) -> Result<T, Problem> {
    serde_json::from_str(body)
        .map_err(|error| Problem::BadRequest(format!("the body cannot be read: {error}")))
}
