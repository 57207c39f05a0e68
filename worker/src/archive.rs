//! `/api/v1/archive/…`: what an archive job asks (rules AA1 to AA7, `docs/archive.md`).
//!
//! The Worker says who may ask, keeps leases and the index of rooms, and forwards the rest to the
//! room. A job is no person: it brings one of the tokens in `MARU_ARCHIVE_TOKENS`, and nothing
//! that a person holds opens these routes.

mod database;
mod leases;
mod refusal;
mod rooms;
mod token;
mod users;

use protocol::Timestamp;
use worker::{Request, Response};

use crate::binding::Bindings;
use crate::problem::Problem;
use crate::request;
use crate::route::ArchiveRoute;
use crate::store::Store;

pub(crate) use refusal::Refusal;
pub(crate) use token::Admitted;

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
    let request = &mut request;
    let store = Store(bindings.database()?);
    match route {
        ArchiveRoute::Rooms => rooms::list(request, &store).await,
        ArchiveRoute::Room(room, method, operation) => {
            rooms::forward(request, bindings, &store, (room, method, &operation)).await
        }
        ArchiveRoute::Forgotten(room) => rooms::forgotten(request, &store, room).await,
        ArchiveRoute::TakeLease => leases::take(request, &store, now).await,
        ArchiveRoute::RenewLease(fence) => leases::renew(request, &store, now, fence).await,
        ArchiveRoute::EndLease(fence) => leases::end(&store, fence).await,
        ArchiveRoute::DumpDatabase => database::dump(request, &store).await,
        ArchiveRoute::RestoreDatabase => database::restore(request, &store).await,
        ArchiveRoute::UserRooms(user) => users::rooms(&store, user).await,
        ArchiveRoute::EraseUser(user) => users::erase(bindings, &store, user).await,
    }
}
